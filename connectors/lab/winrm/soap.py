"""The envelopes of WS-Management as the lab's WinRM server reads and writes them (DSP0226, MS-WSMV)."""

from __future__ import annotations

import re
import uuid
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

SOAP = "http://www.w3.org/2003/05/soap-envelope"
ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
WSMAN = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
CMD = f"{SHELL}/cmd"
WSMAN_FAULT = "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault"
WMI_ERROR = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/MSFT_WmiError"

ACTIONS = {
    f"{TRANSFER}/Create": "Create",
    f"{TRANSFER}/Delete": "Delete",
    f"{SHELL}/Command": "Command",
    f"{SHELL}/Send": "Send",
    f"{SHELL}/Receive": "Receive",
    f"{SHELL}/Signal": "Signal",
}
"""What the server understands, by the address that stands in ``a:Action``."""

_SECONDS = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?")


@dataclass(eq=False)
class Problem(Exception):
    """A request that is answered with a fault.

    Attributes:
        code: The Windows error number.
        subcode: WS-Management's name for it, without prefix (``QuotaLimit``).
        text: What Windows would say.
        sender: True when the request was wrong, False when the server cannot serve it.
        wmi: True when the number stands in ``MSFT_WmiError`` rather than in ``WSManFault``.
    """

    code: int
    subcode: str
    text: str
    sender: bool = False
    wmi: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """One message of a client, taken apart.

    Attributes:
        action: The whole address of the action.
        message: The message's own identity, which the answer relates to.
        resource: What it is about; only the ``cmd`` shell is served.
        shell: The shell that is meant, or an empty text.
        wait: How long the client lets the server take, in seconds.
        options: The option set.
        body: The body element.
    """

    action: str
    message: str
    resource: str
    shell: str
    wait: float
    options: dict[str, str] = field(default_factory=dict)
    body: ET.Element = field(default_factory=lambda: ET.Element("Body"))

    @property
    def name(self) -> str:
        """``Create``, ``Command`` …, or an empty text for an action that the server does not understand."""
        return ACTIONS.get(self.action, "")


def invalid(text: str) -> Problem:
    """The fault for a request that breaks the schema."""
    return Problem(0x80338041, "SchemaValidationError", text, sender=True)


def parameter(text: str) -> Problem:
    """The fault for a value that cannot be (Windows error 87)."""
    return Problem(87, "InvalidParameter", text, sender=True)


def read(message: bytes) -> Request:
    """Takes a client's message apart. Raises :class:`Problem` when it is not a WS-Management request."""
    try:
        root = ET.fromstring(message)  # noqa: S314  the lab listens on loopback to clients under test
    except ET.ParseError:
        raise invalid("The request is not XML.") from None
    header, body = root.find(f"{{{SOAP}}}Header"), root.find(f"{{{SOAP}}}Body")
    if header is None or body is None:
        raise invalid("The envelope has no header or no body.")
    identity = _text(header, f"{{{ADDRESSING}}}MessageID")
    action = _text(header, f"{{{ADDRESSING}}}Action")
    if not identity or not action:
        raise invalid("MessageID or Action is missing.")
    selectors = header.findall(f"{{{WSMAN}}}SelectorSet/{{{WSMAN}}}Selector")
    return Request(
        action=action,
        message=identity,
        resource=_text(header, f"{{{WSMAN}}}ResourceURI"),
        shell=next(((node.text or "").upper() for node in selectors if node.get("Name") == "ShellId"), ""),
        wait=_seconds(_text(header, f"{{{WSMAN}}}OperationTimeout")),
        options={
            node.get("Name", ""): (node.text or "").strip()
            for node in header.findall(f"{{{WSMAN}}}OptionSet/{{{WSMAN}}}Option")
        },
        body=body,
    )


def answer(request: Request, body: str) -> bytes:
    """The envelope that answers *request*, around *body*."""
    return _envelope(f"{request.action}Response", request.message, body)


def fault(problem: Problem, request: Request | None) -> bytes:
    """The envelope of a fault, in one of the two forms in which Windows gives the number."""
    if problem.wmi:
        detail = (
            f'<p:MSFT_WmiError xmlns:p="{WMI_ERROR}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
            'xmlns:cim="http://schemas.dmtf.org/wbem/wscim/1/common">'
            f'<p:error_Code xsi:type="cim:cimUnsignedInt">{problem.code}</p:error_Code>'
            f'<p:Message xsi:type="cim:cimString">{escape(problem.text)}</p:Message></p:MSFT_WmiError>'
        )
    else:
        detail = (
            f'<f:WSManFault xmlns:f="{WSMAN_FAULT}" Code="{problem.code}" Machine="localhost">'
            f"<f:Message>{escape(problem.text)}</f:Message></f:WSManFault>"
        )
    body = (
        f"<s:Fault><s:Code><s:Value>s:{'Sender' if problem.sender else 'Receiver'}</s:Value>"
        f"<s:Subcode><s:Value>w:{problem.subcode}</s:Value></s:Subcode></s:Code>"
        f'<s:Reason><s:Text xml:lang="en-US">{escape(problem.text)}</s:Text></s:Reason>'
        f"<s:Detail>{detail}</s:Detail></s:Fault>"
    )
    return _envelope(f"{WSMAN}/fault", request.message if request else "", body)


def selector(shell: str) -> str:
    """The body of the answer to Create."""
    return (
        f"<x:ResourceCreated><a:Address>{ADDRESSING}/role/anonymous</a:Address><a:ReferenceParameters>"
        f'<w:ResourceURI>{CMD}</w:ResourceURI><w:SelectorSet><w:Selector Name="ShellId">{shell}</w:Selector>'
        "</w:SelectorSet></a:ReferenceParameters></x:ResourceCreated>"
        f"<rsp:Shell><rsp:ShellId>{shell}</rsp:ShellId><rsp:ResourceUri>{CMD}</rsp:ResourceUri>"
        "<rsp:InputStreams>stdin</rsp:InputStreams><rsp:OutputStreams>stdout stderr</rsp:OutputStreams></rsp:Shell>"
    )


def stream(name: str, command: str, data: str, *, end: bool) -> str:
    """One piece of output, already in Base64."""
    mark = ' End="true"' if end else ""
    return f'<rsp:Stream Name="{name}" CommandId={quoteattr(command)}{mark}>{data}</rsp:Stream>'


def _envelope(action: str, relates_to: str, body: str) -> bytes:
    relation = f"<a:RelatesTo>{escape(relates_to)}</a:RelatesTo>" if relates_to else ""
    return (
        f'<s:Envelope xml:lang="en-US" xmlns:s="{SOAP}" xmlns:a="{ADDRESSING}" xmlns:x="{TRANSFER}" '
        f'xmlns:w="{WSMAN}" xmlns:rsp="{SHELL}"><s:Header><a:Action>{escape(action)}</a:Action>'
        f"<a:MessageID>uuid:{str(uuid.uuid4()).upper()}</a:MessageID>"
        f"<a:To>{ADDRESSING}/role/anonymous</a:To>{relation}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def _text(header: ET.Element, tag: str) -> str:
    return (header.findtext(tag) or "").strip()


def _seconds(duration: str) -> float:
    """An ``xs:duration`` of hours, minutes and seconds; 60 when none is given, as Windows' MaxTimeoutms says."""
    if not duration:
        return 60.0
    found = _SECONDS.fullmatch(duration)
    if not found:
        raise Problem(0x8033800F, "InvalidHeader", f"The timeout {duration} cannot be read.", sender=True)
    hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds

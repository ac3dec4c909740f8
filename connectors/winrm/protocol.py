"""WinRM's SOAP calls on pywinrm's ground: answers are checked to belong to their question, time-outs may be short."""

from __future__ import annotations

import re
import uuid
import xml.etree.ElementTree as ET
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

from winrm.protocol import Protocol

from connectors.winrm.envelope import written
from connectors.winrm.settings import Settings
from connectors.winrm.transport import LoneTransport

_MESSAGE = re.compile(r"<a:MessageID>\s*uuid:([0-9A-Fa-f-]{36})")
_RELATION = re.compile(rb"<(?:\w+:)?RelatesTo[^>]*>\s*uuid:([0-9A-Fa-f-]{36})")
_SHORTEST = 0.5
"""Windows refuses time-outs below half a second."""
CHUNK = 98_304
"""Bytes of input in one Send: 128 KB in Base64, below the 150 KB envelope of the oldest Windows."""
_TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
_SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"


class CheckedProtocol:
    """The calls of a ``cmd`` shell (MS-WSMV 3.1.4) over a :class:`LoneTransport`.

    The envelope's header and the reading of faults are pywinrm's. The calls are those of pywinrm that a session needs, with
    envelopes that are written faster; each raises :class:`ValueError`, :class:`StopIteration` or
    :class:`~xml.etree.ElementTree.ParseError` for an answer of another form, and what :meth:`send_message` raises.
    """

    def __init__(self, settings: Settings, transport: LoneTransport) -> None:
        self._pywinrm = Protocol(settings.endpoint, transport="plaintext", username=settings.user, password="", proxy=None)
        self._pywinrm.transport = transport  # type: ignore[assignment]  # it only sends and closes
        self._transport = transport
        self._margin = settings.connect_timeout
        self._longest = settings.operation_timeout
        self._seconds = settings.operation_timeout

    def allow(self, seconds: float) -> None:
        """From now on a request may take *seconds* on the PC, within half a second and what the settings say."""
        self._seconds = min(max(seconds, _SHORTEST), self._longest)
        self._transport.read_timeout = self._seconds + self._margin

    def build_wsman_header(
        self, action: str, resource_uri: str, shell_id: str | None = None, message_id: str | uuid.UUID | None = None
    ) -> dict[str, Any]:
        """As in pywinrm, with a time-out that knows fractions of a second."""
        envelope: dict[str, Any] = self._pywinrm.build_wsman_header(action, resource_uri, shell_id, message_id)
        envelope["env:Header"]["w:OperationTimeout"] = f"PT{self._seconds:.3f}S"
        return envelope

    def send_message(self, message: str) -> bytes:
        """Sends *message* and returns the answer to it. Raises :class:`ValueError` when it answers something else."""
        answer: bytes = self._pywinrm.send_message(message)
        asked, related = _MESSAGE.search(message), _RELATION.search(answer)
        if not asked or not related or uuid.UUID(asked[1]) != uuid.UUID(related[1].decode("ascii")):
            self._transport.close_session()
            raise ValueError("the answer belongs to another question")
        return answer

    def open_shell(self, *, noprofile: bool, codepage: int, idle_timeout: str) -> str | None:
        """Create: the identity of a new shell."""
        options = {"WINRS_NOPROFILE": _flag(noprofile), "WINRS_CODEPAGE": str(codepage)}
        streams = {"rsp:InputStreams": "stdin", "rsp:OutputStreams": "stdout stderr", "rsp:IdleTimeOut": idle_timeout}
        answer = self._exchange(f"{_TRANSFER}/Create", {"rsp:Shell": streams}, options=options)
        return next(node.text for node in answer.iter() if node.get("Name") == "ShellId")

    def run_command(self, shell_id: str, command: str, *, console_mode_stdin: bool) -> str | None:
        """Command: the identity of *command*, which is under way."""
        options = {"WINRS_CONSOLEMODE_STDIN": _flag(console_mode_stdin), "WINRS_SKIP_CMD_SHELL": "FALSE"}
        line = {"rsp:CommandLine": {"rsp:Command": command}}
        answer = self._exchange(f"{_SHELL}/Command", line, shell_id, options)
        return next(node.text for node in answer.iter(f"{{{_SHELL}}}CommandId"))

    def send_command_input(self, shell_id: str, command_id: str, stdin_input: bytes, end: bool) -> None:  # noqa: FBT001
        """Send: *stdin_input* for the command, and its end with *end*."""
        about = {"@Name": "stdin", "@CommandId": command_id, "@End": _flag(end).lower()}
        stream = {**about, "#text": b64encode(stdin_input).decode("ascii")}
        self._exchange(f"{_SHELL}/Send", {"rsp:Send": {"rsp:Stream": stream}}, shell_id)

    def get_command_output_raw(self, shell_id: str, command_id: str) -> tuple[bytes, bytes, int | None]:
        """Receive: standard output and standard error since the last time, and the exit code of a command that has ended."""
        wanted = {"rsp:Receive": {"rsp:DesiredStream": {"@CommandId": command_id, "#text": "stdout stderr"}}}
        answer = self._exchange(f"{_SHELL}/Receive", wanted, shell_id)
        heard = {"stdout": b"", "stderr": b""}
        for node in answer.iter(f"{{{_SHELL}}}Stream"):
            heard[node.attrib["Name"]] += b64decode(node.text or "")
        ended = any(node.get("State", "").endswith("CommandState/Done") for node in answer.iter())
        code = next(int(node.text or -1) for node in answer.iter(f"{{{_SHELL}}}ExitCode")) if ended else None
        return heard["stdout"], heard["stderr"], code

    def cleanup_command(self, shell_id: str, command_id: str) -> None:
        """Signal: ends the command."""
        signal = {"@CommandId": command_id, "rsp:Code": f"{_SHELL}/signal/terminate"}
        self._exchange(f"{_SHELL}/Signal", {"rsp:Signal": signal}, shell_id)

    def close_shell(self, shell_id: str) -> None:
        """Delete: ends the shell and every command in it."""
        self._exchange(f"{_TRANSFER}/Delete", {}, shell_id)

    def _exchange(
        self, action: str, body: Mapping[str, Any], shell_id: str | None = None, options: Mapping[str, str] | None = None
    ) -> ET.Element:
        """The answer's root."""
        envelope = self.build_wsman_header(action, f"{_SHELL}/cmd", shell_id)
        if options:
            chosen = [{"@Name": name, "#text": value} for name, value in options.items()]
            envelope["env:Header"]["w:OptionSet"] = {"w:Option": chosen}
        envelope["env:Body"] = body
        return ET.fromstring(self.send_message(written(envelope)))  # noqa: S314 - expat refuses entity bombs since 2.4.1


def _flag(value: bool) -> str:  # noqa: FBT001
    return "TRUE" if value else "FALSE"

"""Where the exceptions of requests, pywinrm and pyspnego end: each becomes one kind of trouble, with one line about it."""

from __future__ import annotations

import ssl
import struct
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlsplit

import requests
import urllib3.exceptions as http
from spnego.exceptions import SpnegoError
from winrm.exceptions import AuthenticationError, WinRMError, WinRMOperationTimeoutError, WinRMTransportError, WSManFaultError

from agent.api import KeyturnError, NotSent, Refused, Unsure
from connectors.silence import Silence, causes, why
from connectors.winrm.faults import FAULTS, Fault, Reaction, known
from connectors.winrm.settings import Settings
from connectors.winrm.transport import LoneTransport

T = TypeVar("T")

_NOTHING_LEFT = (
    requests.ConnectTimeout,
    http.NewConnectionError,
    http.ConnectTimeoutError,
    http.NameResolutionError,
    ConnectionRefusedError,
)
_PIN = "Fingerprints did not match"
"""How urllib3 says that a certificate is not the pinned one; it has no class of its own."""
_UNREADABLE = (ET.ParseError, StopIteration, LookupError, ValueError, OverflowError, struct.error)
"""What pywinrm raises for an answer that is XML of another kind, cut short, or no XML at all, and pyspnego for a challenge."""


class Kind(StrEnum):
    """What is certain about a request that failed."""

    NOT_SENT = "it did not leave, or was not read"
    LOST = "it may have been carried out, the answer is lost"
    REFUSED = "the PC knows the request and refuses it"
    FAULT = "the PC answered with a fault"


class Trouble(Exception):
    """One request that failed; it holds nothing that was sent.

    Attributes:
        call: Which request: ``Create``, ``Command``, ``Send``, ``Receive``, ``Signal`` or ``Delete``.
        kind: What is certain.
        text: One line for people: what happened.
        do: What to do about it.
        fault: The row of the table for :attr:`Kind.FAULT`.
    """

    def __init__(self, call: str, kind: Kind, text: str, do: str = "", fault: Fault | None = None) -> None:
        super().__init__(text)
        self.call, self.kind, self.text, self.do, self.fault = call, kind, text, do, fault

    @property
    def reaction(self) -> Reaction:
        """What may be done about it without asking anybody."""
        return self.fault.reaction if self.fault else Reaction.NONE

    @property
    def declined(self) -> bool:
        """True when the PC certainly did nothing with the request: it was not read, or refused with a fault that says so.

        A time-out is no refusal, and what a fault that is not in the table means is not known.
        """
        if self.fault:
            return self.fault.code in FAULTS and self.reaction is not Reaction.POLL
        return self.kind is not Kind.LOST

    def as_error(self) -> KeyturnError:
        """The error for somebody who wants to know what became of this request alone."""
        if self.reaction is Reaction.POLL:
            return Unsure(self.text, self.do)
        if self.fault:
            return self.fault.error(self.text, self.do)
        error = {Kind.NOT_SENT: NotSent, Kind.LOST: Unsure}.get(self.kind, Refused)
        return error(self.text, self.do)


class Border:
    """Calls pywinrm and lets nothing through but answers and :class:`Trouble`.

    Args:
        settings: For the words.
        transport: Knows whether a message has left.
    """

    def __init__(self, settings: Settings, transport: LoneTransport) -> None:
        self._settings = settings
        self._transport = transport

    def call(self, name: str, function: Callable[[], T]) -> T:
        """What *function* returns. Raises :class:`Trouble` for whatever goes wrong between here and the PC.

        The trouble is raised outside the handler, so that it does not carry the vendor's exception: a
        ``requests`` exception holds the request with the password in its headers.
        """
        before = sys.exc_info()[1]
        try:
            return function()
        except KeyturnError as error:  # there is no connection: what makes it speaks our language already
            kind = Kind.NOT_SENT if isinstance(error, NotSent) else Kind.REFUSED
            trouble = Trouble(name, kind, f"{self._where(name)}: {error.what}", error.do)
        except WSManFaultError as error:
            trouble = self._fault(name, known(error.wsman_fault_code, error.wmierror_code, error.fault_subcode))
        except WinRMOperationTimeoutError:
            trouble = self._fault(name, FAULTS[0x80338029])
        except WinRMTransportError as error:
            trouble = self._status(name, error.code)
        except AuthenticationError as error:
            trouble = self._unauthorized(name, str(error))
        except (requests.RequestException, http.HTTPError, OSError) as error:
            trouble = self._broken(name, list(causes(error, before)))
        except (SpnegoError, WinRMError, *_UNREADABLE) as error:
            self._transport.close_session()
            trouble = self._garbled(name, error)
        raise trouble

    def _where(self, name: str) -> str:
        return f"WinRM on {self._settings.endpoint.removesuffix('/wsman')}, {name}"

    def _fault(self, name: str, fault: Fault) -> Trouble:
        return Trouble(name, Kind.FAULT, f"{self._where(name)}: fault {fault.hex} {fault.name}", _sentence(fault.words), fault)

    def _status(self, name: str, status: int) -> Trouble:
        if status in (502, 504):
            text = f"{self._where(name)}: HTTP {status}, something in between got no answer from the PC"
            return Trouble(name, Kind.LOST, text, "Ask whoever runs the proxy or gateway")
        if status in (500, 503):
            text = f"{self._where(name)}: HTTP {status}, the service is not ready"
            return Trouble(name, Kind.NOT_SENT, text, "It may be starting; wait a moment")
        if status == 413:
            return Trouble(name, Kind.REFUSED, f"{self._where(name)}: HTTP 413, too large", "Raise MaxEnvelopeSizekb on the PC")
        if status == 200:
            return Trouble(name, Kind.LOST, f"{self._where(name)}: the answer is not WS-Management", "Is that port WinRM's?")
        return Trouble(name, Kind.REFUSED, f"{self._where(name)}: HTTP {status}", "Is that port WinRM's?")

    def _unauthorized(self, name: str, offers: str) -> Trouble:
        settings = self._settings
        method = "Basic" if settings.auth == "basic" else "Negotiate"
        offered = ", ".join(word for word in ("Negotiate", "NTLM", "Kerberos", "Basic") if word.lower() in offers.lower())
        if offered and method not in offered and not (method == "Negotiate" and "NTLM" in offered):
            text = f"HTTP 401, the PC offers {offered} and not {method}"
            return Trouble(name, Kind.REFUSED, f"{self._where(name)}: {text}", "Change auth in the device's settings")
        causes = ["the user name or the password is wrong"]
        if settings.scheme == "http":
            causes.append("the PC forbids NTLM, or takes no messages over HTTP (look at 'winrm get winrm/config/service')")
        elif method == "Negotiate":
            causes.append("the PC forbids NTLM, or something stands between that shows another certificate")
        text = f"{self._where(name)}: HTTP 401 for {settings.user}"
        return Trouble(name, Kind.REFUSED, text, f"Either {' or '.join(causes)}" if len(causes) > 1 else _sentence(causes[0]))

    def _broken(self, name: str, chain: list[BaseException]) -> Trouble:
        if any(isinstance(cause, ssl.SSLCertVerificationError) or _PIN in str(cause) for cause in chain):
            text = f"{self._where(name)}: the PC's certificate is not the one that is trusted; nothing was sent"
            return Trouble(name, Kind.REFUSED, text, "Compare its fingerprint with the PC's, then set ca or fingerprint")
        silence = _silence(chain, urlsplit(self._settings.endpoint).port or 0)
        if not self._transport.sent or any(isinstance(cause, _NOTHING_LEFT) for cause in chain):
            return Trouble(name, Kind.NOT_SENT, f"{self._where(name)}: {silence.words}", silence.do)
        return Trouble(name, Kind.LOST, f"{self._where(name)}: the connection ended before the answer came ({silence.words})")

    def _garbled(self, name: str, error: Exception) -> Trouble:
        kind = Kind.LOST if self._transport.sent else Kind.NOT_SENT
        text = f"{self._where(name)}: the answer cannot be read ({type(error).__name__})"
        return Trouble(name, kind, text, "Is that port WinRM's?")


def _silence(chain: list[BaseException], port: int) -> Silence:
    """Why there was no answer; urllib3 has kinds of its own for two of the reasons."""
    if any(isinstance(cause, http.ReadTimeoutError) for cause in chain):
        return Silence("no answer in time", f"Is TCP {port} WinRM's, and is the PC not overloaded?")
    if any(isinstance(cause, http.ProtocolError) for cause in chain):
        chain = [*chain, EOFError()]
    return why(chain, "WinRM", port)


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]

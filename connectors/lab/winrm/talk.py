"""One TCP connection to the lab's WinRM server: HTTP, login, sealing, and the mishaps that were asked for."""

from __future__ import annotations

import base64
import binascii
import socket
import ssl
import struct
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, Protocol

from connectors.lab.machine import Machine, Power
from connectors.lab.winrm import shells, soap
from connectors.lab.winrm.auth import SEALED, Login, NotSealed, basic
from connectors.lab.winrm.faults import Faults, Mishap
from connectors.lab.winrm.shells import Shells
from connectors.lab.winrm.soap import Problem

SOAP_TYPE = "application/soap+xml;charset=UTF-8"
_LARGEST = 512_000
"""MaxEnvelopeSizekb of current Windows, in bytes."""
_PROBLEMS: dict[Mishap, Callable[[], Problem]] = {
    Mishap.QUOTA_SHELLS: shells.too_many_shells,
    Mishap.QUOTA_OPERATIONS: shells.too_many_operations,
    Mishap.UNKNOWN_SHELL: shells.unknown_shell,
    Mishap.DENIED: lambda: Problem(5, "AccessDenied", "Access is denied."),
    Mishap.IN_USE: lambda: Problem(170, "InternalError", "The requested resource is in use."),
}


class Reset(Exception):
    """The connection is to be reset instead of an answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: status, body, media type and further headers."""

    status: int
    body: bytes = b""
    kind: str = SOAP_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)


class Owner(Protocol):
    """What all connections to one listener share: the PC, its shells, how it lets in, and the mishaps to come."""

    machine: Machine
    faults: Faults
    keeper: Shells
    latency: float
    switched_on: Callable[[], bool]
    takes_basic: bool
    takes_clear: bool

    @property
    def binding(self) -> bytes | None:
        """What NTLM binds to."""
        ...

    def note(self, action: str, size: int) -> None:
        """Writes one request into the log."""
        ...

    def look(self) -> None:
        """Cuts what did not live through a restart."""
        ...


class Talk(BaseHTTPRequestHandler):
    """Serves the requests of one connection until it ends."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Any
    owner: Owner

    def setup(self) -> None:
        """Starts TLS where it is spoken, and notes in which life of the PC the connection was made."""
        self.owner = self.server.owner
        self.boot = self.owner.machine.boot()
        self.login: Login | None = None
        self.action = ""
        super().setup()

    def handle(self) -> None:
        """Serves until the client leaves or the connection is reset."""
        try:
            if isinstance(self.request, ssl.SSLSocket):
                self.request.do_handshake()
            self._check_life()
            self._fail_if(Mishap.REFUSE)
            super().handle()
        except Reset:
            self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except OSError:
            self.close_connection = True

    def do_POST(self) -> None:
        """Answers one request."""
        self.action = "Login"
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > _LARGEST:
            self.close_connection = True
            self._send(Answer(413 if length.isdecimal() else 411, headers={"Connection": "close"}))
            return
        body = self.rfile.read(int(length))
        if self.owner.latency:
            time.sleep(self.owner.latency)
        self._check_life()
        answer = self._answer(body)
        self.owner.note(self.action, len(body))
        self._check_life()
        self._fail_if(Mishap.CUT)
        if slow := self.owner.faults.take(self.action, Mishap.SLOW):
            time.sleep(slow.seconds)
        self._send(answer)

    def _check_life(self) -> None:
        self.owner.look()
        machine = self.owner.machine
        if not self.owner.switched_on() or machine.power() is Power.DOWN or machine.boot() != self.boot:
            raise Reset

    def _fail_if(self, kind: Mishap) -> None:
        if self.owner.faults.take(self.action, kind):
            raise Reset

    def _answer(self, body: bytes) -> Answer:
        if self.owner.machine.power() is Power.STARTING:
            return Answer(503, b"Service Unavailable", "text/html")
        if self.path.partition("?")[0] != "/wsman":
            return Answer(404, b"", "text/html")
        kind, _, token = (self.headers.get("Authorization") or "").partition(" ")
        match kind.lower():
            case "basic":
                return self._with_password(token, body)
            case "negotiate":
                return self._with_token(token, body)
            case _ if self.login and self.login.complete:
                return self._message(body)
        return self._unauthorized()

    def _unauthorized(self, token: bytes | None = None) -> Answer:
        offers = ["Negotiate" if token is None else f"Negotiate {base64.b64encode(token).decode('ascii')}"]
        if token is None and self.owner.takes_basic:
            offers.append('Basic realm="WSMAN"')
        return Answer(401, b"", "text/html", {"WWW-Authenticate": ", ".join(offers)})

    def _with_password(self, token: str, body: bytes) -> Answer:
        if not self.owner.takes_basic or not basic(self.owner.machine.users, token):
            return self._unauthorized()
        return self._message(body)

    def _with_token(self, encoded: str, body: bytes) -> Answer:
        try:
            token = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            return self._unauthorized()
        if self.login is None or self.login.complete:
            self.login = Login(self.owner.machine.users, self.owner.binding)
        try:
            reply = self.login.step(token)
        except PermissionError:
            self.login = None
            return self._unauthorized()
        if not self.login.complete:
            return self._unauthorized(reply or b"")
        if self.owner.faults.take("Login", Mishap.UNAUTHORIZED):
            self.login = None
            return self._unauthorized()
        answer = self._message(body) if body else Answer(200)
        if reply is None:
            return answer
        proof = {"WWW-Authenticate": f"Negotiate {base64.b64encode(reply).decode('ascii')}"}
        return Answer(answer.status, answer.body, answer.kind, {**answer.headers, **proof})

    def _message(self, body: bytes) -> Answer:
        """Answers a message of somebody who is known, sealed when it was sealed."""
        sealed = "multipart/encrypted" in (self.headers.get("Content-Type") or "")
        if sealed:
            try:
                body = self.login.unseal(body) if self.login else b""
            except NotSealed:
                self.login = None
                return Answer(400, b"", "text/html")
        elif not self.owner.takes_clear:
            return self._unauthorized()
        answer = self._soap(body)
        if self.owner.faults.take(self.action, Mishap.CLEAR):
            return answer
        if sealed and self.login and answer.kind == SOAP_TYPE and answer.body:
            return Answer(answer.status, self.login.seal(answer.body), SEALED, answer.headers)
        return answer

    def _soap(self, body: bytes) -> Answer:
        request = None
        faults = self.owner.faults
        try:
            request = soap.read(body)
            self.action = request.name or "unknown"
            self._fail_if(Mishap.RESET)
            if faults.take(self.action, Mishap.UNAUTHORIZED):
                self.login = None
                return self._unauthorized()
            if faults.take(self.action, Mishap.BUSY):
                return Answer(503, b"Service Unavailable", "text/html")
            if faults.take(self.action, Mishap.CRASHED):
                return Answer(500, b"Internal Server Error", "text/html")
            if faults.take(self.action, Mishap.EMPTY):
                return Answer(200)
            self._mishap(request)
            lie = faults.take(self.action, Mishap.LIE) is not None
            answer = soap.answer(request, self.owner.keeper.serve(request, lie=lie))
            if faults.take(self.action, Mishap.TIMED_OUT):
                raise shells.timed_out()
        except Problem as problem:
            return Answer(500, soap.fault(problem, request))
        if faults.take(self.action, Mishap.GATEWAY):
            return Answer(504, b"Gateway Timeout", "text/html")
        return Answer(200, answer if not faults.take(self.action, Mishap.GARBLE) else b"<html>Hello</html>")

    def _mishap(self, request: soap.Request) -> None:
        """Raises the fault that was asked for."""
        if fault := self.owner.faults.take(self.action, *_PROBLEMS):
            kind = Mishap(fault.kind)
            if kind is Mishap.UNKNOWN_SHELL:
                self.owner.keeper.open.pop(request.shell, None)
            problem: Problem = _PROBLEMS[kind]()
            raise problem

    def _send(self, answer: Answer) -> None:
        lines = [f"HTTP/1.1 {answer.status} {self.responses.get(answer.status, ('',))[0]}", "Server: Microsoft-HTTPAPI/2.0"]
        if answer.body:
            lines.append(f"Content-Type: {answer.kind}")
        lines += [f"{name}: {value}" for name, value in answer.headers.items()]
        lines += [f"Content-Length: {len(answer.body)}", "", ""]
        self.wfile.write("\r\n".join(lines).encode("latin-1") + answer.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the name that http.server uses
        """Prints nothing."""

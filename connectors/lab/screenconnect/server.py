"""A strict ScreenConnect instance on loopback: the RESTful API Manager extension and the built-in services, over lab PCs.

    with ScreenConnect([pc], secret="…") as site:
        requests.post(f"{site.url}/App_Extensions/{EXTENSION}/Service.ashx/GetSessionsByName", json=["PC-01"], headers=…)

Time is the PCs' own: what is due happens when somebody asks. Sources: ConnectWise, "RESTful API Manager" and "List of
trigger definitions"; for the built-in services what public clients send and expect.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from connectors.lab.screenconnect.builtin import SERVICES, report
from connectors.lab.screenconnect.extension import EXTENSION, METHODS, PREFIX
from connectors.lab.screenconnect.guest import Guest, Machine
from connectors.lab.screenconnect.instance import Fault, Instance
from connectors.lab.screenconnect.methods import VOID, Method
from connectors.lab.screenconnect.tricks import Trick
from connectors.lab.site import Asked, Call, Problem, Site, Told, call

VERSION = "24.1.0.1"
_TABLE: Mapping[str, Mapping[str, Method]] = {
    PREFIX: {method.name: method for method in METHODS},
    **{f"/Services/{name}.ashx": {method.name: method for method in methods} for name, methods in SERVICES.items()},
}


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the built-in services: name, password, and the Base32 secret of an authenticator app, if the user has one."""

    name: str
    password: str
    otp: str = ""


class ScreenConnect(Site):
    """One instance; use it in ``with``.

    Args:
        machines: The PCs that have the agent, at least one; the first one's clock is the instance's.
        secret: RESTfulAuthenticationSecret.
        person: Who may log in to the built-in services.

    Attributes:
        instance: The sessions, and the tricks that are still to be played (``instance.tricks``).
        allowed_origin: RESTfulAllowedOrigin; empty for any.
        installed: Whether the extension is.
        rights: Whether the person's role has the rights it needs.
    """

    vendor = "screenconnect"
    calls: ClassVar[tuple[Call, ...]] = (
        *(one for prefix, methods in _TABLE.items() for each in methods.values() for one in each.calls(prefix, "web_method")),
        *(
            Call("unknown", verb, re.compile(rf"{re.escape(prefix)}/[^/]*/?", re.IGNORECASE), "no_method")
            for prefix in _TABLE
            for verb in ("GET", "POST")
        ),
        call("page", "GET", "/", "page"),
        call("page", "HEAD", "/", "page"),
        call("version", "GET", "/openapidocument.axd", "version"),
        call("report", "GET", "/Report.json", "report"),
    )

    def __init__(self, machines: Sequence[Machine], secret: str, person: Person | None = None) -> None:
        super().__init__()
        self.instance = Instance(machines, machines[0].world.clock)
        self.allowed_origin = ""
        self.installed = True
        self.rights = True
        self._secret = secret
        self._person = person
        self._tokens: dict[str, str] = {}
        talk: Any = self._listener.RequestHandlerClass
        named = {"do_HEAD": talk.do_GET, "version_string": lambda _talk: f"ScreenConnect/{VERSION}"}
        self._listener.RequestHandlerClass = type("Talk", (talk,), {**named, "disable_nagle_algorithm": True})

    def guest(self, name: str) -> Guest:
        """The session of the PC called *name*, the newest where there are several."""
        return [one for one in self.instance.guests if one.machine and one.machine.name == name][-1]

    def settle(self) -> None:
        """Lets happen what is due by now."""
        with self._busy:
            self.instance.settle()

    def problem(self, status: int, text: str) -> Problem:
        """An error in the instance's own form."""
        kind = {401: "SecurityException", 403: "UnauthorizedAccessException"}.get(status, "Exception")
        shown = f"The resource cannot be found. {text}" if status == 404 else text
        return Problem(Told({"errorType": kind, "message": shown, "detail": None}, status))

    def admit(self, call: Call | None, asked: Asked) -> None:
        """Checks secret and origin, or the login, the one-time password and the anti-forgery token."""
        if asked.path.lower().startswith(PREFIX.lower()):
            self._admit_extension(asked)
        elif call is None:
            return
        else:
            self._admit_person(asked)

    def _admit_extension(self, asked: Asked) -> None:
        if not self.installed:
            raise self.problem(404, f"There is no extension {EXTENSION}.")
        if not hmac.compare_digest(asked.headers.get("ctrlauthheader", "").encode("latin-1"), self._secret.encode()):
            raise self.problem(401, "The secret is missing or wrong")
        if self.allowed_origin and asked.headers.get("origin") != self.allowed_origin:
            raise self.problem(403, "The origin is not allowed")
        self.instance.actor = "RESTful API Manager"

    def _admit_person(self, asked: Asked) -> None:
        person = self._person
        if asked.method == "HEAD":
            return
        if person is None or not self._knows(person, asked) or not self._right_code(person, asked) or not self.rights:
            raise self.problem(401, "Needs permission")
        if asked.method == "POST":
            token = asked.headers.get("x-anti-forgery-token", "")
            cookie = re.search(r"(?:^|; )settings=([\w-]+)", asked.headers.get("cookie", ""))
            if self.instance.tricks.happens(Trick.STALE_TOKEN):
                self._tokens.clear()
            if not cookie or not token or self._tokens.get(cookie[1]) != token:
                raise self.problem(403, "Invalid anti-forgery token")
        self.instance.actor = person.name

    @staticmethod
    def _knows(person: Person, asked: Asked) -> bool:
        kind, _, encoded = asked.headers.get("authorization", "").partition(" ")
        try:
            pair = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            return False
        return kind == "Basic" and hmac.compare_digest(pair, f"{person.name}:{person.password}".encode())

    def _right_code(self, person: Person, asked: Asked) -> bool:
        if not person.otp:
            return True
        totp = TOTP(base64.b32decode(person.otp), 6, SHA1(), 30, enforce_key_length=False)  # noqa: S303 - what the apps use
        try:
            totp.verify(asked.headers.get("x-one-time-password", "").encode(), int(self.instance.clock.now().timestamp()))
        except InvalidToken:
            return False
        return True

    def web_method(self, asked: Asked) -> Told:
        """Carries out a web method of either surface."""
        prefix, _, name = asked.path.rstrip("/").rpartition("/")
        methods = next(methods for known, methods in _TABLE.items() if known.lower() == prefix.lower())
        method = next(one for one in methods.values() if name.lower() in (one.name.lower(), one.alias))
        try:
            found = method.does(self.instance, method.arguments(asked))
        except Fault as fault:
            raise self.problem(500, str(fault)) from None
        except TypeError:
            raise self.problem(500, f"{method.name} was given arguments of other types") from None
        self.settle()
        if found is VOID:
            return Told(None)
        if found is None or isinstance(found, str):
            return Told(json.dumps(found), headers={"Content-Type": "application/json; charset=utf-8"})
        return Told(found)

    def no_method(self, asked: Asked) -> Told:
        """What a service says to a method that it does not have, or not with that verb."""
        raise self.problem(500, f"Web method does not exist: {asked.method} {asked.path}")

    def page(self, asked: Asked) -> Told:
        """The page that holds an anti-forgery token, with the cookie that belongs to it."""
        cookie, token = secrets.token_hex(8), base64.b64encode(secrets.token_bytes(12)).decode()
        self._tokens[cookie] = token
        text = f'<html><script>SC.context = {{"antiForgeryToken":"{token}","loginResult":0}};</script></html>'
        headers = {"Set-Cookie": f"settings={cookie}; path=/; HttpOnly"}
        return Told(None if asked.method == "HEAD" else text, headers=headers)

    def version(self, _asked: Asked) -> Told:
        """Which version it is."""
        return Told({"info": {"title": "ScreenConnect", "version": VERSION.rpartition(".")[0].rpartition(".")[0]}})

    def report(self, asked: Asked) -> Told:
        """A report."""
        try:
            return Told(report(self.instance, asked.query))
        except Fault as fault:
            raise self.problem(500, str(fault)) from None

    def _json(self, asked: Asked, body: str) -> Any:
        """The body as JSON; public clients leave its type out, and the instance does not mind."""
        return super()._json(Asked(asked.method, asked.path, asked.query, {"content-type": "application/json"}), body)

"""Handing a message to a mail server, so that it is always known on which side of the hand-over a failure lies."""

from __future__ import annotations

import re
import smtplib
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from agent.api import Misuse, NotSent, Refused, Secret, TryLater, Unsure

WITHIN = 90.0
"""Seconds for one delivery, from connecting to the server's last word."""
STEP = 30.0
"""Seconds for one exchange."""

SUBMISSION, RELAY = 587, 25
READY, ACCEPTED, TEMPORARY, PERMANENT = 354, 250, 400, 500
LOOPBACK = ("127.0.0.1", "::1", "localhost")
_PLAIN = {"missing": "is missing", "extra_forbidden": "is not a setting"}
"""pydantic's kinds of error that people would not understand, in words."""


class MailServer(BaseModel):
    """The section ``mail`` of the configuration; without ``host``, letters are laid into the outbox folder.

    ``password`` is a reference (``vault:…``). A login is only sent over TLS, except to this very machine.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = ""
    port: int | None = Field(None, ge=1, le=65535)
    starttls: bool = True
    ca: str | None = None
    user: str = ""
    password: str = ""
    sender: str = "keyturn@localhost"

    @field_validator("host")
    @classmethod
    def _a_host(cls, host: str) -> str:
        try:
            host.encode("idna")
            sound = host.isprintable()
        except UnicodeError:
            sound = False
        if not sound:
            raise ValueError("must be the name or the address of a mail server")
        return host

    @field_validator("ca")
    @classmethod
    def _a_file(cls, ca: str | None) -> str | None:
        if ca is not None and not Path(ca).is_file():
            raise ValueError(f"there is no file {ca}")
        return ca

    @field_validator("password")
    @classmethod
    def _a_reference(cls, password: str) -> str:
        if password and not re.fullmatch(r"vault:.+", password):
            raise ValueError("must be a reference such as vault:msp/mail")
        return password

    @field_validator("sender")
    @classmethod
    def _an_address(cls, sender: str) -> str:
        if not re.fullmatch(r"[^@\s]+@[^@\s]+", sender):
            raise ValueError("must be a mail address")
        return sender

    @model_validator(mode="after")
    def _sound(self) -> MailServer:
        if bool(self.user) != bool(self.password):
            raise ValueError("user and password go together")
        if self.user and not self.starttls and self.host not in LOOPBACK:
            raise ValueError("a password is not sent without starttls")
        return self


def mail_server(settings: Mapping[str, Any]) -> MailServer:
    """The section ``mail`` of ``keyturn.toml`` checked. Raises :class:`Misuse` that names the setting, never a secret."""
    try:
        return MailServer.model_validate(dict(settings))
    except ValidationError as error:
        first = error.errors(include_input=False, include_context=False)[0]
    where = ".".join(["mail", *(str(part) for part in first["loc"])])
    what = f" {_PLAIN[first['type']]}" if first["type"] in _PLAIN else f": {first['msg'].removeprefix('Value error, ')}"
    raise Misuse(f"keyturn.toml cannot be used: {where}{what}", "Correct the section [mail] of that file.")


@dataclass
class _Deadline:
    """What is left of the time for one delivery."""

    end: float

    def left(self) -> float:
        """Seconds for the next exchange. Raises :class:`TimeoutError` when the time is over."""
        rest = self.end - time.monotonic()
        if rest <= 0:
            raise TimeoutError(f"more than {WITHIN:.0f} seconds")
        return min(rest, STEP)


def deliver(server: MailServer, message: EmailMessage, secret: Callable[[str], Secret]) -> None:
    """Hands *message* over.

    Raises:
        Misuse: the login holds a character that no mail server is sure to understand.
        NotSent: the failure came before the message's text was sent.
        Refused: the server declined the sender, a recipient or the message; ``TryLater`` when only for now.
        Unsure: the line was lost after the text was sent and before the server's answer.
    """
    password = secret(server.password).reveal() if server.password else ""
    if not (server.user + password).isascii():
        raise Misuse(
            f"the login at mail server {server.host} holds a character outside ASCII, which cannot be sent",
            f"Choose a user and a password of plain letters, digits and signs, and store it as {server.password}.",
        )
    deadline = _Deadline(time.monotonic() + WITHIN)
    name = f"mail server {server.host}"
    with _before_data(name):
        port = server.port or (SUBMISSION if server.starttls else RELAY)
        line = smtplib.SMTP(server.host, port, local_hostname=server.sender.rpartition("@")[2], timeout=deadline.left())
    try:
        with _before_data(name):
            _prepare(line, server, password, deadline)
            _envelope(line, name, message, deadline)
        _hand_over(line, name, message, deadline)
    finally:
        _leave(line)


def _prepare(line: smtplib.SMTP, server: MailServer, password: str, deadline: _Deadline) -> None:
    _extend(line, deadline)
    line.ehlo_or_helo_if_needed()
    if server.starttls:
        _extend(line, deadline)
        line.starttls(context=ssl.create_default_context(cafile=server.ca))
        line.ehlo()
    if server.user:
        _extend(line, deadline)
        line.login(server.user, password)


def _envelope(line: smtplib.SMTP, name: str, message: EmailMessage, deadline: _Deadline) -> None:
    _extend(line, deadline)
    _expect(name, "the sender", line.mail(message["From"].addresses[0].addr_spec))
    for recipient in message["To"].addresses:
        _extend(line, deadline)
        _expect(name, f"the recipient {recipient.addr_spec}", line.rcpt(recipient.addr_spec))
    _extend(line, deadline)
    _expect(name, "the message", line.docmd("DATA"), wanted=READY)


def _hand_over(line: smtplib.SMTP, name: str, message: EmailMessage, deadline: _Deadline) -> None:
    text = re.sub(rb"(?m)^\.", b"..", message.as_bytes()).removesuffix(b"\r\n")
    try:
        _extend(line, deadline)
        line.send(text + b"\r\n.\r\n")
        _extend(line, deadline)
        answer = line.getreply()
    except (OSError, smtplib.SMTPException) as error:
        raise Unsure(
            f"{name} was lost before its last word ({_reason(error)}); the letter may be on its way",
            f"Look for Message-ID {message['Message-ID']} before it is sent again.",
        ) from error
    _expect(name, "the message", answer)


def _expect(name: str, what: str, answer: tuple[int, bytes], *, wanted: int = ACCEPTED) -> None:
    code, words = answer
    if code == wanted or (wanted == ACCEPTED and ACCEPTED <= code < READY):
        return
    said = f"{name} did not take {what}: {code} {' '.join(words.decode('utf-8', 'replace').split())[:200]}"
    if code >= PERMANENT:
        raise Refused(said, "Correct the address or the settings of the mail server.")
    if code >= TEMPORARY:
        raise TryLater(said, "Send it again later.")
    raise NotSent(said, "Send it again.")


@contextmanager
def _before_data(name: str) -> Iterator[None]:
    """Up to here nothing of the message has left, so each failure is a plain *not sent*."""
    try:
        yield
    except smtplib.SMTPAuthenticationError as error:
        raise Refused(f"{name} refused the login: {error.smtp_code}", "Correct user and password in section [mail].") from error
    except (OSError, smtplib.SMTPException) as error:
        raise NotSent(
            f"{name} could not be used: {_reason(error)}", "Check the section [mail] of keyturn.toml, then send again."
        ) from error


def _reason(error: Exception) -> str:
    return " ".join((str(error) or type(error).__name__).split())[:200]


def _extend(line: smtplib.SMTP, deadline: _Deadline) -> None:
    if line.sock is not None:
        line.sock.settimeout(deadline.left())


def _leave(line: smtplib.SMTP) -> None:
    """Says goodbye without waiting for the answer: nothing that is said now changes what happened."""
    try:
        line.putcmd("quit")
    except (OSError, smtplib.SMTPException):
        return
    finally:
        line.close()

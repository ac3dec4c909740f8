"""Who is at the other end of one connection to the lab's WinRM server, and the sealing of what is said on it."""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import re
import secrets
import struct
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import spnego
from spnego.channel_bindings import GssChannelBindings
from spnego.exceptions import SpnegoError

_ENVIRONMENT = threading.Lock()
"""pyspnego's acceptor finds its passwords through the environment variable ``NTLM_USER_FILE`` only, and the environment
belongs to the whole process; so logins of all servers go one after the other."""

SEALED = 'multipart/encrypted;protocol="application/HTTP-SPNEGO-session-encrypted";boundary="Encrypted Boundary"'
_SEALED_HEAD = re.compile(
    rb"--Encrypted Boundary\r\n"
    rb"\tContent-Type: application/HTTP-SPNEGO-session-encrypted\r\n"
    rb"\tOriginalContent: type=application/soap\+xml;charset=UTF-8;Length=(\d+)\r\n"
    rb"--Encrypted Boundary\r\n"
    rb"\tContent-Type: application/octet-stream\r\n"
)
_SEALED_END = b"--Encrypted Boundary--\r\n"


class NotSealed(ValueError):
    """A body that is not sealed as it should be, or not for this login."""


def password_of(users: Mapping[str, str], name: str) -> str | None:
    """The password of *name*, without regard to case and to any domain beside it, as for a PC's local accounts."""
    bare = name.rpartition("\\")[2].partition("@")[0].casefold()
    return next((password for user, password in users.items() if user.casefold() == bare), None)


def basic(users: Mapping[str, str], token: str) -> bool:
    """Whether the credentials of an ``Authorization: Basic`` header are right, in UTF-8 or Latin-1 (RFC 7617 allows both)."""
    try:
        raw = base64.b64decode(token, validate=True)
    except binascii.Error:
        return False
    return any(_fits(users, raw, encoding) for encoding in ("utf-8", "latin-1"))


def _fits(users: Mapping[str, str], raw: bytes, encoding: str) -> bool:
    user, colon, password = raw.decode(encoding, "replace").partition(":")
    wanted = password_of(users, user)
    return bool(colon) and wanted is not None and hmac.compare_digest(wanted.encode(), password.encode())


class Login:
    """The NTLM login of one TCP connection, by raw tokens or inside SPNEGO, and the sealing that it gives.

    Args:
        users: User name to password. A password with a colon or a line break cannot be checked.
        binding: The certificate's digest when the connection is TLS: the client must then send the channel binding
            (``CbtHardeningLevel`` Strict, stricter than Windows' Relaxed, so that a client that forgets it is found out).
    """

    def __init__(self, users: Mapping[str, str], binding: bytes | None = None) -> None:
        self._users = users
        bindings = GssChannelBindings(application_data=b"tls-server-end-point:" + binding) if binding else None
        self._context = spnego.server(
            hostname="localhost",
            service="http",
            channel_bindings=bindings,
            protocol="negotiate",
            options=spnego.NegotiateOptions.use_negotiate,
        )

    @property
    def complete(self) -> bool:
        """True once the client has proved who it is."""
        return bool(self._context.complete)

    def step(self, token: bytes) -> bytes | None:
        """The answer to *token*. Raises :class:`PermissionError` when the client is not who it says or is out of turn."""
        try:
            with _known(self._line(token)):
                answer = self._context.step(token)
        except (SpnegoError, struct.error, ValueError) as error:
            raise PermissionError("the login was refused") from error
        return None if answer is None else bytes(answer)

    def unseal(self, body: bytes) -> bytes:
        """The message in a ``multipart/encrypted`` body. Raises :class:`NotSealed`."""
        head = _SEALED_HEAD.match(body)
        if not head or not body.endswith(_SEALED_END):
            raise NotSealed("not a sealed message")
        sealed = body[head.end() : -len(_SEALED_END)]
        try:
            (length,) = struct.unpack_from("<i", sealed)
            message = bytes(self._context.unwrap_winrm(sealed[4 : 4 + length], sealed[4 + length :]))
        except (SpnegoError, struct.error) as error:
            raise NotSealed("sealed for another login") from error
        if len(message) != int(head[1]):
            raise NotSealed("the length differs from what was said")
        return message

    def seal(self, message: bytes) -> bytes:
        """*message* as a ``multipart/encrypted`` body."""
        sealed = self._context.wrap_winrm(message)
        head = (
            "--Encrypted Boundary\r\n"
            "\tContent-Type: application/HTTP-SPNEGO-session-encrypted\r\n"
            f"\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length={len(message)}\r\n"
            "--Encrypted Boundary\r\n"
            "\tContent-Type: application/octet-stream\r\n"
        )
        return head.encode("ascii") + struct.pack("<i", len(sealed.header)) + sealed.header + sealed.data + _SEALED_END

    def _line(self, token: bytes) -> str:
        """The entry of pyspnego's password file for whom *token* names; a name that fits nobody when it names none."""
        domain, user = _named(token)
        password = password_of(self._users, user)
        if user and password is not None:
            return f"{domain}:{user}:{password}"
        return ":".join(secrets.token_hex(16) for _ in range(3))


def _named(token: bytes) -> tuple[str, str]:
    """Domain and user in an NTLM AUTHENTICATE message, or two empty texts (MS-NLMP 2.2.1.3)."""
    start = token.find(b"NTLMSSP\0\x03\0\0\0")
    if start < 0:
        return "", ""
    message = token[start:]
    (flags,) = struct.unpack_from("<I", message, 60)
    texts = []
    for field in (28, 36):
        length, _, offset = struct.unpack_from("<HHI", message, field)
        texts.append(message[offset : offset + length].decode("utf-16-le" if flags & 1 else "latin-1"))
    return texts[0], texts[1]


@contextmanager
def _known(line: str) -> Iterator[None]:
    """Lets pyspnego find one password for the time of one step."""
    with _ENVIRONMENT, tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".ntlm") as file:
        file.write(line + "\n")
        file.flush()
        before = os.environ.get("NTLM_USER_FILE")
        os.environ["NTLM_USER_FILE"] = file.name
        try:
            yield
        finally:
            if before is None:
                del os.environ["NTLM_USER_FILE"]
            else:
                os.environ["NTLM_USER_FILE"] = before

"""One NTLM login and the sealing that it gives: the native client's way, with raw tokens under ``Negotiate``."""

from __future__ import annotations

import base64
import re
import struct

import spnego
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from spnego.channel_bindings import GssChannelBindings

from agent.api import Secret

MEDIA_TYPE = 'multipart/encrypted;protocol="application/HTTP-SPNEGO-session-encrypted";boundary="Encrypted Boundary"'
_HEAD = re.compile(rb"\s*--Encrypted Boundary\r\n.*?;Length=(\d+)\r\n--Encrypted Boundary\r\n.*?octet-stream\r\n", re.DOTALL)
_END = b"--Encrypted Boundary--"


class Login:
    """One login; it belongs to one TCP connection and ends with it.

    Args:
        user: User name, with or without a domain.
        password: Revealed here only.
        host: The PC as it is addressed; part of the name that the token is made out to.
    """

    def __init__(self, user: str, password: Secret, host: str) -> None:
        self._context = spnego.client(
            user,
            password.reveal(),
            hostname=host,
            service="http",
            context_req=spnego.ContextReq.default | spnego.ContextReq.integrity | spnego.ContextReq.confidentiality,
            protocol="ntlm",
            options=spnego.NegotiateOptions.use_ntlm,
        )

    def hello(self) -> str:
        """The ``Authorization`` header that asks for a challenge (NTLM type 1)."""
        return _header(self._context.step())

    def proof(self, challenge: bytes, certificate: bytes | None) -> str:
        """The ``Authorization`` header that answers *challenge* (NTLM type 3).

        Args:
            challenge: The PC's token.
            certificate: The certificate of a TLS connection in DER form: the login is bound to it (RFC 5929).

        Raises:
            SpnegoError: the challenge is not one.
        """
        bindings = None if certificate is None else GssChannelBindings(application_data=_end_point(certificate))
        return _header(self._context.step(challenge, channel_bindings=bindings))

    def seal(self, message: bytes) -> bytes:
        """*message* as a body of type :data:`MEDIA_TYPE` (MS-WSMV 2.2.9.1)."""
        sealed = self._context.wrap_winrm(message)
        head = (
            "--Encrypted Boundary\r\n"
            "\tContent-Type: application/HTTP-SPNEGO-session-encrypted\r\n"
            f"\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length={len(message) + sealed.padding_length}\r\n"
            "--Encrypted Boundary\r\n"
            "\tContent-Type: application/octet-stream\r\n"
        )
        signature = struct.pack("<i", len(sealed.header)) + sealed.header
        return b"".join((head.encode("ascii"), signature, sealed.data, _END, b"\r\n"))

    def unseal(self, body: bytes) -> bytes:
        """The message in a sealed *body*.

        Raises:
            ValueError: the body has another form or another length than it says.
            SpnegoError: it was sealed for another login, or tampered with.
        """
        head, end = _HEAD.match(body), body.rfind(_END)
        if head is None or end < head.end() + 4:
            raise ValueError("the answer is not sealed as it says")
        (length,) = struct.unpack_from("<i", body, head.end())
        start = head.end() + 4
        message = bytes(self._context.unwrap_winrm(body[start : start + length], body[start + length : end]))
        if len(message) != int(head[1]):
            raise ValueError("the answer has another length than it says")
        return message


def challenge_in(header: str) -> bytes | None:
    """The token in a ``WWW-Authenticate`` header, or ``None``. Raises :class:`ValueError` when it is not Base64."""
    found = re.search(r"(?:Negotiate|NTLM)\s+([A-Za-z0-9+/]+=*)", header, re.IGNORECASE)
    return base64.b64decode(found[1], validate=True) if found else None


def _header(token: bytes | None) -> str:
    return "Negotiate " + base64.b64encode(token or b"").decode("ascii")


def _end_point(certificate: bytes) -> bytes:
    """``tls-server-end-point``: the certificate's hash by its own signature's algorithm, SHA-256 for weak or odd ones."""
    try:
        algorithm = x509.load_der_x509_certificate(certificate).signature_hash_algorithm
    except UnsupportedAlgorithm:
        algorithm = None
    if algorithm is None or algorithm.name in ("md5", "sha1"):
        algorithm = hashes.SHA256()
    digest = hashes.Hash(algorithm)
    digest.update(certificate)
    return b"tls-server-end-point:" + digest.finalize()

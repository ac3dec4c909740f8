"""The self-signed certificate of a simulated PC's HTTPS listener, as ``winrm quickconfig -transport:https`` would use one."""

from __future__ import annotations

import datetime
import hashlib
import ipaddress
import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate for loopback.

    Attributes:
        pem: The certificate, to be trusted by a client.
        key: The private key in PEM.
        digest: SHA-256 over the DER form: the fingerprint and, for NTLM, the channel binding (RFC 5929).
    """

    pem: str
    key: str
    digest: bytes

    @property
    def fingerprint(self) -> str:
        """SHA-256 as people compare it: hexadecimal pairs with colons."""
        return self.digest.hex(":").upper()

    def context(self) -> ssl.SSLContext:
        """A context for the server's side."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.TemporaryDirectory() as folder:
            chain = Path(folder, "chain.pem")
            chain.touch(mode=0o600)
            chain.write_text(self.key + self.pem, "ascii")
            context.load_cert_chain(chain)
        return context


def self_signed(name: str) -> Certificate:
    """A new certificate for *name*, ``localhost``, ``127.0.0.1`` and ``::1``, valid for a day."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    now = datetime.datetime.now(datetime.UTC)
    names: list[x509.GeneralName] = [x509.DNSName(name), x509.DNSName("localhost")]
    names += [x509.IPAddress(ipaddress.ip_address(address)) for address in ("127.0.0.1", "::1")]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode("ascii")
    der = certificate.public_bytes(serialization.Encoding.DER)
    pem = certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")
    return Certificate(pem, private, hashlib.sha256(der).digest())

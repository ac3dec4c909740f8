"""What is sealed for one login is of no use to another, and what was changed on the way is not believed."""

from __future__ import annotations

import datetime
import hashlib
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from spnego.exceptions import SpnegoError

from agent.api import Secret
from connectors.lab.winrm.auth import Login as PcLogin
from connectors.winrm.ntlm import Login, challenge_in
from connectors.winrm.ntlm import _end_point as end_point


def token_in(header: str) -> bytes:
    token = challenge_in(header)
    assert token
    return token


@pytest.fixture
def pair():
    here, there = Login("admin", Secret("pässword"), "pc"), PcLogin({"admin": "pässword"})
    challenge = there.step(token_in(here.hello()))
    there.step(token_in(here.proof(challenge, None)))
    assert there.complete
    return here, there


def test_both_sides_understand_each_other(pair):
    here, there = pair
    assert there.unseal(here.seal("Grüße".encode())) == "Grüße".encode()
    assert here.unseal(there.seal(b"--Encrypted Boundary--\r\n")) == b"--Encrypted Boundary--\r\n"


def test_nothing_is_readable(pair):
    assert b"a secret" not in pair[0].seal(b"a secret")


def bent(body: bytes) -> bytes:
    return body[:-30] + bytes([body[-30] ^ 1]) + body[-29:]


def longer(body: bytes) -> bytes:
    return body.replace(b"Length=8", b"Length=9")


@pytest.mark.parametrize("spoil", [bent, longer, lambda body: body[:-24]])
def test_a_changed_answer_is_not_believed(pair, spoil):
    here, there = pair
    with pytest.raises((ValueError, SpnegoError)):
        here.unseal(spoil(there.seal(b"an  answ")))


@pytest.mark.parametrize("body", [b"", b"--Encrypted Boundary--\r\n", b"<html/>"])
def test_what_is_not_sealed_is_not_taken_for_it(pair, body):
    with pytest.raises(ValueError, match="not sealed"):
        pair[0].unseal(body)


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("Negotiate YWJj", b"abc"),
        ('Basic realm="WSMAN", Negotiate YWI=', b"ab"),
        ("NTLM YWJj", b"abc"),
        ("Negotiate", None),
        ("Negotiate, Basic", None),
        ("", None),
    ],
)
def test_a_challenge_is_found_among_offers(header, token):
    assert challenge_in(header) == token


def test_a_broken_challenge_is_an_error():
    with pytest.raises(ValueError, match=r"base64|padding"):
        challenge_in("Negotiate A")


def odd(der):
    raise UnsupportedAlgorithm("a signature of tomorrow")


@pytest.mark.parametrize("load", [odd, lambda der: SimpleNamespace(signature_hash_algorithm=hashes.SHA1())])
def test_a_weak_or_unknown_signature_is_bound_by_sha256(monkeypatch, load):
    monkeypatch.setattr(x509, "load_der_x509_certificate", load)
    assert end_point(b"der") == b"tls-server-end-point:" + hashlib.sha256(b"der").digest()


@pytest.mark.parametrize(("algorithm", "name"), [(hashes.SHA256(), "sha256"), (hashes.SHA384(), "sha384")])
def test_the_binding_is_the_certificates_own_hash(algorithm, name):
    key = rsa.generate_private_key(65537, 2048)
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pc")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(who).issuer_name(who).public_key(key.public_key()).serial_number(1)
    der = builder.not_valid_before(now).not_valid_after(now).sign(key, algorithm).public_bytes(serialization.Encoding.DER)
    assert end_point(der) == b"tls-server-end-point:" + hashlib.new(name, der).digest()

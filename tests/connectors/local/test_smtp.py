"""Mail by a mail server: handed over once, and never with a false word about what became of it."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
import traceback
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from agent.api import KeyturnError, Letter, Misuse, NotSent, Refused, Secret, TryLater, Unsure, Verdict, Workplace
from connectors.local import smtp
from connectors.local.mail import DeskMail
from tests.connectors.local.postmaster import LETTER, by


def test_a_mail_server_takes_a_letter_once(mail, postmaster):
    server = postmaster()
    for _ in range(2):
        mail(**by(server)).send(LETTER)
    (text,) = server.letters
    message = message_from_bytes(text, policy=policy.default)
    assert message.get_content().replace("\r\n", "\n") == LETTER.text
    assert message["Message-ID"].endswith("@msp.example>")
    assert server.seen[0] == "ehlo msp.example"
    assert server.seen[1].startswith("mail FROM:<desk@msp.example>")
    assert [line for line in server.seen if line.startswith("rcpt")] == [f"rcpt TO:<{to}>" for to in LETTER.to]
    answer = mail(**by(server)).sent(LETTER.reference)
    assert answer.is_yes
    assert answer.facts["at"] == "2026-03-02T09:15:00+00:00"


BEFORE = {
    "greeting refused": ({"greeting": "554 no"}, NotSent),
    "line drops at the greeting": ({"ehlo": None}, NotSent),
    "sender refused": ({"mail": "550 no"}, Refused),
    "recipient unknown": ({"rcpt": "550 unknown"}, Refused),
    "recipient greylisted": ({"rcpt": "451 later"}, TryLater),
    "line drops at the recipient": ({"rcpt": None}, NotSent),
    "text not wanted": ({"data": "554 no"}, Refused),
    "text not wanted now": ({"data": "421 later"}, TryLater),
    "line drops before the text": ({"data": None}, NotSent),
    "strange answer": ({"data": "250 what"}, NotSent),
    "text refused": ({"end": "550 spam"}, Refused),
    "text refused for now": ({"end": "452 full"}, TryLater),
}


@pytest.mark.parametrize(("answers", "kind"), BEFORE.values(), ids=BEFORE)
def test_what_certainly_failed_was_not_sent(mail, postmaster, answers, kind):
    server = postmaster(**answers)
    with pytest.raises(KeyturnError) as caught:
        mail(**by(server)).send(LETTER)
    assert type(caught.value) is kind
    assert "\n" not in str(caught.value)
    assert mail(**by(server)).sent(LETTER.reference).verdict is Verdict.NO
    again = postmaster()
    mail(**by(again)).send(LETTER)
    assert len(again.letters) == 1


def test_no_mail_server_at_all_is_not_sent(mail):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(NotSent, match="could not be used"):
        mail(host="127.0.0.1", port=port, starttls=False).send(LETTER)


def test_a_last_word_that_is_lost_is_unsure_until_a_person_decides(mail, postmaster, clock):
    server = postmaster(end=None)
    with pytest.raises(Unsure, match="Look for Message-ID"):
        mail(**by(server)).send(LETTER)
    answer = mail(**by(server)).sent(LETTER.reference)
    assert answer.verdict is Verdict.UNSURE
    assert answer.person == "technician"
    assert answer.facts["message_id"] in answer.evidence
    with pytest.raises(Unsure, match="being sent already"):
        mail(**by(server)).send(LETTER)
    clock.sleep(180)
    with pytest.raises(NotSent):
        mail(**by(postmaster(mail=None))).send(LETTER)
    assert mail(**by(server)).sent(LETTER.reference).verdict is Verdict.UNSURE
    again = postmaster()
    mail(**by(again)).send(LETTER)
    assert mail(**by(again)).sent(LETTER.reference).is_yes
    assert len(again.letters) == 1


def test_a_silent_mail_server_is_given_up(mail, postmaster, monkeypatch):
    monkeypatch.setattr(smtp, "STEP", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(NotSent, match="timed out"):
        mail(host="127.0.0.1", port=silent.getsockname()[1], starttls=False).send(LETTER)


def test_the_time_for_one_delivery_is_limited(mail, postmaster, monkeypatch):
    monkeypatch.setattr(smtp, "WITHIN", 0.0)
    with pytest.raises(NotSent, match="more than 0 seconds"):
        mail(**by(postmaster())).send(LETTER)


def test_a_letter_that_was_sent_but_not_noted_is_unsure(mail, postmaster, contoso, monkeypatch):
    server = postmaster()
    post = mail(**by(server))
    deliver = smtp.deliver

    def deliver_and_break(*given: object) -> None:
        deliver(*given)  # type: ignore[arg-type]
        monkeypatch.setattr(contoso, "writing", lambda: (_ for _ in ()).throw(NotSent("the desk is locked")))

    monkeypatch.setattr("connectors.local.mail.deliver", deliver_and_break)
    with pytest.raises(Unsure, match="was sent, but not noted"):
        post.send(LETTER)
    assert post.sent(LETTER.reference).verdict is Verdict.UNSURE


def test_a_login_is_sent_and_a_wrong_one_refused(mail, postmaster):
    login = {"user": "desk", "password": "vault:msp/mail"}
    server = postmaster()
    mail(**by(server, **login)).send(LETTER)
    assert any(line.startswith("AUTH") for line in server.seen)
    refused = postmaster(auth="535 wrong")
    with pytest.raises(Refused, match="refused the login") as caught:
        mail(**by(refused, **login)).send(Letter("r2", LETTER.to, "s", "t"))
    assert "secret of" not in str(caught.value)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> Path:
    """A certificate for 127.0.0.1 with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    file.write_bytes(private + made.public_bytes(pem))
    return file


def test_starttls_is_used_and_checked(mail, postmaster, certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = postmaster(context)
    with pytest.raises(NotSent, match="CERTIFICATE_VERIFY_FAILED"):
        mail(**by(server, starttls=True)).send(LETTER)
    mail(**by(server, starttls=True, ca=str(certificate), user="desk", password="vault:msp/mail")).send(LETTER)
    assert len(server.letters) == 1
    assert server.seen.index("STARTTLS") < next(place for place, line in enumerate(server.seen) if line.startswith("AUTH"))


def test_a_server_without_starttls_gets_no_letter(mail, postmaster):
    with pytest.raises(NotSent, match="STARTTLS"):
        mail(**by(postmaster(), starttls=True)).send(LETTER)


@pytest.mark.parametrize(
    ("settings", "where"),
    [
        ({"host": "h", "port": 0}, "mail.port"),
        ({"host": "h", "password": "hunter2", "user": "u"}, "mail.password"),
        ({"host": "h", "user": "u"}, "user and password"),
        ({"host": "h", "user": "u", "password": "vault:x", "starttls": False}, "not sent without starttls"),
        ({"sender": "nobody"}, "mail.sender"),
        ({"smtp": "h"}, r"mail\.smtp is not a setting"),
        ({"host": "a..b"}, r"mail\.host: must be the name or the address"),
        ({"host": "x" * 64}, r"mail\.host: must be the name or the address"),
        ({"host": "a\0b"}, r"mail\.host: must be the name or the address"),
        ({"host": 5}, r"mail\.host: "),
        ({"host": "h", "starttls": "perhaps"}, r"mail\.starttls: "),
        ({"host": "h", "ca": "/nowhere/ca.pem"}, r"mail\.ca: there is no file"),
    ],
)
def test_a_configuration_that_cannot_be_used_is_misuse_without_its_values(mail, settings, where):
    with pytest.raises(Misuse, match=where) as caught:
        mail(**settings).send(LETTER)
    assert str(caught.value).startswith("keyturn.toml cannot be used: mail")
    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert mail().sent(LETTER.reference).verdict is Verdict.NO


@pytest.mark.parametrize(("user", "password"), [("desk", "pässword"), ("müller", "pass-123")])
def test_a_login_that_cannot_be_sent_is_misuse_and_shows_nothing(contoso, folder, clock, postmaster, user, password):
    server = postmaster()
    section = by(server, user=user, password="vault:msp/mail")
    post = DeskMail(contoso, Workplace(folder, {"mail": section}, clock, lambda reference: Secret(password)))
    with pytest.raises(Misuse, match="outside ASCII") as caught:
        post.send(LETTER)
    assert password not in "".join(traceback.format_exception(caught.value))
    assert server.seen == []
    assert post.sent(LETTER.reference).verdict is Verdict.NO

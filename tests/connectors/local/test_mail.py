"""Mail: laid into the outbox or handed to a mail server, once, and never with a false word about what became of it."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
import threading
import traceback
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import delete

from agent.api import KeyturnError, Letter, Misuse, NotSent, Refused, Secret, TryLater, Unsure, Verdict, Workplace
from connectors.local import smtp, tables
from connectors.local.mail import DeskMail

LETTER = Letter(
    "o17:instructions", ("jane@contoso.example", "it@contoso.example"), "Vor dem Upgrade – über", "Grüße\n.\n..Ende\n"
)


class Postmaster(threading.Thread):
    """A mail server on loopback that takes one connection after the other.

    Args:
        answers: Verb (``RCPT``, ``.`` for the end of the text) to what is answered; ``None`` drops the line.
        context: For STARTTLS.
    """

    def __init__(self, answers: dict[str, str | None], context: ssl.SSLContext | None = None) -> None:
        super().__init__(daemon=True)
        self.answers = answers
        self.context = context
        self.seen: list[str] = []
        self.letters: list[bytes] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def run(self) -> None:
        while True:
            try:
                line, _ = self.listener.accept()
            except OSError:
                return
            try:
                self._talk(line)
            except OSError:
                pass
            finally:
                line.close()

    def stop(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.join(5)

    def _talk(self, line: socket.socket) -> None:
        line.sendall((self.answers.get("greeting") or "220 here").encode() + b"\r\n")
        file = line.makefile("rb")
        wrapped = None
        try:
            while raw := file.readline():
                verb = raw.decode().split()[0].upper()
                self.seen.append(raw.decode().strip())
                answer = self.answers.get(verb, self._usual(verb))
                if answer is None:
                    return
                (wrapped or line).sendall(answer.encode() + b"\r\n")
                if verb == "DATA" and answer.startswith("354") and not self._text(file, wrapped or line):
                    return
                if verb == "STARTTLS" and self.context:
                    file.close()
                    wrapped = self.context.wrap_socket(line, server_side=True)
                    file = wrapped.makefile("rb")
        finally:
            file.close()
            if wrapped:
                wrapped.close()

    def _usual(self, verb: str) -> str:
        extensions = "250-here\r\n250-AUTH PLAIN LOGIN\r\n" + ("250-STARTTLS\r\n" if self.context else "") + "250 8BITMIME"
        usual = {"EHLO": extensions, "DATA": "354 go on", "QUIT": "221 bye", "AUTH": "235 welcome", "STARTTLS": "220 go on"}
        return usual.get(verb, "250 ok")

    def _text(self, file: object, line: socket.socket) -> bool:
        text = b""
        while (raw := file.readline()) not in (b".\r\n", b""):  # type: ignore[attr-defined]
            text += raw[1:] if raw.startswith(b"..") else raw
        answer = self.answers.get(".", "250 queued")
        if answer is None:
            return False
        if answer.startswith("2"):
            self.letters.append(text)
        line.sendall(answer.encode() + b"\r\n")
        return True


@pytest.fixture
def postmaster() -> Iterator[Callable[..., Postmaster]]:
    started: list[Postmaster] = []

    def start(context: ssl.SSLContext | None = None, **answers: str | None) -> Postmaster:
        named = {"." if verb == "end" else verb if verb == "greeting" else verb.upper(): said for verb, said in answers.items()}
        started.append(Postmaster(named, context))
        started[-1].start()
        return started[-1]

    yield start
    for each in started:
        each.stop()


@pytest.fixture
def mail(contoso, workplace) -> Callable[..., DeskMail]:
    def make(**settings: object) -> DeskMail:
        return DeskMail(contoso, workplace(**settings))

    return make


def _by(server: Postmaster, **more: object) -> dict[str, object]:
    return {"host": "127.0.0.1", "port": server.port, "starttls": False, "sender": "desk@msp.example", **more}


# --- the outbox


def test_without_a_mail_server_a_letter_lies_in_the_outbox(mail, folder):
    assert mail().sent(LETTER.reference).verdict is Verdict.NO
    mail().send(LETTER)
    (file,) = (folder / "outbox").iterdir()
    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert message["X-Keyturn-Reference"] == "o17:instructions"
    assert message["To"] == "jane@contoso.example, it@contoso.example"
    assert message["Subject"] == "Vor dem Upgrade – über"
    assert message.get_content().replace("\r\n", "\n") == LETTER.text
    assert message["Date"].datetime == dt.datetime(2026, 3, 2, 9, 15, tzinfo=dt.UTC)
    answer = mail().sent(LETTER.reference)
    assert answer.is_yes
    assert answer.facts == {"at": "2026-03-02T09:15:00+00:00", "message_id": message["Message-ID"]}
    assert f"by the folder outbox ({file.name})" in answer.evidence


def test_a_letter_is_written_once(mail, folder, clock):
    mail().send(LETTER)
    (file,) = (folder / "outbox").iterdir()
    before = file.read_bytes()
    clock.sleep(3600)
    mail().send(LETTER)
    assert [path.read_bytes() for path in (folder / "outbox").iterdir()] == [before]


def test_two_letters_have_two_identities(mail, folder):
    mail().send(LETTER)
    mail().send(Letter("o17 instructions", LETTER.to, "x", "y"))
    messages = [message_from_bytes(path.read_bytes()) for path in (folder / "outbox").iterdir()]
    assert len({message["Message-ID"] for message in messages}) == 2


def test_a_letter_that_was_taken_from_the_outbox_was_sent(mail, folder):
    mail().send(LETTER)
    next((folder / "outbox").iterdir()).unlink()
    assert mail().sent(LETTER.reference).is_yes


def test_a_letter_written_just_before_a_crash_was_sent(mail, contoso, folder):
    mail().send(LETTER)
    with contoso.writing() as connection:
        connection.execute(delete(tables.letters))
    answer = mail().sent(LETTER.reference)
    assert answer.is_yes
    assert answer.facts["at"] == "2026-03-02T09:15:00+00:00"
    mail().send(LETTER)
    assert len(list((folder / "outbox").iterdir())) == 1


def test_a_spoilt_file_in_the_outbox_is_unsure(mail, contoso, folder):
    mail().send(LETTER)
    next((folder / "outbox").iterdir()).write_text("scribble")
    with contoso.writing() as connection:
        connection.execute(delete(tables.letters))
    assert mail().sent(LETTER.reference).verdict is Verdict.UNSURE


def test_an_outbox_that_cannot_be_written_is_not_sent(mail, folder, contoso):
    (folder / "outbox").write_text("in the way")
    with pytest.raises(NotSent):
        mail().send(LETTER)
    (folder / "outbox").unlink()
    assert mail().sent(LETTER.reference).verdict is Verdict.NO


@pytest.mark.parametrize(
    "letter",
    [
        Letter("r", (), "s", "t"),
        Letter("r", ("nobody",), "s", "t"),
        Letter("r", ("a@b.example\nBcc: x@y.example",), "s", "t"),
        Letter("r", ("jürgen@b.example",), "s", "t"),
        Letter("r\nX: y", ("a@b.example",), "s", "t"),
        Letter(" ", ("a@b.example",), "s", "t"),
    ],
)
def test_a_letter_that_cannot_be_addressed_is_misuse(mail, letter):
    with pytest.raises(Misuse):
        mail().send(letter)


def test_a_subject_stays_on_one_line(mail, folder):
    mail().send(Letter("r", ("a@b.example",), "Hello\r\nBcc: x@y.example", "t"))
    message = message_from_bytes(next((folder / "outbox").iterdir()).read_bytes(), policy=policy.default)
    assert message["Bcc"] is None
    assert message["Subject"] == "Hello Bcc: x@y.example"


def test_a_long_reference_stays_in_one_piece(mail, folder):
    reference = "order-17:" + "the-customer-has-the-instructions" * 6
    mail().send(Letter(reference, ("a@b.example",), "s", "t"))
    assert f"X-Keyturn-Reference: {reference}".encode() in next((folder / "outbox").iterdir()).read_bytes()


# --- the mail server


def test_a_mail_server_takes_a_letter_once(mail, postmaster):
    server = postmaster()
    for _ in range(2):
        mail(**_by(server)).send(LETTER)
    (text,) = server.letters
    message = message_from_bytes(text, policy=policy.default)
    assert message.get_content().replace("\r\n", "\n") == LETTER.text
    assert message["Message-ID"].endswith("@msp.example>")
    assert server.seen[0] == "ehlo msp.example"
    assert server.seen[1].startswith("mail FROM:<desk@msp.example>")
    assert [line for line in server.seen if line.startswith("rcpt")] == [f"rcpt TO:<{to}>" for to in LETTER.to]
    answer = mail(**_by(server)).sent(LETTER.reference)
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
        mail(**_by(server)).send(LETTER)
    assert type(caught.value) is kind
    assert "\n" not in str(caught.value)
    assert mail(**_by(server)).sent(LETTER.reference).verdict is Verdict.NO
    again = postmaster()
    mail(**_by(again)).send(LETTER)
    assert len(again.letters) == 1


def test_no_mail_server_at_all_is_not_sent(mail):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(NotSent, match="could not be used"):
        mail(host="127.0.0.1", port=port, starttls=False).send(LETTER)


def test_a_last_word_that_is_lost_is_unsure_until_a_person_decides(mail, postmaster, clock):
    server = postmaster(end=None)
    with pytest.raises(Unsure, match="Look for Message-ID"):
        mail(**_by(server)).send(LETTER)
    answer = mail(**_by(server)).sent(LETTER.reference)
    assert answer.verdict is Verdict.UNSURE
    assert answer.person == "technician"
    assert answer.facts["message_id"] in answer.evidence
    with pytest.raises(Unsure, match="being sent already"):
        mail(**_by(server)).send(LETTER)
    clock.sleep(180)
    with pytest.raises(NotSent):
        mail(**_by(postmaster(mail=None))).send(LETTER)
    assert mail(**_by(server)).sent(LETTER.reference).verdict is Verdict.UNSURE
    again = postmaster()
    mail(**_by(again)).send(LETTER)
    assert mail(**_by(again)).sent(LETTER.reference).is_yes
    assert len(again.letters) == 1


def test_a_silent_mail_server_is_given_up(mail, postmaster, monkeypatch):
    monkeypatch.setattr(smtp, "STEP", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(NotSent, match="timed out"):
        mail(host="127.0.0.1", port=silent.getsockname()[1], starttls=False).send(LETTER)


def test_the_time_for_one_delivery_is_limited(mail, postmaster, monkeypatch):
    monkeypatch.setattr(smtp, "WITHIN", 0.0)
    with pytest.raises(NotSent, match="more than 0 seconds"):
        mail(**_by(postmaster())).send(LETTER)


def test_a_letter_that_was_sent_but_not_noted_is_unsure(mail, postmaster, contoso, monkeypatch):
    server = postmaster()
    post = mail(**_by(server))
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
    mail(**_by(server, **login)).send(LETTER)
    assert any(line.startswith("AUTH") for line in server.seen)
    refused = postmaster(auth="535 wrong")
    with pytest.raises(Refused, match="refused the login") as caught:
        mail(**_by(refused, **login)).send(Letter("r2", LETTER.to, "s", "t"))
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
        mail(**_by(server, starttls=True)).send(LETTER)
    mail(**_by(server, starttls=True, ca=str(certificate), user="desk", password="vault:msp/mail")).send(LETTER)
    assert len(server.letters) == 1
    assert server.seen.index("STARTTLS") < next(place for place, line in enumerate(server.seen) if line.startswith("AUTH"))


def test_a_server_without_starttls_gets_no_letter(mail, postmaster):
    with pytest.raises(NotSent, match="STARTTLS"):
        mail(**_by(postmaster(), starttls=True)).send(LETTER)


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
    section = _by(server, user=user, password="vault:msp/mail")
    post = DeskMail(contoso, Workplace(folder, {"mail": section}, clock, lambda reference: Secret(password)))
    with pytest.raises(Misuse, match="outside ASCII") as caught:
        post.send(LETTER)
    assert password not in "".join(traceback.format_exception(caught.value))
    assert server.seen == []
    assert post.sent(LETTER.reference).verdict is Verdict.NO

"""Mail: laid into the outbox, once, and never with a false word about what became of it."""

from __future__ import annotations

import datetime as dt
from email import message_from_bytes, policy

import pytest
from sqlalchemy import delete

from agent.api import Letter, Misuse, NotSent, Verdict
from connectors.local import tables
from tests.connectors.local.postmaster import LETTER


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

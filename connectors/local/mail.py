"""Outgoing mail: handed to the configured mail server, or laid into the outbox folder where there is none."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select
from sqlalchemy.dialects.sqlite import insert

from agent.api import Answer, KeyturnError, Letter, Mail, Unsure, Workplace, no, unsure, yes
from connectors.local import tables
from connectors.local.desk import Desk, could_not_ask, moment
from connectors.local.letters import REFERENCE, compose
from connectors.local.papers import file_name, write
from connectors.local.smtp import MailServer, deliver, mail_server

SENT, SENDING = "sent", "sending"
UNDERWAY = timedelta(minutes=2)
"""How long a letter that another process is sending is left alone; longer than one delivery may take."""


@dataclass(frozen=True, slots=True)
class _Posting:
    """One letter as it goes out: what is sent, and how the table speaks of it."""

    letter: Letter
    message: EmailMessage
    way: str

    def row(self, state: str, at: str) -> dict[str, Any]:
        return {
            "reference": self.letter.reference,
            "message_id": self.message["Message-ID"],
            "recipients": json.dumps(self.letter.to),
            "subject": str(self.message["Subject"]),
            "way": self.way,
            "state": state,
            "at": at,
        }


class DeskMail(Mail):
    """The mail of *desk*, as the section ``mail`` of *workplace* says."""

    def __init__(self, desk: Desk, workplace: Workplace) -> None:
        self._desk = desk
        self._workplace = workplace
        self._outbox = desk.folder / "outbox"

    @could_not_ask
    def sent(self, reference: str) -> Answer:
        """Was the letter with *reference* sent? The facts hold ``at`` (ISO 8601 with zone) when it was."""
        with self._desk.reading() as connection:
            row = _row(connection, reference)
        if row is None:
            return self._found_in_outbox(reference)
        facts = {"at": row.at, "message_id": row.message_id}
        if row.state == SENT:
            to = ", ".join(json.loads(row.recipients))
            return yes(f"letter {reference} to {to} left by {row.way} on {moment(row.at)}", **facts)
        return unsure(
            f"letter {reference} was being sent by {row.way} on {moment(row.at)} and the last word is missing; "
            f"look for Message-ID {row.message_id} on the mail server",
            person="technician",
            message_id=row.message_id,
        )

    def send(self, letter: Letter) -> None:
        """Sends *letter*; one that was sent already is not sent again.

        Raises:
            Misuse: an address, the subject or the section ``mail`` of the configuration cannot be used.
            NotSent: it did not leave this house; repeating is safe.
            Refused: the mail server said no.
            Unsure: the mail server's last word was lost, or another process is sending it at this moment.
        """
        server = mail_server(self._workplace.settings.get("mail", {}))
        message = compose(letter, server.sender, self._workplace.clock.now())
        if server.host:
            self._post(_Posting(letter, message, f"mail server {server.host}"), server)
        else:
            self._lay_out(letter, message)

    def _lay_out(self, letter: Letter, message: EmailMessage) -> None:
        name = file_name(letter.reference, ".eml")
        posting = _Posting(letter, message, f"the folder outbox ({name})")
        with self._desk.writing() as connection:
            if self._found(connection, letter.reference):
                return
            write(self._outbox / name, message.as_bytes())
            _keep(connection, posting.row(SENT, self._desk.now()))

    def _found(self, connection: Connection, reference: str) -> bool:
        return _row(connection, reference) is not None or self._found_in_outbox(reference).is_yes

    def _post(self, posting: _Posting, server: MailServer) -> None:
        before = self._begin(posting)
        if before is not None and before.state == SENT:
            return
        try:
            deliver(server, posting.message, self._workplace.secret)
        except Unsure:
            raise
        except KeyturnError:
            self._undo(posting, before)
            raise
        try:
            with self._desk.writing() as connection:
                _keep(connection, posting.row(SENT, self._desk.now()))
        except KeyturnError as error:
            raise Unsure(f"letter {posting.letter.reference} was sent, but not noted: {error.what}", error.do) from error

    def _begin(self, posting: _Posting) -> Row[Any] | None:
        """Notes that the letter is about to leave, and returns what was known before."""
        now = self._workplace.clock.now()
        with self._desk.writing() as connection:
            before = _row(connection, posting.letter.reference)
            if before is not None and before.state == SENT:
                return before
            if before is not None and now - datetime.fromisoformat(before.at) < UNDERWAY:
                raise Unsure(f"letter {posting.letter.reference} is being sent already", "Ask again in two minutes.")
            _keep(connection, posting.row(SENDING, self._desk.now()))
        return before

    def _undo(self, posting: _Posting, before: Row[Any] | None) -> None:
        """Notes that this letter did not leave; what was doubtful before stays doubtful."""
        with self._desk.writing() as connection:
            if before is None:
                connection.execute(delete(tables.letters).where(tables.letters.c.reference == posting.letter.reference))
            else:
                _keep(connection, before._asdict())

    def _found_in_outbox(self, reference: str) -> Answer:
        """The file alone proves it: it was written just before a process died."""
        file = self._outbox / file_name(reference, ".eml")
        try:
            message = message_from_bytes(file.read_bytes(), policy=policy.default)
        except FileNotFoundError:
            return no(f"no letter with reference {reference} was sent")
        except OSError as error:
            return unsure(f"{file} cannot be read: {error.strerror}")
        if message[REFERENCE] != reference or not message["Date"]:
            return unsure(f"{file} does not hold the letter {reference}")
        at = parsedate_to_datetime(message["Date"]).astimezone(UTC).isoformat()
        return yes(f"letter {reference} lies in outbox/{file.name} since {moment(at)}", at=at, message_id=message["Message-ID"])


def _row(connection: Connection, reference: str) -> Row[Any] | None:
    return connection.execute(select(tables.letters).where(tables.letters.c.reference == reference)).one_or_none()


def _keep(connection: Connection, values: dict[str, Any]) -> None:
    written = insert(tables.letters).values(values)
    connection.execute(written.on_conflict_do_update(index_elements=["reference"], set_=values))

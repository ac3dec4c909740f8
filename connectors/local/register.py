"""The ticket register that a technician keeps by hand: opening, reading, a customer's reply, closing and reopening."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from agent.api import Misuse, Refused
from connectors.local import tables
from connectors.local.customers import existing_customer
from connectors.local.desk import Desk
from connectors.local.masking import masked
from connectors.local.names import checked, folded, unknown

OPEN, CLOSED = "open", "closed"


@dataclass(frozen=True, slots=True)
class Note:
    """One note: who wrote it, when (ISO 8601), whether the customer sees it, and our reference where a run wrote it."""

    author: str
    at: str
    public: bool
    text: str
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class TimeEntry:
    """Minutes that a technician spent, and when they were entered (ISO 8601)."""

    technician: str
    minutes: int
    at: str


@dataclass(frozen=True, slots=True)
class Ticket:
    """One request of a customer.

    Attributes:
        number: Unique in the desk; the next free number when empty.
        customer: The customer's name.
        kind: The request type, such as ``windows licence upgrade``.
        subject: One line.
        state: ``open`` or ``closed``.
        attention: The customer wrote after it was closed, and nobody has looked yet.
        closed_by: Who closed it, or empty.
        notes: Oldest first.
        times: Oldest first.
    """

    number: str
    customer: str
    kind: str
    subject: str = ""
    state: str = OPEN
    attention: bool = False
    closed_by: str = ""
    notes: tuple[Note, ...] = ()
    times: tuple[TimeEntry, ...] = ()


class TicketRegister:
    """The tickets in *desk* by hand. Every method raises :class:`Misuse` for what it cannot accept."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def open(self, customer: str, kind: str, subject: str = "", number: str = "") -> str:
        """Opens a ticket and returns its number, the next free one unless given."""
        wanted = checked("a ticket's number", number) if number else ""
        with self._desk.writing() as connection:
            owner = existing_customer(connection, customer).id
            taken = set(connection.execute(select(tables.tickets.c.folded)).scalars())
            if wanted and folded(wanted) in taken:
                raise Misuse(f"there is a ticket {wanted} already", f"See 'keyturn ticket show {wanted}'.")
            chosen = wanted or str(max((int(other) for other in taken if other.isdecimal()), default=0) + 1)
            values = {
                "folded": folded(chosen),
                "number": chosen,
                "customer": owner,
                "kind": checked("a ticket's type", kind),
                "subject": masked(" ".join(subject.split())),
                "state": OPEN,
                "opened": self._desk.now(),
                "by_run": False,
                "attention": False,
            }
            connection.execute(insert(tables.tickets).values(values))
        return chosen

    def find(self, number: str) -> Ticket:
        """The ticket with that number, its notes and its time entries."""
        with self._desk.reading() as connection:
            return _ticket(connection, _existing(connection, number))

    def all(self, customer: str | None = None) -> list[Ticket]:
        """All tickets in the order in which they were opened, or those of one *customer*."""
        query = _QUERY.order_by(tables.tickets.c.id)
        with self._desk.reading() as connection:
            if customer is not None:
                query = query.where(tables.tickets.c.customer == existing_customer(connection, customer).id)
            return [_ticket(connection, row) for row in connection.execute(query).all()]

    def reply(self, number: str, text: str, author: str = "") -> Ticket:
        """Adds what the customer wrote; a closed ticket then needs attention. The author is the customer unless given."""
        if not text.strip():
            raise Misuse("an empty reply is not kept", "Give the customer's words.")
        with self._desk.writing() as connection:
            row = _existing(connection, number)
            name = checked("an author's name", author) if author else row.customer_name
            note = {"ticket": row.id, "public": True, "author": name, "at": self._desk.now(), "text": masked(text.strip())}
            connection.execute(insert(tables.notes).values(note))
            if row.state == CLOSED:
                _set(connection, row.id, attention=True)
            return _ticket(connection, _existing(connection, number))

    def close(self, number: str, by: str, because: str = "") -> None:
        """Closes a ticket by hand, without a run; one that needed attention has had it then."""
        name, now = checked("the name of who closes it", by), self._desk.now()
        with self._desk.writing() as connection:
            row = _existing(connection, number)
            _set(connection, row.id, attention=False)
            if because.strip():
                note = {"ticket": row.id, "public": False, "author": name, "at": now, "text": masked(because.strip())}
                connection.execute(insert(tables.notes).values(note))
            if row.state == OPEN:
                _set(connection, row.id, state=CLOSED, closed=now, closed_by=name)

    def reopen(self, number: str) -> None:
        """Opens a closed ticket again, as new work."""
        with self._desk.writing() as connection:
            row = _existing(connection, number)
            _set(connection, row.id, state=OPEN, closed=None, closed_by=None, by_run=False, attention=False)


_QUERY = select(tables.tickets, tables.customers.c.name.label("customer_name")).join(tables.customers)


def ticket_row(connection: Connection, number: str) -> Row[Any] | None:
    """The row of the ticket with its ``customer_name``, if there is one."""
    return connection.execute(_QUERY.where(tables.tickets.c.folded == folded(number))).one_or_none()


def refuse_unknown(number: str, row: Row[Any] | None) -> Row[Any]:
    """*row*. Raises :class:`Refused` when a run wants to write to a ticket that is not there."""
    if row is None:
        raise Refused(f"the local desk has no ticket {number}", "Correct the order, or open it with 'keyturn ticket add'.")
    return row


def _existing(connection: Connection, number: str) -> Row[Any]:
    row = ticket_row(connection, number)
    if row is None:
        raise unknown("ticket", number, connection.execute(select(tables.tickets.c.number)).scalars())
    return row


def _ticket(connection: Connection, row: Row[Any]) -> Ticket:
    notes, times = tables.notes.c, tables.times.c
    written = select(notes.author, notes.at, notes.public, notes.text, notes.reference).where(notes.ticket == row.id)
    spent = select(times.technician, times.minutes, times.at).where(times.ticket == row.id)
    return Ticket(
        number=row.number,
        customer=row.customer_name,
        kind=row.kind,
        subject=row.subject,
        state=row.state,
        attention=row.attention,
        closed_by=row.closed_by or "",
        notes=tuple(Note(*note) for note in connection.execute(written.order_by(notes.id))),
        times=tuple(TimeEntry(*entry) for entry in connection.execute(spent.order_by(times.id))),
    )


def _set(connection: Connection, ticket: int, **values: Any) -> None:
    connection.execute(update(tables.tickets).where(tables.tickets.c.id == ticket).values(values))

"""The tickets as playbooks see them: entitlement, request type, notes told once, and closing."""

from __future__ import annotations

import re

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.sqlite import insert as insert_or

from agent.api import Answer, Tickets, no, yes
from connectors.local import tables
from connectors.local.customers import customer_row
from connectors.local.desk import Desk, could_not_ask, moment
from connectors.local.masking import masked
from connectors.local.names import folded
from connectors.local.register import CLOSED, OPEN, refuse_unknown, ticket_row

AUTHOR = "keyturn"


class DeskTickets(Tickets):
    """The tickets in *desk*."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @could_not_ask
    def entitled(self, customer: str, package: str) -> Answer:
        """Does *customer* have *package*? An unknown customer is a no."""
        with self._desk.reading() as connection:
            row = customer_row(connection, customer)
        if row is None:
            return no(f"the local desk has no customer '{customer}'")
        if folded(row.package) != folded(package):
            return no(f"{row.name} has package '{row.package}', wanted '{package}'", package=row.package)
        return yes(f"{row.name} has package '{row.package}'", package=row.package)

    @could_not_ask
    def asks_for(self, ticket: str, kind: str, customer: str) -> Answer:
        """Is *ticket* one of *customer*'s, open or closed by a run, and of the request type *kind*?"""
        with self._desk.reading() as connection:
            row, asking = ticket_row(connection, ticket), customer_row(connection, customer)
        if row is None:
            return no(f"the local desk has no ticket {ticket}", person="technician")
        if asking is None:
            return no(f"the local desk has no customer '{customer}'", person="technician", owner=row.customer_name)
        if row.customer != asking.id:
            owner = row.customer_name
            return no(f"ticket {row.number} is a ticket of {owner}, not of {asking.name}", person="technician", owner=owner)
        facts = {"theirs": True, "owner": row.customer_name, "state": row.state}
        if _kind(row.kind) != _kind(kind):
            return no(f"ticket {row.number} is of type '{row.kind}', wanted '{kind}'", **facts)
        if row.state == OPEN:
            return yes(f"ticket {row.number} is open and of type '{row.kind}'", **facts)
        closing = f"closed by {row.closed_by} on {moment(row.closed)}"
        if row.by_run:
            return yes(f"ticket {row.number} of type '{row.kind}' was {closing} at the end of a run", **facts)
        return no(f"ticket {row.number} was {closing}, not by a run; a closed ticket starts no new work", **facts)

    @could_not_ask
    def told(self, ticket: str, reference: str) -> Answer:
        """Does *ticket* hold a note with *reference*? The facts of a yes hold ``at``."""
        notes = tables.notes.c
        with self._desk.reading() as connection:
            row = ticket_row(connection, ticket)
            if row is None:
                return no(f"the local desk has no ticket {ticket}")
            query = select(notes.at, notes.public).where(notes.ticket == row.id, notes.reference == reference)
            note = connection.execute(query).one_or_none()
        if note is None:
            return no(f"ticket {row.number} has no note with reference {reference}")
        kind = "public" if note.public else "internal"
        return yes(f"ticket {row.number} has the {kind} note {reference} of {moment(note.at)}", at=note.at)

    def tell(self, ticket: str, text: str, *, reference: str, public: bool) -> None:
        """Adds a note; a second one with the same reference changes nothing. Raises ``Refused`` for an unknown ticket."""
        with self._desk.writing() as connection:
            row = refuse_unknown(ticket, ticket_row(connection, ticket))
            values = {
                "ticket": row.id,
                "reference": reference,
                "public": public,
                "author": AUTHOR,
                "at": self._desk.now(),
                "text": masked(text),
            }
            connection.execute(insert_or(tables.notes).values(values).on_conflict_do_nothing())

    @could_not_ask
    def closed(self, ticket: str) -> Answer:
        """Is *ticket* closed? The evidence says so when the customer wrote again afterwards."""
        with self._desk.reading() as connection:
            row = ticket_row(connection, ticket)
        if row is None:
            return no(f"the local desk has no ticket {ticket}")
        if row.state != CLOSED:
            return no(f"ticket {row.number} is open")
        again = "; the customer has written since" if row.attention else ""
        return yes(f"ticket {row.number} was closed by {row.closed_by} on {moment(row.closed)}{again}", at=row.closed)

    def close(self, ticket: str, *, minutes: int, technician: str) -> None:
        """Enters the time spent and closes *ticket*, once: a ticket that a run closed stays as it is.

        Raises ``Refused`` for an unknown ticket.
        """
        now = self._desk.now()
        with self._desk.writing() as connection:
            row = refuse_unknown(ticket, ticket_row(connection, ticket))
            if row.by_run:
                return
            entry = {"ticket": row.id, "minutes": minutes, "technician": technician, "at": now}
            connection.execute(insert(tables.times).values(entry))
            end = {"state": CLOSED, "by_run": True, "closed": now, "closed_by": technician}
            connection.execute(update(tables.tickets).where(tables.tickets.c.id == row.id).values(end))


def _kind(text: str) -> str:
    """A request type as it is compared: hyphens are blanks, and British and American spelling are one."""
    return re.sub(r"[\s_-]+", " ", folded(text)).replace("license", "licence")

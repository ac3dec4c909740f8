"""The register of licences: what each customer owns and who sits on which seat."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from agent.api import Misuse
from connectors.local import tables
from connectors.local.customers import existing_customer
from connectors.local.desk import Desk
from connectors.local.editions import known_edition
from connectors.local.names import checked, folded, unknown
from connectors.local.verdict import ACTIVE, TERMINATED, Licence, Seat


@dataclass(frozen=True, slots=True)
class GivenKey:
    """A product key as the desk remembers it: where it went, when, and how it ends."""

    device: str
    tail: str
    at: str


class Licences:
    """The licences in *desk*. Every method raises :class:`Misuse` for what it cannot accept."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def add(self, licence: Licence) -> None:
        """Enters a new licence with the seats that are taken already."""
        sound = _sound(licence)
        with self._desk.writing() as connection:
            if licence_row(connection, sound.number):
                raise Misuse(f"there is a licence '{sound.number}' already", "See 'keyturn licence show'; take another number.")
            owner = existing_customer(connection, sound.customer).id
            values = {
                "folded": folded(sound.number),
                "number": sound.number,
                "customer": owner,
                "edition": sound.edition,
                "seats": sound.seats,
                "expires": sound.expires.isoformat() if sound.expires else None,
                "state": sound.state,
            }
            number = connection.execute(insert(tables.licences).values(values).returning(tables.licences.c.id)).scalar_one()
            for seat in sound.taken:
                take_seat(connection, number, seat, self._desk.now())

    def find(self, number: str) -> Licence:
        """The licence with that number."""
        with self._desk.reading() as connection:
            return licence_of(connection, _existing(connection, number))

    def keys(self, number: str) -> list[GivenKey]:
        """The product keys that were given out under a licence, oldest first."""
        keys = tables.keys.c
        query = select(keys.device, keys.tail, keys.at).where(keys.licence == folded(number)).order_by(keys.at)
        with self._desk.reading() as connection:
            return [GivenKey(*row) for row in connection.execute(query)]

    def all(self, customer: str | None = None) -> list[Licence]:
        """All licences by number, or those of one *customer*."""
        query = _QUERY.order_by(tables.licences.c.folded)
        with self._desk.reading() as connection:
            if customer is not None:
                query = query.where(tables.licences.c.customer == existing_customer(connection, customer).id)
            return [licence_of(connection, row) for row in connection.execute(query).all()]

    def numbers(self) -> list[str]:
        """The numbers of all licences."""
        with self._desk.reading() as connection:
            return list(connection.execute(select(tables.licences.c.number)).scalars())

    def terminate(self, number: str) -> None:
        """Marks a licence as ended; it covers nothing from now on. Raises :class:`Misuse` when it is that already."""
        with self._desk.writing() as connection:
            row = _existing(connection, number)
            if row.state == TERMINATED:
                raise Misuse(f"licence {row.number} is terminated already", f"See 'keyturn licence show {row.number}'.")
            change = update(tables.licences).where(tables.licences.c.id == row.id)
            connection.execute(change.values(state=TERMINATED))


_QUERY = select(tables.licences, tables.customers.c.name.label("customer_name"), tables.customers.c.zone).join(tables.customers)


def licence_row(connection: Connection, number: str) -> Row[Any] | None:
    """The row of the licence with its owner's ``customer_name`` and ``zone``, if there is one."""
    return connection.execute(_QUERY.where(tables.licences.c.folded == folded(number))).one_or_none()


def licence_of(connection: Connection, row: Row[Any]) -> Licence:
    """The licence in *row* with the seats that are taken."""
    seats = tables.seats.c
    query = select(seats.device, seats.user).where(seats.licence == row.id).order_by(seats.id)
    taken = tuple(Seat(device, user) for device, user in connection.execute(query))
    expires = date.fromisoformat(row.expires) if row.expires else None
    return Licence(row.number, row.customer_name, row.edition, row.seats, expires, row.state, taken)


def take_seat(connection: Connection, licence: int, seat: Seat, at: str) -> None:
    """Writes one more taken seat of the licence with that row number."""
    values = {"licence": licence, "device": seat.device, "user": seat.user, "at": at}
    connection.execute(insert(tables.seats).values(values))


def _existing(connection: Connection, number: str) -> Row[Any]:
    row = licence_row(connection, number)
    if row is None:
        raise unknown("licence", number, connection.execute(select(tables.licences.c.number)).scalars())
    return row


def _sound(licence: Licence) -> Licence:
    number = checked("a licence's number", licence.number)
    if licence.seats < 1 or len(licence.taken) > licence.seats:
        raise Misuse(f"licence '{number}' has {licence.seats} seats and {len(licence.taken)} holders", "Give it enough seats.")
    if licence.state not in (ACTIVE, TERMINATED):
        raise Misuse(f"'{licence.state}' is not a state of a licence", f"Use {ACTIVE} or {TERMINATED}.")
    if not all(seat.device or seat.user for seat in licence.taken):
        raise Misuse("a taken seat needs a device or a user", "Name at least one of them.")
    return replace(licence, number=number, edition=known_edition(checked("an edition", licence.edition)))

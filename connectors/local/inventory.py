"""The licence inventory that playbooks ask: seats, accepted proofs, and keys known only by fingerprint."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from agent.api import Answer, LicenceInventory, NeedsPerson, Secret, no, yes
from connectors.local import tables
from connectors.local.desk import Desk, could_not_ask, moment
from connectors.local.licences import licence_of, licence_row, take_seat
from connectors.local.names import folded
from connectors.local.proofs import judge_by_proof
from connectors.local.verdict import Claim, Seat, judge


class DeskInventory(LicenceInventory):
    """The licences, seats and keys in *desk*."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @could_not_ask
    def covers(self, licence: str, *, customer: str, device: str, user: str, edition: str, on: datetime) -> Answer:
        """Does *licence* give *device* and its *user* the *edition* on that day, with a seat that is theirs or free?

        An accepted proof of purchase for just this device and user stands in for a licence that the inventory lacks.
        """
        claim = Claim(licence, customer, device, user, edition, on)
        with self._desk.reading() as connection:
            row = licence_row(connection, licence)
            if row is None:
                return judge_by_proof(connection, claim)
            return judge(licence_of(connection, row), claim, row.zone)

    @could_not_ask
    def key_is_free(self, key: Secret, device: str) -> Answer:
        """Is *key* unused, or used on *device* only? Names the other device otherwise."""
        with self._desk.reading() as connection:
            given = _given(connection, self._desk.mark(connection, key))
        if given is None:
            return yes(f"the product key ending in {key.tail()} has not been given to any device", tail=key.tail())
        since = f"given to {given.device} on {moment(given.at)}"
        if folded(given.device) == folded(device):
            return yes(f"the product key ending in {key.tail()} was {since}, the same device", tail=key.tail())
        return no(
            f"the product key ending in {key.tail()} was {since}, wanted for {device}", tail=key.tail(), device=given.device
        )

    @could_not_ask
    def reserved(self, licence: str, key: Secret, *, device: str, user: str) -> Answer:
        """Does *device* hold a seat of *licence*, and *key*? A licence that the desk lacks has no seats, so the key counts."""
        with self._desk.reading() as connection:
            given = _given(connection, self._desk.mark(connection, key))
            row = licence_row(connection, licence)
            taken = licence_of(connection, row).taken if row is not None else ()
        if given is None or folded(given.device) != folded(device):
            return no(f"the product key ending in {key.tail()} is not set aside for {device}")
        holding = f"the product key ending in {key.tail()} was given to {device} on {moment(given.at)}"
        if row is None:
            return yes(f"{holding}; licence {licence} is not in the licence inventory, so there is no seat to count")
        if not any((folded(seat.device), folded(seat.user)) == (folded(device), folded(user)) for seat in taken):
            return no(f"{holding}, but licence {row.number} has no seat for {device} ({user})")
        return yes(f"{holding}, with a seat of licence {row.number} for {user}")

    def reserve(self, licence: str, key: Secret, *, device: str, user: str) -> None:
        """Gives a seat and the key to *device*; doing it again changes nothing.

        Of a licence that the desk lacks (a person accepted the proof of purchase), only the key is kept.

        Raises:
            NeedsPerson: the key is on another device, the seat is someone else's, or none is free.
            NotSent: the desk could not be written.
            Unsure: the desk's last word was lost.
        """
        with self._desk.writing() as connection:
            self._give_key(connection, licence, key, device)
            row = licence_row(connection, licence)
            if row is not None:
                self._give_seat(connection, row, device, user)

    def _give_key(self, connection: Connection, licence: str, key: Secret, device: str) -> None:
        mark = self._desk.mark(connection, key)
        given = _given(connection, mark)
        if given is None:
            values = {"mark": mark, "tail": key.tail(), "device": device, "licence": folded(licence), "at": self._desk.now()}
            connection.execute(insert(tables.keys).values(values))
        elif folded(given.device) != folded(device):
            raise NeedsPerson(
                f"the product key ending in {key.tail()} is used on {given.device} already",
                f"Ask the customer for another key for {device}.",
            )

    def _give_seat(self, connection: Connection, row: Row[Any], device: str, user: str) -> None:
        licence = licence_of(connection, row)
        seat = licence.seat_of(device, user)
        if seat is not None:
            _complete(connection, row.id, seat, Seat(device, user))
        elif other := licence.seat_against(device, user):
            raise NeedsPerson(
                f"the seat of licence {row.number} on {device} is for {other.user}", "Correct the order or the seat."
            )
        elif len(licence.taken) >= licence.seats:
            raise NeedsPerson(f"licence {row.number} has no free seat for {device}", "The customer needs one more seat.")
        else:
            take_seat(connection, row.id, Seat(device, user), self._desk.now())


def _given(connection: Connection, mark: str) -> Row[Any] | None:
    return connection.execute(select(tables.keys).where(tables.keys.c.mark == mark)).one_or_none()


def _complete(connection: Connection, licence: int, old: Seat, new: Seat) -> None:
    """Fills in what a seat had left open; what it had stays as it was written."""
    seats = tables.seats.c
    query = select(seats.id).where(seats.licence == licence, seats.device == old.device, seats.user == old.user).limit(1)
    values = {"device": old.device or new.device, "user": old.user or new.user}
    connection.execute(update(tables.seats).where(seats.id == query.scalar_subquery()).values(values))

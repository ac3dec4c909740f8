"""The customers of the desk: who they are, which package they have, and their time zone."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from difflib import get_close_matches
from email.errors import MessageError
from email.headerregistry import Address
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from sqlalchemy import Connection, Row, Table, delete, func, insert, select, update

from agent.api import Misuse
from connectors.local import tables
from connectors.local.desk import Desk
from connectors.local.names import checked, folded, unknown


@dataclass(frozen=True, slots=True)
class Customer:
    """One company.

    Attributes:
        name: Unique in the desk, without regard to case.
        package: What they subscribe to, such as ``core``.
        mail: Address of the contact, or empty.
        zone: IANA time zone.
    """

    name: str
    package: str
    mail: str = ""
    zone: str = "UTC"


class Customers:
    """The register of customers in *desk*. Every method raises :class:`Misuse` for names it cannot accept."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def add(self, customer: Customer) -> None:
        """Enters a new customer."""
        sound = _sound(customer)
        with self._desk.writing() as connection:
            if customer_row(connection, sound.name):
                raise Misuse(f"there is a customer '{sound.name}' already", "Change it with 'keyturn customer change'.")
            connection.execute(insert(tables.customers).values(folded=folded(sound.name), **asdict(sound)))

    def change(self, name: str, **changes: str) -> Customer:
        """Replaces fields of a customer and returns how it stands now."""
        with self._desk.writing() as connection:
            row = existing_customer(connection, name)
            sound = _sound(replace(_customer(row), **changes))
            connection.execute(update(tables.customers).where(tables.customers.c.id == row.id).values(**asdict(sound)))
        return sound

    def find(self, name: str) -> Customer:
        """The customer with that name."""
        with self._desk.reading() as connection:
            return _customer(existing_customer(connection, name))

    def all(self) -> list[Customer]:
        """All customers by name."""
        with self._desk.reading() as connection:
            rows = connection.execute(select(tables.customers).order_by(tables.customers.c.folded)).all()
        return [_customer(row) for row in rows]

    def remove(self, name: str) -> None:
        """Removes a customer to whom nothing in the desk belongs."""
        with self._desk.writing() as connection:
            row = existing_customer(connection, name)
            held = {table.name: _count(connection, table, row.id) for table in _BELONGINGS}
            if any(held.values()):
                listed = ", ".join(f"{count} {what if count > 1 else what[:-1]}" for what, count in held.items() if count)
                raise Misuse(f"'{row.name}' still has {listed} in the desk", "The record is kept so that they stay explained.")
            connection.execute(delete(tables.customers).where(tables.customers.c.id == row.id))


_BELONGINGS = (tables.devices, tables.licences, tables.tickets, tables.proofs)


def customer_row(connection: Connection, name: str) -> Row[Any] | None:
    """The row of the customer with that name, if there is one."""
    return connection.execute(select(tables.customers).where(tables.customers.c.folded == folded(name))).one_or_none()


def existing_customer(connection: Connection, name: str) -> Row[Any]:
    """The row of the customer with that name. Raises :class:`Misuse` with similar names when there is none."""
    row = customer_row(connection, name)
    if row is None:
        raise unknown("customer", name, connection.execute(select(tables.customers.c.name)).scalars())
    return row


def sound_address(address: str) -> str:
    """*address* as a bare mail address. Raises :class:`Misuse` when it is none."""
    try:
        parts = Address(addr_spec=address.strip())
    except (ValueError, IndexError, MessageError):
        parts = Address()
    if not (parts.username and parts.domain and address.isascii() and address.isprintable()):
        raise Misuse(f"'{' '.join(address.split())}' is not a mail address", "Write it as name@example.com.")
    return parts.addr_spec


def _sound(customer: Customer) -> Customer:
    return Customer(
        name=checked("a customer's name", customer.name),
        package=checked("a package", customer.package),
        mail=sound_address(customer.mail) if customer.mail else "",
        zone=_sound_zone(customer.zone),
    )


def _sound_zone(zone: str) -> str:
    try:
        return ZoneInfo(zone).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        close = get_close_matches(zone, available_timezones(), n=3)
        hint = f"Did you mean {' or '.join(close)}?" if close else "Use an IANA name such as Europe/Berlin."
        raise Misuse(f"'{zone}' is not a time zone", hint) from None


def _customer(row: Row[Any]) -> Customer:
    return Customer(row.name, row.package, row.mail, row.zone)


def _count(connection: Connection, table: Table, customer: int) -> int:
    return int(connection.execute(select(func.count()).select_from(table).where(table.c.customer == customer)).scalar_one())

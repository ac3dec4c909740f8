"""The directory of devices: whose they are, who works on them, and the ways to reach them."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from agent.api import Device, Devices, Misuse
from connectors.local import tables
from connectors.local.customers import existing_customer
from connectors.local.desk import Desk
from connectors.local.names import checked, folded, unknown
from connectors.local.ways import checked_ways


class DeskDevices(Devices):
    """The devices in *desk*. Every method raises :class:`Misuse` for names it cannot accept."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def find(self, name: str) -> Device:
        """The device with that name, without regard to case."""
        with self._desk.reading() as connection:
            return _device(existing_device(connection, name))

    def all(self, customer: str | None = None) -> list[Device]:
        """All devices by name, or those of one *customer*."""
        query = _QUERY.order_by(tables.devices.c.folded)
        with self._desk.reading() as connection:
            if customer is not None:
                query = query.where(tables.devices.c.customer == existing_customer(connection, customer).id)
            return [_device(row) for row in connection.execute(query)]

    def add(self, device: Device) -> None:
        """Enters a new device; every password in its ways must be a reference (``vault:…``)."""
        name = checked("a device's name", device.name)
        ways = json.dumps(checked_ways(device.ways))
        with self._desk.writing() as connection:
            if device_row(connection, name):
                raise Misuse(f"there is a device '{name}' already", "Change it with 'keyturn device change'.")
            customer = existing_customer(connection, device.customer).id
            user = " ".join(device.user.split())
            values = {"folded": folded(name), "name": name, "customer": customer, "user": user, "ways": ways}
            connection.execute(insert(tables.devices).values(values))

    def change(self, device: Device) -> None:
        """Replaces the user and the ways of the device with that name; it stays with its customer."""
        ways = json.dumps(checked_ways(device.ways))
        with self._desk.writing() as connection:
            row = existing_device(connection, device.name)
            values = {"user": " ".join(device.user.split()), "ways": ways}
            connection.execute(update(tables.devices).where(tables.devices.c.id == row.id).values(values))

    def remove(self, name: str) -> None:
        """Removes a device that holds no seat, no key and no proof of purchase."""
        with self._desk.writing() as connection:
            row = existing_device(connection, name)
            held = [what for what, table in _HOLDINGS.items() if _holds(connection, table, row.folded)]
            if held:
                raise Misuse(
                    f"'{row.name}' still holds {', '.join(held)}", "The record is kept so that licences stay explained."
                )
            connection.execute(delete(tables.devices).where(tables.devices.c.id == row.id))


_HOLDINGS = {"a licence seat": tables.seats, "a product key": tables.keys, "a proof of purchase": tables.proofs}
_QUERY = select(tables.devices, tables.customers.c.name.label("customer_name")).join(tables.customers)


def device_row(connection: Connection, name: str) -> Row[Any] | None:
    """The row of the device with that name and its ``customer_name``, if there is one."""
    return connection.execute(_QUERY.where(tables.devices.c.folded == folded(name))).one_or_none()


def existing_device(connection: Connection, name: str) -> Row[Any]:
    """The row of the device with that name. Raises :class:`Misuse` with similar names when there is none."""
    row = device_row(connection, name)
    if row is None:
        raise unknown("device", name, connection.execute(select(tables.devices.c.name)).scalars())
    return row


def _device(row: Row[Any]) -> Device:
    return Device(row.name, row.customer_name, row.user, json.loads(row.ways))


def _holds(connection: Connection, table: Any, device: str) -> bool:
    names = connection.execute(select(table.c.device).where(table.c.device != "")).scalars()
    return any(folded(name) == device for name in names)

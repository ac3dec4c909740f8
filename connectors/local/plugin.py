"""How the local desk joins keyturn: its ports and its commands; everything heavy is imported when it is first needed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from agent.api import Devices, Diary, LicenceInventory, Mail, Tickets, Workplace, hookimpl

if TYPE_CHECKING:
    import click


@hookimpl
def keyturn_ports(workplace: Workplace) -> Mapping[Any, object]:
    """The desk in the data folder; the database is opened by the first question, not here."""
    from connectors.local.desk import Desk
    from connectors.local.devices import DeskDevices
    from connectors.local.diary import FolderDiary
    from connectors.local.inventory import DeskInventory
    from connectors.local.mail import DeskMail
    from connectors.local.tickets import DeskTickets

    desk = Desk.of(workplace)
    return {
        Tickets: DeskTickets(desk),
        LicenceInventory: DeskInventory(desk),
        Diary: FolderDiary(desk),
        Mail: DeskMail(desk, workplace),
        Devices: DeskDevices(desk),
    }


@hookimpl
def keyturn_commands() -> list[click.Command]:
    """The groups ``customer``, ``device``, ``licence`` and ``ticket``."""
    from connectors.local.commands.customer import customer
    from connectors.local.commands.device import device
    from connectors.local.commands.licence import licence
    from connectors.local.commands.ticket import ticket

    return [customer, device, licence, ticket]

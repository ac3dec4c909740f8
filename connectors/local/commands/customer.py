"""The commands ``keyturn customer …``."""

from __future__ import annotations

from typing import Any

import click

from connectors.local.commands.desk import desk_here
from connectors.local.commands.shown import ask_before, json_option, nothing_given, show_list, show_one, yes_option


@click.group()
def customer() -> None:
    """The customers of the local desk."""


@customer.command("add")
@click.argument("name")
@click.option("--package", required=True, help="What they subscribe to, such as core.")
@click.option("--mail", default="", help="Mail address of the contact.")
@click.option("--zone", default="UTC", show_default=True, help="IANA time zone, such as Europe/Berlin.")
def add(name: str, **fields: str) -> None:
    """Enter a customer."""
    from connectors.local.customers import Customer, Customers

    Customers(desk_here()).add(Customer(name, **fields))
    click.echo(f"added customer {name}", err=True)


@customer.command("change")
@click.argument("name")
@click.option("--package", help="What they subscribe to now.")
@click.option("--mail", help="Mail address of the contact.")
@click.option("--zone", help="IANA time zone, such as Europe/Berlin.")
def change(name: str, **fields: str | None) -> None:
    """Replace what is given of a customer."""
    from connectors.local.customers import Customers

    given = {field: value for field, value in fields.items() if value is not None}
    if not given:
        raise nothing_given("customer")
    found = Customers(desk_here()).change(name, **given)
    click.echo(f"changed customer {found.name}", err=True)


@customer.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List all customers."""
    from dataclasses import asdict

    from connectors.local.customers import Customers

    records = [asdict(each) for each in Customers(desk_here()).all()]
    show_list("customer", records, ("name", "package", "mail", "zone"), as_json=as_json)


@customer.command("show")
@click.argument("name")
@json_option
def show(name: str, *, as_json: bool) -> None:
    """Show a customer with its devices, licences and tickets."""
    from dataclasses import asdict

    from connectors.local.customers import Customers
    from connectors.local.devices import DeskDevices
    from connectors.local.licences import Licences
    from connectors.local.register import TicketRegister

    desk = desk_here()
    found: dict[str, Any] = asdict(Customers(desk).find(name))
    found["devices"] = [{"name": each.name, "user": each.user} for each in DeskDevices(desk).all(name)]
    found["licences"] = [{"number": each.number, "edition": each.edition} for each in Licences(desk).all(name)]
    found["tickets"] = [
        {"number": each.number, "type": each.kind, "state": each.state} for each in TicketRegister(desk).all(name)
    ]
    show_one("customer", found, as_json=as_json)


@customer.command("remove")
@click.argument("name")
@yes_option
def remove(name: str, *, yes: bool) -> None:
    """Remove a customer to whom nothing belongs."""
    from connectors.local.customers import Customers

    customers = Customers(desk_here())
    found = customers.find(name)
    ask_before(f"customer {found.name}", yes=yes)
    customers.remove(name)
    click.echo(f"removed customer {found.name}", err=True)

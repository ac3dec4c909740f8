"""The commands ``keyturn ticket …``."""

from __future__ import annotations

import sys
from typing import Any

import click

from connectors.local.commands.desk import desk_here
from connectors.local.commands.shown import json_option, show_list, show_one


@click.group()
def ticket() -> None:
    """The tickets of the local desk."""


@ticket.command("add")
@click.option("--customer", required=True, help="Who asks.")
@click.option("--type", "kind", required=True, help='The request type, such as "windows licence upgrade".')
@click.option("--subject", default="", help="What it is about, in one line.")
@click.option("--number", default="", help="Its number; the next free one unless given.")
def add(**fields: str) -> None:
    """Open a ticket and print its number."""
    from connectors.local.register import TicketRegister

    click.echo(TicketRegister(desk_here()).open(**fields))


@ticket.command("list")
@click.option("--customer", help="Only the tickets of this customer.")
@click.option("--open", "only_open", is_flag=True, help="Only open tickets.")
@click.option("--attention", "only_attention", is_flag=True, help="Only closed tickets to which the customer replied.")
@json_option
def list_(customer: str | None, *, only_open: bool, only_attention: bool, as_json: bool) -> None:
    """List tickets."""
    from connectors.local.register import OPEN, TicketRegister

    records = [
        {"number": each.number, "customer": each.customer, "type": each.kind, "state": _state(each), "subject": each.subject}
        for each in TicketRegister(desk_here()).all(customer)
        if (each.state == OPEN or not only_open) and (each.attention or not only_attention)
    ]
    show_list("ticket", records, ("number", "customer", "type", "state", "subject"), as_json=as_json)


@ticket.command("show")
@click.argument("number")
@json_option
def show(number: str, *, as_json: bool) -> None:
    """Show a ticket with its notes and the time spent."""
    from dataclasses import asdict

    from connectors.local.register import TicketRegister

    found: dict[str, Any] = asdict(TicketRegister(desk_here()).find(number))
    found |= {"notes": list(found["notes"]), "times": list(found["times"])}
    show_one("ticket", found, as_json=as_json)


@ticket.command("reply")
@click.argument("number")
@click.argument("text")
@click.option("--from", "author", default="", help="Who wrote; the customer unless given.")
def reply(number: str, text: str, author: str) -> None:
    """Add what the customer wrote ("-" reads it from standard input); a closed ticket then needs attention."""
    from connectors.local.register import TicketRegister

    words = sys.stdin.read() if text == "-" else text
    found = TicketRegister(desk_here()).reply(number, words, author)
    click.echo(f"ticket {found.number} is {_state(found)}", err=True)


@ticket.command("close")
@click.argument("number")
@click.option("--by", required=True, help="Who closes it.")
@click.option("--because", default="", help="Why, as an internal note.")
def close(number: str, by: str, because: str) -> None:
    """Close a ticket by hand, or mark a customer's reply to a closed one as seen."""
    from connectors.local.register import TicketRegister

    TicketRegister(desk_here()).close(number, by, because)
    click.echo(f"ticket {number} is closed", err=True)


@ticket.command("reopen")
@click.argument("number")
def reopen(number: str) -> None:
    """Open a closed ticket again, as new work."""
    from connectors.local.register import TicketRegister

    TicketRegister(desk_here()).reopen(number)
    click.echo(f"ticket {number} is open", err=True)


def _state(found: Any) -> str:
    return f"{found.state}, needs attention" if found.attention else str(found.state)

"""The commands ``keyturn licence …``."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from connectors.local.commands.desk import desk_here
from connectors.local.commands.shown import ask_before, json_option, show_list, show_one, yes_option

if TYPE_CHECKING:
    from connectors.local.licences import Licences
    from connectors.local.verdict import Licence


@click.group()
def licence() -> None:
    """The licences of the local desk: what customers own, and proofs of purchase."""


@licence.command("add")
@click.argument("number")
@click.option("--customer", required=True, help="Who owns it.")
@click.option("--edition", required=True, help="Windows edition: pro, enterprise, education, home, or an EditionID.")
@click.option("--seats", type=click.IntRange(1), default=1, show_default=True, help="How many seats it has.")
@click.option("--expires", type=click.DateTime(["%Y-%m-%d"]), help="The last day on which it is valid.")
@click.option("--for-device", "devices", multiple=True, help="A device that holds a seat already.")
@click.option("--for-user", "users", multiple=True, help="A user who holds a seat already.")
def add(number: str, devices: tuple[str, ...], users: tuple[str, ...], **fields: Any) -> None:
    """Enter a licence."""
    from connectors.local.devices import DeskDevices
    from connectors.local.licences import Licences
    from connectors.local.verdict import Licence, Seat

    expires: datetime | None = fields.pop("expires")
    known = DeskDevices(desk_here())
    taken = (*(Seat(device=known.find(name).name) for name in devices), *(Seat(user=name) for name in users))
    Licences(desk_here()).add(Licence(number, **fields, expires=expires.date() if expires else None, taken=taken))
    click.echo(f"added licence {number}", err=True)


@licence.command("list")
@click.option("--customer", help="Only the licences of this customer.")
@json_option
def list_(customer: str | None, *, as_json: bool) -> None:
    """List licences with the seats that are taken."""
    from connectors.local.licences import Licences

    records = [_record(each) for each in Licences(desk_here()).all(customer)]
    show_list("licence", records, ("number", "customer", "edition", "seats", "taken", "expires", "state"), as_json=as_json)


@licence.command("show")
@click.argument("number")
@json_option
def show(number: str, *, as_json: bool) -> None:
    """Show a licence, who holds its seats, and how the product keys end that were given out."""
    from dataclasses import asdict

    from connectors.local.licences import Licences

    licences = Licences(desk_here())
    found = licences.find(number)
    keys = [{"device": key.device, "ends_in": key.tail, "at": key.at} for key in licences.keys(number)]
    shown = _record(found) | {"holders": [asdict(seat) for seat in found.taken], "keys": keys}
    show_one("licence", shown, as_json=as_json)


@licence.command("terminate")
@click.argument("number")
@yes_option
def terminate(number: str, *, yes: bool) -> None:
    """Mark a licence as ended; it covers nothing from now on."""
    from connectors.local.licences import Licences
    from connectors.local.verdict import TERMINATED

    licences = Licences(desk_here())
    found = licences.find(number)
    if found.state != TERMINATED:
        ask_before(f"licence {found.number}", yes=yes, verb="terminate")
    licences.terminate(number)
    click.echo(f"terminated licence {found.number}", err=True)


@licence.command("proof")
@click.argument("number")
@click.option("--device", required=True, help="The device that it was bought for.")
@click.option("--user", help="The end user; by default the device's.")
@click.option("--edition", required=True, help="The Windows edition that was bought.")
@click.option("--file", "document", required=True, type=click.Path(path_type=Path), help="The document; its SHA-256 is kept.")
@click.option("--by", required=True, help="Who examined it.")
@click.option("--because", required=True, help="Why it is accepted or refused.")
@click.option("--accept/--refuse", "accepted", default=True, show_default=True, help="The decision.")
def proof(number: str, user: str | None, document: Path, **decision: Any) -> None:
    """Record that a proof of purchase was accepted or refused; the newest decision holds."""
    from connectors.local.devices import DeskDevices
    from connectors.local.licences import Licences
    from connectors.local.proofs import Proof, record_proof

    desk = desk_here()
    owner = DeskDevices(desk).find(decision["device"]).user if user is None else user
    digest = record_proof(desk, Proof(licence=number, user=owner, file=document, **decision))
    click.echo(_part_of(number, Licences(desk)), err=True)
    click.echo(f"{'accepted' if decision['accepted'] else 'refused'} the proof for licence {number}, sha256 {digest}", err=True)


def _part_of(number: str, licences: Licences) -> str:
    """What a proof for the licence *number* is good for: one that the inventory holds is judged by its seats."""
    from connectors.local.names import folded, nearest

    known = licences.numbers()
    if any(folded(number) == folded(other) for other in known):
        return f"licence {number} is in the inventory: its seats decide, and the proof is kept beside it"
    near = nearest(number, known)
    guess = f" (it has {' and '.join(near)})" if near else ""
    return f"licence {number} is not in the inventory{guess}: the proof stands in for it, for this device and user"


def _record(found: Licence) -> dict[str, Any]:
    return {
        "number": found.number,
        "customer": found.customer,
        "edition": found.edition,
        "seats": found.seats,
        "taken": len(found.taken),
        "expires": found.expires.isoformat() if found.expires else None,
        "state": found.state,
    }

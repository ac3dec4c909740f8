"""The commands ``keyturn device …``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.api import Misuse
from connectors.local.commands.desk import desk_here
from connectors.local.commands.shown import ask_before, json_option, nothing_given, show_list, show_one, yes_option

if TYPE_CHECKING:
    from agent.api import Device

_WINRM = {"auth": "auth", "login": "user", "password_ref": "password", "ca": "ca", "fingerprint": "fingerprint"}
"""Option to the setting of the WinRM connector that it stands for."""

_WAYS = (
    click.option("--winrm", metavar="HOST[:PORT]", help="WinRM address; [IPV6]:PORT and http://HOST:5985/wsman are fine too."),
    click.option("--way", "ways", multiple=True, metavar="CONNECTOR.SETTING=VALUE", help="Any setting of any connector."),
    click.option("--ladder", metavar="CONNECTOR,…", help="The order of all its ways, the preferred one first."),
    click.option("--https", is_flag=True, default=None, help="Use WinRM over HTTPS."),
    click.option("--auth", type=click.Choice(["ntlm", "basic"]), help="How WinRM authenticates."),
    click.option("--login", metavar="USER", help="Who logs in over WinRM."),
    click.option("--password-ref", metavar="vault:…", help="Where the password of that user is kept."),
    click.option("--ca", metavar="FILE", help="Certificate authority of the WinRM listener."),
    click.option("--fingerprint", metavar="SHA256", help="Fingerprint of the listener's certificate."),
)


def _way_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_WAYS):
        command = option(command)
    return command


@click.group()
def device() -> None:
    """The devices of the local desk."""


@device.command("add")
@click.argument("name")
@click.option("--customer", required=True, help="Whose device it is.")
@click.option("--user", default="", help="The end user who works on it.")
@_way_options
def add(name: str, customer: str, user: str, **given: Any) -> None:
    """Enter a device and the ways to reach it, the preferred one first."""
    from agent.api import Device
    from connectors.local.devices import DeskDevices

    ways = _merged({}, given)
    if not ways:
        raise Misuse(f"no way to reach {name} was given", "Give --winrm HOST, or a --way of another connector.")
    DeskDevices(desk_here()).add(Device(name, customer, user, ways))
    click.echo(f"added device {name}", err=True)


@device.command("change")
@click.argument("name")
@click.option("--user", help="The end user who works on it now.")
@_way_options
@click.option("--without", metavar="CONNECTOR", help="Take this way out.")
def change(name: str, user: str | None, without: str | None, **given: Any) -> None:
    """Replace the user of a device, or settings of the ways to reach it."""
    from dataclasses import replace

    from connectors.local.devices import DeskDevices

    if user is None and without is None and not any(given.values()):
        raise nothing_given("device")
    devices = DeskDevices(desk_here())
    found = devices.find(name)
    if without is not None and without not in found.ways:
        raise Misuse(f"{found.name} has no way {without!r}", f"It has: {', '.join(found.ways) or 'none'}.")
    before = {connector: settings for connector, settings in found.ways.items() if connector != without}
    devices.change(replace(found, user=found.user if user is None else user, ways=_merged(before, given)))
    click.echo(f"changed device {found.name}", err=True)


@device.command("list")
@click.option("--customer", help="Only the devices of this customer.")
@json_option
def list_(customer: str | None, *, as_json: bool) -> None:
    """List devices."""
    from connectors.local.devices import DeskDevices

    records = [_record(each) | {"reached_by": list(each.ways)} for each in DeskDevices(desk_here()).all(customer)]
    show_list("device", records, ("name", "customer", "user", "reached_by"), as_json=as_json)


@device.command("show")
@click.argument("name")
@json_option
def show(name: str, *, as_json: bool) -> None:
    """Show a device with the ways to reach it."""
    from connectors.local.devices import DeskDevices

    show_one("device", _record(DeskDevices(desk_here()).find(name)), as_json=as_json)


@device.command("remove")
@click.argument("name")
@yes_option
def remove(name: str, *, yes: bool) -> None:
    """Remove a device that holds no seat, key or proof."""
    from connectors.local.devices import DeskDevices

    devices = DeskDevices(desk_here())
    found = devices.find(name)
    ask_before(f"device {found.name}", yes=yes)
    devices.remove(name)
    click.echo(f"removed device {found.name}", err=True)


def _merged(before: Any, given: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The ways *before* with the options *given* laid over them. Raises :class:`Misuse` when WinRM cannot work with that."""
    from connectors.local.ways import check_winrm, in_order, typed_ways, winrm_address

    merged = {connector: dict(settings) for connector, settings in before.items()}
    winrm = {setting: given[option] for option, setting in _WINRM.items() if given[option] is not None}
    if given["ca"]:
        winrm["ca"] = str(Path(given["ca"]).expanduser().absolute())
    if given["https"]:
        winrm["scheme"] = "https"
    if given["winrm"]:
        address = winrm_address(given["winrm"])
        if address.get("scheme") == "http" and given["https"]:
            raise Misuse(f"'{given['winrm']}' is plain HTTP, and --https was given", "Leave one of them out.")
        winrm = address | winrm
        stale = ("port", "ca", "fingerprint") if address.get("scheme") == "http" else ("port",)
        for setting in stale:
            merged.get("winrm", {}).pop(setting, None)
    typed = typed_ways(given["ways"])
    for connector, settings in [("winrm", winrm), *typed.items()]:
        if settings:
            merged.setdefault(connector, {}).update(settings)
    if "winrm" in merged and (winrm or "winrm" in typed):
        check_winrm({**click.get_current_context().obj.workplace().settings.get("winrm", {}), **merged["winrm"]})
    return in_order(merged, given["ladder"]) if given["ladder"] else merged


def _record(found: Device) -> dict[str, Any]:
    return {
        "name": found.name,
        "customer": found.customer,
        "user": found.user,
        "ways": {connector: dict(settings) for connector, settings in found.ways.items()},
    }

"""Which devices a survey is to look at: never more than was asked for, and never none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agent.machine.home import Home
from agent.machine.sightings import How, Seen
from agent.words.device import Device, Devices, Grouping, Member
from agent.words.errors import Misuse


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen.

    Attributes:
        devices: Those to look at, each once.
        strangers: The rows of machines in vendors' groups that are certainly no one device of the desk: shown, and not asked.
    """

    devices: list[Device]
    strangers: list[Seen]


def chosen(home: Home, names: Iterable[str], customer: str | None, groups: Iterable[str] = ()) -> Choice:
    """The devices called *names* and those in vendors' *groups* (``CONNECTOR:[KIND=]GROUP``), or without both all; each once.

    With *customer* only that customer's: of the groups as many as are, while a name of somebody else's device is a mistake.

    Raises :class:`Misuse` for a name, a customer or a group that is not known, for a named device that is not *customer*'s,
    for a group that nobody is in, and when nothing is left: a filter that matches nothing never means everything.
    """
    known: Sequence[Device] = home.port(Devices).all(customer)
    wanted, listed = list(dict.fromkeys(names)), list(dict.fromkeys(groups))
    if not wanted and not listed:
        if not known:
            whose = f"{customer} has no device" if customer is not None else "there is no device"
            raise Misuse(whose, "Add one with 'keyturn device add'.")
        return Choice(list(known), [])
    by_name = {device.name.casefold(): device for device in known}
    found = [by_name.get(name.casefold()) or _elsewhere(home, name, customer) for name in wanted]
    members, strangers = _grouped(home, listed)
    own = {device.name: device for device in known}
    found += [own[name] for name in members if name in own]
    if not found and not strangers:
        raise Misuse(f"nobody in {', '.join(listed)} is a device of {customer}", "Leave one of the two out.")
    return Choice(list({device.name: device for device in found}.values()), list(strangers.values()))


def _elsewhere(home: Home, name: str, customer: str | None) -> Device:
    """The device as the desk finds it by *name*, which may be written in another way."""
    device = home.device(name)
    if customer is not None and device.customer.casefold() != " ".join(customer.split()).casefold():
        raise Misuse(f"{device.name} belongs to {device.customer}, not to {customer}", "Leave one of the two out.")
    return device


def _grouped(home: Home, groups: Iterable[str]) -> tuple[list[str], dict[str, Seen]]:
    """The names of the desk's devices in *groups*, and the rows of the machines there that are none, by connector and name."""
    names: list[str] = []
    strangers: dict[str, Seen] = {}
    desk: Sequence[Device] = home.port(Devices).all() if groups else []
    for text in groups:
        name, _, rest = text.partition(":")
        connector = _listing(home, name.strip())
        kind, group = _kind(connector, text, rest)
        members = connector.members(kind, group, desk)
        if not members:
            raise Misuse(f"nobody is in {text}", "Check the group's name at the vendor.")
        for member in members:
            if len(member.devices) == 1:
                names.append(member.devices[0])
            else:
                row = Seen(member.name, "", How.STRANGER, home.clock.now(), _why(name, member), name)
                strangers[f"{name}:{member.name}"] = row
    return names, strangers


def _listing(home: Home, name: str) -> Grouping:
    """The connector called *name*. Raises :class:`Misuse`, with those there are, for one that cannot list anybody."""
    connector = home.connectors.get(name)
    if isinstance(connector, Grouping):
        return connector
    able = sorted(other for other, one in home.connectors.items() if isinstance(one, Grouping))
    what = f"{name} knows no groups" if connector else f"there is no connector '{name}'"
    raise Misuse(what, f"Write CONNECTOR:GROUP; those with groups are: {', '.join(able) or 'none'}.")


def _kind(connector: Grouping, text: str, rest: str) -> tuple[str, str]:
    """The kind and the name of a group. What stands before ``=`` and is no kind belongs to the name."""
    kind, equals, group = rest.partition("=")
    if not equals or kind.strip() not in connector.groups:
        kind, group = connector.groups[0], rest
    if not group.strip():
        kinds = ", ".join(connector.groups)
        raise Misuse(f"'{text}' names no group", f"Write CONNECTOR:GROUP or CONNECTOR:KIND=GROUP, where KIND is: {kinds}.")
    return kind.strip(), group.strip()


def _why(connector: str, member: Member) -> str:
    """Why *member* is no one device of the desk."""
    if member.devices:
        return f"more than one device of the desk is it: {', '.join(member.devices)}"
    return member.reason or f"no device of the desk has usable {connector} settings that mean it"


def names_in(text: str) -> list[str]:
    """The names in a list, one a line; empty lines and lines that begin with ``#`` are passed over.

    Raises :class:`Misuse` when there is none.
    """
    lines = (line.strip() for line in text.removeprefix("\ufeff").splitlines())
    if names := [line for line in lines if line and not line.startswith("#")]:
        return names
    raise Misuse("the list names no device", "Put one name on each line.")

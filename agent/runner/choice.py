"""Which devices a survey is to look at: never more than was asked for, and never none."""

from __future__ import annotations

from collections.abc import Iterable

from agent.machine.home import Home
from agent.words.device import Device, Devices
from agent.words.errors import Misuse


def chosen(home: Home, names: Iterable[str], customer: str | None) -> list[Device]:
    """The devices called *names*, or all of *customer*, or without both all that the desk knows; each once.

    Raises :class:`Misuse` for a name or a customer that the desk does not know, for a named device that is not
    *customer*'s, and when no device is left: a filter that matches nothing never means everything.
    """
    known: list[Device] = home.port(Devices).all(customer)
    wanted = list(dict.fromkeys(names))
    if not wanted:
        if not known:
            whose = f"{customer} has no device" if customer is not None else "there is no device"
            raise Misuse(whose, "Add one with 'keyturn device add'.")
        return known
    by_name = {device.name.casefold(): device for device in known}
    found = (by_name.get(name.casefold()) or _elsewhere(home, name, customer) for name in wanted)
    return list({device.name: device for device in found}.values())


def _elsewhere(home: Home, name: str, customer: str | None) -> Device:
    """The device as the desk finds it by *name*, which may be written in another way."""
    device = home.device(name)
    if customer is not None and device.customer.casefold() != " ".join(customer.split()).casefold():
        raise Misuse(f"{device.name} belongs to {device.customer}, not to {customer}", "Leave one of the two out.")
    return device


def names_in(text: str) -> list[str]:
    """The names in a list, one a line; empty lines and lines that begin with ``#`` are passed over.

    Raises :class:`Misuse` when there is none.
    """
    lines = (line.strip() for line in text.removeprefix("\ufeff").splitlines())
    if names := [line for line in lines if line and not line.startswith("#")]:
        return names
    raise Misuse("the list names no device", "Put one name on each line.")

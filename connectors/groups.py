"""Who in a vendor's group is which device of the desk: by the vendor's number, or by a name that only one machine there has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from agent.api import Device, Member, Misuse


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine as a vendor lists it.

    Attributes:
        id: The vendor's number for it, which the settings of a device may hold.
        name: What people know it by, with the number.
        names: What else the settings of a device may say to mean it, and another machine may have too.
    """

    id: Hashable
    name: str
    names: frozenset[Hashable]


def folded(name: str) -> str:
    """*name* as vendors compare it: capital letters and blanks around it do not matter."""
    return name.strip().casefold()


def meant(connector: str, devices: Iterable[Device], key: Callable[[Device], Hashable | None]) -> dict[str, Hashable]:
    """Device to what its settings for *connector* say, for those that have some which can be used; ``None`` says nothing."""
    found: dict[str, Hashable] = {}
    for device in devices:
        if connector not in device.ways:
            continue
        try:
            said = key(device)
        except Misuse:
            continue
        if said is not None:
            found[device.name] = said
    return found


def matched(inside: Sequence[Machine], everyone: Callable[[], Iterable[Machine]], said: Mapping[str, Hashable]) -> list[Member]:
    """The machines *inside* a group with the devices that they are.

    Args:
        inside: The group.
        everyone: Gives all machines that the vendor shows; asked only when a device is known by a name, which no machine
            outside the group may have too.
        said: What the settings of each device say, by its name.
    """
    devices: dict[Hashable, list[str]] = {}
    for device, key in said.items():
        devices.setdefault(key, []).append(device)
    named = any(name in devices for machine in inside for name in machine.names)
    holders = Counter(name for machine in (everyone() if named else ()) for name in machine.names)
    return [_member(machine, devices, holders) for machine in inside]


def _member(machine: Machine, devices: Mapping[Hashable, list[str]], holders: Mapping[Hashable, int]) -> Member:
    sure, doubts = list(devices.get(machine.id, ())), []
    for name in machine.names:
        if holders[name] > 1:
            doubts += [
                f"{device} may be meant, and {holders[name]} machines there are called that" for device in devices.get(name, ())
            ]
        else:
            sure += devices.get(name, ())
    return Member(machine.name, tuple(sorted(sure)), "; ".join(sorted(doubts)))


def nobody_in(where: str, group: str, groups: Iterable[str]) -> Misuse:
    """The error for a *group* that nobody is in, with the most similar of the *groups* that somebody is in.

    Args:
        where: What kind of group, such as ``"a company of ScreenConnect"``.
    """
    written = {folded(name): name for name in groups if name.strip()}
    close = [f"'{written[name]}'" for name in get_close_matches(folded(group), written, n=3)]
    guess = f"Did you mean {' or '.join(close)}?" if close else "Check its name there, and what the login may see."
    return Misuse(f"nobody is in {where} called '{group}'", guess)

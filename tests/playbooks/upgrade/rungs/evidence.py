"""The view of the lab on the runs of an office: each yes true and read, changes on one way, no vendor told the key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise

from agent.api import Event, Kind
from agent.words.step import Mark
from connectors.lab.site import Exchange
from connectors.lab.windows.pc import Power
from tests.playbooks.upgrade.carried import Carried
from tests.playbooks.upgrade.office import (
    ACTIVATED,
    BACKED_UP,
    CLEARED,
    EFFECT,
    FIT,
    INSTALLED,
    INTACT,
    REACHED,
    RECORDED,
    WORKS,
    Office,
)
from tests.playbooks.upgrade.rungs.vendorlogs import leaks

SETTLES = (Mark.ALREADY, Mark.CHANGED)


def _held(office: Office) -> bool:
    return office.pc.state.held.last5 == office.key.last5


def _in_effect(office: Office) -> bool:
    return office.pc.state.edition == office.key.edition and office.pc.state.next_edition is None


def _licensed(office: Office) -> bool:
    return _held(office) and office.pc.state.held.status == 1


def _works(office: Office) -> bool:
    return _in_effect(office) and _licensed(office)


def _recorded(office: Office) -> bool:
    return any("recorded" in kept for kept in office.pc.state.records.values())


def _compared(office: Office) -> bool:
    return any(kept.get("compared", {}).get("missing") == 0 for kept in office.pc.state.records.values())


HOLDS: Mapping[str, Callable[[Office], bool]] = {
    REACHED: lambda office: office.pc.power() is Power.UP,
    FIT: lambda office: office.pc.power() is Power.UP and (_held(office) or office.pc.state.edition == office.order().current),
    BACKED_UP: lambda office: bool(office.pc.state.backups) or _works(office),
    RECORDED: lambda office: _recorded(office) or _held(office),
    INSTALLED: _held,
    EFFECT: _in_effect,
    ACTIVATED: _licensed,
    CLEARED: lambda office: not office.pc.state.kept_key,
    WORKS: _works,
    INTACT: lambda office: _compared(office) or (not _recorded(office) and _works(office)),
}
"""What must be so in the lab at the moment when a step on the device is settled with a yes.

What only guards the change no longer matters once the new licence works, and files that were never recorded were not
touched by this order.
"""


class Witness:
    """Watches the runs of *office* and notes what is wrong about them in :attr:`wrong`."""

    def __init__(self, office: Office) -> None:
        self.wrong: list[str] = []
        self._office = office
        self._since = 0
        office.watch = self.see
        office.witness = self

    def see(self, event: Event) -> None:
        """Looks at the lab at the moment of *event*; only what this run has read counts as read."""
        if event.kind is Kind.STARTED:
            self._since = len(self._office.carried)
        read = _was_read(self._office.carried[self._since :])
        if event.kind is not Kind.SETTLED or event.step not in HOLDS:
            return
        if event.facts["mark"] == Mark.STATED and read:
            self.wrong.append(f"{event.step}: stated, although it could be read")
        if event.facts["mark"] not in SETTLES or event.facts["verdict"] != "yes":
            return
        if not HOLDS[event.step](self._office):
            self.wrong.append(f"{event.step}: settled with a yes that is not true")
        if not read:
            self.wrong.append(f"{event.step}: settled with a yes that nobody has read")


def _was_read(carried: Iterable[Carried]) -> bool:
    """Has a reading been answered since the last change?"""
    told = [one for one in carried if one.verb != "open"]
    last = max((place for place, one in enumerate(told) if one.verb == "tell"), default=-1)
    return any(one.verb == "ask" and one.error is None for one in told[last + 1 :])


def unread_switches(carried: Iterable[Carried]) -> list[str]:
    """The changes of way in *carried* that nobody had reason for: each change over another way than the one before it,
    unless the state was read over the new way in between, or a secret is in it and wants a way of its own."""
    told = [one for one in carried if one.verb != "open"]
    places = [place for place, one in enumerate(told) if one.verb == "tell"]
    wrong = []
    for before, after in pairwise(places):
        first, second = told[before], told[after]
        read = {one.connector for one in told[before + 1 : after] if one.verb == "ask" and one.error is None}
        if first.connector != second.connector and second.connector not in read and not second.private:
            wrong.append(f"{first.what} by {first.connector}, then {second.what} by {second.connector}")
    return wrong


def requests(office: Office) -> list[Exchange]:
    """What all vendors' sites were sent."""
    return [exchange for front in office.fronts.values() for exchange in front.log]


def about(office: Office, kind: Kind) -> list[str]:
    """Which connectors the events of that *kind* in the latest run are about, in order."""
    return [event.facts["connector"] for event in office.events if event.kind is kind]


def amiss(office: Office) -> list[str]:
    """Everything that is wrong about the runs of *office* so far, whatever they were meant to do."""
    known = [value for front in office.fronts.values() for value in front.secrets.values()]
    return [*office.witness.wrong, *unread_switches(office.carried), *leaks(requests(office), office.key.value, known)]

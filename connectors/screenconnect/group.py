"""Who is in a company or a session group of an instance, and which device of the desk each of them is."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from agent.api import Device, Member, Workplace
from connectors.groups import Machine, folded, matched, meant, nobody_in
from connectors.screenconnect.finding import patiently, quoted
from connectors.screenconnect.road import ACCESS, Road, Seat
from connectors.screenconnect.settings import Instance, settings_of


class Group:
    """Looks groups up.

    Args:
        road: The way into the instance.
        instance: Which one it is, and where it holds companies.
        workplace: What devices say is read over its settings.
    """

    def __init__(self, road: Road, instance: Instance, workplace: Workplace) -> None:
        self._road = road
        self._instance = instance
        self._workplace = workplace

    def members(self, kind: str, group: str, devices: Sequence[Device]) -> list[Member]:
        """Every machine in the *group*, ended sessions left out. Raises ``Misuse`` when there is none."""
        if kind == "group":
            inside = self._present(ACCESS, group)
        else:
            where = f"{ACCESS} AND CustomProperty{self._instance.company_property} = {quoted(group)}"
            inside = [seat for seat in self._present(where) if folded(self._company(seat)) == folded(group)]
        if not inside:
            companies = [self._company(seat) for seat in self._present(ACCESS)] if kind == "company" else []
            raise nobody_in(f"a {'session group' if kind == 'group' else kind} of ScreenConnect", group, companies)
        said = meant("screenconnect", devices, self._key)
        return matched([_machine(seat) for seat in inside], lambda: map(_machine, self._present(ACCESS)), said)

    def _present(self, where: str, group: str = "") -> list[Seat]:
        sleep = self._workplace.clock.sleep
        seats = patiently(lambda: self._road.all(where, group), lambda found: not found, sleep)
        return [seat for seat in seats if not seat.ended]

    def _company(self, seat: Seat) -> str:
        place = self._instance.company_property - 1
        return seat.properties[place] if len(seat.properties) > place else ""

    def _key(self, device: Device) -> Hashable | None:
        """What *device* says of its session; nothing when that is on another instance."""
        settings = settings_of(device, self._workplace)
        if settings.url != self._instance.url:
            return None
        if settings.session:
            return settings.session
        name = folded(settings.name or "")
        return (name, settings.company_property, folded(settings.company)) if settings.company else name


def _machine(seat: Seat) -> Machine:
    """The session, which a device may mean by its id, by one of its names, or by one in a company."""
    names = {folded(name) for name in (seat.name, seat.machine) if name.strip()}
    narrowed = {
        (name, place, folded(value)) for name in names for place, value in enumerate(seat.properties, 1) if value.strip()
    }
    return Machine(seat.id, str(seat), frozenset({*names, *narrowed}))

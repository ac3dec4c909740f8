"""The sessions of the lab's ScreenConnect instance, and how they look on the wire."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from agent.api import Clock
from connectors.lab.screenconnect.filter import BadFilter, matches
from connectors.lab.screenconnect.guest import Guest, Kind, Machine, What
from connectors.lab.screenconnect.tricks import Trick, Tricks
from connectors.lab.windows.work import iso

NEVER = "0001-01-01T00:00:00"


class Fault(Exception):
    """The instance cannot carry out a call: HTTP 500 with this text."""


class Instance:
    """All sessions.

    Args:
        machines: PCs with the agent; each gets one nameless unattended session.
        clock: The time.

    Attributes:
        guests: The sessions.
        groups: Further session groups of unattended machines: name to filter.
        newer: Whether a session group that there is not is answered with the first one, as newer versions do, or refused.
        tricks: What is still to go wrong.
        actor: Whom events show as the one who caused them.
    """

    def __init__(self, machines: Iterable[Machine], clock: Clock) -> None:
        self.clock = clock
        self.tricks = Tricks()
        self.actor = ""
        self.guests: list[Guest] = []
        self.groups: dict[str, str] = {}
        self.newer = False
        for machine in machines:
            self.join(machine)

    def join(self, machine: Machine, **options: Any) -> Guest:
        """Installs the agent on *machine* (once more, if it has one): a new session."""
        guest = Guest(machine, self.tricks, **options)
        guest.add(What.CREATED, self.clock.now())
        self.guests.append(guest)
        self.settle()
        return guest

    def settle(self) -> None:
        """Lets happen what is due by now."""
        for guest in self.guests:
            guest.settle(self.clock.now())

    def found(self, expression: object) -> list[Guest]:
        """The sessions that match a filter. Raises :class:`Fault`."""
        if not isinstance(expression, str) or not expression.strip():
            raise Fault("A filter is required")
        if "GuestConnectedCount" in expression and self.tricks.happens(Trick.NO_COUNT):
            raise Fault("There is no field GuestConnectedCount")
        guests = self.matching(expression)
        return [] if self.tricks.happens(Trick.EMPTY_LIST) else guests

    def matching(self, expression: str) -> list[Guest]:
        """The sessions that match a filter, whatever else goes wrong. Raises :class:`Fault`."""
        try:
            return [guest for guest in self.guests if matches(expression, guest.fields())]
        except BadFilter as problem:
            raise Fault(str(problem)) from None

    def guest(self, text: object) -> Guest | None:
        """The session with that GUID. Raises :class:`Fault` for something that is none."""
        try:
            wanted = UUID(str(text))
        except ValueError:
            raise Fault("Unrecognized Guid format") from None
        return next((guest for guest in self.guests if guest.id == wanted), None)

    def certain(self, text: object) -> Guest:
        """The session with that GUID. Raises :class:`Fault` when there is none."""
        guest = self.guest(text)
        if guest is None:
            raise Fault("Session does not exist")
        return guest

    def happen(self, guest: Guest, what: int, data: object = "") -> None:
        """Writes one event, as caused by whoever is logged in. Raises :class:`Fault` for a text that is none."""
        if not isinstance(data, str):
            raise Fault("A text was expected")
        guest.add(what, self.clock.now(), data, self.actor)

    def create(self, kind: object, name: object, code: object, properties: object) -> Guest:
        """A session that nobody has joined. Raises :class:`Fault`."""
        if not isinstance(kind, int) or kind not in list(Kind) or not isinstance(name, str):
            raise Fault("A session type and a name were expected")
        guest = Guest(None, self.tricks, name=name, kind=Kind(kind), code=str(code or ""))
        guest.properties = _eight(properties or [])
        guest.add(What.CREATED, self.clock.now(), host=self.actor)
        self.guests.append(guest)
        return guest

    def rename(self, guest: Guest, name: object) -> None:
        """Gives a session another name. Raises :class:`Fault`."""
        self.happen(guest, What.MODIFIED_NAME, name)
        guest.name = str(name)

    def set_properties(self, guest: Guest, values: object) -> None:
        """Sets the first custom properties. Raises :class:`Fault`."""
        given = _eight(values)
        count = len(values) if isinstance(values, list) else 0
        guest.properties = given[:count] + guest.properties[count:]
        self.happen(guest, What.MODIFIED_PROPERTY, "\n".join(given[:count]))

    def set_property(self, guest: Guest, index: object, value: object) -> None:
        """Sets one custom property, 0 to 7. Raises :class:`Fault`."""
        if not isinstance(index, int) or not 0 <= index < len(guest.properties) or not isinstance(value, str):
            raise Fault("An index from 0 to 7 and a text were expected")
        self.set_properties(guest, [*guest.properties[:index], value, *guest.properties[index + 1 :]])


def _eight(values: object) -> list[str]:
    if not isinstance(values, list) or len(values) > 8 or not all(isinstance(value, str) for value in values):
        raise Fault("At most eight texts were expected")
    return [*values, *[""] * (8 - len(values))]


def _text(at: datetime | None) -> str:
    return iso(at) if at else NEVER


def listed(guest: Guest) -> dict[str, Any]:
    """A session as a list shows it."""
    times = [event.at for event in guest.events]
    return {
        "SessionID": str(guest.id),
        "Name": guest.name,
        "SessionType": int(guest.kind),
        "IsEnded": guest.ended,
        "GuestNetworkAddress": "203.0.113.9",
        "CustomProperties": {f"CustomProperty{number}": value for number, value in enumerate(guest.properties, 1)},
        "ActiveConnections": [{}] if guest.online else [],
        "LastConnectedEventTime": _text(guest.came),
        "LastEventTime": _text(max(times) if times else None),
        "LastGuestConnectedEventTime": _text(guest.came),
        "LastGuestDisconnectedEventTime": _text(guest.went),
        "GuestInfo": _info(guest),
    }


def _info(guest: Guest) -> dict[str, Any]:
    machine = guest.machine
    if machine is None:
        return {"MachineName": ""}
    return {
        "MachineName": machine.name,
        "MachineDomain": "WORKGROUP",
        "MachineSerialNumber": machine.state.serial,
        "LoggedOnUserName": machine.state.user or "",
        "OperatingSystemName": guest.fields()["GuestOperatingSystemName"],
        "OperatingSystemVersion": f"10.0.{machine.state.build}",
        "IsLocalAdminPresent": True,
    }


def detailed(guest: Guest, now: datetime | None = None) -> dict[str, Any]:
    """The details of a session; with *now* in the form of the built-in services, whose times are ages in milliseconds."""
    connection = {"ConnectionID": guest.connection, "ParticipantName": "", "ProcessType": 2}
    return {
        "Session": {"SessionID": str(guest.id), "Name": guest.name, "CustomPropertyValues": list(guest.properties)},
        "Connections": [connection] if guest.online else [],
        "Events": [
            {
                "EventID": event.id,
                "EventType": event.what,
                "Time": round((now - event.at).total_seconds() * 1000) if now else iso(event.at),
                "Host": event.host,
                "Data": event.data,
                **({"ConnectionID": event.connection} if event.connection else {}),
            }
            for event in guest.events
        ],
    }

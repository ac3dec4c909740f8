"""One session of the lab's ScreenConnect instance, and the agent on its simulated PC that takes commands from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any, Protocol
from uuid import UUID, uuid4

from connectors.lab.machine import Power
from connectors.lab.screenconnect.shell import Printed, TextMachine, carry_out
from connectors.lab.screenconnect.tricks import Trick, Tricks
from connectors.lab.windows.state import State
from connectors.lab.windows.world import World


class Machine(TextMachine, Protocol):
    """A simulated PC that runs texts and has a state to show."""

    state: State
    world: World


class What(IntEnum):
    """Numbers of event types."""

    CONNECTED = 10
    DISCONNECTED = 11
    CREATED = 20
    ENDED = 21
    NOTE = 32
    QUEUED_WAKE = 43
    QUEUED_COMMAND = 44
    QUEUED_MESSAGE = 45
    PROCESSED_COMMAND = 54
    PROCESSED_MESSAGE = 55
    MODIFIED_NAME = 60
    MODIFIED_PROPERTY = 64
    RAN_COMMAND = 70


class Kind(IntEnum):
    """Numbers of session types."""

    SUPPORT = 0
    MEETING = 1
    ACCESS = 2


@dataclass(frozen=True)
class Happening:
    """One event: number, when, text, who did it (a technician or the extension) and whose connection it is about."""

    what: int
    at: datetime
    data: str = ""
    host: str = ""
    connection: str = ""
    id: str = field(default_factory=lambda: str(uuid4()))


@dataclass
class _Running:
    """A command at work: what it prints, when, and in which life of the PC; *lost* output never comes."""

    printed: Printed
    due: datetime
    boot: int
    lost: bool = False


@dataclass
class Guest:
    """A session and its agent.

    Attributes:
        machine: The PC; ``None`` for a session that nobody has joined.
        id: The session's GUID.
        name: Its name; unattended ones are often nameless.
        kind: Its type.
        properties: The eight custom properties.
        code: What an end user types to join.
        pickup: Seconds until the agent takes a command.
        online: Whether the agent is connected.
        held_off: Until when the agent stays away although the PC is up.
        away: Whether it stays away until further notice.
        queue: What the agent has not taken yet.
    """

    machine: Machine | None
    tricks: Tricks
    id: UUID = field(default_factory=uuid4)
    name: str = ""
    kind: Kind = Kind.ACCESS
    properties: list[str] = field(default_factory=lambda: [""] * 8)
    code: str = ""
    pickup: float = 1.0
    online: bool = False
    ended: bool = False
    held_off: datetime | None = None
    away: bool = False
    came: datetime | None = None
    went: datetime | None = None
    connection: str = ""
    events: list[Happening] = field(default_factory=list)
    queue: list[Happening] = field(default_factory=list)
    _running: list[_Running] = field(default_factory=list)

    def add(self, what: int, at: datetime, data: str = "", host: str = "") -> None:
        """Writes one event; a command or a message waits for the agent then."""
        happening = Happening(what, at, data, host)
        self.events.append(happening)
        if what == What.ENDED:
            self.ended = True
        elif what in (What.QUEUED_COMMAND, What.QUEUED_MESSAGE):
            if what == What.QUEUED_COMMAND and self.tricks.happens(Trick.AWAY):
                self.hold_off(at, 3600)
            self.queue.append(happening)

    def hold_off(self, now: datetime, seconds: float) -> None:
        """The agent loses its connection and stays away for that long."""
        self.held_off = now + timedelta(seconds=seconds)
        self._connect(now, on=False)

    def settle(self, now: datetime) -> None:
        """Lets happen what is due by *now*: connecting, taking commands, bringing output."""
        if self.machine is None:
            return
        there = not self.ended and self.machine.power() is Power.UP and not self._stays_away(now)
        boot = self.machine.boot()
        if self.online and any(one.boot != boot for one in self._running):
            self._connect(now, on=False)
        if there is not self.online:
            self._connect(now, on=there)
        if not self.online:
            return
        self._bring(now)
        for waiting in list(self.queue):
            if self.online and now >= waiting.at + timedelta(seconds=self.pickup):
                self.queue.remove(waiting)
                self._take(self.machine, waiting, now)
        self._bring(now)

    def _stays_away(self, now: datetime) -> bool:
        return self.away or (self.held_off is not None and now < self.held_off)

    def _connect(self, now: datetime, *, on: bool) -> None:
        if on is self.online:
            return
        self.online = on
        if on:
            self.connection, self.came = str(uuid4()), now
        else:
            self._running.clear()
            self.went = now
        self.events.append(Happening(What.CONNECTED if on else What.DISCONNECTED, now, connection=self.connection))

    def _take(self, machine: Machine, waiting: Happening, now: datetime) -> None:
        if waiting.what == What.QUEUED_MESSAGE:
            self.events.append(Happening(What.PROCESSED_MESSAGE, now))
            machine.world.ledger.add(machine.name, "message", text=waiting.data)
            return
        self.events.append(Happening(What.PROCESSED_COMMAND, now))
        boot = machine.boot()
        printed = carry_out(machine, waiting.data, now + machine.state.skew, echo=self._echoes(waiting.data))
        if self.tricks.happens(Trick.DROP):
            self.hold_off(now, 3600)
            return
        self._running.append(self._spoilt(_Running(printed, now + timedelta(seconds=printed.seconds), boot), waiting.data))

    def _echoes(self, text: str) -> bool:
        return not text.startswith("#!ps") and self.tricks.happens(Trick.ECHO)

    def _spoilt(self, running: _Running, text: str) -> _Running:
        if self.tricks.happens(Trick.SILENT):
            running.lost = True
        if self.tricks.happens(Trick.CUT):
            running.printed.text = running.printed.text[: len(running.printed.text) // 2]
        if self.tricks.happens(Trick.KILLED):
            found = next((line for line in text.split("\n") if line.startswith("#timeout=")), "#timeout=10000")
            running.printed.text = f"Killed after {found.partition('=')[2]} milliseconds."
        return running

    def _bring(self, now: datetime) -> None:
        """Writes the output of what has ended by *now*, in the order in which it ended."""
        for one in sorted((one for one in self._running if one.due <= now), key=lambda one: one.due):
            self._running.remove(one)
            if one.lost:
                continue
            if self.tricks.happens(Trick.FOREIGN):
                self.events.append(Happening(What.RAN_COMMAND, now, "somebody else's output\r\n"))
            self.events.append(Happening(What.RAN_COMMAND, now, one.printed.text))

    def fields(self) -> dict[str, Any]:
        """What a filter may name."""
        machine = self.machine
        return {
            "SessionID": str(self.id),
            "Name": self.name,
            "SessionType": self.kind.name.title(),
            "IsEnded": self.ended,
            "GuestConnectedCount": int(self.online),
            "GuestMachineName": machine.name if machine else "",
            "GuestMachineSerialNumber": machine.state.serial if machine else "",
            "GuestLoggedOnUserName": (machine.state.user or "") if machine else "",
            "GuestOperatingSystemName": f"Microsoft Windows ({machine.state.edition})" if machine else "",
            **{f"CustomProperty{number}": value for number, value in enumerate(self.properties, 1)},
        }

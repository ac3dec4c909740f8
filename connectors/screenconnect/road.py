"""What both roads into an instance offer, and the shapes in which they tell of sessions and events.

Sources for the fields: the instance's session lists and GetSessionDetails as public clients read them; see
"List of trigger definitions" in ConnectWise's documentation for their names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID

from pydantic import AliasChoices, AliasPath, BaseModel, ConfigDict, Field, ValidationError

from agent.api import Refused, Unsure
from connectors.screenconnect.moments import moment

CONNECTED, DISCONNECTED, QUEUED_COMMAND, QUEUED_MESSAGE, RAN_COMMAND = 10, 11, 44, 45, 70
"""Numbers of event types."""
_GUEST = 2
"""ProcessType of the agent on the machine; a technician's client is 1."""
ACCESS = "SessionType = 'Access'"
"""The filter for unattended machines."""
LARGEST = 20_000
"""Sessions in a list that is still taken for whole."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Seat:
    """One session as a list shows it.

    Attributes:
        id: The session.
        name: Its own name; unattended sessions are often nameless.
        machine: The machine's name.
        properties: The custom properties, up to eight.
        came: When its agent connected last.
        went: When its agent disconnected last.
        ended: True for a session that was deleted.
    """

    id: UUID
    name: str
    machine: str
    properties: tuple[str, ...] = ()
    came: datetime | None = None
    went: datetime | None = None
    ended: bool = False

    @property
    def seems_online(self) -> bool:
        """What the times say about the agent's connection, where the instance is not asked for it."""
        return not self.ended and self.came is not None and (self.went is None or self.came > self.went)

    def __str__(self) -> str:
        return f"{self.machine or self.name or 'nameless'} ({self.id})"


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of a session: its id, the number of its type, its text, when it was, and whose connection it is about."""

    id: str
    type: int
    data: str = field(repr=False)
    at: datetime | None = None
    connection: str = ""


@dataclass(frozen=True, slots=True)
class Details:
    """A session's events, and whether its agent is among the connections."""

    events: tuple[Happening, ...]
    guest: bool


class Road(Protocol):
    """One way into an instance. Its methods raise what :class:`connectors.rest.Rest` raises."""

    def seats(self, where: str) -> list[Seat]:
        """The sessions that match a filter expression. A reading."""
        ...

    def all(self, where: str, group: str = "") -> list[Seat]:
        """All sessions that match a filter expression, in one session group if given, and never a part of them. A reading.

        Raises ``Refused`` for more than :data:`LARGEST`, and ``Misuse`` where there is no such group.
        """
        ...

    def details(self, session: UUID) -> Details | None:
        """The events of a session, ``None`` when the instance does not know it. A reading."""
        ...

    def command(self, session: UUID, text: str) -> None:
        """Gives the agent a command."""
        ...

    def message(self, session: UUID, text: str) -> None:
        """Shows a message on the machine."""
        ...

    def close(self) -> None:
        """Ends the connections."""
        ...


class _Shape(BaseModel):
    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)


class _Session(_Shape):
    id: UUID = Field(alias="SessionID")
    name: str | None = Field(None, alias="Name")
    machine: str | None = Field(None, validation_alias=AliasChoices(AliasPath("GuestInfo", "MachineName"), "GuestMachineName"))
    named: dict[str, str | None] = Field({}, alias="CustomProperties")
    valued: list[str | None] = Field([], alias="CustomPropertyValues")
    came: Any = Field(None, alias="LastGuestConnectedEventTime")
    went: Any = Field(None, alias="LastGuestDisconnectedEventTime")
    ended: bool = Field(default=False, alias="IsEnded")

    def seat(self, now: datetime) -> Seat:
        properties = tuple(self.named.get(f"CustomProperty{number}") or "" for number in range(1, 9)) if self.named else ()
        return Seat(
            self.id,
            self.name or "",
            self.machine or "",
            properties or tuple(value or "" for value in self.valued),
            moment(self.came, now),
            moment(self.went, now),
            self.ended,
        )


class _Event(_Shape):
    id: str = Field(alias="EventID")
    type: int = Field(alias="EventType")
    data: str | None = Field(None, alias="Data")
    time: Any = Field(None, alias="Time")
    connection: str | None = Field(None, alias="ConnectionID")


class _Connection(_Shape):
    process: int = Field(0, alias="ProcessType")


class _Details(_Shape):
    events: list[_Event] = Field(alias="Events")
    connections: list[_Connection] = Field([], alias="Connections")


def seats_in(found: Any, now: datetime) -> list[Seat]:
    """A list of sessions; one object stands for a list of one, null for none. Raises :class:`~agent.api.Unsure`."""
    each = [found] if isinstance(found, dict) else [] if found is None else found
    return _read("a list of sessions", lambda: [_Session.model_validate(one).seat(now) for one in _items(each)])


def whole(seats: list[Seat], told: object) -> list[Seat]:
    """*seats*, of which the instance said that they are *told* in number, if it did. Raises ``Refused`` for a part."""
    if len(seats) > LARGEST or (isinstance(told, int) and told > len(seats)):
        raise Refused(
            f"ScreenConnect has more machines there than it shows at once ({min(len(seats), LARGEST)})",
            "Choose a smaller group, and give devices their session (a GUID) in the place of a name.",
        )
    return seats


def details_in(found: Any, now: datetime) -> Details | None:
    """The details of a session, ``None`` for null. Raises :class:`~agent.api.Unsure` for any other shape."""
    if not found:
        return None
    told = _read("the details of a session", lambda: _Details.model_validate(found))
    events = (Happening(one.id, one.type, one.data or "", moment(one.time, now), one.connection or "") for one in told.events)
    return Details(tuple(events), any(each.process == _GUEST for each in told.connections))


def _items(found: Any) -> Iterable[Any]:
    if not isinstance(found, list):
        raise TypeError
    return found


def _read(what: str, read: Callable[[], T]) -> T:
    try:
        return read()
    except (ValidationError, TypeError):
        error = Unsure(f"ScreenConnect answered with something that is not {what}", "Is it a version that was tried?")
    raise error

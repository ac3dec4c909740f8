"""The outside systems as the playbooks see them: Protocols whose reading methods are marked with ``@reads``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from agent.words.answer import Answer
from agent.words.command import Command, Reply
from agent.words.secret import Secret

F = TypeVar("F", bound=Callable[..., object])


def reads(method: F) -> F:
    """Marks a port's method as one that changes nothing, so it may be called while the latch is shut.

    The mark is inherited by whoever implements the port; every unmarked method counts as a change.
    """
    method.__reads__ = True  # type: ignore[attr-defined]
    return method


class Clock(Protocol):
    """Time and waiting, so that tests need neither."""

    @reads
    def now(self) -> datetime:
        """The present moment, time-zone aware."""
        ...

    @reads
    def sleep(self, seconds: float) -> None:
        """Waits; changes nothing."""
        ...


class RemoteSession(Protocol):
    """A session on one device. Every method may raise ``NotSent``, ``Unsure`` or ``Refused``."""

    connector: str
    capabilities: frozenset[str]

    @reads
    def ask(self, command: Command) -> Reply:
        """Runs a command that only reads. Raises :class:`ValueError` when the command is marked as changing."""
        ...

    def tell(self, command: Command) -> Reply:
        """Runs a command that changes the device."""
        ...

    @reads
    def close(self) -> None:
        """Ends the session on both sides; never raises for a device that is gone."""
        ...


class RemoteTool(RemoteSession, Protocol):
    """A session through a vendor's remote tool, which also knows whether the device is there and can speak to its user.

    Which of these a session offers is said by its capabilities ``presence``, ``message`` and ``attended``; the others raise
    ``Refused``.
    """

    @reads
    def presence(self) -> Answer:
        """Is the vendor's agent on the device connected now? No and unsure say since when, where that is known."""
        ...

    def message(self, text: str) -> None:
        """Shows *text* to the user of the device."""
        ...

    @reads
    def link(self) -> str:
        """The address with which a technician joins the session by hand, or an empty text."""
        ...


@dataclass(frozen=True, slots=True)
class Rung:
    """How one of the ways to a device fared in one run.

    Attributes:
        connector: Its name.
        used: Whether something was sent over it.
        link: Where a technician finds the session that was used, where that is a remote tool's.
        passed_over: Why it was passed over, once for each reason, in order.
    """

    connector: str
    used: bool
    link: str = ""
    passed_over: tuple[str, ...] = ()


class RemoteDevice(RemoteTool, Protocol):
    """One device over all its ways: what a playbook works with. Each command takes the first way that can carry it."""

    may_open_way: bool

    @reads
    def carries(self, command: Command) -> Answer:
        """Is there a way that could carry *command* now? Opens it, and sends nothing."""
        ...

    @reads
    def rungs(self) -> tuple[Rung, ...]:
        """Which ways were used in this run and which were passed over, in their order; asks nobody."""
        ...

    def open_way(self) -> None:
        """Makes a further way usable by sending over one that works what switches it on, where settings allow that.

        Raises ``NeedsPerson`` when no way may be opened like this.
        """
        ...


class Tickets(Protocol):
    """The service desk: customers, their package, and the ticket that asked for the work."""

    @reads
    def entitled(self, customer: str, package: str) -> Answer:
        """Does *customer* have *package* today? An unknown customer is a no; an unreachable desk is unsure."""
        ...

    @reads
    def asks_for(self, ticket: str, kind: str, customer: str) -> Answer:
        """Is *ticket* one of *customer*'s, open or closed by us, and of the request type *kind*?

        A ticket or a customer that is unknown, and a ticket of somebody else, is a no for a technician. The facts hold
        ``theirs`` (true) whenever the ticket is *customer*'s, whatever else the answer says, and the ticket's ``owner``.
        """
        ...

    @reads
    def told(self, ticket: str, reference: str) -> Answer:
        """Does *ticket* hold a note with *reference*? The facts hold ``at`` (ISO 8601 with zone) when it does."""
        ...

    def tell(self, ticket: str, text: str, *, reference: str, public: bool) -> None:
        """Adds a note that the customer sees (*public*) or that only the desk sees."""
        ...

    @reads
    def closed(self, ticket: str) -> Answer:
        """Is *ticket* closed?"""
        ...

    def close(self, ticket: str, *, minutes: int, technician: str) -> None:
        """Enters the time spent and closes *ticket*."""
        ...


class LicenceInventory(Protocol):
    """What the customer owns, seat by seat, and the proofs of purchase that people accepted."""

    @reads
    def covers(self, licence: str, *, customer: str, device: str, user: str, edition: str, on: datetime) -> Answer:
        """Does *licence* give *device* and its *user* the *edition* on that day, with a seat that is theirs or free?"""
        ...

    @reads
    def key_is_free(self, key: Secret, device: str) -> Answer:
        """Is *key* unused, or used on *device* only? Names the other device otherwise."""
        ...

    @reads
    def reserved(self, licence: str, key: Secret, *, device: str, user: str) -> Answer:
        """Does *device* hold a seat of *licence*, and *key*?"""
        ...

    def reserve(self, licence: str, key: Secret, *, device: str, user: str) -> None:
        """Gives a seat and the key to *device*; doing it again changes nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Appointment:
    """A time agreed with the customer.

    Attributes:
        reference: Ours, unique for one order and one agreed time.
        title: What the calendar shows.
        start: Time-zone aware (an IANA zone).
        length: How long it is planned to take.
        attendees: Mail addresses.
        text: Details in plain text.
    """

    reference: str
    title: str
    start: datetime
    length: timedelta
    attendees: tuple[str, ...] = ()
    text: str = ""


class Diary(Protocol):
    """The calendar in which appointments are kept."""

    @reads
    def booked(self, appointment: Appointment) -> Answer:
        """Is this appointment in the calendar, at this time?"""
        ...

    def book(self, appointment: Appointment) -> None:
        """Puts the appointment in; an older one of the same order is cancelled in the same go."""
        ...


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to a customer.

    Attributes:
        reference: Ours, unique for one order and one purpose; it travels in a header and can be searched for.
        to: Mail addresses, at least one.
        subject: One line.
        text: Plain text.
    """

    reference: str
    to: tuple[str, ...]
    subject: str
    text: str


class Mail(Protocol):
    """Outgoing mail."""

    @reads
    def sent(self, reference: str) -> Answer:
        """Was the letter with *reference* sent? The facts hold ``at`` (ISO 8601 with zone) when it was."""
        ...

    def send(self, letter: Letter) -> None:
        """Sends *letter*. Raises ``Unsure`` when the server's last word was lost."""
        ...


class People(Protocol):
    """What named people said about a run."""

    @reads
    def said(self, question: str) -> Answer:
        """What was answered to *question* in this order: yes or no with name, time and reason, or unsure (not yet).

        The facts of an answer hold ``by``, ``at`` (ISO 8601) and ``because``.
        """
        ...

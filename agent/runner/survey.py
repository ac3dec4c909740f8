"""A survey: the same look at many devices, some at a time, nothing changed."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cache
from queue import Empty, Queue
from threading import Condition, Thread

from agent.machine import plugins
from agent.machine.health import Health
from agent.machine.home import Home
from agent.machine.latch import Guard, Latch
from agent.machine.route import Route
from agent.machine.sightings import How, Seen, Sightings
from agent.words.device import Connector, Device
from agent.words.errors import KeyturnError, Misuse, NotSent, Refused, Unreached
from agent.words.ports import RemoteSession
from agent.words.sighting import Sighting

THREADS = 16
"""How many devices are asked at once."""
PER_CUSTOMER = 8
"""How many devices of one customer are asked at once: they often share one line."""
KEEP_EVERY = 0.25
"""Seconds between two writes: each costs as much as a tenth of a look, and what a crash loses is asked again."""
_ENDED = None
"""What a thread puts into the queue when it has nothing left to do."""


@dataclass(frozen=True)
class Survey:
    """Looks at devices in one home.

    Attributes:
        home: The plug-ins, the vault, the time.
        sightings: Where the rows are kept; a device that was not asked yet is kept as such.
        threads: How many devices are asked at once.
        per_customer: How many of them may belong to one customer.
    """

    home: Home
    sightings: Sightings
    threads: int = THREADS
    per_customer: int = PER_CUSTOMER

    def over(self, devices: Sequence[Device]) -> Generator[Seen, None, None]:
        """The row of each of *devices*, once each, as they come in; each is kept within :data:`KEEP_EVERY`.

        Close the iterator to stop: devices that are being asked are heard out and kept, the others stay *not asked*.
        """
        now = self.home.clock.now()
        self.sightings.keep(Seen(device.name, device.customer, How.WAITING, now) for device in devices)
        turns = _Turns(devices, self.per_customer)
        rows: Queue[Seen | None] = Queue(2 * self.threads)
        look = _Look(self.home)
        at_work = [Thread(target=_work, args=(turns, look, rows), daemon=True) for _ in devices[: self.threads]]
        for thread in at_work:
            thread.start()
        unkept: list[Seen] = []
        left, kept = len(at_work), time.monotonic()
        try:
            while left:
                came, ended = _arrived(rows)
                left -= ended
                unkept += came
                if time.monotonic() - kept >= KEEP_EVERY:
                    self.sightings.keep(unkept)
                    unkept, kept = [], time.monotonic()
                yield from came
        finally:
            turns.stop()
            while left:
                came, ended = _arrived(rows)
                left -= ended
                unkept += came
            self.sightings.keep(unkept)


def _arrived(rows: Queue[Seen | None]) -> tuple[list[Seen], int]:
    """Waits for a row, and takes those that have come in with it; and how many threads have ended."""
    taken = [rows.get()]
    try:
        while True:
            taken.append(rows.get_nowait())
    except Empty:
        return [row for row in taken if row], taken.count(_ENDED)


class _Turns:
    """Whose turn it is: customers by turns, and none with more devices at once than its share."""

    def __init__(self, devices: Sequence[Device], share: int) -> None:
        self._waiting: dict[str, deque[Device]] = {}
        for device in devices:
            self._waiting.setdefault(device.customer, deque()).append(device)
        self._busy: Counter[str] = Counter()
        self._share = share
        self._changed = Condition()

    def take(self) -> Device | None:
        """The next device, waited for when every customer has its share; ``None`` when none is left."""
        with self._changed:
            while self._waiting:
                customer = next((name for name in self._waiting if self._busy[name] < self._share), None)
                if customer is not None:
                    return self._next_of(customer)
                self._changed.wait()
            return None

    def _next_of(self, customer: str) -> Device:
        waiting = self._waiting.pop(customer)
        device = waiting.popleft()
        self._busy[customer] += 1
        if waiting:
            self._waiting[customer] = waiting  # at the end of the line
        else:
            self._changed.notify_all()
        return device

    def done(self, device: Device) -> None:
        """*device* was asked."""
        with self._changed:
            self._busy[device.customer] -= 1
            self._changed.notify()

    def stop(self) -> None:
        """Gives out no more."""
        with self._changed:
            self._waiting.clear()
            self._changed.notify_all()


def _work(turns: _Turns, look: _Look, rows: Queue[Seen | None]) -> None:
    """One thread: asks device by device."""
    try:
        while device := turns.take():
            try:
                row = look.at(device)
            finally:
                turns.done(device)
            rows.put(row)
    finally:
        rows.put(_ENDED)


class _Look:
    """One look at one device, over whichever way gets through, behind a latch that never opens."""

    def __init__(self, home: Home) -> None:
        self._hook: Callable[..., Sighting | None] = home.hooks.hook.keyturn_sight
        self._clock = home.clock
        self._health = Health(home.clock)
        once = replace(home.workplace(), secret=cache(home.vault.secret))  # many devices share one password
        self._connectors = plugins.by_name(home.hooks.hook.keyturn_connectors(workplace=once), "connector")

    def at(self, device: Device) -> Seen:
        """The row of *device*, whatever happens."""
        begun, at = time.perf_counter(), self._clock.now()
        heard = {name: _Heard(connector) for name, connector in self._connectors.items() if name in device.ways}
        route = Route(device, heard, self._health, lambda _kind, _text, _facts: None)
        how, reason, sighting = self._seen(route)
        reason = reason.removeprefix(f"{device.name} was not reached: ")  # the row says that already
        if how is How.UNREACHED and any(connector.refused for connector in heard.values()):
            how = How.REFUSED
        return Seen(device.name, device.customer, how, at, reason, route.connector, time.perf_counter() - begun, sighting)

    def _seen(self, route: Route) -> tuple[How, str, Sighting | None]:
        try:
            with closing(route):
                sighting = self._hook(session=Guard(route, RemoteSession, Latch()))
        except KeyturnError as error:
            return next((how for kind, how in _HOW if isinstance(error, kind)), How.UNCLEAR), str(error), None
        except Exception as error:  # noqa: BLE001 - a plug-in that fails over one device must not cost the others' rows
            return How.BROKEN, f"a plug-in failed: {type(error).__name__}: {error}", None
        if sighting is None:
            return How.UNCLEAR, "no plug-in knows what to look for on it", None
        return How.SEEN, "", sighting


_HOW: tuple[tuple[type[KeyturnError], How], ...] = (
    (Unreached, How.UNREACHED),
    (NotSent, How.UNREACHED),
    (Refused, How.REFUSED),
    (Misuse, How.MISSET),
)


class _Heard:
    """A connector for one device that leaves people alone, and remembers whether it was told no."""

    def __init__(self, connector: Connector) -> None:
        self.name, self.capabilities = connector.name, connector.capabilities
        self.refused = False
        self._connector = connector

    def open(self, device: Device) -> RemoteSession:
        """As the connector does it; raises :class:`NotSent` where somebody would have to sit in the session."""
        if "attended" in self.capabilities:
            raise NotSent("somebody would have to sit in the session, and a survey leaves people alone")
        try:
            return self._connector.open(device)
        except Refused:
            self.refused = True
            raise

"""The power of a simulated PC: announced restarts, going down, coming up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import sleep

from agent.api import Clock
from connectors.lab.machine import Power

ALREADY_ANNOUNCED = 1190
NONE_ANNOUNCED = 1116
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class WallClock:
    """The real time."""

    def now(self) -> datetime:
        """The present moment in UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Waits."""
        sleep(seconds)


@dataclass(frozen=True)
class Pace:
    """How fast a simulated PC is.

    Attributes:
        notice: Real seconds for each second of an announced restart.
        down: Real seconds without network.
        starting: Real seconds with network and without Windows.
        changepk: Real seconds that changepk.exe works.
        edition: Real seconds until the edition follows a key that needs no restart.
    """

    notice: float = 0.001
    down: float = 0.05
    starting: float = 0.05
    changepk: float = 0.05
    edition: float = 0.0


class PowerSwitch:
    """Restarts one PC.

    Args:
        clock: The time.
        pace: How long things take.
        restarted: Called once for each restart, at the moment when the PC goes down.
    """

    def __init__(self, clock: Clock, pace: Pace, restarted: Callable[[], None]) -> None:
        self._clock = clock
        self._pace = pace
        self._restarted = restarted
        self._due: datetime | None = None
        self._starts = self._up = NEVER
        self._off = False
        self.boots = 1
        self.booted_at = clock.now() - timedelta(hours=9)

    def announce(self, seconds: float) -> int:
        """Plans a restart; shutdown's exit code."""
        if self._due:
            return ALREADY_ANNOUNCED
        self._due = self._clock.now() + timedelta(seconds=seconds * self._pace.notice)
        return 0

    def cancel(self) -> int:
        """Takes the planned restart back; shutdown's exit code."""
        code = 0 if self._due else NONE_ANNOUNCED
        self._due = None
        return code

    def switch(self, *, on: bool) -> None:
        """Pulls the plug, or puts it back (which is a restart)."""
        if on and self._off:
            self._due = self._clock.now()
        self._off = not on

    def stands(self) -> Power:
        """How the PC stands now; a restart that has become due happens here."""
        now = self._clock.now()
        if self._off:
            return Power.DOWN
        if self._due and now >= self._due:
            self._starts = self._due + timedelta(seconds=self._pace.down)
            self._up = self._starts + timedelta(seconds=self._pace.starting)
            self.booted_at, self._due = self._starts, None
            self.boots += 1
            self._restarted()
        if now < self._starts:
            return Power.DOWN
        return Power.STARTING if now < self._up else Power.UP

"""A clock that only moves when somebody waits, for a connector and the simulated world behind it alike."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta


class SimulatedClock:
    """An :class:`agent.api.Clock`; any thread may use it.

    Args:
        start: The first moment, time-zone aware.

    Attributes:
        slept: For how many seconds it was asked to wait, in order.
    """

    def __init__(self, start: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)) -> None:
        self.slept: list[float] = []
        self._moment = start
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """The present moment."""
        with self._lock:
            return self._moment

    def sleep(self, seconds: float) -> None:
        """Moves the present on, and returns at once."""
        with self._lock:
            self.slept.append(seconds)
            self._moment += timedelta(seconds=seconds)

"""The real clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class SystemClock:
    """The computer's own time and sleep; everything that waits or stamps is given a clock, and this is the real one."""

    def now(self) -> datetime:
        """The present moment in UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Sleeps for *seconds*."""
        time.sleep(seconds)

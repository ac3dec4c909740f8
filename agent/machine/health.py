"""What was down a moment ago: such a way is tried after the others for some minutes, which saves waiting for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from agent.words.errors import NotSent
from agent.words.ports import Clock

MEMORY = timedelta(minutes=2)
"""How long a way that was not working comes last: long enough to save time-outs, short enough for a PC that comes back."""


@dataclass
class Health:
    """The ways that were not working, by device and connector; shared by the runs of one process.

    Attributes:
        clock: Tells when to forget.
    """

    clock: Clock
    _down: dict[tuple[str, str], tuple[datetime, NotSent]] = field(default_factory=dict, init=False)

    def down(self, device: str, connector: str) -> NotSent | None:
        """Why *connector* did not reach *device* within the last :data:`MEMORY`, or ``None``."""
        until, reason = self._down.get((device, connector), (None, None))
        return reason if until and until > self.clock.now() else None

    def note(self, device: str, connector: str, reason: NotSent | None) -> None:
        """Remembers that *connector* did not reach *device*, or with ``None`` that it did."""
        if reason is None:
            self._down.pop((device, connector), None)
        else:
            self._down[device, connector] = (self.clock.now() + MEMORY, reason)

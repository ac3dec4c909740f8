"""What really happened in the lab, so that a test can say "the key was installed exactly once"."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from agent.api import Clock

_FULL_KEY = re.compile(r"(?:[BCDFGHJKMPQRTVWXYN2346789]{5}-){4}[BCDFGHJKMPQRTVWXYN2346789]{5}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing that happened: when, where, what, and a small JSON-ready mapping; of a key only the last five."""

    at: datetime
    machine: str
    effect: str
    detail: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def row(self) -> dict[str, Any]:
        """The effect as JSON-ready data."""
        return {"at": self.at.isoformat(), "machine": self.machine, "effect": self.effect, "detail": dict(self.detail)}


class Ledger:
    """All effects in their order; any thread may write.

    Args:
        clock: Where the times come from.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._effects: list[Effect] = []

    def add(self, machine: str, effect: str, **detail: Any) -> None:
        """Writes one effect. Raises :class:`ValueError` when the detail holds a whole product key."""
        if _FULL_KEY.search(str(detail)):
            raise ValueError("the ledger keeps the last five of a product key, never all of it")
        with self._lock:
            self._effects.append(Effect(self._clock.now(), machine, effect, detail))

    def effects(self, effect: str = "", machine: str = "") -> list[Effect]:
        """The effects so far, narrowed to one kind and one machine where these are given."""
        with self._lock:
            return [one for one in self._effects if effect in ("", one.effect) and machine in ("", one.machine)]

    def count(self, effect: str, machine: str = "") -> int:
        """How often *effect* happened."""
        return len(self.effects(effect, machine))

"""What can be made to go wrong behind the lab's ScreenConnect instance, by name and count."""

from __future__ import annotations

import threading
from collections import Counter
from enum import StrEnum


class Trick(StrEnum):
    """What an instance or an agent may do to a client. Trouble of the line itself is planned at the site's ``mishaps``."""

    EMPTY_LIST = "empty list"
    """A look-up is answered with an empty list although there are sessions."""
    NO_COUNT = "no count"
    """A filter with ``GuestConnectedCount`` is answered with HTTP 500."""
    AWAY = "away"
    """The agent loses its connection just before the next command reaches it; the command stays queued."""
    DROP = "drop"
    """The agent loses its connection in the middle of the next command; the output never comes."""
    SILENT = "silent"
    """The next command is carried out, and its output is lost."""
    KILLED = "killed"
    """The next command is ended by the agent before it prints anything; it has had its effect."""
    CUT = "cut output"
    """The end of the next output is missing."""
    FOREIGN = "foreign output"
    """Just before the next output the output of somebody else's command appears."""
    ECHO = "echo"
    """The next command for cmd.exe is echoed line by line although it turns that off."""
    STALE_TOKEN = "stale token"  # noqa: S105 - a name
    """The built-in services no longer take the anti-forgery token."""


class Tricks:
    """What is still to happen; any thread may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._planned: Counter[Trick] = Counter()

    def plan(self, trick: Trick | str, times: int = 1) -> None:
        """*trick* happens at the next *times* occasions. Raises :class:`ValueError` for an unknown name."""
        with self._lock:
            self._planned[Trick(trick)] += times

    def happens(self, trick: Trick) -> bool:
        """Whether it happens this time, which then has been counted."""
        with self._lock:
            happens = self._planned[trick] > 0
            self._planned[trick] -= happens
            return happens

"""Mishaps that the lab's SSH server can be told to have, by name and count."""

from __future__ import annotations

import threading
from enum import StrEnum


class Mishap(StrEnum):
    """What may go wrong between a client and a PC."""

    REFUSE = "refuse"
    """The connection is closed as soon as it is accepted."""
    MUTE = "mute"
    """The connection is accepted, and not a word is said on it."""
    NO_CHANNEL = "no channel"
    """No channel may be opened: the user has no right to one."""
    NO_ROOM = "no room"
    """No channel may be opened: there are too many."""
    GONE = "gone"
    """The line is cut when a channel is asked for."""
    DEAF = "deaf"
    """Nothing that is asked is answered any more, as on a line that a firewall has forgotten."""
    DENIED = "denied"
    """The channel runs no commands."""
    SILENT = "silent"
    """The request to run a command is never answered, and not carried out."""
    RESET = "reset"
    """The line is cut instead of an answer to the request, which was NOT carried out."""
    CUT = "cut"
    """The line is cut instead of an answer to the request, which was carried out; a script waits for its input."""
    DROP = "drop"
    """The command was carried out, and the line is cut before its output."""
    HALF = "half"
    """The command was carried out, and the line is cut in the middle of its output."""
    NO_STATUS = "no status"
    """The command was carried out and its output sent, and the channel closed without an exit code."""


class Faults:
    """The mishaps of one server, counted down as they happen; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left: dict[Mishap, int] = {}

    def add(self, kind: Mishap | str, times: int = 1) -> None:
        """Adds a mishap that is to happen *times* times. Raises :class:`ValueError` for an unknown name."""
        with self._lock:
            self._left[Mishap(kind)] = times

    def clear(self) -> None:
        """Nothing is to happen any more."""
        with self._lock:
            self._left.clear()

    def take(self, kind: Mishap) -> bool:
        """True when *kind* is to happen now; it then has happened once more."""
        with self._lock:
            left = self._left.get(kind, 0)
            self._left[kind] = max(left - 1, 0)
            return left > 0

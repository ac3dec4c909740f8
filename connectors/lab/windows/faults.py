"""Faults that a test or a demo plans for one simulated PC."""

from __future__ import annotations

import threading
from collections import defaultdict

from connectors.lab.windows.licensing import Fault

SCRIPTED = frozenset(
    [
        "facts",
        "install_key",
        "activate",
        "clear_key",
        "restart",
        "change_edition",
        "record_data",
        "compare_data",
        "enable_winrm",
    ]
)
"""What can be made to go wrong: the names of the scripts; a fault also strikes the program that does the same."""


class Faults:
    """Planned faults by name; each strikes as often as it was planned, in the order of planning."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._codes: defaultdict[str, list[int]] = defaultdict(list)
        self._lies: defaultdict[str, int] = defaultdict(int)
        self._garbled: defaultdict[str, int] = defaultdict(int)
        self._seconds: dict[str, float] = {}

    def fail(self, name: str, code: int, times: int = 1) -> None:
        """The next *times* of *name* end with *code* (an HRESULT, or a Win32 number for DISM and shutdown)."""
        with self._lock:
            self._codes[self._named(name)] += [code] * times

    def lie(self, name: str, times: int = 1) -> None:
        """The next *times* of *name* report success and do nothing."""
        with self._lock:
            self._lies[self._named(name)] += times

    def garble(self, name: str, times: int = 1) -> None:
        """The next *times* of the script *name* do their work, and half of their answer is lost."""
        with self._lock:
            self._garbled[self._named(name)] += times

    def delay(self, name: str, seconds: float) -> None:
        """*name* takes that many real seconds from now on."""
        with self._lock:
            self._seconds[self._named(name)] = seconds

    def really(self, name: str) -> bool:
        """Whether *name* does its work this time; False is a lie. Raises :class:`Fault` when a failure is planned."""
        with self._lock:
            if self._codes[name]:
                raise Fault(self._codes[name].pop(0))
            if self._lies[name]:
                self._lies[name] -= 1
                return False
            return True

    def garbles(self, name: str) -> bool:
        """Whether half of the answer of *name* is lost this time."""
        with self._lock:
            self._garbled[name] -= 1
            lost = self._garbled[name] >= 0
            self._garbled[name] = max(self._garbled[name], 0)
            return lost

    def seconds(self, name: str) -> float:
        """How long *name* takes, in real seconds."""
        with self._lock:
            return self._seconds.get(name, 0.0)

    @staticmethod
    def _named(name: str) -> str:
        if name not in SCRIPTED:
            raise ValueError(f"{name!r} cannot be made to fail; it is one of {', '.join(sorted(SCRIPTED))}")
        return name

"""The simulated activation service: it counts machines a key, blocks keys, and fails when told to."""

from __future__ import annotations

import threading

from connectors.lab.windows.keys import LabKey, Mint

BLOCKED = 0xC004C003
USED_UP = {"Volume:MAK": 0xC004C020}
"""The code for a key whose count is used up, where it differs from :data:`IN_USE`."""
IN_USE = 0xC004C008
NO_KMS = 0xC004F074


class ActivationService:
    """One for all machines of a lab.

    Args:
        keys: The keys that it knows.
    """

    def __init__(self, keys: Mint) -> None:
        self.keys = keys
        self._lock = threading.Lock()
        self._faults: list[int] = []

    def fail(self, code: int, times: int = 1) -> None:
        """The next *times* calls of any machine end with *code*."""
        with self._lock:
            self._faults += [code] * times

    def activate(self, key: LabKey, machine: str) -> int:
        """Activates *machine* with *key*: 0, or the code of the refusal. A machine that was activated before is not counted."""
        with self._lock:
            if self._faults:
                return self._faults.pop(0)
            if key.blocked:
                return BLOCKED
            if key.channel == "Volume:GVLK":
                return NO_KMS
            if machine not in key.used and len(key.used) >= key.limit:
                return USED_UP.get(key.channel, IN_USE)
            key.used.add(machine)
            return 0

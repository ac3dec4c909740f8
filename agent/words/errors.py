"""Everything that can go wrong in a way a person can act on; each error is one line and knows its exit code."""

from __future__ import annotations

from enum import IntEnum
from typing import Any


class Exit(IntEnum):
    """Exit codes of the command line, the same for every playbook."""

    DONE = 0
    FAILED = 1
    MISUSE = 2
    WAITING = 3
    UNREACHED = 4
    PERSON = 5
    CHANGES = 6
    INTERRUPTED = 130


class KeyturnError(Exception):
    """The root of all errors meant for people: ``str()`` is one line that says what happened and what to do next.

    Anything that is not a ``KeyturnError`` is a bug and keeps its traceback.

    Args:
        what: What happened.
        do: What to do next.
        facts: JSON-ready details for the record; ``customer_words`` holds words that a customer may read.
    """

    exit_code = Exit.FAILED

    def __init__(self, what: str, do: str = "", **facts: Any) -> None:
        super().__init__(what if not do else f"{what.rstrip('.')}. {do}")
        self.what = what
        self.do = do
        self.facts = facts

    @property
    def kind(self) -> str:
        """The word of this file for it, such as ``NotSent``; a connector may have finer ones of its own."""
        return next(kind.__name__ for kind in type(self).__mro__ if kind.__module__ == __name__)


class Misuse(KeyturnError):
    """Wrong arguments, an order that cannot be read, a broken configuration."""

    exit_code = Exit.MISUSE


class NotSent(KeyturnError):
    """It certainly did not arrive at the other side: repeating it is safe."""


class Unsure(KeyturnError):
    """It may or may not have happened at the other side: ask how things stand, never repeat blindly."""


class Refused(KeyturnError):
    """The other side understood and said no: repeating it would get the same answer."""


class TryLater(Refused):
    """The other side said *not now*; the same request may succeed in a while."""


class NeedsPerson(Refused):
    """The other side said no, and only a person (customer, vendor, technician) can change that."""

    exit_code = Exit.PERSON


class Attended(NeedsPerson):
    """Only a person in an attended session can see or do this; what a named person states about the step is taken."""


class Unreached(KeyturnError):
    """No connector opened a session on the device; the text lists each one that was passed over and why."""

    exit_code = Exit.UNREACHED


class LatchShut(RuntimeError):
    """A step tried to change something outside ``do``: a bug in a playbook or a port, never the operator's fault."""

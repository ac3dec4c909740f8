"""A step: what must be true, how to make it true, and how to tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from agent.words.answer import Answer


def seconds(count: float) -> timedelta:
    """*count* seconds."""
    return timedelta(seconds=count)


def minutes(count: float) -> timedelta:
    """*count* minutes."""
    return timedelta(minutes=count)


class Mark(StrEnum):
    """How a step ended in one walk."""

    ALREADY = "already"
    CHANGED = "changed"
    STATED = "stated"
    PLANNED = "planned"
    LATER = "later"
    WAITING = "waiting"
    ASK = "ask a person"
    FAILED = "failed"
    UNCONFIRMED = "unconfirmed"
    UNREACHED = "unreached"
    INTERRUPTED = "interrupted"
    MISUSE = "misuse"


@dataclass(frozen=True)
class Step:
    """One thing that must be true, in words a customer could read.

    Attributes:
        name: Plain English, a statement that is true once the step is done.
        done: Reads how things stand; must not change anything.
        do: Makes it true; ``None`` makes the step a gate that others must open.
        confirm: Reads whether ``do`` worked; ``done`` unless given.
        once: ``do`` is counted or cannot be undone: begun and never settled, it is not begun again without a person.
        patience: How long ``confirm`` may take to say yes, and ``do`` to get through.
        by_hand: What a technician does where only a person can act.
        answered_by: Whose answer about the step is taken, however it ended, as role to name (``technician`` …); anybody's, as
            long as they are named, when it is empty. Whoever runs the order is its technician, too.
    """

    name: str
    done: Callable[[], Answer]
    do: Callable[[], object] | None = None
    confirm: Callable[[], Answer] | None = None
    once: bool = False
    patience: timedelta = timedelta(seconds=30)
    by_hand: str = ""
    answered_by: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_gate(self) -> bool:
        """True when the step can only be opened from outside."""
        return self.do is None

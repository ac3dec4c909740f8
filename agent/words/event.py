"""What happened, in order; the journal, the live view and the ticket are views of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from agent.words.errors import Exit
from agent.words.step import Mark


class Kind(StrEnum):
    """The kinds of events, a closed set."""

    STARTED = "started"
    """A walk began; facts: playbook, device, dry, by."""
    STEP = "step"
    """A step is being asked; for progress only, never stored."""
    BEGUN = "begun"
    """The latch is about to open for a step."""
    SETTLED = "settled"
    """A step has its mark; facts: mark and what the probe saw."""
    PASSED_OVER = "passed over"
    """A connector was not used, with the reason."""
    REACHED = "reached"
    """A session is open; facts: connector, and link where a technician finds it at the vendor."""
    ANSWERED = "answered"
    """A person answered; facts: yes, by, because."""
    ENDED = "ended"
    """The walk is over; facts: mark, exit."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened in one run.

    Attributes:
        run: The run's number in the journal.
        at: Time-zone aware moment.
        kind: What sort of thing happened.
        step: The step's name, or an empty text for events of the whole run.
        text: One line for people; never holds a secret.
        facts: A small JSON-ready mapping.
    """

    run: int
    at: datetime
    kind: Kind
    step: str = ""
    text: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a walk ended.

    Attributes:
        mark: The mark of the step that stopped the walk, or ``CHANGED``, ``ALREADY`` or ``PLANNED`` for a whole one.
        exit: The exit code.
        step: The name of the step that stopped the walk, or an empty text.
        text: One line that says why.
        come_back: When to knock again, where that is known.
        facts: The facts of the answer that stopped the walk.
    """

    mark: Mark
    exit: Exit
    step: str = ""
    text: str = ""
    come_back: datetime | None = None
    facts: Mapping[str, Any] = field(default_factory=dict, hash=False)

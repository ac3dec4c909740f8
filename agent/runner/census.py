"""What the rows of a survey add up to: their columns, how many need attention, and how many there are of each kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from agent.machine.sightings import Seen
from agent.words.sighting import Attention

WORDS = {Attention.NOW: "now", Attention.SOON: "soon", Attention.LOOK: "look", Attention.FINE: "fine"}
"""What people read for each attention."""


def word(row: Seen) -> str:
    """The first word of *row*: when it needs somebody, or why it could not be told."""
    return WORDS[row.sighting.attention] if row.sighting else row.how.value


def reason(row: Seen) -> str:
    """Why it needs somebody, or why it was not seen."""
    return row.sighting.reason if row.sighting else row.reason


@dataclass(frozen=True)
class Census:
    """All rows of a survey.

    Attributes:
        rows: The most urgent first.
    """

    rows: Sequence[Seen]

    @cached_property
    def columns(self) -> list[str]:
        """The names of all columns that any row has, in their order."""
        return list(dict.fromkeys(name for row in self.rows if row.sighting for name in row.sighting.columns))

    @cached_property
    def seen(self) -> int:
        """How many were seen."""
        return sum(row.sighting is not None for row in self.rows)

    @cached_property
    def pressing(self) -> int:
        """How many were seen and need somebody now or soon."""
        return sum(row.sighting.attention >= Attention.SOON for row in self.rows if row.sighting)

    @cached_property
    def words(self) -> Mapping[str, int]:
        """How many rows begin with each word, in the order of their urgency."""
        return Counter(word(row) for row in self.rows)

    @cached_property
    def counts(self) -> Mapping[str, Mapping[str, int]]:
        """Name of the count (``edition`` …) to value to number, the most frequent first."""
        found: dict[str, Counter[str]] = {}
        for row in self.rows:
            for name, value in row.sighting.groups.items() if row.sighting else ():
                found.setdefault(name, Counter())[value] += 1
        return {name: dict(counter.most_common()) for name, counter in found.items()}

"""What a probe says: yes, no or unsure, with the evidence a technician would accept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """The three things a probe can say; *could not ask* is ``UNSURE``, never ``NO`` and never ``YES``."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Answer:
    """A verdict with one line of evidence.

    Attributes:
        verdict: yes, no or unsure.
        evidence: One line in plain words: what was seen and, where it differs, what was wanted.
        facts: A small JSON-ready mapping that the journal keeps beside the line.
        come_back: Time-zone aware moment at which asking again makes sense, where that is known.
        person: Who must decide before the run can go on (``technician``, ``customer`` …), or ``None``.
    """

    verdict: Verdict
    evidence: str
    facts: Mapping[str, Any] = field(default_factory=dict, hash=False)
    come_back: datetime | None = None
    person: str | None = None

    @property
    def is_yes(self) -> bool:
        """True only for a plain yes."""
        return self.verdict is Verdict.YES

    def __bool__(self) -> bool:
        raise TypeError("an answer has three values; compare answer.verdict or use answer.is_yes")

    def __or__(self, other: Answer) -> Answer:
        """Either of two proofs is enough: the first yes, else the less certain of the two with both lines."""
        if self.is_yes or other.is_yes:
            return self if self.is_yes else other
        verdict = Verdict.UNSURE if Verdict.UNSURE in (self.verdict, other.verdict) else Verdict.NO
        return Answer(
            verdict,
            f"{self.evidence}; {other.evidence}",
            {**self.facts, **other.facts},
            self.come_back or other.come_back,
            self.person or other.person,
        )


def yes(evidence: str, /, **facts: Any) -> Answer:
    """The probe saw what was wanted."""
    return Answer(Verdict.YES, evidence, facts)


def no(evidence: str, /, *, come_back: datetime | None = None, person: str | None = None, **facts: Any) -> Answer:
    """The probe saw something else, and is certain of it."""
    return Answer(Verdict.NO, evidence, facts, come_back, person)


def unsure(evidence: str, /, *, come_back: datetime | None = None, person: str | None = None, **facts: Any) -> Answer:
    """The probe could not be asked, or its answer cannot be trusted."""
    return Answer(Verdict.UNSURE, evidence, facts, come_back, person)

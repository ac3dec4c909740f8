"""What happened in a run, step by step: numbered lines made from its events, for the live view and for looking back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from agent.words.event import Event, Kind
from agent.words.step import Mark


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to show.

    Attributes:
        word: A mark, or the kind of event where there is no mark.
        text: The step's name, or what happened where it is no step.
        evidence: What was seen.
        at: When it was settled.
        seconds: How long it took.
        number: The step's number in this run, as ``keyturn answer`` takes it; 0 for what is no step.
        by_hand: What a technician does, where only a person can act.
    """

    word: str
    text: str
    evidence: str
    at: datetime
    seconds: float = 0.0
    number: int = 0
    by_hand: str = ""


@dataclass
class Story:
    """Takes the events of one run in order and keeps the lines that they make.

    Attributes:
        lines: The lines so far.
        run: The run's number, 0 before the first event.
        order: The order's number, as soon as it is known.
        dry: Whether nothing is changed in this run.
    """

    lines: list[Line] = field(default_factory=list)
    run: int = 0
    order: int | None = None
    dry: bool = False
    _numbers: dict[str, int] = field(default_factory=dict, init=False)
    _first: datetime | None = field(default=None, init=False)
    _last: datetime | None = field(default=None, init=False)
    _since: datetime | None = field(default=None, init=False)

    def tell(self, event: Event) -> Line | None:
        """Takes *event* in and returns the line that it makes, if it makes one."""
        self.run = event.run
        if event.kind is Kind.STARTED:
            self.order, self.dry = event.facts.get("order"), bool(event.facts.get("dry"))
        self._first = self._first or event.at
        since = self._since or event.at
        self._last = event.at
        if event.step and event.kind is not Kind.STEP:
            self._numbers.setdefault(event.step, len(self._numbers) + 1)
        line = self._line(event, since)
        if event.kind in (Kind.STARTED, Kind.STEP, Kind.SETTLED):
            self._since = event.at
        if line:
            self.lines.append(line)
        return line

    def number(self, step: str) -> int:
        """The number of *step* in this run; 0 when it was not asked."""
        return self._numbers.get(step, 0)

    def by_hand(self, step: str) -> str:
        """What a technician does about *step*, where that is known."""
        return next((line.by_hand for line in reversed(self.lines) if line.text == step), "")

    def count(self, mark: Mark) -> int:
        """How many steps ended with *mark*."""
        return sum(line.word == mark.value for line in self.lines if line.number)

    @property
    def seconds(self) -> float:
        """How long it took from the first event to the last."""
        return (self._last - self._first).total_seconds() if self._first and self._last else 0.0

    def _line(self, event: Event, since: datetime) -> Line | None:
        seconds = (event.at - since).total_seconds()
        number = self.number(event.step)
        match event.kind:
            case Kind.SETTLED:
                by_hand = str(event.facts.get("by_hand", ""))
                return Line(str(event.facts.get("mark", "")), event.step, event.text, event.at, seconds, number, by_hand)
            case Kind.ANSWERED:
                because = str(event.facts.get("because", ""))
                told = f"{event.text}: {because}" if because else event.text
                return Line("answered", event.step, told, event.at, number=number)
            case Kind.REACHED | Kind.PASSED_OVER:
                return Line(event.kind.value, event.text, "", event.at)
            case _:
                return None

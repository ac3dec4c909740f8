"""The logbook of one run: writes its events into the journal, shows them to observers, and remembers what hangs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from agent.machine.journal import Journal
from agent.machine.scrub import Scrub
from agent.words.answer import Answer, Verdict, no, unsure, yes
from agent.words.event import Event, Kind
from agent.words.ports import Clock

Observer = Callable[[Event], object]
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Logbook:
    """What one walk writes to.

    Attributes:
        run: The run's number.
        order: The order's number.
        target: What the run works on.
        journal: Where events are kept.
        clock: Stamps events.
        scrub: Cleans events before anybody sees them.
        observers: Called with each event after it was kept.
    """

    run: int
    order: int
    target: str
    journal: Journal
    clock: Clock
    scrub: Scrub
    observers: Iterable[Observer]

    def write(self, kind: Kind, step: str = "", text: str = "", /, **facts: Any) -> None:
        """Keeps an event and shows it to every observer; one that only tells progress is shown and not kept.

        An observer that raises is reported in the log and does not stop the run.
        """
        line = " ".join(self.scrub.text(text).split())
        event = Event(self.run, self.clock.now(), kind, step, line, self.scrub.value(facts))
        if kind is not Kind.STEP:
            self.journal.append(event)
        for observer in self.observers:
            try:
                observer(event)
            except Exception:
                log.warning("an observer failed on %s", kind.value, exc_info=True)

    def hangs(self, step: str) -> bool:
        """Was *step* begun on this target, or stated to be done by hand, never settled, and not released by a person since?"""
        forbidden = False
        for event in self._doubts(step):
            if event.kind is Kind.BEGUN or (_states(event) and event.facts["yes"]):
                return True
            if _states(event):
                continue
            if _ends_doubt(event) and not (forbidden and event.kind is Kind.ANSWERED):
                return False
            forbidden |= event.kind is Kind.ANSWERED  # a later no takes an earlier yes back
        return False

    def released(self, step: str) -> bool:
        """Did a person say yes to beginning *step* since it was last begun or settled?"""
        for event in self._doubts(step):
            if event.kind is Kind.ANSWERED and not _states(event):
                return bool(event.facts["yes"])
            if event.kind is Kind.BEGUN or _ends_doubt(event):
                return False
        return False

    def stated(self, step: str) -> Answer:
        """What a person stated about *step* for this order, when asked because only a person could see it.

        What came later on this target overtakes it: the step was begun, or one that this run has before it, or a reading of
        the step said no.
        """
        said = self.journal.latest([step], (Kind.ANSWERED,), order=self.order)
        if not said or not _states(said[0]):
            return unsure("nobody has stated it yet")
        before = {event.step for event in self.journal.events(self.run) if event.kind is Kind.SETTLED}
        kinds = (Kind.BEGUN, Kind.SETTLED, Kind.ANSWERED)
        events = self.journal.latest([step, *before], kinds, target=self.target)
        for event in takewhile(lambda event: event != said[0], events):
            denied = event.kind is Kind.SETTLED and event.step == step and event.facts["verdict"] == Verdict.NO.value
            if event.kind is Kind.BEGUN or denied:
                what = f"it was seen that it is not so ({event.text})" if denied else f"'{event.step}' was begun"
                return unsure(f"{said[0].text}, but since then {what}")
        return _answer(said[0])

    def _doubts(self, step: str) -> list[Event]:
        return self.journal.latest([step], (Kind.BEGUN, Kind.SETTLED, Kind.ANSWERED), target=self.target)


def _states(event: Event) -> bool:
    """True for an answer that states how a step stands; any other answer decides whether it may be begun."""
    return event.kind is Kind.ANSWERED and bool(event.facts.get("states"))


def _ends_doubt(event: Event) -> bool:
    """True for an event after which it is known how its step stands: it was settled, or a person said that it may be begun."""
    if event.kind is Kind.ANSWERED:
        return bool(event.facts["yes"]) and not _states(event)
    return bool(event.facts["settled"])


@dataclass(frozen=True)
class Answers:
    """What named people answered about one order: the ``People`` port over the journal."""

    journal: Journal
    order: int

    def said(self, question: str) -> Answer:
        """The latest answer to *question*, or unsure when nobody answered yet."""
        events = self.journal.latest([question], (Kind.ANSWERED,), order=self.order)
        return _answer(events[0]) if events else unsure("nobody has confirmed it yet")


def _answer(event: Event) -> Answer:
    """What a person said, as an answer that names them."""
    facts = event.facts
    line = f"{facts['by']} said {'yes' if facts['yes'] else 'no'}" + (f": {facts['because']}" if facts["because"] else "")
    told = {"by": facts["by"], "at": event.at.isoformat(), "because": facts["because"]}
    return yes(line, **told) if facts["yes"] else no(line, **told)

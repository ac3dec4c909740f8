"""The walk: takes a playbook's steps one by one, asks each, and opens the latch only around what must be done."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from agent.machine.claims import Claimed
from agent.machine.latch import Latch
from agent.machine.patience import Patience
from agent.words.answer import Answer, Verdict
from agent.words.errors import Attended, Exit, KeyturnError, Misuse, NeedsPerson, NotSent, Refused, TryLater, Unreached, Unsure
from agent.words.event import Ending, Kind
from agent.words.step import Mark, Step

EXITS = {
    Mark.WAITING: Exit.WAITING,
    Mark.LATER: Exit.WAITING,
    Mark.ASK: Exit.PERSON,
    Mark.FAILED: Exit.FAILED,
    Mark.UNCONFIRMED: Exit.FAILED,
    Mark.UNREACHED: Exit.UNREACHED,
    Mark.MISUSE: Exit.MISUSE,
}
"""The exit code of a walk that ended at a step with this mark."""

STOPPERS: dict[type[KeyturnError], Mark] = {
    Unreached: Mark.UNREACHED,
    NeedsPerson: Mark.ASK,
    TryLater: Mark.WAITING,
    NotSent: Mark.WAITING,
    Unsure: Mark.WAITING,
    Refused: Mark.FAILED,
    Misuse: Mark.MISUSE,
}
"""What it means when a probe raised instead of answering; the first class that fits, so the special ones stand first."""


class Record(Protocol):
    """What the walk needs of the journal: to write, and to know what was begun and never settled."""

    def write(self, kind: Kind, step: str = "", text: str = "", /, **facts: Any) -> None:
        """Keeps an event and shows it to every observer. Raises when it cannot be kept."""
        ...

    def hangs(self, step: str) -> bool:
        """Was *step* begun on this target, never settled, and not released by a person since?"""
        ...

    def released(self, step: str) -> bool:
        """Did a person say yes to beginning *step* since it was last begun or settled?"""
        ...

    def stated(self, step: str) -> Answer:
        """What a person stated about *step* for this order, as long as nothing that came later overtakes it."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """The mark of one step and the answer behind it; *settled* when it is known how the step stands now."""

    mark: Mark
    answer: Answer
    settled: bool = False

    @property
    def goes_on(self) -> bool:
        """True when the next step may be taken in a real run."""
        return self.mark in (Mark.ALREADY, Mark.CHANGED, Mark.STATED)


@dataclass
class Walk:
    """One walk over one playbook's steps.

    Attributes:
        latch: Shut except around ``do``; a latch that never opens makes this a dry run.
        record: Where events go.
        patience: How long things may take.
    """

    latch: Latch
    record: Record
    patience: Patience
    _planned: bool = field(default=False, init=False)
    _changed: bool = field(default=False, init=False)

    def over(self, steps: Iterable[Step]) -> Ending:
        """Walks *steps* to the end or to the first that stops it.

        Raises whatever is a bug (anything but a :class:`KeyturnError`), and what the journal raises when it cannot write.
        """
        stopped: Ending | None = None
        later = ""
        for step in steps:
            self.record.write(Kind.STEP, step.name)
            outcome = self._dry(step) if self.latch.is_dry else self._real(step)
            self._settle(step, outcome)
            self._changed |= outcome.mark is Mark.CHANGED
            if outcome.mark is Mark.LATER:
                later = later or f"; unless that changes it, it stops at {step.name!r}: {outcome.answer.evidence}"
            elif not outcome.goes_on and outcome.mark is not Mark.PLANNED:
                if stopped is None or outcome.mark is Mark.UNREACHED is not stopped.mark:
                    stopped = _stop(step, outcome)
                if not self.latch.is_dry:
                    break
        return stopped or self._end(later)

    def _end(self, later: str) -> Ending:
        """How a walk ended that no step has stopped."""
        if self._planned:
            return Ending(Mark.PLANNED, Exit.CHANGES, text=f"changes are needed; nothing was changed{later}")
        if self._changed:
            return Ending(Mark.CHANGED, Exit.DONE, text="all done")
        return Ending(Mark.ALREADY, Exit.DONE, text="all done already; nothing was changed")

    def _settle(self, step: Step, outcome: Outcome) -> None:
        answer = outcome.answer
        facts = {**answer.facts, "mark": outcome.mark.value, "verdict": answer.verdict.value, "settled": outcome.settled}
        if answer.come_back:
            facts["come_back"] = answer.come_back.isoformat()
        if step.by_hand and (outcome.mark is Mark.ASK or (outcome.mark is Mark.WAITING and not answer.come_back)):
            facts["by_hand"] = step.by_hand
        self.record.write(Kind.SETTLED, step.name, answer.evidence, **facts, **_answerers(step))

    def _dry(self, step: Step) -> Outcome:
        answer, stopper = self._asked(step)
        if answer.is_yes and not (stopper and self._planned):  # what is planned would overtake a person's statement
            return Outcome(stopper or Mark.ALREADY, answer)
        if stopper is Mark.UNREACHED:  # no earlier step would change that, so nothing can be said of this one
            return Outcome(stopper, answer)
        if step.is_gate:
            return Outcome(Mark.LATER if self._planned else stopper or _shut(answer), answer)
        if stopper and not self._planned:
            return Outcome(stopper, answer)
        self._planned = True
        return Outcome(Mark.PLANNED, answer)

    def _real(self, step: Step) -> Outcome:
        answer, stopper = self._asked(step)
        if answer.is_yes:
            return Outcome(stopper or Mark.ALREADY, answer, settled=stopper is None)  # a reading may yet say otherwise
        if stopper:
            return Outcome(stopper, answer)
        if step.do is None:
            return Outcome(_shut(answer), answer)
        if step.once and (question := self._must_ask(step, answer)) is not None:
            return Outcome(Mark.ASK, question)
        self.record.write(Kind.BEGUN, step.name, answer.evidence, **_answerers(step))
        return self._do(step, step.do)

    def _must_ask(self, step: Step, answer: Answer) -> Answer | None:
        """Why a person must decide before a ``once`` step is begun, or ``None``."""
        if self.record.hangs(step.name):
            why = f"it was begun before and how that ended is not known ({answer.evidence}); may it be begun again?"
        elif answer.verdict is Verdict.UNSURE and not self.record.released(step.name):
            why = f"how things stand is not known ({answer.evidence}); may it be begun all the same?"
        else:
            return None
        return Answer(Verdict.UNSURE, why, answer.facts, person="technician")

    def _do(self, step: Step, act: Callable[[], object]) -> Outcome:
        """Opens the latch around *act*, shuts it, and confirms; says how that went."""
        confirm = step.confirm or step.done
        try:
            self.patience.until_through(lambda: self._opened(act), step.patience)
        except Unsure as error:
            answer = self._confirmed(confirm, step)
            if answer.is_yes:
                return Outcome(Mark.CHANGED, answer, settled=True)
            evidence = f"{error}; {answer.evidence}"
            return Outcome(Mark.UNCONFIRMED, Answer(Verdict.UNSURE, evidence, answer.facts, answer.come_back, answer.person))
        except Claimed:
            raise
        except KeyturnError as error:
            mark = Mark.FAILED if isinstance(error, (NotSent, TryLater)) else _mark_of(error)
            return Outcome(mark, _answer_of(error), settled=True)
        answer = self._confirmed(confirm, step)
        return Outcome(Mark.CHANGED if answer.is_yes else Mark.UNCONFIRMED, answer, settled=answer.is_yes)

    def _opened(self, act: Callable[[], object]) -> None:
        with self.latch.opened():
            act()

    def _confirmed(self, confirm: Callable[[], Answer], step: Step) -> Answer:
        def afresh() -> Answer:
            self.latch.forget()
            return self._probe(confirm)[0]

        return self.patience.until_yes(afresh, step.patience)

    def _asked(self, step: Step) -> tuple[Answer, Mark | None]:
        """The answer of ``done``; where only a person in the session can see it, the statement of a named person."""
        try:
            return step.done(), None
        except Attended as error:
            stated = self.record.stated(step.name)
            if stated.is_yes:
                return replace(stated, facts={**stated.facts, "attended": error.what}), Mark.STATED
            return _question(step, error, stated), Mark.ASK
        except KeyturnError as error:
            return _answer_of(error), _mark_of(error)

    def _probe(self, probe: Callable[[], Answer]) -> tuple[Answer, Mark | None]:
        """The answer of *probe*; where it raised, an unsure one and the mark that this means for the walk."""
        try:
            return probe(), None
        except KeyturnError as error:
            return _answer_of(error), _mark_of(error)


def _answerers(step: Step) -> dict[str, Any]:
    """Whose answer *step* takes, to be kept however it ends: an answer may be given even where nobody was asked."""
    return {"answered_by": dict(step.answered_by)} if step.answered_by else {}


def _stop(step: Step, outcome: Outcome) -> Ending:
    """The end of a walk at *step*."""
    answer = outcome.answer
    return Ending(outcome.mark, EXITS[outcome.mark], step.name, answer.evidence, answer.come_back, dict(answer.facts))


def _mark_of(error: KeyturnError) -> Mark:
    return next((mark for kind, mark in STOPPERS.items() if isinstance(error, kind)), Mark.FAILED)


def _answer_of(error: KeyturnError) -> Answer:
    person = "technician" if isinstance(error, NeedsPerson) else None
    facts = dict(error.facts)
    come_back = facts.pop("come_back") if isinstance(facts.get("come_back"), datetime) else None
    return Answer(Verdict.UNSURE, str(error), facts, come_back, person)


def _question(step: Step, error: Attended, stated: Answer) -> Answer:
    """What a person is asked who alone can see how *step* stands; the answer will count as a statement."""
    asked = _answer_of(error)
    evidence = f"{asked.evidence.rstrip('.')} ({stated.evidence}); is it so that {step.name}?"
    return replace(asked, evidence=evidence, facts={**asked.facts, "attended": error.what})


def _shut(answer: Answer) -> Mark:
    """What a gate that did not say yes means: somebody must decide, or it opens by itself."""
    return Mark.ASK if answer.person else Mark.WAITING

"""How a run ended, in words: what stopped it, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any

from agent.cli.marks import look_of, symbol
from agent.cli.story import Story
from agent.cli.times import both, span
from agent.words.event import Ending
from agent.words.step import Mark

if TYPE_CHECKING:
    from rich.console import Console

    from agent.cli.call import Call


@dataclass(frozen=True)
class Closing:
    """The last words of a run.

    Attributes:
        ending: How the walk ended.
        story: What happened in it.
        device: The device's name, where the order has one.
        zone: The customer's time zone, where the order names one.
    """

    ending: Ending
    story: Story
    device: str = ""
    zone: tzinfo | None = None

    @property
    def headline(self) -> str:
        """One line: how it ended, the run's number, how long it took."""
        return f"{self._outcome()} (run {self.story.run}, {span(self.story.seconds)})"

    def why(self) -> list[tuple[str, str]]:
        """Label and text of each line about what stopped the run."""
        ending = self.ending
        found = []
        if ending.step:
            found.append(("why", ending.text))
        if by_hand := self.story.by_hand(ending.step):
            found.append(("by hand", by_hand))
        if ending.come_back:
            found.append(("come back", both(ending.come_back, self.zone)))
        return found

    def what_next(self) -> list[tuple[str, str]]:
        """Label and text of each line about what to do now."""
        return [("next", line) for line in self._next()]

    def as_json(self) -> dict[str, Any]:
        """The ending for programs."""
        ending = self.ending
        return {
            "run": self.story.run,
            "order": self.story.order,
            "mark": ending.mark.value,
            "exit": int(ending.exit),
            "step": ending.step,
            "number": self.story.number(ending.step),
            "text": ending.text,
            "by_hand": self.story.by_hand(ending.step),
            "come_back": ending.come_back.isoformat() if ending.come_back else None,
            "facts": dict(ending.facts),
        }

    def _outcome(self) -> str:
        ending, step = self.ending, self.ending.step
        changed, planned = self.story.count(Mark.CHANGED), self.story.count(Mark.PLANNED)
        so_far = f"; {_steps(changed)} changed in this run" if changed else ""
        stated = self.story.count(Mark.STATED)
        word = f"; {_steps(stated)} on a person's word" if stated else ""
        match ending.mark:
            case Mark.CHANGED:
                return f"done: {_steps(changed)} changed, {self.story.count(Mark.ALREADY)} were already as ordered{word}"
            case Mark.ALREADY:
                return f"done: everything was already as ordered; nothing was changed{word}"
            case Mark.PLANNED:
                return f"dry run: {_steps(planned)} would change something; nothing was changed"
            case Mark.ASK:
                return f"a person must decide: {step}{so_far}"
            case Mark.INTERRUPTED:
                return f"interrupted{so_far}"
            case mark:
                return f"{_STOPPED.get(mark, mark.value)}: {step}{so_far}"

    def _next(self) -> list[str]:
        run, step = self.story.run, self.ending.step
        again = f"keyturn resume {run}"
        match self.ending.mark:
            case Mark.CHANGED | Mark.ALREADY:
                return []
            case Mark.PLANNED:
                return [f"{again}   (carries it out; asks first)"]
            case Mark.ASK:
                return [f"{self._answer()}   (or --no)", again]
            case Mark.UNREACHED:
                return [f"keyturn doctor {self.device}".rstrip(), again]
            case Mark.WAITING | Mark.LATER:
                done = [f"{self._answer()}   (once that was done by hand)"] if self.story.by_hand(step) else []
                return [*done, f"{again}   (at any time; it asks everything anew)"]
            case Mark.INTERRUPTED:
                return [f"{again}   (what is done stays done)"]
            case _:
                return [*self._explanation(), f"{again}   (when the cause is put right)"]

    def _answer(self) -> str:
        return f"keyturn answer {self.story.run} {self.story.number(self.ending.step)} --yes --by NAME --because WHY"

    def _explanation(self) -> list[str]:
        code = self.ending.facts.get("code")
        return [f"keyturn explain {code}"] if code else []


_STOPPED = {
    Mark.WAITING: "waiting",
    Mark.LATER: "waiting",
    Mark.FAILED: "failed",
    Mark.UNCONFIRMED: "done, but not confirmed",
    Mark.UNREACHED: "the device was not reached",
}


def _steps(count: int) -> str:
    return f"{count} step{'' if count == 1 else 's'}"


def show(call: Call, closing: Closing) -> None:
    """Prints *closing* to standard output."""
    _print(call, call.out, closing, [*closing.why(), *closing.what_next()])


def show_plan(call: Call, closing: Closing) -> None:
    """Prints how a plan ended to standard error; what to do next is asked right after it."""
    _print(call, call.err, closing, closing.why())


def _print(call: Call, console: Console, closing: Closing, lines: list[tuple[str, str]]) -> None:
    from rich.text import Text

    look = look_of(closing.ending.mark.value)
    head = Text(f"{symbol(look, console)} {call.clean(closing.headline)}", look.style)
    console.print(head, soft_wrap=True)
    for label, text in lines:
        line = Text().append(f"  {label:<10} ", "bright_black").append(call.clean(text))
        console.print(line, soft_wrap=True)


def zone_of(order: object) -> tzinfo | None:
    """The customer's time zone: the order's field ``zone``, else the zone of the first moment in it that has one."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    name = getattr(order, "zone", None)
    if isinstance(name, str):
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            return None
    moments = (value for value in vars(order).values() if isinstance(value, datetime))
    return next((moment.tzinfo for moment in moments if moment.tzinfo), None)

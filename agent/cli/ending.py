"""How a run ended, in words: what stopped it, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any

from agent.cli.marks import look_of, symbol
from agent.cli.story import Story
from agent.cli.tables import NARROW
from agent.cli.times import both, span
from agent.words.errors import Exit
from agent.words.event import Ending, Event, Kind
from agent.words.step import Mark

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from agent.cli.call import Call
    from agent.machine.journal import RunRow

LABEL = 12
"""How many columns the longest label takes, with its indent."""


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
        if ending.step or ending.mark in (Mark.FAILED, Mark.WAITING, Mark.MISUSE):
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
        mark, step = self.ending.mark, self.ending.step
        changed, planned = self.story.count(Mark.CHANGED), self.story.count(Mark.PLANNED)
        so_far = f"; {_steps(changed)} changed in this run" if changed else ""
        stated = self.story.count(Mark.STATED)
        word = f"; {_steps(stated)} on a person's word" if stated else ""
        match mark:
            case Mark.CHANGED:
                already = self.story.count(Mark.ALREADY)
                return f"{OUTCOMES[mark]}: {_steps(changed)} changed, {already} were already as ordered{word}"
            case Mark.ALREADY:
                return f"{OUTCOMES[mark]}: everything was already as ordered; nothing was changed{word}"
            case Mark.PLANNED:
                return f"{OUTCOMES[mark]}: {_steps(planned)} would change something; nothing was changed"
            case _:
                return f"{OUTCOMES.get(mark, mark)}{f': {step}' if step else ''}{so_far}"

    def _next(self) -> list[str]:
        run, step = self.story.run, self.ending.step
        again = f"keyturn resume {run}"
        match self.ending.mark:
            case Mark.CHANGED | Mark.ALREADY:
                return []
            case Mark.PLANNED:
                return [f"{again}   (carries it out; asks first)"]
            case Mark.ASK:
                return [again] if self.story.dry else [f"{self._answer()}   (or --no)", again]
            case Mark.UNREACHED:
                return [f"keyturn doctor {self.device}".rstrip(), again]
            case Mark.WAITING | Mark.LATER:
                by_hand = self.story.by_hand(step) and not self.story.dry
                done = [f"{self._answer()}   (once that was done by hand)"] if by_hand else []
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


OUTCOMES: Mapping[str, str] = {
    Mark.CHANGED: "done",
    Mark.ALREADY: "done",
    Mark.PLANNED: "dry run",
    Mark.ASK: "a person must decide",
    Mark.WAITING: "waiting",
    Mark.LATER: "waiting",
    Mark.FAILED: "failed",
    Mark.UNCONFIRMED: "done, but not confirmed",
    Mark.UNREACHED: "the device was not reached",
}
"""What is said of a run that ended with a mark, where that is not the mark itself."""


def closing_of(row: RunRow, events: Sequence[Event]) -> Closing | None:
    """The last words of a run of earlier, from its *events*; ``None`` when it did not come to an end."""
    story = Story()
    for event in events:
        story.tell(event)
    end = next((event for event in reversed(events) if event.kind is Kind.ENDED), None)
    if end is None:
        return None
    step, come_back = str(end.facts.get("stopped_at") or ""), end.facts.get("come_back")
    settled = (event.facts for event in reversed(events) if event.kind is Kind.SETTLED and event.step == step)
    ending = Ending(
        Mark(end.facts["mark"]),
        Exit(end.facts["exit"]),
        step,
        end.text,
        datetime.fromisoformat(come_back) if come_back else None,
        next(settled, {}),
    )
    return Closing(ending, story, str(row.order.content.get("device") or ""), _zone(row.order.content.get("zone")))


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
    _hanging(console, Text(symbol(look, console), look.style), Text(call.clean(closing.headline), look.style), 1)
    for label, text in lines:
        shown = Text(f"  {label}", "bright_black")
        if console.is_terminal and console.width < NARROW:
            console.print(shown)
            _hanging(console, Text("   "), Text(call.clean(text)), 3)
        else:
            _hanging(console, shown, Text(call.clean(text)), LABEL)


def _hanging(console: Console, label: Text, text: Text, width: int) -> None:
    """Prints *text* after *label*, which takes *width* columns; a person's lines end between words and hang under the first."""
    from rich.table import Table
    from rich.text import Text

    if not console.is_terminal:
        label.pad_right(width - label.cell_len)
        console.print(label + Text(" ") + text, soft_wrap=True)
        return
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(width=width)
    grid.add_column(overflow="fold")
    grid.add_row(label, text)
    console.print(grid)


def zone_of(order: object) -> tzinfo | None:
    """The customer's time zone: the order's field ``zone``, else the zone of the first moment in it that has one."""
    name = getattr(order, "zone", None)
    if isinstance(name, str):
        return _zone(name)
    moments = (value for value in vars(order).values() if isinstance(value, datetime))
    return next((moment.tzinfo for moment in moments if moment.tzinfo), None)


def _zone(name: object) -> tzinfo | None:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name) if isinstance(name, str) else None
    except (ZoneInfoNotFoundError, ValueError):
        return None

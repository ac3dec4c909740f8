"""Carrying out an order from the command line: shows the plan, asks, shows the run, says how it ended."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from agent.cli.ending import Closing, show, show_plan, zone_of
from agent.cli.story import Story
from agent.words.errors import Exit, Misuse
from agent.words.event import Ending, Event
from agent.words.step import Mark

if TYPE_CHECKING:
    from agent.cli.call import Call
    from agent.words.order import Order
    from agent.words.playbook import Playbook


@dataclass(frozen=True, slots=True)
class Manner:
    """How an order is to be carried out.

    Attributes:
        dry: Only look what would change.
        sure: Nobody needs to be asked before anything is changed.
        unattended: Nobody is there: no question, no live display.
        by: Who does it; the order's technician, or the user of this computer, when empty.
    """

    dry: bool = False
    sure: bool = False
    unattended: bool = False
    by: str = ""


def options() -> list[click.Option]:
    """The options that say how an order is carried out, afresh for one command."""
    from agent.cli.call import json_option

    def bare() -> None: ...

    made = json_option(bare)
    return [
        click.Option(["--dry-run"], is_flag=True, help="Read only: show what would change, and change nothing."),
        click.Option(["--yes"], is_flag=True, help="Do not ask before changing anything."),
        click.Option(["--unattended"], is_flag=True, help="Nobody is there: as --yes, and plain lines only. For schedulers."),
        click.Option(["--by"], metavar="NAME", default=None, help="Who does it [default: the order's technician, or you]."),
        *made.__click_params__,  # type: ignore[attr-defined]
    ]


def manner(values: dict[str, Any]) -> Manner:
    """The manner that the values of :func:`options` ask for."""
    unattended = bool(values["unattended"])
    return Manner(bool(values["dry_run"]), bool(values["yes"]) or unattended, unattended, values["by"] or "")


def carry_out(call: Call, playbook: Playbook, order: Order, how: Manner) -> int:
    """Carries out *order* and returns the exit code.

    Raises :class:`Misuse` when somebody would have to be asked and nobody can be.
    """
    by = how.by or str(getattr(order, "technician", "") or _user())
    errand = _Errand(call, playbook, order, by, plain=how.unattended)
    if how.dry or how.sure:
        return errand.walk(dry=how.dry)
    if not call.can_ask:
        raise Misuse("nobody can be asked here whether to go ahead", "Add --yes, or look first with --dry-run.")
    errand.introduce()
    planned = errand.plan()
    if planned not in (Exit.CHANGES, Exit.WAITING, Exit.PERSON):
        return planned
    question = "Carry this out now?" if planned is Exit.CHANGES else "It would stop there. Begin all the same?"
    if not click.confirm(f"\n{question}", err=True):
        call.remark("Nothing was changed.")
        return planned
    call.remark("")
    return errand.walk(dry=False)


@dataclass
class _Errand:
    """One order with everything needed to walk it, dry or in earnest."""

    call: Call
    playbook: Playbook
    order: Order
    by: str
    plain: bool

    def introduce(self) -> None:
        """Shows what is asked for."""
        from rich.table import Table
        from rich.text import Text

        grid = Table.grid(padding=(0, 2, 0, 0))
        rows = {"target": self.order.target, **self.order.model_dump(mode="json", exclude_none=True)}
        for name, value in rows.items():
            if shown := _shown(value):
                grid.add_row(Text(name.replace("_", " "), "bright_black"), Text(self.call.clean(shown)))
        self.call.err.print(Text(f"{self.playbook.title}: what is asked for", "bold"))
        self.call.err.print(grid)
        self.call.err.print()

    def plan(self) -> int:
        """Shows what would change, and returns the exit code of that; when there is nothing to ask, it is the end."""
        closing = self._walk(dry=True)
        if closing.ending.exit in (Exit.CHANGES, Exit.WAITING, Exit.PERSON):
            self.call.err.print()
            show_plan(self.call, closing)
        else:
            self._close(closing)
        return closing.ending.exit

    def walk(self, *, dry: bool) -> int:
        """Walks once, shows how that ended, and returns the exit code."""
        closing = self._walk(dry=dry)
        self._close(closing)
        return closing.ending.exit

    def _walk(self, *, dry: bool) -> Closing:
        """The last words of one walk."""
        from agent.runner.run import Runner

        with ExitStack() as stack:
            observer, story = self._observer(stack)
            try:
                runner = Runner(self.call.home, (observer,))
                ending = runner.run(self.playbook, self.order, by=self.by, dry=dry)
            except KeyboardInterrupt:
                ending = Ending(Mark.INTERRUPTED, Exit.INTERRUPTED, text="interrupted")
        return Closing(ending, story, str(getattr(self.order, "device", "")), zone_of(self.order))

    def _observer(self, stack: ExitStack) -> tuple[Callable[[Event], object], Story]:
        if self.call.as_json:
            lines = _Lines(self.call)
            return lines, lines.story
        from agent.cli.live import Live

        live = stack.enter_context(Live(self.call.err, self.call.home.clock.now, rows=False if self.plain else None))
        return live, live.story

    def _close(self, closing: Closing) -> None:
        if self.call.as_json:
            self.call.document(ending=closing.as_json())
            return
        if self.call.err.is_terminal:
            self.call.err.print()
        show(self.call, closing)


class _Lines:
    """An observer that prints each event as one line of JSON."""

    def __init__(self, call: Call) -> None:
        self.story = Story()
        self._call = call

    def __call__(self, event: Event) -> None:
        self.story.tell(event)
        self._call.document(event=as_json(event))


def as_json(event: Event) -> dict[str, Any]:
    """*event* for programs."""
    return {
        "run": event.run,
        "at": event.at.isoformat(),
        "kind": event.kind.value,
        "step": event.step,
        "text": event.text,
        "facts": dict(event.facts),
    }


def _shown(value: object) -> str:
    """A field of an order as people read it; an empty text for one that is empty."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, dict)):
        return ", ".join(str(item) for item in value)
    return str(value)


def _user() -> str:
    """The user of this computer. Raises :class:`Misuse` where that has no name, as in some containers."""
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError):
        raise Misuse("this computer does not say who you are", "Say it with --by NAME.") from None

"""The commands that look back: ``runs``, ``show`` and ``answer``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from agent.cli import tables
from agent.cli.call import Call, json_option
from agent.cli.ending import OUTCOMES, closing_of
from agent.cli.ending import show as show_closing
from agent.cli.suggest import run_numbers
from agent.cli.times import local, span
from agent.cli.waiting import stopped_at, waiting_run
from agent.words.errors import Misuse
from agent.words.event import Event
from agent.words.step import Mark

if TYPE_CHECKING:
    from agent.cli.story import Line
    from agent.machine.journal import RunRow

RUN = click.argument("number", metavar="RUN", type=click.INT, shell_complete=run_numbers)
LATEST_RUN = click.argument("number", metavar="[RUN]", required=False, type=click.INT, shell_complete=run_numbers)


@click.command()
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many, newest first.")
@json_option
@click.pass_obj
def runs(call: Call, limit: int) -> None:
    """List the latest runs."""
    rows = call.home.journal.runs(limit)
    if call.as_json:
        call.document(runs=[_as_json(row) for row in rows])
    elif rows:
        columns = ("run", "started", "playbook", "target", "ended", "how", "by", "order")
        cells = [_cells(row, short=call.out.is_terminal) for row in rows]
        tables.show(call, columns, cells, mark=4, words=OUTCOMES)
    else:
        call.remark("There are no runs yet.")


@click.command()
@RUN
@json_option
@click.pass_obj
def show(call: Call, number: int) -> None:
    """Show a run step by step, with the evidence."""
    from agent.cli.carry import as_json

    row, events = call.home.journal.find_run(number), call.home.journal.events(number)
    if call.as_json:
        call.document(run=_as_json(row), events=[as_json(event) for event in events])
        return
    ended = f"exit code {row.exit}" if row.mark else "it is still running, or was stopped from outside"
    call.say(f"run {row.id}{' (dry)' if row.dry else ''}: {row.order.playbook} on {row.order.target}, order {row.order.id}")
    call.say(f"started {local(row.started)} by {row.by}; {ended}\n")
    _tell(call, events)
    if closing := closing_of(row, events):
        call.say("")
        show_closing(call, closing)


def _tell(call: Call, events: Sequence[Event]) -> None:
    """The steps: as rows for a person, as one line each for a pipe."""
    from agent.cli.live import Live
    from agent.cli.story import Story

    if call.out.is_terminal:
        with Live(call.out, call.home.clock.now, moves=False) as live:
            for event in events:
                live(event)
        return
    story = Story()
    for event in events:
        story.tell(event)
    for line in story.lines:
        number = str(line.number) if line.number else "-"
        told = (number, line.word, _said(line.text, line.by_hand), line.evidence, _took(line), local(line.at))
        call.say("  ".join(part for part in told if part))


@click.command()
@LATEST_RUN
@click.argument("step", required=False)
@click.option("--yes/--no", "decision", default=None, help="The answer.")
@click.option("--by", metavar="NAME", default=None, help="Who says so.")
@click.option("--because", metavar="TEXT", default=None, help="Why.")
@click.pass_obj
def answer(call: Call, /, number: int | None, step: str | None, *, decision: bool | None, **said: str | None) -> None:
    """Answer the question that a run stopped at.

    RUN is its number, by default that of the only run that waits. STEP is the step's number or name, by default the one that
    the run stopped at. What else is missing is asked for at a terminal.
    """
    from agent.runner.run import Runner

    asked = _Asking(call)
    run = waiting_run(call) if number is None else number
    chosen = step or stopped_at(call, run) or asked.text(None, "STEP", "Which step", "")
    yes = asked.decision(decision, chosen)
    name = asked.text(said["by"], "--by NAME", "Who says so", "")
    reason = asked.text(said["because"], "--because TEXT", "Why", "")
    Runner(call.home).answer(run, chosen, yes=yes, by=name, because=reason)
    call.remark(f"Noted: {name} said {'yes' if yes else 'no'}. Go on with 'keyturn resume {run}'.")


class _Asking:
    """Asks for what was not given, where somebody can be asked."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def text(self, given: str | None, option: str, question: str, offer: str) -> str:
        """*given*, or what a person types. Raises :class:`Misuse` when nobody can be asked."""
        if given is not None:
            return given
        self._need(option)
        return str(click.prompt(question, default=offer or None, err=True))

    def decision(self, given: bool | None, step: str) -> bool:  # noqa: FBT001 - it is what click gives
        """*given*, or a person's yes or no."""
        if given is not None:
            return given
        self._need("--yes or --no")
        return click.confirm(f"{step}: yes?", default=None, err=True)

    def _need(self, option: str) -> None:
        if not self._call.can_ask:
            raise Misuse(f"{option} is missing, and nobody can be asked here", "Add it.")


def _said(text: str, by_hand: str) -> str:
    return f"{text} (by hand: {by_hand})" if by_hand else text


def _took(line: Line) -> str:
    return span(line.seconds) if line.number else ""


def _cells(row: RunRow, *, short: bool) -> tuple[str, ...]:
    """One run for the table; *short* leaves out what a person knows: the day of the week, the zone, and what a target is."""
    how = "dry run" if row.dry and row.mark != Mark.PLANNED else ""
    return (
        str(row.id),
        f"{row.started.astimezone():%Y-%m-%d %H:%M}" if short else local(row.started),
        row.order.playbook,
        row.order.target.partition(":")[2] if short else row.order.target,
        row.mark or "running?",
        how,
        row.by,
        str(row.order.id),
    )


def _as_json(row: RunRow) -> dict[str, Any]:
    return {
        "run": row.id,
        "order": row.order.id,
        "playbook": row.order.playbook,
        "target": row.order.target,
        "dry": row.dry,
        "by": row.by,
        "started": row.started.isoformat(),
        "ended": row.ended.isoformat() if row.ended else None,
        "mark": row.mark,
        "exit": row.exit,
    }

"""The commands that look back: ``runs``, ``show`` and ``answer``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from agent.cli import tables
from agent.cli.call import Call, json_option
from agent.cli.suggest import run_numbers
from agent.cli.times import local, span
from agent.words.errors import Misuse
from agent.words.event import Event, Kind

if TYPE_CHECKING:
    from agent.cli.story import Line
    from agent.machine.journal import RunRow

RUN = click.argument("number", metavar="RUN", type=click.INT, shell_complete=run_numbers)


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
        tables.show(call, columns, [_cells(row) for row in rows], mark=4)
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
    ended = f"{row.mark}, exit code {row.exit}" if row.mark else "it is still running, or was stopped from outside"
    call.say(f"run {row.id}{' (dry)' if row.dry else ''}: {row.order.playbook} on {row.order.target}, order {row.order.id}")
    call.say(f"started {local(row.started)} by {row.by}; ended: {ended}\n")
    _tell(call, events)
    if texts := [event.text for event in events if event.kind is Kind.ENDED and event.text]:
        call.say(f"\n{texts[-1]}")


def _tell(call: Call, events: Sequence[Event]) -> None:
    """The steps: as rows for a person, as a table for a pipe."""
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
    cells = [
        (str(line.number or ""), line.word, _said(line.text, line.by_hand), line.evidence, _took(line), local(line.at))
        for line in story.lines
    ]
    tables.show(call, ("step", "mark", "what", "evidence", "took", "at"), cells)


@click.command()
@RUN
@click.argument("step", required=False)
@click.option("--yes/--no", "decision", default=None, help="The answer.")
@click.option("--by", metavar="NAME", default=None, help="Who says so.")
@click.option("--because", metavar="TEXT", default=None, help="Why.")
@click.pass_obj
def answer(call: Call, number: int, step: str | None, decision: bool | None, by: str | None, because: str | None) -> None:  # noqa: FBT001
    """Answer the question that a run stopped at; STEP is its number or name.

    What is missing is asked for at a terminal.
    """
    from agent.runner.run import Runner

    asked = _Asking(call)
    stopped = _stopped_at(call, number)
    chosen = asked.text(step, "STEP", "Which step", stopped)
    yes = asked.decision(decision, chosen)
    name = asked.text(by, "--by NAME", "Who says so", "")
    reason = asked.text(because, "--because TEXT", "Why", "")
    Runner(call.home).answer(number, chosen, yes=yes, by=name, because=reason)
    call.remark(f"Noted: {name} said {'yes' if yes else 'no'}. Go on with 'keyturn resume {number}'.")


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


def _stopped_at(call: Call, run: int) -> str:
    """The step at which *run* stopped, or an empty text. Raises :class:`Misuse` when there is no such run."""
    call.home.journal.find_run(run)
    return next((str(e.facts["stopped_at"]) for e in reversed(call.home.journal.events(run)) if e.facts.get("stopped_at")), "")


def _said(text: str, by_hand: str) -> str:
    return f"{text} (by hand: {by_hand})" if by_hand else text


def _took(line: Line) -> str:
    return span(line.seconds) if line.number else ""


def _cells(row: RunRow) -> tuple[str, ...]:
    how = "dry run" if row.dry else ""
    return (
        str(row.id),
        local(row.started),
        row.order.playbook,
        row.order.target,
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

"""How a survey looks on the command line: while it runs, as a table with its counts, and as JSON."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from agent.cli import tables
from agent.cli.times import span, stamp
from agent.runner.census import Census, reason, word
from agent.words.sighting import Attention

if TYPE_CHECKING:
    from agent.cli.call import Call
    from agent.machine.sightings import Seen


@contextmanager
def progress(call: Call, total: int) -> Iterator[Callable[[Seen], None]]:
    """Call what it gives with each row: a terminal sees a bar and what was found so far; anything else one line at the end."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    begun = time.perf_counter()
    counted = {"asked": 0, "pressing": 0, "unseen": 0}
    columns = (SpinnerColumn(), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=call.err, transient=True, disable=not call.err.is_terminal) as bar:
        task = bar.add_task("asking", total=total)

        def step(row: Seen) -> None:
            counted["asked"] += 1
            counted["unseen"] += row.sighting is None
            counted["pressing"] += row.sighting is not None and row.sighting.attention >= Attention.SOON
            found = f"{counted['pressing']} need attention, {counted['unseen']} not seen"
            bar.update(task, advance=1, description=found)

        yield step
    asked, unseen = counted["asked"], counted["unseen"]
    call.remark(f"Asked {asked} of {total} in {span(time.perf_counter() - begun)}: {asked - unseen} seen, {unseen} not.")


def show(call: Call, census: Census) -> None:
    """Prints the table, what needs attention first, and the counts below it."""
    columns = census.columns
    headings = ("attention", "device", "customer", *(name.replace("_", " ") for name in columns), "why")
    rows = [(word(row), row.device, row.customer, *cells(row, columns), reason(row)) for row in census.rows]
    tables.show(call, headings, rows, mark=0)
    call.say(f"\n{_counted('attention', census.words)}")
    for name, counts in census.counts.items():
        call.say(_counted(name, counts))


def cells(row: Seen, columns: list[str]) -> list[str]:
    """What stands in *columns*, as text."""
    return [str(row.sighting.columns.get(name, "")) if row.sighting else "" for name in columns]


def _counted(name: str, counts: Any) -> str:
    return f"{name.replace('_', ' ')}: {', '.join(f'{value} {number}' for value, number in counts.items())}"


def as_json(census: Census) -> dict[str, Any]:
    """The fields of the document that ``--json`` prints."""
    return {
        "asked": len(census.rows),
        "seen": census.seen,
        "pressing": census.pressing,
        "attention": census.words,
        "counts": census.counts,
        "devices": [_row(row) for row in census.rows],
    }


def _row(row: Seen) -> dict[str, Any]:
    seen = row.sighting
    return {
        "device": row.device,
        "customer": row.customer,
        "how": row.how.value,
        "attention": word(row) if seen else None,
        "level": int(seen.attention) if seen else None,
        "reason": reason(row),
        "columns": dict(seen.columns) if seen else {},
        "groups": dict(seen.groups) if seen else {},
        "way": row.way,
        "at": stamp(row.at),
        "seconds": row.seconds,
    }

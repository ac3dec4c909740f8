"""How a survey looks on the command line: while it runs, as a table with its counts, and as JSON."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from agent.cli import tables
from agent.cli.marks import look_of, symbol
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
    """Prints what needs attention first, and the counts below it: two lines a device for a person, a table for a pipe."""
    if call.out.is_terminal:
        _framed(call, census)
    else:
        columns = census.columns
        headings = ("attention", "device", "customer", *(name.replace("_", " ") for name in columns), "why")
        rows = [(word(row), row.device, row.customer, *cells(row, columns), reason(row)) for row in census.rows]
        tables.show(call, headings, rows)
    call.say(f"\n{_counted('attention', census.words)}")
    for name, counts in census.counts.items():
        call.say(_counted(name, counts))


def _framed(call: Call, census: Census) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, safe_box=True, expand=True)
    table.add_column("attention", no_wrap=True)
    table.add_column("device", overflow="fold")
    table.add_column("customer", style="bright_black", overflow="fold")
    table.add_column("what was seen, and why it needs attention", ratio=1, overflow="fold")
    for row in census.rows:
        look = look_of(word(row))
        said = Text(call.clean(_line(row)))
        if why := call.clean(reason(row)):
            said.append(f"{chr(10) if said else ''}{' '.join(why.split())}", look.style.removeprefix("bold "))
        mark = Text(f"{symbol(look, call.out)} {look.word}", look.style)
        table.add_row(mark, Text(call.clean(row.device), "bold"), Text(call.clean(row.customer)), said)
    call.out.print(table)


def _line(row: Seen) -> str:
    """The columns that hold something in one line; a number is told with its name."""
    found = row.sighting.columns.items() if row.sighting else ()
    told = (f"{value} {name.replace('_', ' ')}" if isinstance(value, int) else value for name, value in found)
    return " · ".join(" ".join(text.split()) for text in told if text)


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

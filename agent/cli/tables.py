"""Tables on standard output: framed for a person, one block a row where the terminal is narrow, aligned lines for a pipe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from agent.cli.marks import look_of, symbol

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from agent.cli.call import Call

NARROW = 72
"""A terminal with fewer columns than this has no room for columns side by side."""
LONG_WORD = 24
"""A word that is longer may be broken in a table."""
_GAP = 2
"""Columns between two cells."""


def show(
    call: Call,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    mark: int | None = None,
    words: Mapping[str, str] | None = None,
) -> None:
    """Prints *rows* under *columns*.

    The column *mark* holds marks, which a person sees with symbol and colour; *words* says what is written for each.
    A column that is empty is not shown to a person.
    """
    looks = ["" if mark is None else row[mark] for row in rows]
    spoken = words or {}
    cleaned = [[" ".join(call.clean(cell).split()) for cell in row] for row in rows]
    if mark is not None:
        for row in cleaned:
            row[mark] = spoken.get(row[mark], row[mark])
    if not call.out.is_terminal:
        _aligned(call, [[column.upper() for column in columns], *cleaned])
        return
    filled = [place for place in range(len(columns)) if place == mark or any(row[place] for row in cleaned)]
    columns = [columns[place] for place in filled]
    cleaned = [[row[place] for place in filled] for row in cleaned]
    mark = None if mark is None else filled.index(mark)
    marks = [] if mark is None else [_marked(call.out, look, row[mark]) for look, row in zip(looks, cleaned, strict=True)]
    widths = _widths(columns, cleaned, call.out.width, mark)
    if widths is None:
        _blocks(call.out, columns, cleaned, mark, marks)
    else:
        _framed(call.out, dict(zip(columns, widths, strict=True)), cleaned, mark, marks)


def _marked(console: Console, mark: str, word: str) -> Text:
    from rich.text import Text

    look = look_of(mark)
    return Text(f"{symbol(look, console)} {word}", style=look.style)


def _widths(columns: Sequence[str], rows: Sequence[Sequence[str]], room: int, mark: int | None) -> list[int] | None:
    """How wide each column is, so that no word is broken; ``None`` when there is not enough *room* for that."""
    from rich.cells import cell_len

    tables = list(zip(columns, *rows, strict=True))
    extra = [_GAP if place == mark else 0 for place in range(len(columns))]
    wide = [max(map(cell_len, cells)) + more for cells, more in zip(tables, extra, strict=True)]
    longest = (max(cell_len(word) for cell in cells for word in cell.split() or [""]) for cells in tables)
    least = [min(word, LONG_WORD) + more for word, more in zip(longest, extra, strict=True)]
    left = room - _GAP * (len(columns) - 1)
    if room < NARROW or sum(least) > left:
        return None
    while sum(wide) > left:
        place = max((place for place in range(len(wide)) if wide[place] > least[place]), key=lambda place: wide[place])
        wide[place] -= 1
    return wide


def _framed(
    console: Console, columns: Mapping[str, int], rows: Sequence[Sequence[str]], mark: int | None, marks: Sequence[Text]
) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, header_style="bold", show_edge=False, padding=(0, 1, 0, 0), pad_edge=False)
    for column, width in columns.items():
        table.add_column(column, overflow="fold", width=width)
    for number, row in enumerate(rows):
        table.add_row(*(marks[number] if place == mark else Text(cell) for place, cell in enumerate(row)))
    console.print(table)


def _blocks(
    console: Console, columns: Sequence[str], rows: Sequence[Sequence[str]], mark: int | None, marks: Sequence[Text]
) -> None:
    """Each row below the one before: its mark, then a line for each cell that is not empty."""
    from rich.table import Table
    from rich.text import Text

    for number, row in enumerate(rows):
        if number:
            console.print()
        if mark is not None:
            console.print(marks[number])
        grid = Table.grid(padding=(0, 1, 0, 0))
        grid.add_column(width=max(map(len, columns)) + (_GAP if mark is not None else 0), justify="right")
        grid.add_column(overflow="fold")
        for place, (column, cell) in enumerate(zip(columns, row, strict=True)):
            if cell and place != mark:
                grid.add_row(Text(column, "bright_black"), Text(cell))
        console.print(grid)


def _aligned(call: Call, rows: Sequence[Sequence[str]]) -> None:
    from rich.cells import cell_len

    widths = [max(cell_len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        cells = (cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True))
        call.say("  ".join(cells).rstrip())

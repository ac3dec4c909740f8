"""Tables on standard output: framed by rich for a person, aligned lines of any length for a pipe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from agent.cli.marks import look_of, symbol

if TYPE_CHECKING:
    from agent.cli.call import Call


def show(call: Call, columns: Sequence[str], rows: Sequence[Sequence[str]], *, mark: int | None = None) -> None:
    """Prints *rows* under *columns*; the column *mark* holds marks, which a person sees with symbol and colour."""
    cleaned = [[" ".join(call.clean(cell).split()) for cell in row] for row in rows]
    if call.out.is_terminal:
        _framed(call, columns, cleaned, mark)
    else:
        _aligned(call, [[column.upper() for column in columns], *cleaned])


def _framed(call: Call, columns: Sequence[str], rows: Sequence[Sequence[str]], mark: int | None) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, safe_box=True)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        cells = [Text(cell) for cell in row]
        if mark is not None:
            look = look_of(row[mark])
            cells[mark] = Text(f"{symbol(look, call.out)} {row[mark]}", style=look.style)
        table.add_row(*cells)
    call.out.print(table)


def _aligned(call: Call, rows: Sequence[Sequence[str]]) -> None:
    from rich.cells import cell_len

    widths = [max(cell_len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        cells = (cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True))
        call.say("  ".join(cells).rstrip())

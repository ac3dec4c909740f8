"""How the desk's commands show what they found: a table for people, JSON for programs, both on standard output."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

from agent.api import Misuse

Record = Mapping[str, Any]
WIDE = 160
"""Columns of a table that goes to a file or a pipe."""

json_option: Callable[[Any], Any] = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
yes_option: Callable[[Any], Any] = click.option("--yes", is_flag=True, help="Do not ask.")


def show_list(records: Sequence[Record], columns: Sequence[str], *, as_json: bool) -> None:
    """Prints *records*: all fields as JSON, or *columns* as a table."""
    if as_json:
        _print_json(list(records))
        return
    _print_table(
        [column.replace("_", " ") for column in columns], [[record[column] for column in columns] for record in records]
    )


def show_one(record: Record, *, as_json: bool) -> None:
    """Prints one record: as JSON, or field by field; a list of records in it becomes a table of its own."""
    if as_json:
        _print_json(record)
        return
    nested = {name: value for name, value in record.items() if _is_list_of_records(value)}
    _print_table(
        ["", ""], [[name.replace("_", " "), value] for name, value in record.items() if name not in nested], head=False
    )
    for name, rows in nested.items():
        click.echo(f"\n{name}")
        show_list(rows, list(rows[0]), as_json=False)


def ask_before(what: str, *, yes: bool) -> None:
    """Asks before *what* is removed. Raises :class:`Misuse` when the answer is no or nobody is there to answer."""
    try:
        agreed = yes or click.confirm(f"Remove {what}?", err=True)
    except click.Abort:
        agreed = False
    if not agreed:
        raise Misuse(f"{what} was not removed", "Add --yes to remove without a question.")


def _is_list_of_records(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, Mapping) for item in value)


def _print_json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def _print_table(head_row: Sequence[str], rows: Sequence[Sequence[Any]], *, head: bool = True) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    stream = sys.stdout
    console = Console(file=stream, markup=False, highlight=False, width=None if stream.isatty() else WIDE)
    table = Table(box=None, pad_edge=False, show_header=head)
    for column in head_row:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(_cell(value)) for value in row))
    console.print(table)


def _cell(value: Any) -> str:
    """*value* in a table: nothing that a customer wrote may steer the terminal."""
    match value:
        case None:
            text = ""
        case bool():
            text = "yes" if value else "no"
        case Mapping():
            text = ", ".join(f"{key}={_cell(item)}" for key, item in value.items())
        case list() | tuple():
            text = ", ".join(_cell(item) for item in value)
        case _:
            text = str(value)
    return "".join(char if char.isprintable() or char == "\n" else "\N{REPLACEMENT CHARACTER}" for char in text)

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

SCHEMA = 1
"""The version of everything that ``--json`` prints; it grows when a field changes its meaning or goes away."""

json_option: Callable[[Any], Any] = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
yes_option: Callable[[Any], Any] = click.option("--yes", is_flag=True, help="Do not ask.")


def show_list(kind: str, records: Sequence[Record], columns: Sequence[str], *, as_json: bool) -> None:
    """Prints the *records* of one *kind*: all fields as a line of JSON, or *columns* as a table. Having none is said."""
    if as_json:
        _print_json(f"{kind}s", list(records))
    elif records:
        _print_records(records, columns)
    else:
        click.echo(f"There are no {kind}s to list. Enter one with 'keyturn {kind} add'.", err=True)


def show_one(kind: str, record: Record, *, as_json: bool) -> None:
    """Prints one record: as a line of JSON, or field by field; a list of records in it becomes a table of its own."""
    if as_json:
        _print_json(kind, record)
        return
    nested = {name: value for name, value in record.items() if _is_list_of_records(value)}
    _print_table(
        ["", ""], [[name.replace("_", " "), value] for name, value in record.items() if name not in nested], head=False
    )
    for name, rows in nested.items():
        click.echo(f"\n{name}")
        _print_records(rows, list(rows[0]))


def ask_before(what: str, *, yes: bool, verb: str = "remove") -> None:
    """Asks before *what* is removed, or whatever *verb* says. Raises :class:`Misuse` when nobody is there who agrees."""
    try:
        agreed = yes or click.confirm(f"{verb.capitalize()} {what}?", err=True)
    except click.Abort:
        agreed = False
    if not agreed:
        raise Misuse(f"{what} was not {verb}d", f"Add --yes to {verb} without a question.")


def nothing_given(kind: str) -> Misuse:
    """The error for a ``change`` that says nothing to change."""
    return Misuse("nothing to change was given", f"Give at least one option; see 'keyturn {kind} change --help'.")


def _is_list_of_records(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, Mapping) for item in value)


def _print_json(name: str, value: Any) -> None:
    click.echo(json.dumps({"schema": SCHEMA, name: value}, ensure_ascii=False, default=str))


def _print_records(records: Sequence[Record], columns: Sequence[str]) -> None:
    _print_table(
        [column.replace("_", " ") for column in columns], [[record[column] for column in columns] for record in records]
    )


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

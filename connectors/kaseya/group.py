"""Who is in a group of a tenant, read page by page, and which device of the desk each of them is."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from agent.api import Clock, Member, Refused, Unsure
from connectors.groups import Machine, folded, matched, nobody_in

PAGE = 100
"""Rows that the servers give at most, whatever is asked for."""
MOST_PAGES = 500
LONGEST = timedelta(minutes=10)
"""How long a list may take to read, whatever its length."""
Row = Mapping[str, Any]
Ask = Callable[[int], tuple[Any, Any]]
"""Gives the rows behind so many others, and how many there are in all."""


@dataclass(frozen=True, slots=True)
class Fields:
    """What a vendor calls things in its list of machines.

    Attributes:
        vendor: The vendor's product, for people.
        id: The machine's number.
        name: The machine's name.
    """

    vendor: str
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of groups.

    Attributes:
        name: What it is called.
        field: The field of a machine that says in which one it is.
        setting: The setting that holds the field's name.
        group: Reads the group out of what the field holds.
    """

    name: str
    field: str
    setting: str
    group: Callable[[str], str] = str


def read_all(fields: Fields, ask: Ask, clock: Clock) -> list[Row]:
    """Every machine that the login may see, each once. Pages overlap by one row: a list that moved meanwhile is seen to have.

    Raises ``Refused`` for more than can be read, and ``Unsure`` when the list changed while it was read or is no list.
    """
    vendor, ends = fields.vendor, clock.now() + LONGEST
    found: dict[str, Row] = {}
    behind, last = 0, ""
    for _ in range(MOST_PAGES):
        rows, total = ask(behind)
        numbers = _numbers(fields, rows)
        if type(total) is not int or numbers is None:
            raise Unsure(f"{vendor} answered with something that is not a list of machines", "Is the address right?")
        if last and numbers[:1] != [last]:
            raise Unsure(f"the list of {vendor} changed while it was read", "Ask again.")
        found |= zip(numbers, rows, strict=True)
        if len(found) >= total:
            return list(found.values())
        if len(numbers) <= bool(last):
            raise Unsure(f"{vendor} showed {len(found)} of {total} machines", "Ask again.")
        if clock.now() > ends:
            raise Unsure(f"{vendor} showed {len(found)} of {total} machines in {_minutes(LONGEST)}", "Ask again later.")
        behind, last = behind + len(numbers) - 1, numbers[-1]
    most = MOST_PAGES * (PAGE - 1)
    raise Refused(f"{vendor} has more than {most:,} machines", "Use a login that sees fewer, or name the devices.")


def _numbers(fields: Fields, rows: Any) -> list[str] | None:
    """The numbers of the machines in *rows*; ``None`` unless each is a machine with one."""
    if not isinstance(rows, list) or not all(isinstance(row, dict) and row.get(fields.id) for row in rows):
        return None
    return [str(row[fields.id]) for row in rows]


def _minutes(time: timedelta) -> str:
    return f"{time.total_seconds() / 60:g} minutes"


def members(fields: Fields, rows: list[Row], kind: Kind, group: str, said: Mapping[str, Hashable]) -> list[Member]:
    """The machines among *rows* that are in the *group* of that *kind*, with the devices that they are.

    Raises ``Misuse`` when nobody is in it, and ``Refused`` when no row says in which one it is.
    """
    if rows and not any(kind.field in row for row in rows):
        raise Refused(
            f"{fields.vendor} shows no field {kind.field} in its list of machines",
            f"Set {kind.setting} to the name of the field that holds the {kind.name}.",
        )
    groups = [(row, kind.group(str(row.get(kind.field) or ""))) for row in rows]
    inside = [_machine(fields, row) for row, name in groups if folded(name) == folded(group)]
    if not inside:
        an = "an" if kind.name[0] in "aeiou" else "a"
        raise nobody_in(f"{an} {kind.name} of {fields.vendor}", group, [name for _, name in groups])
    return matched(inside, lambda: (_machine(fields, row) for row in rows), said)


def key(number: str, name: str) -> Hashable:
    """What a device says that is known by its *number*, or without one by its *name*."""
    return ("id", number) if number else folded(name)


def _machine(fields: Fields, row: Row) -> Machine:
    number, name = str(row[fields.id]), str(row.get(fields.name) or "")
    return Machine(("id", number), f"{name or 'nameless'} ({number})", frozenset({folded(name)} - {""}))

"""What the surveys saw last of each device: one row a device, kept in the data folder for the next survey and for reports."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Integer, MetaData, Row, Table, Text, delete, insert, select

from agent.machine.database import Database
from agent.machine.scrub import Scrub
from agent.words.sighting import Attention, Sighting

TABLES = MetaData()
_rows = Table(
    "sightings",
    TABLES,
    Column("device", Text, primary_key=True),
    Column("customer", Text, nullable=False),
    Column("how", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("way", Text, nullable=False),
    Column("seconds", Integer, nullable=False),
    Column("at", Text, nullable=False),
    Column("attention", Integer, nullable=False),
    Column("sighting", Text, nullable=False),
)
_AT_ONCE = 500
"""How many names one question to the database may hold."""


class How(StrEnum):
    """How it went with one device."""

    SEEN = "seen"
    WAITING = "not asked"
    UNREACHED = "not reached"
    REFUSED = "refused"
    """It was reached and said no: credentials, rights."""
    UNCLEAR = "unclear"
    """It was reached, and what it answered cannot be used."""
    MISSET = "set up wrong"
    """The desk's entry or the vault does not let it be asked."""
    BROKEN = "broken"
    """A plug-in failed: a bug."""
    STRANGER = "not in desk"
    """A vendor's group holds it, and it is certainly no one device of the desk: it is not asked, and no row of it is kept."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One device in a survey.

    Attributes:
        device: Its name.
        customer: Whose it is.
        how: How it went.
        at: Time-zone aware moment at which it was asked.
        reason: Why it was not seen, in one line.
        way: The connector that it was reached by, or an empty text.
        seconds: How long it took.
        sighting: What was seen, or ``None``.
    """

    device: str
    customer: str
    how: How
    at: datetime
    reason: str = ""
    way: str = ""
    seconds: float = 0.0
    sighting: Sighting | None = None

    @property
    def urgency(self) -> tuple[float, str]:
        """Sorts what needs attention first: a device nobody could see comes right after those that do not work."""
        level = Attention.SOON + 0.5 if self.sighting is None else float(self.sighting.attention)
        return -level, self.device.casefold()


class Sightings:
    """The rows in a private file.

    Args:
        path: The file; made when missing.
        scrub: Takes secrets out of what is kept.
    """

    def __init__(self, path: Path, scrub: Scrub) -> None:
        self._database = Database(path, TABLES)
        self._scrub = scrub

    def keep(self, rows: Iterable[Seen]) -> None:
        """Puts *rows* in the place of what was known of their devices, all of them or none."""
        values = [self._scrub.value(_stored(row)) for row in rows]
        if not values:
            return
        with self._database.transaction() as connection:
            connection.execute(insert(_rows).prefix_with("OR REPLACE"), values)

    def only(self, devices: Collection[str]) -> None:
        """Forgets every device that is not among *devices*."""
        names = set(devices)
        with self._database.transaction() as connection:
            gone = [name for name in connection.scalars(select(_rows.c.device)) if name not in names]
            for part in _parts(gone):
                connection.execute(delete(_rows).where(_rows.c.device.in_(part)))

    def of(self, devices: Collection[str]) -> list[Seen]:
        """What is known of *devices*, the most urgent first."""
        found: list[Seen] = []
        with self._database.transaction() as connection:
            for part in _parts(list(devices)):
                found += map(_row, connection.execute(select(_rows).where(_rows.c.device.in_(part))))
        return sorted(found, key=lambda row: row.urgency)


def _parts(names: list[str]) -> Iterator[list[str]]:
    return (names[start : start + _AT_ONCE] for start in range(0, len(names), _AT_ONCE))


def _stored(row: Seen) -> dict[str, Any]:
    seen = row.sighting
    told = {"columns": dict(seen.columns), "reason": seen.reason, "groups": dict(seen.groups)} if seen else None
    return {
        "device": row.device,
        "customer": row.customer,
        "how": row.how.value,
        "reason": row.reason,
        "way": row.way,
        "seconds": round(row.seconds * 1000),
        "at": row.at.isoformat(),
        "attention": int(seen.attention) if seen else 0,
        "sighting": json.dumps(told, ensure_ascii=False),
    }


def _row(row: Row[Any]) -> Seen:
    told = json.loads(row.sighting)
    seen = Sighting(told["columns"], Attention(row.attention), told["reason"], told["groups"]) if told else None
    at = datetime.fromisoformat(row.at)
    return Seen(row.device, row.customer, How(row.how), at, row.reason, row.way, row.seconds / 1000, seen)

"""The journal: orders, runs and what happened in them, as a chain in which a later change shows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    UniqueConstraint,
    insert,
    select,
    type_coerce,
    update,
)
from sqlalchemy.engine import Row

from agent.machine.database import Database
from agent.words.errors import Misuse
from agent.words.event import Event, Kind

TABLES = MetaData()

_orders = Table(
    "orders",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("playbook", String, nullable=False),
    Column("target", String, nullable=False),
    Column("content", JSON, nullable=False),
    Column("digest", String, nullable=False),
    Column("at", String, nullable=False),
    UniqueConstraint("playbook", "digest"),
)
_runs = Table(
    "runs",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("order_id", ForeignKey("orders.id"), nullable=False),
    Column("dry", Boolean, nullable=False),
    Column("by", String, nullable=False),
    Column("started", String, nullable=False),
    Column("ended", String),
    Column("mark", String),
    Column("exit", Integer),
)
_events = Table(
    "events",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("run", ForeignKey("runs.id"), nullable=False),
    Column("at", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("step", String, nullable=False),
    Column("text", String, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("hash", String, nullable=False),
    Index("events_by_run", "run"),
    Index("events_by_step", "step"),
)

GENESIS = "0" * 64
"""What the first event is chained to."""


@dataclass(frozen=True, slots=True)
class OrderRow:
    """A stored order: its number, playbook name, target, and content with references in place of secrets."""

    id: int
    playbook: str
    target: str
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RunRow:
    """A stored run; ``mark`` and ``exit`` are ``None`` while it walks, or for ever when its process died."""

    id: int
    order: OrderRow
    dry: bool
    by: str
    started: datetime
    ended: datetime | None
    mark: str | None
    exit: int | None


@dataclass(frozen=True, slots=True)
class Audit:
    """What checking the chain found: how many events hold, the last hash, and the first break, if any."""

    events: int
    head: str
    broken: str | None


class Journal:
    """The journal in one SQLite file.

    Every method raises :class:`~agent.words.errors.KeyturnError` when the file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self.database = Database(path, TABLES)

    def order(self, playbook: str, target: str, content: dict[str, Any], at: datetime) -> int:
        """The number of this order; an order with the same content is the same order."""
        digest = fingerprint(content)
        same = select(_orders.c.id).where(_orders.c.playbook == playbook, _orders.c.digest == digest)
        with self.database.transaction() as connection:
            number = connection.scalar(same)
            if number is None:
                row = {"playbook": playbook, "target": target, "content": content, "digest": digest, "at": at.isoformat()}
                number = _new_id(connection.execute(insert(_orders).values(row)).inserted_primary_key)
        return int(number)

    def find_order(self, number: int) -> OrderRow:
        """Order *number*. Raises :class:`Misuse` when there is none."""
        with self.database.transaction() as connection:
            row = connection.execute(select(_orders).where(_orders.c.id == _within(number))).one_or_none()
        if row is None:
            raise Misuse(f"there is no order {number} in {self.database.path}", "See 'keyturn runs' for the orders there are.")
        return OrderRow(row.id, row.playbook, row.target, row.content)

    def current(self, order: OrderRow) -> OrderRow:
        """*order* itself, as long as no newer order took its place on the same target.

        Who knocks by number, such as a scheduler at an appointment that was moved since, must not carry out what was given up.
        Raises :class:`Misuse`, naming the newer order, when the latest real run on the target was of one.
        """
        query = select(_runs.c.order_id).join(_orders, _orders.c.id == _runs.c.order_id)
        query = query.where(_orders.c.playbook == order.playbook, _orders.c.target == order.target, _runs.c.dry.is_(False))
        with self.database.transaction() as connection:
            latest = connection.scalar(query.order_by(_runs.c.id.desc()).limit(1)) or order.id
        if latest > order.id:
            raise Misuse(
                f"order {order.id} was replaced by order {latest} for {order.target}",
                f"Run order {latest}, or give all fields of the older one again.",
            )
        return order

    def start(self, order: int, *, dry: bool, by: str, at: datetime) -> int:
        """Begins a run of *order* and returns its number."""
        row = {"order_id": order, "dry": dry, "by": by, "started": at.isoformat()}
        with self.database.transaction() as connection:
            return _new_id(connection.execute(insert(_runs).values(row)).inserted_primary_key)

    def end(self, run: int, *, mark: str, exit_code: int, at: datetime) -> None:
        """Notes how *run* ended."""
        values = {"mark": mark, "exit": exit_code, "ended": at.isoformat()}
        with self.database.transaction() as connection:
            connection.execute(update(_runs).where(_runs.c.id == run).values(values))

    def append(self, event: Event) -> None:
        """Adds *event* at the end of the chain."""
        fields = {
            "run": event.run,
            "at": event.at.isoformat(),
            "kind": event.kind.value,
            "step": event.step,
            "text": event.text,
            "facts": dict(event.facts),
        }
        with self.database.transaction() as connection:
            head = connection.scalar(select(_events.c.hash).order_by(_events.c.id.desc()).limit(1)) or GENESIS
            connection.execute(insert(_events).values(**fields, hash=_link(head, fields)))

    def runs(self, limit: int = 50) -> list[RunRow]:
        """The latest runs, newest first."""
        query = select(_runs, _orders).join(_orders, _orders.c.id == _runs.c.order_id)
        with self.database.transaction() as connection:
            rows = connection.execute(query.order_by(_runs.c.id.desc()).limit(limit)).all()
        return [_run(row) for row in rows]

    def find_run(self, number: int) -> RunRow:
        """Run *number*. Raises :class:`Misuse` when there is none."""
        query = select(_runs, _orders).join(_orders, _orders.c.id == _runs.c.order_id).where(_runs.c.id == _within(number))
        with self.database.transaction() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise Misuse(f"there is no run {number} in {self.database.path}", "See 'keyturn runs'.")
        return _run(row)

    def events(self, run: int) -> list[Event]:
        """The events of *run* in order."""
        with self.database.transaction() as connection:
            rows = connection.execute(select(_events).where(_events.c.run == run).order_by(_events.c.id)).all()
        return [_event(row) for row in rows]

    def latest(self, steps: Sequence[str], kinds: Sequence[Kind], *, target: str = "", order: int = 0) -> list[Event]:
        """Events of these *kinds* for *steps*, newest first: of one *order*, or of every order on one *target*; no dry runs."""
        query = (
            select(_events)
            .join(_runs, _runs.c.id == _events.c.run)
            .join(_orders, _orders.c.id == _runs.c.order_id)
            .where(_events.c.step.in_(steps), _events.c.kind.in_([kind.value for kind in kinds]), _runs.c.dry.is_(False))
            .where(_orders.c.id == order if order else _orders.c.target == target)
            .order_by(_events.c.id.desc())
        )
        with self.database.transaction() as connection:
            return [_event(row) for row in connection.execute(query).all()]

    def audit(self) -> Audit:
        """Checks the whole chain, and that orders and runs are still what the chain says of them.

        Cutting off the chain's end is seen only by comparing the last hash with one noted elsewhere.
        """
        head, count = GENESIS, 0
        written: list[Any] = [column for column in _events.c if column is not _events.c.facts]
        query: Select[Any] = select(*written, type_coerce(_events.c.facts, String).label("facts")).order_by(_events.c.id)
        with self.database.transaction() as connection:
            for row in connection.execute(query):
                if row.id != count + 1 or row.hash != _link_of(row, head):
                    return Audit(count, head, f"event {count + 1} is not as it was written (run {row.run}, {row.at})")
                head, count = row.hash, count + 1
            return Audit(count, head, _misfit(connection))

    def number_of(self, head: str) -> int | None:
        """The number of the event with this hash, 0 for :data:`GENESIS`; ``None`` when no event has it."""
        if head == GENESIS:
            return 0
        with self.database.transaction() as connection:
            number: int | None = connection.scalar(select(_events.c.id).where(_events.c.hash == head))
        return number


def fingerprint(content: Mapping[str, Any]) -> str:
    """The SHA-256 of an order's content: equal for equal orders."""
    return hashlib.sha256(_canonical(content).encode()).hexdigest()


def _misfit(connection: Connection) -> str | None:
    """The first run or order that differs from what its own events say; ``None`` when all fit."""
    told: dict[tuple[int, str], Mapping[str, Any]] = {}
    kinds = (Kind.STARTED.value, Kind.ENDED.value)
    for row in connection.execute(select(_events.c.run, _events.c.kind, _events.c.facts).where(_events.c.kind.in_(kinds))):
        told[row.run, row.kind] = row.facts
    for row in connection.execute(select(_runs, _orders.c.content).join(_orders, _orders.c.id == _runs.c.order_id)):
        began, ended = told.get((row.id, Kind.STARTED.value)), told.get((row.id, Kind.ENDED.value))
        if began and (row.order_id, row.dry, row.by) != tuple(map(began.get, ("order", "dry", "by"))):
            return f"run {row.id} is not as it was begun"
        if began and fingerprint(row.content) != began.get("content"):
            return f"order {row.order_id} is not as it was when run {row.id} began"
        if ended and row.mark is not None and (row.mark, row.exit) != tuple(map(ended.get, ("mark", "exit"))):
            return f"run {row.id} did not end as it says"
    return None


def _within(number: int) -> int:
    """*number*, or 0 where it is more than SQLite can count."""
    return number if abs(number) < 1 << 63 else 0


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _link(head: str, fields: dict[str, Any]) -> str:
    return hashlib.sha256(f"{head}\n{_canonical(fields)}".encode()).hexdigest()


def _link_of(row: Row[Any], head: str) -> str:
    """The hash that a row with its facts as text ought to have; none at all when they are no longer JSON."""
    fields = {name: getattr(row, name) for name in ("run", "at", "kind", "step", "text")}
    try:
        return _link(head, fields | {"facts": json.loads(row.facts)})
    except ValueError:
        return ""


def _new_id(key: Row[Any] | None) -> int:
    assert key is not None  # noqa: S101 - SQLite always tells the new row's number
    return int(key[0])


def _event(row: Row[Any]) -> Event:
    return Event(row.run, datetime.fromisoformat(row.at), Kind(row.kind), row.step, row.text, row.facts)


def _run(row: Row[Any]) -> RunRow:
    order = OrderRow(row.order_id, row.playbook, row.target, row.content)
    ended = datetime.fromisoformat(row.ended) if row.ended else None
    return RunRow(row.id, order, row.dry, row.by, datetime.fromisoformat(row.started), ended, row.mark, row.exit)

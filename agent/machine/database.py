"""A private SQLite file for several processes: readable by its owner only, in WAL mode, one writer at a time."""

from __future__ import annotations

import os
import sqlite3
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, create_engine, event
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.pool import QueuePool

from agent.words.errors import KeyturnError

IDLE = 2
"""Connections that are kept between transactions: one for the run, one for the thread that renews its claim."""
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")
"""WAL, so that a reader never waits for the disk. FULL, so that each commit waits until the disk has its part of the log:
with NORMAL a power cut could take back events that were acted upon (sqlite.org, "Pragma statements supported by SQLite",
synchronous)."""


def private_file(path: Path) -> Path:
    """Makes sure that *path* exists with mode 0600 in a folder with mode 0700. Raises :class:`KeyturnError` when it cannot."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        path.chmod(0o600)
    except OSError as error:
        raise KeyturnError(f"{path} cannot be used: {error.strerror}", "Choose another folder with KEYTURN_HOME.") from error
    return path


class Database:
    """One SQLite file with its tables.

    Connections are kept for the next transaction and closed with this object, at the latest when Python ends: whoever closes
    the last one writes the log back into the file and deletes it, which waits for the disk four times as often as the commit
    alone (sqlite.org, "Write-Ahead Logging"). What is committed is as safe in the log as in the file, also when the process
    is killed before it closes anything. A file that lies there in the place of the one that was opened is opened anew; where
    there is none any more, none is made.

    Args:
        path: The file; made when missing.
        tables: The tables to make when missing.
    """

    def __init__(self, path: Path, tables: MetaData) -> None:
        self.path = private_file(path)
        self._engines: dict[int, Engine] = {}
        weakref.finalize(self, _close, self._engines)
        with self.transaction() as connection:
            tables.create_all(connection)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction that holds the write lock; rolled back when the block raises.

        Raises :class:`KeyturnError` when the file cannot be read or written, or was deleted.
        """
        try:
            with self._engine().begin() as connection:
                yield connection
        except DBAPIError as error:
            if _file(self.path) is None:
                raise KeyturnError(
                    f"{self.path} was deleted or moved while it was in use", "Put it back, then run the order again."
                ) from error
            raise KeyturnError(
                f"{self.path} cannot be read or written: {error.orig}",
                "Make it usable again, then run the order again: what was done is kept.",
            ) from error

    def _engine(self) -> Engine:
        """This process's own: one that was forked neither uses nor closes what its parent has open.

        Both would spoil the file (sqlite.org, "How To Corrupt An SQLite Database File").
        """
        mine = os.getpid()
        return self._engines.get(mine) or self._engines.setdefault(mine, _engine(self.path))


def _engine(path: Path) -> Engine:
    address = f"{path.absolute().as_uri()}?mode=rw"  # a file that is gone is not made anew, open to all and without tables
    connect = partial(sqlite3.connect, address, uri=True, timeout=15, check_same_thread=False)
    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, pool_size=IDLE, max_overflow=-1)
    event.listen(engine, "connect", partial(_prepare, path))
    event.listen(engine, "checkout", partial(_check, path))
    event.listen(engine, "begin", _begin_immediate)
    return engine


def _close(engines: dict[int, Engine]) -> None:
    engine = engines.pop(os.getpid(), None)
    if engine is not None:
        engine.dispose()


def _prepare(path: Path, connection: Any, record: Any) -> None:
    connection.isolation_level = None
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    record.info["file"] = _file(path)


def _check(path: Path, connection: object, record: Any, kept: object) -> None:  # noqa: ARG001 - SQLAlchemy calls it
    """Has the connection opened anew when the file was deleted or replaced: what is written into the old one would be lost."""
    if record.info["file"] != _file(path):
        raise DisconnectionError(f"{path} is no longer the file that was opened")


def _file(path: Path) -> tuple[int, int] | None:
    """Which file lies there, whatever its name; ``None`` for none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")

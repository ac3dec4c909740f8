"""A private SQLite file for several processes: readable by its owner only, in WAL mode, one writer at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, MetaData, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from agent.words.errors import KeyturnError


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

    Args:
        path: The file; made when missing.
        tables: The tables to make when missing.
    """

    def __init__(self, path: Path, tables: MetaData) -> None:
        self.path = private_file(path)
        address = URL.create("sqlite", database=str(path))
        self._engine: Engine = create_engine(address, poolclass=NullPool, connect_args={"timeout": 15})
        event.listen(self._engine, "connect", _prepare)
        event.listen(self._engine, "begin", _begin_immediate)
        with self.transaction() as connection:
            tables.create_all(connection)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction that holds the write lock; rolled back when the block raises.

        Raises :class:`KeyturnError` when the file cannot be read or written.
        """
        try:
            with self._engine.begin() as connection:
                yield connection
        except DBAPIError as error:
            raise KeyturnError(
                f"{self.path} cannot be read or written: {error.orig}",
                "Make it usable again, then run the order again: what was done is kept.",
            ) from error


def _prepare(connection: Any, record: object) -> None:  # noqa: ARG001 - SQLAlchemy calls it with two arguments
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")

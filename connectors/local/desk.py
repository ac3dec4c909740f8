"""The desk's one file: a private SQLite database that several processes and threads share."""

from __future__ import annotations

import hmac
import os
import secrets
import sqlite3
import tempfile
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property, partial, wraps
from hashlib import sha256
from pathlib import Path
from typing import ParamSpec
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, insert, select
from sqlalchemy.exc import DatabaseError, IntegrityError, ProgrammingError
from sqlalchemy.pool import NullPool

from agent.api import Answer, Clock, NotSent, Secret, Unsure, Workplace, unsure
from connectors.local.papers import private_folder
from connectors.local.tables import META, VERSION, pepper

P = ParamSpec("P")


class Desk:
    """The database in a data folder, opened anew for each transaction and made by whoever needs it first.

    Args:
        folder: The data folder; ``desk.db``, ``outbox/`` and ``diary/`` are in it.
        clock: Where times in the desk come from.
        wait: Seconds to wait for another process that is writing.
    """

    def __init__(self, folder: Path, clock: Clock, *, wait: float = 15.0) -> None:
        self.folder = folder
        self.file = folder / "desk.db"
        self.clock = clock
        self._wait = wait

    @classmethod
    def of(cls, workplace: Workplace) -> Desk:
        """The desk of *workplace*."""
        return cls(workplace.folder, workplace.clock)

    def now(self) -> str:
        """The present moment as the desk writes it: ISO 8601 in UTC."""
        return self.clock.now().astimezone(UTC).isoformat(timespec="seconds")

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the desk. Raises :class:`Unsure` when the file cannot be read."""
        try:
            with self._engine.execution_options(keyturn_begin="BEGIN").begin() as connection:
                yield connection
        except (DatabaseError, OSError) as error:
            raise Unsure(*self._trouble(error, "read")) from error

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is the only writer from its beginning; rolled back when the block raises.

        Raises:
            NotSent: the file could not be opened or written; nothing of the block is in it.
            Unsure: the very last word, the commit, failed.
        """
        committing = False
        try:
            with self._engine.begin() as connection:
                yield connection
                committing = True
        except (DatabaseError, OSError) as error:
            kind = Unsure if committing else NotSent
            raise kind(*self._trouble(error, "written")) from error

    def mark(self, connection: Connection, key: Secret) -> str:
        """The fingerprint of a product key: HMAC-SHA256 under this desk's own random secret.

        Only its letters and digits count: a key that was pasted with other dashes, blanks or widths is the same key.
        """
        value = connection.execute(select(pepper.c.value)).scalar_one()
        plain = "".join(filter(str.isalnum, unicodedata.normalize("NFKC", key.reveal()))).upper()
        return hmac.new(value, plain.encode(), sha256).hexdigest()

    def _trouble(self, error: DatabaseError | OSError, verb: str) -> tuple[str, str]:
        if isinstance(error, IntegrityError | ProgrammingError):
            raise error
        if isinstance(error, DatabaseError):
            reason = str(error.orig)
        else:
            reason = error.strerror or str(error)
            reason += f" ({error.filename})" if error.filename else ""
        return f"the local desk {self.file} could not be {verb}: {reason}", "Check the file and its folder, then try again."

    @cached_property
    def _engine(self) -> Engine:
        private_folder(self.folder)
        if not self.file.exists():
            _create(self.file)
        if self.file.stat().st_mode & 0o077:
            self.file.chmod(0o600)
        engine = _engine(self.file, self._wait)
        with engine.execution_options(keyturn_begin="BEGIN").begin() as connection:
            found = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
        if found != VERSION:
            raise OSError(0, f"it has format {found}, and this keyturn knows format {VERSION}")
        return engine


def could_not_ask(question: Callable[P, Answer]) -> Callable[P, Answer]:
    """Makes *unsure* of a question that the desk's file did not let us ask."""

    @wraps(question)
    def asked(*args: P.args, **kwargs: P.kwargs) -> Answer:
        try:
            return question(*args, **kwargs)
        except Unsure as error:
            return unsure(str(error))

    return asked


def moment(at: str) -> str:
    """A time of the desk as evidence shows it: ``2026-03-02 09:15 UTC``."""
    return datetime.fromisoformat(at).astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _create(path: Path) -> None:
    """Makes the file under another name and links it into place, so nobody meets a half-made desk."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".desk-")
    os.close(descriptor)
    temporary = Path(name)
    try:
        engine = _engine(temporary, 5.0, "journal_mode=WAL", f"user_version={VERSION}")
        with engine.begin() as connection:
            META.create_all(connection)
            connection.execute(insert(pepper).values(value=secrets.token_bytes(32)))
        try:
            os.link(temporary, path)
        except FileExistsError:
            return  # another process was quicker, and its desk is complete
    finally:
        for leftover in (temporary, Path(f"{name}-wal"), Path(f"{name}-shm")):
            leftover.unlink(missing_ok=True)


def _engine(path: Path, wait: float, *pragmas: str) -> Engine:
    engine = create_engine("sqlite://", creator=partial(_connect, path, wait, pragmas), poolclass=NullPool)
    event.listen(engine, "begin", _begin)
    return engine


def _connect(path: Path, wait: float, pragmas: tuple[str, ...]) -> sqlite3.Connection:
    address = f"file:{quote(os.fsencode(path.absolute()))}?mode=rw"
    connection = sqlite3.connect(address, uri=True, timeout=wait, isolation_level=None)
    try:
        for pragma in ("foreign_keys=ON", "synchronous=FULL", *pragmas):
            connection.execute(f"PRAGMA {pragma}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("keyturn_begin", "BEGIN IMMEDIATE"))

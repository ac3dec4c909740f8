"""Claims: one run at a time on one device, subscription or project, with a token that a replaced run no longer has."""

from __future__ import annotations

import os
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Column, Integer, MetaData, String, Table, delete, insert, select, update

from agent.machine.database import Database
from agent.words.errors import Exit, KeyturnError
from agent.words.ports import Clock

TABLES = MetaData()
_claims = Table(
    "claims",
    TABLES,
    Column("target", String, primary_key=True),
    Column("run", Integer, nullable=False),
    Column("owner", String, nullable=False),
    Column("token", String, nullable=False),
    Column("expires", String, nullable=False),
)
LASTING = timedelta(minutes=5)
"""How long a claim holds without being renewed."""
HEARTBEAT = 60.0
"""Real seconds between two renewals while a run holds a claim, whatever it is busy with."""


class Claimed(KeyturnError):
    """Another run works on the target, or this run was replaced by another one."""

    exit_code = Exit.WAITING


@dataclass(frozen=True, slots=True)
class Claim:
    """The right of one run to change one target, until it expires."""

    database: Database
    clock: Clock
    target: str
    run: int
    token: str

    def renew(self) -> None:
        """Holds the claim for :data:`LASTING` from now. Raises :class:`Claimed` when another run has taken it."""
        mine = (_claims.c.target == self.target) & (_claims.c.token == self.token)
        with self.database.transaction() as connection:
            held = connection.execute(update(_claims).where(mine).values(expires=_until(self.clock)))
            if held.rowcount != 1:
                raise Claimed(f"run {self.run} no longer holds {self.target}; another run took it over", "See 'keyturn runs'.")

    @contextmanager
    def held(self, every: float = HEARTBEAT) -> Iterator[None]:
        """Renews the claim from a thread of its own, so that one long command does not outlive it; releases it at the end.

        The thread ends when another run has taken the claim over: the latch finds that out by itself.
        """
        over = threading.Event()
        beating = threading.Thread(target=self._beat, args=(over, every), name=f"claim-{self.run}", daemon=True)
        beating.start()
        try:
            yield
        finally:
            over.set()
            beating.join()
            self.release()

    def _beat(self, over: threading.Event, every: float) -> None:
        while not over.wait(every):
            try:
                self.renew()
            except Claimed:
                return
            except KeyturnError:
                continue

    def release(self) -> None:
        """Gives the target back; harmless when the claim is already gone."""
        with self.database.transaction() as connection:
            connection.execute(delete(_claims).where(_claims.c.target == self.target, _claims.c.token == self.token))


class Claims:
    """The claims in the journal's file."""

    def __init__(self, database: Database) -> None:
        self._database = database
        with database.transaction() as connection:
            TABLES.create_all(connection)

    def take(self, target: str, run: int, clock: Clock) -> Claim:
        """Claims *target* for *run*. Raises :class:`Claimed`, naming the other run, while another claim is alive.

        A claim is dead when it has expired, or at once when its process ran on this computer and is gone.
        """
        token = secrets.token_hex(16)
        with self._database.transaction() as connection:
            row = connection.execute(select(_claims).where(_claims.c.target == target)).one_or_none()
            if row is not None and datetime.fromisoformat(row.expires) > clock.now() and not _is_gone(row.owner):
                raise Claimed(
                    f"run {row.run} ({row.owner}) is working on {target}",
                    f"Wait for it to end; if nothing renews it, the claim ends at {row.expires[11:19]} UTC.",
                )
            connection.execute(delete(_claims).where(_claims.c.target == target))
            values = {"target": target, "run": run, "owner": _owner(), "token": token, "expires": _until(clock)}
            connection.execute(insert(_claims).values(values))
        return Claim(self._database, clock, target, run, token)


def _until(clock: Clock) -> str:
    return (clock.now() + LASTING).isoformat()


def _owner() -> str:
    return f"{socket.gethostname()} process {os.getpid()}"


def _is_gone(owner: str) -> bool:
    """True when *owner* was a process of this computer that no longer exists."""
    host, _, number = owner.rpartition(" process ")
    if host != socket.gethostname() or not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False

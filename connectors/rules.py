"""The rules of every session: readings are asked, one command goes at a time, and no secret over what a vendor logs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from agent.api import Command, NotSent, Refused, TryLater, Unsure


def check_reads(command: Command) -> None:
    """Raises :class:`ValueError` when *command* would change something."""
    if command.changes:
        raise ValueError(f"a changing command is told, not asked: {command}")


def check_public(command: Command, vendor: str) -> None:
    """Raises ``Refused`` when *command* holds a secret, because *vendor* keeps what is sent."""
    if "private" in command.needs:
        raise Refused(
            f"{command} holds a secret, and {vendor} keeps what is sent in its log",
            "Let WinRM carry it, or do this step by hand.",
        )


@contextmanager
def looking_first() -> Iterator[None]:
    """Around a look that is taken before anything is sent: a vendor that cannot be understood is *not working*, ``NotSent``.

    So is one that is down (HTTP 5xx). One that only says *not now* works, and its ``TryLater`` goes on: nobody is called.
    """
    try:
        yield
    except TryLater as error:
        if error.facts.get("status") == 503:
            raise NotSent(error.what, error.do) from None
        raise
    except Unsure as error:
        raise NotSent(error.what, error.do) from None


class Turn:
    """Lets one command at a time into a session, and none once it is closed; use it in ``with`` around each.

    Raises :class:`RuntimeError` for a second command and for one that comes too late: both are mistakes of the caller.

    Args:
        session: What the session is called, such as ``"a WinRM session"``.
    """

    def __init__(self, session: str) -> None:
        self._session = session
        self._busy = threading.Lock()
        self._closed = False

    def __enter__(self) -> None:
        if self._closed:
            raise RuntimeError(f"{self._session} was closed")
        if not self._busy.acquire(blocking=False):
            raise RuntimeError(f"{self._session} carries one command at a time; open one session for each thread")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._busy.release()

    def close(self) -> None:
        """From now on nothing is let in."""
        self._closed = True

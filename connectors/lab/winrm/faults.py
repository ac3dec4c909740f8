"""Mishaps that the lab's WinRM server can be told to have, by name, action and count."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from enum import StrEnum


class Mishap(StrEnum):
    """What may go wrong between a client and a PC."""

    REFUSE = "refuse"
    """The connection is reset as soon as it is accepted; nothing is read. The action does not matter."""
    RESET = "reset"
    """The connection is reset instead of an answer, and the request was NOT carried out."""
    CUT = "cut"
    """The request was carried out, then the connection is reset instead of an answer."""
    SLOW = "slow"
    """The answer comes ``seconds`` later than it could."""
    QUOTA_SHELLS = "quota of shells"
    """Fault 0x803381A5 in ``WSManFault``: the user has too many shells."""
    QUOTA_OPERATIONS = "quota of operations"
    """Fault 0x803381A6 in ``MSFT_WmiError``: the shell has too many operations; other shells are not affected."""
    UNKNOWN_SHELL = "unknown shell"
    """The shell is forgotten just before the request: fault 0x8033805B."""
    DENIED = "denied"
    """Fault 5: logged in, but not an administrator or a filtered token."""
    IN_USE = "in use"
    """Fault 170, ERROR_BUSY: an earlier operation still hangs."""
    UNAUTHORIZED = "unauthorized"
    """HTTP 401: right credentials are refused. Give ``on="Login"`` for the login itself."""
    BUSY = "busy"
    """HTTP 503 without SOAP: the service is starting."""
    CRASHED = "crashed"
    """HTTP 500 without SOAP: the service has fallen over; not carried out."""
    EMPTY = "empty"
    """HTTP 200 without a body, and the request was NOT carried out: what a server does that ignores a body beside a token."""
    LIE = "lie"
    """A command is accepted and reported as done, with exit code 0 and no output, without having been run."""
    CLEAR = "clear"
    """The request was carried out, and the answer is not sealed although the question was: somebody in between wrote it."""
    TIMED_OUT = "timed out"
    """The request was carried out, and fault 0x80338029 says that it did not end in its time."""
    GATEWAY = "gateway"
    """The request was carried out, and something in between answers HTTP 504 instead of the PC."""
    GARBLE = "garble"
    """The request was carried out, the answer is not the XML it should be."""


ANY = "*"
"""As ``on``: whatever the action is."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One mishap to come.

    Attributes:
        kind: What happens; the name as text will do.
        on: The action that it happens to: ``Create``, ``Command``, ``Send``, ``Receive``, ``Signal``, ``Delete``,
            ``Login`` (a request that carries a token or a password and no message) or :data:`ANY`.
        times: How often; ``None`` for ever.
        after: How many such requests pass first.
        seconds: For ``slow`` only.
    """

    kind: Mishap | str
    on: str = "Command"
    times: int | None = 1
    after: int = 0
    seconds: float = 0.0


class Faults:
    """The mishaps of one server, counted down as they happen; safe to use from several threads.

    Args:
        faults: What is to happen. Raises :class:`ValueError` for a name that is not a :class:`Mishap`.
    """

    def __init__(self, *faults: Fault) -> None:
        self._lock = threading.Lock()
        self._waiting: list[tuple[Fault, int, int | None]] = []
        for fault in faults:
            self.add(fault)

    def add(self, fault: Fault) -> None:
        """Adds *fault* to what is to happen. Raises :class:`ValueError` for an unknown name."""
        Mishap(fault.kind)
        with self._lock:
            self._waiting.append((fault, fault.after, fault.times))

    def clear(self) -> None:
        """Nothing is to happen any more."""
        with self._lock:
            self._waiting.clear()

    def take(self, action: str, *kinds: Mishap) -> Fault | None:
        """The first waiting fault of these *kinds* that applies to *action*, which then has happened once more.

        An empty *action* stands for the moment before any request is known; every fault applies to it.
        """
        with self._lock:
            for index, (fault, after, times) in enumerate(self._waiting):
                if Mishap(fault.kind) not in kinds or (action and fault.on not in (action, ANY)):
                    continue
                if after:
                    self._waiting[index] = (fault, after - 1, times)
                    continue
                left = None if times is None else times - 1
                if left == 0:
                    del self._waiting[index]
                else:
                    self._waiting[index] = (fault, 0, left)
                return fault
        return None

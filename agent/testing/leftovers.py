"""What a connector may have left behind in this process: threads and connections that outlive its session."""

from __future__ import annotations

import gc
import socket
import threading
import time
from collections.abc import Iterable

PATIENCE = 5.0
"""Real seconds in which the threads of the other side, which lives in this process too, notice that nobody is there."""


def threads() -> set[threading.Thread]:
    """The threads that are alive."""
    return set(threading.enumerate())


def left_of(now: Iterable[threading.Thread]) -> list[str]:
    """The names of those threads that do not end within :data:`PATIENCE`."""
    until = time.monotonic() + PATIENCE
    for thread in now:
        thread.join(max(0.0, until - time.monotonic()))
    return sorted(thread.name for thread in now if thread.is_alive())


def connections() -> set[socket.socket]:
    """The open sockets of this process, without those that listen and those that were accepted by them."""
    # By the type: some objects, such as a proxy of what is gone, may not even be asked for their class.
    found = [one for one in gc.get_objects() if issubclass(type(one), socket.socket) and one.fileno() != -1]
    listening = {one for one in found if _listens(one)}
    served = {_port(one) for one in listening}
    return {one for one in found if one not in listening and _port(one) not in served}


def _listens(one: socket.socket) -> bool:
    try:
        return bool(one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
    except OSError:
        return False


def _port(one: socket.socket) -> int:
    """The port on this machine; sockets of another kind have numbers of their own below zero."""
    try:
        where = one.getsockname()
    except OSError:
        where = None
    return int(where[1]) if isinstance(where, tuple) and len(where) > 1 else -id(one)

"""Why there is no connection, in words, and where to look: a refusal and a silence point at different things."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from agent.api import KeyturnError

_NO_ROUTE = (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN)


@dataclass(frozen=True, slots=True)
class Silence:
    """What was met in place of a connection: one line about it, and where to look."""

    words: str
    do: str


_ROWS: tuple[tuple[type[BaseException], Silence], ...] = (
    (socket.gaierror, Silence("its name is not known", "Check the name; it may be known only inside a VPN.")),
    (
        ConnectionRefusedError,
        Silence("the connection was refused", "{service} does not listen on TCP {port} there, or a firewall rejects it."),
    ),
    (
        TimeoutError,
        Silence("nothing answers there", "It is off or elsewhere, or a firewall drops TCP {port} on the way to {service}."),
    ),
    (
        ConnectionError,
        Silence(
            "the connection was reset",
            "It is just starting or going down, or something in between ends connections.",
        ),
    ),
    (EOFError, Silence("the connection was closed", "Is TCP {port} really the port of {service}?")),
)
_ROUTE = Silence("there is no route to it", "Check the VPN and the gateways on the way.")


def causes(error: BaseException, before: BaseException | None = None) -> Iterator[BaseException]:
    """*error* and everything that it wraps, in attributes or arguments, each once: requests wraps urllib3, which wraps ssl.

    *before* is what was being handled when the attempt began. Python hangs it on whatever is raised meanwhile; it and what
    lies beneath it say nothing about this attempt, nor does trouble that is in our own words already.
    """
    waiting, seen = [error], {id(before)}
    while waiting:
        cause = waiting.pop(0)
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        context = None if cause.__suppress_context__ else cause.__context__
        inner = (cause.__cause__, context, getattr(cause, "reason", None), *cause.args)
        waiting += [other for other in inner if isinstance(other, BaseException) and not isinstance(other, KeyturnError)]


def why(errors: Iterable[BaseException], service: str, port: int) -> Silence:
    """What *errors*, one and its causes, say about an attempt to reach *service* on TCP *port*.

    An error that is in no row is told by its kind; its text is not shown, because it may hold what was sent.
    """
    found = list(errors)
    if any(isinstance(error, OSError) and error.errno in _NO_ROUTE for error in found):
        return _ROUTE
    for kind, silence in _ROWS:
        if any(isinstance(error, kind) for error in found):
            return Silence(silence.words, silence.do.format(service=service, port=port))
    return Silence(type(found[-1]).__name__, f"Is it on, and does {service} listen on TCP {port} there?")

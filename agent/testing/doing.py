"""How a check acts: opens a session, causes trouble, and takes what comes of a command, which is one of keyturn's words."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, ParamSpec, TypeVar

import pytest

from agent.api import KeyturnError, Misuse, NotSent, Refused, RemoteSession, Reply, Unsure
from agent.testing.commands import Kind, program, script
from agent.testing.rig import Rig

P = ParamSpec("P")
T = TypeVar("T")

WORDS = (NotSent, Unsure, Refused, Misuse)
"""What a connector may raise, with the kinds of these."""


@contextmanager
def opened(rig: Rig) -> Iterator[RemoteSession]:
    """A session on the rig's device, closed at the end; whether it can be closed in trouble is asked by checks of its own."""
    session = rig.connector.open(rig.device)
    try:
        yield session
    finally:
        outcome(session.close)


def cause(rig: Rig, trouble: str, *given: float) -> Any:
    """Calls the method *trouble* of the rig and returns what it returns, or skips the check where the rig cannot."""
    needs(rig, trouble)
    with suppress(NotImplementedError):
        return getattr(rig, trouble)(*given)
    why = f"{type(rig).__name__} has no {trouble}(), and does not say in cannot[{trouble!r}] why not"
    raise pytest.fail.Exception(why, pytrace=False)


def needs(rig: Rig, *abilities: str) -> None:
    """Skips the check where the rig says that it cannot simulate one of the *abilities*, and why."""
    for ability in abilities:
        if ability in rig.cannot:
            pytest.skip(f"the rig of {rig.connector.name} cannot simulate {ability!r}: {rig.cannot[ability]}")


def can(rig: Rig, *capabilities: str) -> None:
    """Skips the check for a connector that does not have all these *capabilities*."""
    if lacking := set(capabilities) - rig.connector.capabilities:
        pytest.skip(f"{rig.connector.name} does not claim {', '.join(sorted(lacking))}")


def kinds(rig: Rig) -> list[Kind]:
    """The kinds of command that the connector carries; the check is skipped when a person does everything."""
    found = {"powershell": script, "cmd": program}
    carried = [kind for capability, kind in found.items() if capability in rig.connector.capabilities]
    if not carried:
        pytest.skip(f"{rig.connector.name} carries no commands")
    return carried


def outcome(act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | KeyturnError:
    """What *act* returns, or the error in keyturn's words that it raises. Anything else that is raised fails the check."""
    try:
        return act(*args, **kwargs)
    except WORDS as error:
        return error
    except Exception as error:  # noqa: BLE001 - what must not come through here is what is looked for
        kind = f"{type(error).__module__}.{type(error).__qualname__}"
        pytest.fail(f"{kind} came through: a connector raises only NotSent, Unsure and Refused ({error})")


def error_of(act: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> KeyturnError:
    """The error that *act* raises; it must raise one."""
    result = outcome(act, *args, **kwargs)
    if not isinstance(result, KeyturnError):
        pytest.fail(f"there should have been an error, and there was {str(result)[:200]!r}")
    return result


def is_true(reply: object, mark: str) -> bool:
    """Whether *reply* is what the suite's command with that mark answers: the script its mark, the program its first word."""
    return isinstance(reply, Reply) and reply.exit_code == 0 and mark in reply.stdout


def traffic(rig: Rig) -> str:
    """All that was sent so far: what was run on the device, and what the other side could have kept."""
    return "\n".join([*rig.pc.lines, "" if "sent" in rig.cannot else rig.sent()])


def seen(error: BaseException) -> str:
    """All of an error that may come into a log: its texts, its facts, and the errors that it carries with it."""
    carried = [one for one in (error.__cause__, error.__context__ if not error.__suppress_context__ else None) if one]
    facts = getattr(error, "facts", {})
    return "\n".join([repr(error), str(error), str(error.args), str(facts), *(seen(one) for one in carried)])


def shows(text: str, value: str) -> bool:
    """Whether *text* holds the secret *value*, as it is or in Base64 of UTF-8 or UTF-16LE, be it in the middle of more."""
    return value in text or any(core in text for data in (value.encode(), value.encode("utf-16-le")) for core in _cores(data))


def _cores(data: bytes) -> Iterator[str]:
    """What *data* looks like in Base64 wherever it stands, without the letters that it shares with its neighbours."""
    for before in range(3):
        letters = base64.b64encode(bytes(before) + data).decode("ascii")
        yield letters[(before * 8 + 5) // 6 : (before + len(data)) * 8 // 6]


def honest(rig: Rig, result: object, mark: str) -> bool:
    """Whether *result* says of the command with that mark what is true: only Unsure leaves open whether it was carried out."""
    if isinstance(result, KeyturnError):
        return isinstance(result, Unsure) or rig.pc.times(mark) == 0
    return is_true(result, mark) and rig.pc.times(mark) > 0

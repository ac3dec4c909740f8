"""What each connector was given to carry, in order, heard between a run and the real connectors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from agent.api import Command, KeyturnError


@dataclass(frozen=True)
class Carried:
    """One thing that a connector was given.

    Attributes:
        connector: Its name.
        verb: ``open``, ``ask`` or ``tell``.
        what: The name of the script or the program; empty for ``open``.
        private: Whether a secret was in it.
        error: What became of it instead of an answer.
    """

    connector: str
    verb: str
    what: str = ""
    private: bool = False
    error: KeyturnError | None = None


def listen(connector: Any, heard: list[Carried]) -> None:
    """Adds to *heard* whatever *connector* and its sessions are given from now on."""
    opens = connector.open

    def open_session(device: Any) -> Any:
        session = _heard(heard, lambda: opens(device), connector.name, "open")
        for verb in ("ask", "tell"):
            setattr(session, verb, _listening(heard, connector.name, verb, getattr(session, verb)))
        return session

    connector.open = open_session


def _listening(heard: list[Carried], name: str, verb: str, say: Callable[[Command], Any]) -> Callable[[Command], Any]:
    def said(command: Command) -> Any:
        what = command.script.name if command.script else " ".join(map(str, command.parts))
        return _heard(heard, lambda: say(command), name, verb, what, "private" in command.needs)

    return said


def _heard(heard: list[Carried], act: Callable[[], Any], *about: Any) -> Any:
    try:
        result = act()
    except KeyturnError as error:
        heard.append(Carried(*about, error=error))
        raise
    heard.append(Carried(*about))
    return result

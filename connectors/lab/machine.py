"""What the lab's protocol servers need of a simulated machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Power(StrEnum):
    """Whether a machine answers the network."""

    UP = "up"
    DOWN = "down"
    """Off or restarting: connections are refused or reset, every shell is lost."""
    STARTING = "starting"
    """The network answers, Windows is not ready: HTTP 503."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a program did: its raw output, its exit code (signed or unsigned) and how long it ran in real seconds."""

    stdout: bytes = b""
    stderr: bytes = b""
    exit_code: int = 0
    seconds: float = 0.0


class Machine(Protocol):
    """A simulated PC as a protocol server sees it."""

    name: str
    users: Mapping[str, str]
    """Administrators by user name, with their passwords."""

    def power(self) -> Power:
        """How the machine stands at this moment."""
        ...

    def boot(self) -> int:
        """A number that grows with each restart; a server forgets its shells and logins when it does."""
        ...

    def reads_input(self, command_line: str) -> bool:
        """True when the program reads standard input, so that it runs only once the input has ended."""
        ...

    def run(self, command_line: str, stdin: bytes, codepage: int) -> Outcome:
        """Runs one command line. A program that the machine does not have gives exit code 1 and a text that says so."""
        ...

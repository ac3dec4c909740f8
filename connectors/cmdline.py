"""How a command is said on a Windows command line, and what it is given to read."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field

from agent.api import COMMAND_LINE, Command, Misuse, Secret, standard_input

LONGEST = 8191 - len('cmd.exe /C ""')
"""Characters that fit beside ``cmd.exe /C`` (Microsoft Learn, "Command prompt line string limitation")."""
_SPECIAL = frozenset("&|<>^()")
"""What cmd.exe acts upon outside quotes."""


@dataclass(frozen=True, slots=True)
class Said:
    """A command as it is sent; it holds revealed secrets, so it is never shown.

    Attributes:
        line: The command line.
        input: What the program reads, or ``None`` for a program that is given nothing.
    """

    line: str = field(repr=False)
    input: bytes | None = field(repr=False, default=None)


def said(command: Command, first: str = "") -> Said:
    """*command* with its secrets revealed; a program comes after *first*, which cmd.exe carries out before it.

    Raises :class:`~agent.api.Misuse` when it cannot be said on a command line.
    """
    if command.script is not None:
        return Said(COMMAND_LINE, standard_input(command).encode("utf-8"))
    line = first + command_line(command.parts)
    if len(line) > LONGEST:
        raise Misuse(
            f"the command line is too long: {len(line)} characters, and Windows takes {LONGEST} ({command})"[:500],
            "Send it as a script, which has no limit",
        )
    return Said(line)


def command_line(parts: Iterable[str | Secret]) -> str:
    """*parts* joined by blanks and quoted for a Windows program under ``cmd.exe``.

    ``%NAME%`` stays as it is, so that the PC fills in its own variables; a secret is never a place for that.
    Raises :class:`~agent.api.Misuse` for what cannot be said safely; secrets are not shown.
    """
    return " ".join(_quoted(part) for part in parts)


def _quoted(part: str | Secret) -> str:
    text = part.reveal() if isinstance(part, Secret) else part
    if any(ord(character) < 32 for character in text):
        raise Misuse(f"{part!s} holds a line break or another control character", "Send it as a script's parameter")
    if isinstance(part, Secret) and not _SPECIAL.union('"%!').isdisjoint(text):
        raise Misuse(f"{part!s} holds a character that cmd.exe would act upon", "Let a script read it")
    if '"' in text and not _SPECIAL.isdisjoint(text):
        raise Misuse(f"{text} holds quotes beside a character that cmd.exe acts upon", "Send it as a script's parameter")
    quoted = subprocess.list2cmdline([text])
    if quoted == text and not _SPECIAL.isdisjoint(text):
        closing = "\\" * (len(text) - len(text.rstrip("\\")))
        return f'"{text}{closing}"'
    return quoted

"""What is said to a device, with its secrets kept apart, and what comes back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from agent.words.errors import Unsure
from agent.words.secret import Secret

Part = str | Secret


@dataclass(frozen=True, slots=True)
class Script:
    """A Windows PowerShell 5.1 script from a ``.ps1`` file.

    The script reads its parameters from ``$given`` (an object made from the command's ``given`` mapping) and each
    secret with one ``[Console]::In.ReadLine()``, in the order of the command's ``secrets``.
    """

    name: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Command:
    """One program with its arguments, or one script, together with whether it changes anything.

    Attributes:
        parts: Program and arguments in order; a :class:`Secret` part is shown as ‹label› by ``str()``. Empty for a script.
        changes: False for a command that only reads.
        script: The PowerShell script to run instead of a program.
        given: JSON text with the script's parameters (never a secret).
        secrets: What the script reads line by line from standard input.
        within: Total time that the command may take before it is terminated.
    """

    parts: tuple[Part, ...]
    changes: bool
    script: Script | None = None
    given: str = "{}"
    secrets: tuple[Secret, ...] = ()
    within: timedelta = timedelta(seconds=60)

    @property
    def needs(self) -> frozenset[str]:
        """The capabilities of a session that may carry it; a secret needs one that no vendor's log listens to."""
        secret = self.secrets or any(isinstance(part, Secret) for part in self.parts)
        return frozenset({"powershell" if self.script else "cmd"} | ({"private"} if secret else set()))

    def __str__(self) -> str:
        if self.script:
            return " ".join([self.script.name, *(str(secret) for secret in self.secrets)])
        return " ".join(str(part) for part in self.parts)


def ask(*parts: Part | Script, within: timedelta = timedelta(seconds=60), **given: Any) -> Command:
    """A command that only reads: a program with arguments, or one :class:`Script` followed by its secrets.

    Keyword arguments become the script's ``$given``. Raises :class:`TypeError` for parameters to a plain program.
    """
    return _command(parts, within, given, changes=False)


def tell(*parts: Part | Script, within: timedelta = timedelta(seconds=120), **given: Any) -> Command:
    """A command that changes something; sent only while the latch is open. Arguments as for :func:`ask`."""
    return _command(parts, within, given, changes=True)


def _command(parts: tuple[Part | Script, ...], within: timedelta, given: Mapping[str, Any], *, changes: bool) -> Command:
    match parts:
        case (Script() as script, *rest):
            secrets = tuple(part for part in rest if isinstance(part, Secret))
            if len(secrets) != len(rest):
                raise TypeError("a script takes its parameters by name; only secrets follow it")
            return Command((), changes, script, json.dumps(given, sort_keys=True), secrets, within)
        case _:
            words = tuple(part for part in parts if not isinstance(part, Script))
            if given or not words or len(words) != len(parts):
                raise TypeError("a program takes its arguments in order, and a script comes first")
            return Command(words, changes, within=within)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a command printed and how it ended.

    Attributes:
        stdout: Standard output, decoded.
        stderr: Standard error, decoded.
        exit_code: As an unsigned 32-bit number, so an HRESULT compares as written in the vendor's tables.
    """

    stdout: str
    stderr: str
    exit_code: int

    def json(self) -> Any:
        """The output as JSON.

        Raises :class:`~agent.words.errors.Unsure` when it is empty, cut short or something else. What was said instead is
        in the error's facts and not in its line: it may be long, and the record cleans it as a whole.
        """
        told = self.stdout.lstrip("\ufeff")
        try:
            return json.loads(told)
        except ValueError:
            said = self.stderr.strip() or told.strip()
            kind = "something that is not JSON" if said else "nothing"
            raise Unsure(f"the device answered with {kind} (exit code {self.exit_code})", said=said) from None

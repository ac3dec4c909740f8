"""How a command is said as one text with marks around its output, and how that output is read back.

Directives, their defaults and the texts of the agent are those that public clients rely upon. The agent writes the text into
a file, ``.ps1`` or ``.cmd``, and knows no exit codes: so the text itself prints the last one, after all output.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from agent.api import Command, Reply, standalone
from connectors.cmdline import command_line

_KILLED = re.compile(r"Killed after (\d+) milliseconds\.")
_TRUNCATED = re.compile(r"Truncated output at \d+ characters\.\s*$")
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_POWERSHELL = """\
'{mark} begin'
if([DateTime]::UtcNow -gt ([DateTime]'{until}').ToUniversalTime()){{'{mark} late'}}else{{
$global:LASTEXITCODE=0
try{{&{{
{body}
}}
$keyturn=$LASTEXITCODE}}catch{{'{mark} error';"$_";$keyturn=1}}
"{mark} end $keyturn"}}
"""
_CLOCK = (
    "powershell.exe -NoLogo -NoProfile -NonInteractive -Command "
    "\"exit [int]([DateTime]::UtcNow -gt ([DateTime]'{until}').ToUniversalTime())\""
)
_CMD = """\
@echo off
echo {mark} begin
{clock}
if errorlevel 1 (echo {mark} late) else {body}
echo {mark} end %ERRORLEVEL%
"""


class Fate(StrEnum):
    """How a command ended that has no whole output."""

    LATE = "late"
    """The device took it after its time: nothing was done."""
    KILLED = "killed"
    """The agent ended it."""
    CUT = "cut"
    """Its output was longer than allowed and is cut off."""
    MARKLESS = "markless"
    """It ended without its last mark."""


@dataclass(frozen=True, slots=True)
class Said:
    """A command as it is sent.

    Attributes:
        mark: What no other command has, at the beginning and at the end of its output.
        text: Directives and body.
        milliseconds: After which the agent ends it.
    """

    mark: str
    text: str
    milliseconds: int

    def is_in(self, data: str) -> bool:
        """True for the text of an event that belongs to this command."""
        return self.mark in data

    def killed_unseen(self, data: str) -> bool:
        """True for output that says that something with this very time was ended before it printed anything."""
        found = _KILLED.fullmatch(data.strip())
        return found is not None and int(found[1]) == self.milliseconds

    def heard(self, data: str) -> Reply | Fate:
        """What the event with the output says. Of standard error only what ended a script is kept apart."""
        begin = re.search(rf"^\ufeff?{self.mark} begin\s*?$\n?", data, re.MULTILINE)
        if begin is None:
            return Fate.MARKLESS
        body = data[begin.end() :]
        if re.search(rf"^{self.mark} late\s*?$", body, re.MULTILINE):
            return Fate.LATE
        end = re.search(rf"{self.mark} end (-?\d+)\s*?$", body, re.MULTILINE)
        if end is None:
            return self._fate(body)
        output, _, error = body[: end.start()].partition(f"{self.mark} error")
        return Reply(self._without_echo(output, data[: begin.start()]), error.strip(), int(end[1]) & 0xFFFFFFFF)

    def _fate(self, body: str) -> Fate:
        if _TRUNCATED.search(body):
            return Fate.CUT
        return Fate.KILLED if _KILLED.search(body[-200:]) else Fate.MARKLESS

    def _without_echo(self, output: str, before: str) -> str:
        """*output* without the lines behind cmd.exe's prompt, if *before* shows that it echoed what it carried out."""
        prompt = re.search(rf"^([A-Za-z]:\\[^>\r\n]*>)echo {self.mark} begin", before, re.MULTILINE)
        if prompt is None:
            return output
        return re.sub(rf"(?:^\r?\n)?^{re.escape(prompt[1])}.*(?:\n|\Z)", "", output, flags=re.MULTILINE)


def said(command: Command, mark: UUID, until: datetime, max_length: int) -> Said:
    """*command*, which holds no secret, as it is sent.

    Args:
        command: A program, which cmd.exe runs, or a script.
        mark: A fresh random number.
        until: After this moment, by the device's clock, it does nothing.
        max_length: Characters that the agent may return.

    Raises:
        Misuse: it cannot be said on a command line.
    """
    milliseconds = round(command.within.total_seconds() * 1000)
    directives = f"#timeout={milliseconds}\n#maxlength={max_length}\n"
    words = {"mark": f"keyturn-{mark}", "until": until.strftime(_TIME)}
    if command.script is not None:
        body = _POWERSHELL.format(**words, body=standalone(command))
        return Said(words["mark"], f"#!ps\n{directives}{body}", milliseconds)
    body = _CMD.format(**words, clock=_CLOCK.format(**words), body=command_line(command.parts))
    return Said(words["mark"], directives + body, milliseconds)

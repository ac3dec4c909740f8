"""How the agent on a simulated PC carries out one command text: directives, then PowerShell or cmd.exe, as a file.

Sources: the directives, their defaults and the agent's own texts as public clients rely upon them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from connectors.lab.machine import Machine, Outcome

TIMEOUT = 10_000
"""Milliseconds after which a command is ended unless it says otherwise."""
LONGEST = 5000
"""Characters of output unless it says otherwise."""
PROMPT = "C:\\WINDOWS\\system32>"
_UTF8 = 65001
_DIRECTIVE = re.compile(r"#(?:!(?P<shell>\w+)|(?P<name>timeout|maxlength)=(?P<value>\d+))\s*")
_LATE = r"\[DateTime\]::UtcNow -gt \(\[DateTime\]'(?P<until>[^']+)'\)\.ToUniversalTime\(\)"
_WRAPPED = re.compile(
    r"'(?P<begin>[^'\n]*)'\n"
    rf"if\({_LATE}\)\{{'(?P<late>[^'\n]*)'\}}else\{{\n"
    r"\$global:LASTEXITCODE=0\n"
    r"try\{&\{\n(?P<body>.*)\n\}\n"
    r"\$(?P<code>\w+)=\$LASTEXITCODE\}catch\{'(?P<error>[^'\n]*)';\"\$_\";\$(?P=code)=1\}\n"
    r"\"(?P<end>[^\"$\n]*)\$(?P=code)\"\}\s*",
    re.DOTALL,
)
"""A script between two marks that does nothing after a certain moment, and prints how it ended."""
_CLOCK = re.compile(rf"powershell(?:\.exe)? .*-Command \"exit \[int\]\({_LATE}\)\"", re.IGNORECASE)
_IF = re.compile(r"if errorlevel (?P<level>\d+) \((?P<then>[^()]*)\) else (?P<otherwise>.*)", re.IGNORECASE)


class TextMachine(Machine, Protocol):
    """A machine that also runs a self-contained PowerShell text."""

    def run_text(self, text: str) -> Outcome:
        """Runs *text* as ``powershell.exe`` would."""
        ...


@dataclass(frozen=True, slots=True)
class Spoken:
    """A command text taken apart: which shell, milliseconds and characters that it may take, and the body."""

    powershell: bool
    timeout: int
    longest: int
    body: str


@dataclass
class Printed:
    """What comes out, and after how many seconds; *ended* is False for what the agent ended."""

    text: str = ""
    seconds: float = 0.0
    ended: bool = True


def spoken(text: str) -> Spoken:
    """*text* taken apart; directives stand at its beginning, one a line."""
    lines = text.replace("\r\n", "\n").split("\n")
    shell, numbers = "cmd", {"timeout": TIMEOUT, "maxlength": LONGEST}
    while lines and (found := _DIRECTIVE.fullmatch(lines[0])):
        shell = found["shell"] or shell
        if found["name"]:
            numbers[found["name"]] = int(found["value"])
        del lines[0]
    return Spoken(shell == "ps", numbers["timeout"], numbers["maxlength"], "\n".join(lines))


def carry_out(machine: TextMachine, text: str, now: datetime, *, echo: bool = False) -> Printed:
    """Carries *text* out on *machine* at the moment *now* by the machine's clock. With *echo*, cmd.exe cannot be silenced."""
    command = spoken(text)
    limit = command.timeout / 1000
    run = _PowerShell(machine, now, limit) if command.powershell else _Cmd(machine, now, limit, stubborn=echo)
    run.do(command.body)
    printed = run.printed
    if not printed.ended:
        printed.text += f"Killed after {command.timeout} milliseconds."
    elif len(printed.text) > command.longest:
        printed.text = f"{printed.text[: command.longest]}\r\nTruncated output at {command.longest} characters."
    return printed


class _Shell:
    """What both shells share: programs of the machine, within the time that there is."""

    def __init__(self, machine: TextMachine, now: datetime, limit: float) -> None:
        self.machine = machine
        self.now = now
        self.limit = limit
        self.printed = Printed()

    def say(self, line: str) -> None:
        self.printed.text += f"{line}\r\n"

    def take(self, outcome: Outcome) -> bool:
        """Counts the time of *outcome*; False when the agent ended it before it could print."""
        self.printed.seconds += outcome.seconds
        if self.printed.seconds > self.limit:
            self.printed.seconds, self.printed.ended = self.limit, False
        return self.printed.ended

    def program(self, line: str) -> int:
        outcome = self.machine.run(line, b"", _UTF8)
        if self.take(outcome):
            self.printed.text += (outcome.stdout + outcome.stderr).decode("utf-8", "replace")
        return outcome.exit_code

    def late(self, until: str) -> bool:
        return self.now > datetime.fromisoformat(until)


class _PowerShell(_Shell):
    """Runs a script of ours, between marks or alone; anything else is taken for programs, one a line."""

    def do(self, body: str) -> None:
        wrapped = _WRAPPED.fullmatch(body)
        if wrapped is not None:
            self._wrapped(wrapped)
        elif body.startswith("$ErrorActionPreference"):
            self._script(body, "")
        else:
            for line in filter(None, map(str.strip, body.split("\n"))):
                if self.printed.ended:
                    self.program(line)

    def _wrapped(self, found: re.Match[str]) -> None:
        self.say(found["begin"])
        if self.late(found["until"]):
            self.say(found["late"])
            return
        code = self._script(found["body"], found["error"])
        if self.printed.ended:
            self.say(f"{found['end']}{code}")

    def _script(self, text: str, error: str) -> int:
        outcome = self.machine.run_text(text)
        if not self.take(outcome):
            return 1
        self.printed.text += outcome.stdout.decode("utf-8", "replace")
        if outcome.exit_code:
            self.say(error)
            self.printed.text += outcome.stderr.decode("utf-8", "replace")
        return 1 if outcome.exit_code else 0


@dataclass
class _Batch:
    """How a batch file stands: whether lines are echoed, and the last exit code."""

    echo: bool = True
    errorlevel: int = 0
    over: bool = field(default=False)


class _Cmd(_Shell):
    """Runs a batch file of plain lines: ``echo``, ``exit``, ``if errorlevel … else``, and the machine's programs."""

    def __init__(self, machine: TextMachine, now: datetime, limit: float, *, stubborn: bool) -> None:
        super().__init__(machine, now, limit)
        self._stubborn = stubborn
        self._batch = _Batch()

    def do(self, body: str) -> None:
        for line in filter(None, map(str.strip, body.split("\n"))):
            if self._batch.over or not self.printed.ended:
                return
            expanded = line.replace("%ERRORLEVEL%", str(self._batch.errorlevel))
            if self._batch.echo and not line.startswith("@"):
                self.printed.text += f"\r\n{PROMPT}{expanded}\r\n"
            self._line(expanded.removeprefix("@"))

    def _line(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        if word.lower() == "echo":
            self._echo(rest)
        elif word.lower() == "exit":
            self._batch.over = True
        elif found := _IF.fullmatch(line):
            self._line(found["then"] if self._batch.errorlevel >= int(found["level"]) else found["otherwise"])
        elif found := _CLOCK.fullmatch(line):
            self._batch.errorlevel = int(self.late(found["until"]))
        else:
            self._batch.errorlevel = self.program(line)

    def _echo(self, rest: str) -> None:
        if rest.lower() in ("on", "off"):
            self._batch.echo = rest.lower() == "on" or self._stubborn
        else:
            self.say(rest)

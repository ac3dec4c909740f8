"""One call of the command line: which home it works in, who can be asked, and where its words go."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import pluggy
    from rich.console import Console

    from agent.machine.home import Home
    from agent.machine.scrub import Scrub
    from agent.words.device import Workplace
    from agent.words.ports import Clock

SCHEMA = 1
"""The version of everything that ``--json`` prints; it grows when a field changes its meaning or goes away."""


@dataclass
class Call:
    """What every command is given as ``ctx.obj``; a command of a plug-in uses only :meth:`workplace`.

    Attributes:
        plugins: The plug-ins to use instead of those that are installed.
        clock: The clock to use instead of the computer's.
        folder: The data folder; found by itself when ``None``.
        colour: False when no colour may be used.
        as_json: True when the data is wanted as JSON.
        terminal: Whether a person can be asked; found by itself when ``None``.
    """

    plugins: pluggy.PluginManager | None = None
    clock: Clock | None = None
    folder: Path | None = None
    colour: bool = True
    as_json: bool = False
    terminal: bool | None = None

    @cached_property
    def hooks(self) -> pluggy.PluginManager:
        """The plug-ins. Raises :class:`~agent.words.errors.Misuse` when one cannot be loaded."""
        from agent.machine.plugins import load

        return self.plugins or load()

    @cached_property
    def home(self) -> Home:
        """The home in the data folder, opened when it is first needed."""
        from agent.machine.clock import SystemClock
        from agent.machine.config import data_folder
        from agent.machine.home import Home

        return Home(self.folder or data_folder(), self.hooks, self.clock or SystemClock())

    def workplace(self) -> Workplace:
        """What a plug-in's command works with."""
        return self.home.workplace()

    @property
    def can_ask(self) -> bool:
        """True when a person sits at the terminal and the output is meant for one."""
        if self.as_json:
            return False
        return sys.stdin.isatty() and sys.stderr.isatty() if self.terminal is None else self.terminal

    @cached_property
    def out(self) -> Console:
        """Standard output, for what was asked for."""
        return self._console(stderr=False)

    @cached_property
    def err(self) -> Console:
        """Standard error, for progress and remarks."""
        return self._console(stderr=True)

    def clean(self, text: str) -> str:
        """*text* without secrets and without control characters, on any number of lines."""
        cleaned = self._scrub().text(text)
        return "".join(letter for letter in cleaned if letter.isprintable() or letter == "\n")

    def say(self, text: str) -> None:
        """Prints data to standard output as it stands, without secrets."""
        click.echo(self.clean(text))

    def remark(self, text: str) -> None:
        """Prints a line for people to standard error."""
        click.echo(self.clean(text), err=True)

    def document(self, **fields: Any) -> None:
        """Prints one line of JSON to standard output, without secrets."""
        line = json.dumps({"schema": SCHEMA, **self._scrub().value(fields)}, ensure_ascii=False)
        click.echo(line)
        sys.stdout.flush()

    def _scrub(self) -> Scrub:
        """Knows what the vault revealed, without opening the vault for it."""
        home = vars(self).get("home")
        vault = vars(home).get("vault") if home else None
        if home and vault:
            scrub: Scrub = home.scrub
            return scrub
        from agent.machine.scrub import Scrub

        return Scrub()

    def _console(self, *, stderr: bool) -> Console:
        from rich.console import Console

        plain = not self.colour or bool(os.environ.get("NO_COLOR"))
        return Console(stderr=stderr, no_color=plain, markup=False, highlight=False, emoji=False)


def _wants_json(ctx: click.Context, param: click.Parameter, value: bool) -> None:  # noqa: ARG001, FBT001 - click calls it
    if value:
        ctx.ensure_object(Call).as_json = True


json_option = click.option(
    "--json", is_flag=True, expose_value=False, callback=_wants_json, help="Print JSON, for programs to read."
)
"""The option ``--json`` of a command; it sets :attr:`Call.as_json`."""

"""The command ``demo``: a whole order for a simulated customer, with the commands that a technician would type."""

from __future__ import annotations

import re
import shlex
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli.call import Call
from agent.words.errors import Exit, Misuse

if TYPE_CHECKING:
    from rich.console import Console

    from agent.words.scenario import CommandLine, Scenario

WIDTH = 118
"""Columns of the picture, which shows the second run: the one that changes the PC."""


@click.command()
@click.argument("playbook", default="windows-upgrade")
@click.option("--keep", type=click.Path(path_type=Path, file_okay=False), help="Keep the demo's files in this folder.")
@click.option("--picture", type=click.Path(path_type=Path, dir_okay=False), help="Draw the run into this SVG file.")
@click.pass_obj
def demo(call: Call, playbook: str, keep: Path | None, picture: Path | None) -> int:
    """Carry out an order for a simulated customer, over real protocols.

    Nothing outside this computer is touched: the customer's systems are simulated on loopback, and the desk is a fresh one
    in a folder of its own, which is deleted afterwards unless --keep names one.
    """
    scenario: Scenario | None = call.hooks.hook.keyturn_scenario(name=playbook)
    if scenario is None:
        raise Misuse(f"there is no simulated customer for {playbook}", "Try 'keyturn demo windows-upgrade'.")
    try:
        with tempfile.TemporaryDirectory(prefix="keyturn-demo-") as folder:
            stage = Call(plugins=call.hooks, clock=call.clock, folder=keep or Path(folder), colour=call.colour)
            if picture:
                stage.err = stage.out = _recording()
            code = _Demo(stage, scenario).play()
            if picture:
                picture.write_text(_drawn(stage.err), encoding="utf-8")
    finally:
        scenario.close()
    return code


def _recording() -> Console:
    from rich.console import Console

    return Console(stderr=True, record=True, width=WIDTH, force_terminal=True, markup=False, highlight=False, emoji=False)


def _drawn(console: Console) -> str:
    """What *console* recorded, as an SVG that loads no fonts from elsewhere."""
    return re.sub(r"@font-face \{.*?\}\s*", "", console.export_svg(title="keyturn"), flags=re.DOTALL)


@dataclass
class _Demo:
    """One demonstration on its own stage."""

    stage: Call
    scenario: Scenario

    def play(self) -> Exit:
        """Fills the desk, runs until the customer must act, lets them act, and runs again; returns the exit code."""
        self._say(self.scenario.title, "bold")
        for name, secret in self.scenario.secrets.items():
            self._show(("key", "add", name, *(("--kind", secret.label) if secret.label != "product key" else ())))
            self.stage.home.vault.put(name, secret.reveal(), kind=secret.label, at=self.stage.home.clock.now())
        for line in self.scenario.setup:
            if code := self._type(line):
                return code
        first = self._type((*self.scenario.run, "--yes"))
        if first is not Exit.WAITING:
            return first
        self._say(f"\n{self.scenario.act()}", "italic")
        if self.stage.err.record:
            self.stage.err.export_text(clear=True)
        again = self._type(("resume", "1", "--yes"))
        self._say("\nWhat was changed on the simulated PC:", "bold")
        for effect in self.scenario.effects():
            self._say(f"  {effect}")
        return again

    def _type(self, line: CommandLine) -> Exit:
        """Shows a command as a technician would type it, and carries it out on the stage."""
        from agent.cli.main import keyturn

        self._show(line)
        try:
            keyturn.main(list(line), prog_name="keyturn", obj=self.stage)
        except SystemExit as end:
            return Exit(int(end.code or 0))
        return Exit.DONE

    def _show(self, line: Sequence[str]) -> None:
        self._say(f"$ keyturn {shlex.join(line)}", "cyan")

    def _say(self, text: str, style: str = "") -> None:
        from rich.text import Text

        self.stage.err.print(Text(text, style), soft_wrap=not self.stage.err.record)

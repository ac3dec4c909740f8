"""``keyturn lab`` as a person uses it: the real command in a process of its own, and its options."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from agent.machine.clock import SystemClock
from connectors.lab.command import lab as command
from connectors.lab.training.training import IDS, program
from playbooks.windows_upgrade import UpgradeOrder

PROGRAM = Path(sys.executable).parent / "keyturn"


class Started:
    """A lab in a process of its own."""

    def __init__(self, *args: str) -> None:
        env = {**os.environ, "PATH": "/usr/bin:/bin", "PYTHONWARNINGS": "error"}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen([str(PROGRAM), "lab", *args], env=env, **pipes)
        self.say("ledger")
        self.introduction = self.read_until("Nothing was changed yet.")

    def read_until(self, part: str) -> list[str]:
        lines = []
        while not lines or part not in lines[-1]:
            line = self.process.stdout.readline()
            assert line, self.process.communicate()[1]
            lines.append(line.rstrip("\n"))
        return lines

    @property
    def lines(self) -> list[list[str]]:
        """What it says to type, without the program."""
        words = [shlex.split(line) for line in self.introduction if line.startswith(f"  {PROGRAM} ")]
        return [line[1:] for line in words]

    def say(self, line: str) -> None:
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def ended(self) -> str:
        out, err = self.process.communicate("quit\n", timeout=30)
        assert (self.process.returncode, err) == (0, "")
        return out


@pytest.fixture
def start():
    started = []

    def begin(*args: str) -> Started:
        started.append(Started(*args))
        return started[-1]

    yield begin
    for each in started:
        if each.process.poll() is None:
            each.process.kill()
            each.process.communicate()


@pytest.fixture
def clock():
    """The real time, which a lab in a process of its own has."""
    return SystemClock()


def carried_out(lab, typed) -> str:
    """Types every line that the lab printed, backs up when the run waits, and goes on as the run says; the last result."""
    assert [line[0] for line in lab.lines] == ["key", "key", "customer", "device", "licence", "ticket", "doctor", "run"]
    for line in lab.lines[:-1]:
        result = typed(*line)
        assert result.exit_code == 0, result.output
    waiting = typed(*lab.lines[-1])
    assert waiting.exit_code == 3, waiting.output
    again = re.findall(r"keyturn (resume \d+)", waiting.stdout)[-1]
    lab.say("backup")
    lab.read_until("was backed up to the network.")
    done = typed(*again.split())
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.parametrize("args", [("--to", "enterprise"), ("--https", "--to", "enterprise")], ids=["http", "https"])
def test_what_the_lab_prints_leads_to_the_end_of_the_run(start, typed, args):
    lab = start(*args)
    assert "done: " in carried_out(lab, typed)
    lab.say("ledger")
    lab.say("fault refuse")
    ledger = lab.ended()
    assert "install" in ledger
    assert "refuse will happen" in ledger


def test_a_second_lab_fits_into_the_same_home(start, typed):
    first, second = start("--to", "enterprise"), start("--to", "enterprise", "--name", "FRONTDESK-07")
    assert "done: " in carried_out(first, typed)
    assert "done: " in carried_out(second, typed)


def test_a_pc_that_is_in_the_desk_already_is_changed_as_the_lab_says(start, typed):
    for started in (start("--name", "PC-1"), start("--name", "PC-1")):
        for words in started.lines:
            if words[0] == "device" and typed("device", "show", "PC-1").exit_code == 0:
                assert typed(*words).exit_code == 2
                place = words.index("--customer")
                words[1:2] = ["change"]
                words[place : place + 2] = ["--without", "winrm"]
            if words[0] != "run":
                assert typed(*words).exit_code == 0


@pytest.mark.parametrize("edition", [*IDS])
def test_each_edition_makes_an_order_that_can_be_read(lab, edition):
    training = lab(edition=edition, target="server-datacenter")
    assert UpgradeOrder.model_validate(training.guide.order()).device == training.pc.name


@pytest.mark.parametrize("name", ["", "PC 1", "pc.local", "-pc", "pc-", "12345", "ä", "A" * 16, "a/b"])
def test_a_name_that_no_pc_has_is_refused(name):
    result = CliRunner().invoke(command, ["--name", name])
    assert result.exit_code == 2
    assert "a PC's name is 1 to 15 letters, digits and hyphens" in result.output


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["--way", "winrm", "--way", "winrm-jump"], "winrm and winrm-jump are one way twice: a device has one of winrm."),
        (
            ["--way", "screenconnect-built-in", "--way", "ssh", "--way", "screenconnect"],
            "screenconnect-built-in and screenconnect are one way twice: a device has one of screenconnect.",
        ),
        (["--way", "ssh", "--way", "ssh"], "ssh and ssh are one way twice"),
        (["--way", "ssh", "--https"], "--https concerns WinRM, which is not among ssh. Add --way winrm, or leave it out."),
        (
            ["--way", "vsax", "--way", "splashtop", "--latency", "1"],
            "--latency concerns WinRM, which is not among vsax, splashtop.",
        ),
    ],
)
def test_what_does_not_go_together_is_one_line(typed, args, says):
    result = typed("lab", *args)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert says in result.stderr


def test_a_way_that_there_is_not_is_refused_with_those_there_are(typed):
    result = typed("lab", "--way", "telnet")
    assert result.exit_code == 2
    assert "winrm-jump" in result.stderr


def test_the_program_is_named_as_the_shell_finds_it(tmp_path):
    file = tmp_path / "keyturn"
    file.write_text("#!/bin/sh\n")
    file.chmod(0o755)
    assert program(str(file), str(tmp_path)) == "keyturn"
    assert program(str(file), "/nowhere") == str(file)


def test_a_person_gets_a_prompt_until_the_end_of_input(monkeypatch):
    from connectors.lab import command

    asked = iter(["backup", "quit now"])

    def answer(prompt):
        assert prompt == "lab> "
        try:
            return next(asked)
        except StopIteration:
            raise EOFError from None

    monkeypatch.setattr(command.sys, "stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr("builtins.input", answer)
    assert list(command._typed()) == ["backup", "quit now"]

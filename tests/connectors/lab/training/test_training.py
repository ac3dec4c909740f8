"""``keyturn lab`` as a person uses it: the real command, every line that it prints, and every word beside it."""

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

from agent.cli.call import Call
from agent.cli.main import keyturn
from connectors.lab.command import lab
from connectors.lab.training.training import IDS, opened, program
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
def typed(tmp_path):
    """Types one command line into a home of its own, where somebody says yes to everything."""

    def type_in(*words: str):
        call = Call(folder=tmp_path / "home", terminal=True)
        return CliRunner().invoke(keyturn, list(words), obj=call, input="y\n", catch_exceptions=False)

    return type_in


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


@pytest.mark.parametrize("args", [(), ("--https", "--to", "enterprise")], ids=["http", "https"])
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
                del words[place : place + 2]
            if words[0] != "run":
                assert typed(*words).exit_code == 0


@pytest.mark.parametrize("edition", [*IDS])
def test_each_edition_makes_an_order_that_can_be_read(edition):
    options = {"name": None, "edition": edition, "target": "server-datacenter", "language": "en-US", "tls": False, "latency": 0}
    with opened(options) as training:
        fields = {name.removeprefix("--"): value for name, value in training._order().items()}
        assert UpgradeOrder.model_validate(fields).device == training.pc.name


def options(**more):
    return {"name": "PC-1", "edition": "pro", "target": "education", "language": "en-US", "tls": False, "latency": 0} | more


@pytest.fixture
def training():
    with opened(options()) as made:
        yield made


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("backup", "PC-1 was backed up to the network."),
        ("user", "Nobody was logged on."),
        ("user 'Anna Berg'", "Anna Berg is logged on."),
        ("restart", "PC-1 restarts."),
        ("unplug", "PC-1 has no power."),
        ("plug", "PC-1 starts."),
        ("fault cut", "cut will happen to the next Command request."),
        ("fault Quota-Of-Shells create 2", "quota-of-shells will happen to the next 2 Create requests."),
        ("fault slow any", "slow will happen to the next request."),
        ("fail activate 0xC004F050", "The next try of activate will end with 0xC004F050."),
        ("fail activate -1073418160 3", "The next 3 tries of activate will end with -1073418160."),
        ("ledger", "Nothing was changed yet."),
        ("backup now", "Write it as: backup"),
        ("fault", "Write it as: fault NAME [REQUEST [TIMES]]"),
        ("fault cut Command 1 2", "Write it as: fault NAME [REQUEST [TIMES]]"),
        ("fail activate", "Write it as: fail SCRIPT CODE [TIMES]"),
        ("fault cutt", "fault: there is no fault 'cutt'. Did you mean 'cut'? Type help for their names."),
        ("fault cut Comand", "fault: there is no request 'Comand'. Did you mean 'command'? Type help for their names."),
        ("fault cut Command many", "fault: TIMES is a whole number from 1 to 1000, not 'many'."),
        ("fault cut Command 0", "fault: TIMES is a whole number from 1 to 1000, not '0'."),
        ("fail activat 1", "fail: there is no script 'activat'. Did you mean 'activate'? Type help for their names."),
        ("fail activate much", "fail: CODE is an error code such as 0xC004F050, not 'much'."),
        ("fail activate 0x1C004F050", "fail: CODE is an error code such as 0xC004F050, not '0x1C004F050'."),
        ("bakup", "There is no word 'bakup'. Did you mean 'backup'? Type help."),
        ("xyz", "There is no word 'xyz'. Type help."),
        ("user 'Anna", "A quotation mark is missing."),
        ("quit now", "Write it as: quit"),
    ],
)
def test_each_word_does_what_it_says_and_a_slip_is_one_line(training, line, says):
    assert training.do(line) == says


def test_user_alone_logs_off(training):
    training.do("user Anna")
    assert training.do("user") == "Anna logged off."
    assert training.pc.state.user is None


def test_help_names_everything_that_can_be_typed(training):
    told = training.do("help")
    for part in ("fault NAME [REQUEST [TIMES]]", "quota-of-shells", "Receive", "any", "install_key", "user [NAME]", "logs off"):
        assert part in told
    assert told in training.introduction("keyturn")


def test_help_fits_a_terminal_and_breaks_no_name(training):
    told = training.do("help")
    assert max(map(len, told.splitlines())) <= 80
    assert "quota-of-operations" in told


def test_a_name_that_may_be_known_comes_with_advice(training):
    assert "Is PC-1 in your desk already?" in training.introduction("keyturn")
    with opened(options(name=None)) as other:
        assert "already?" not in other.introduction("keyturn")


def test_the_ledger_tells_what_happened(training):
    training.pc.world.ledger.add("PC-1", "restart", by="somebody", text="long")
    assert re.fullmatch(r"\d\d:\d\d:\d\d  restart  by somebody", training.do("ledger"))


@pytest.mark.parametrize("name", ["", "PC 1", "pc.local", "-pc", "pc-", "12345", "ä", "A" * 16, "a/b"])
def test_a_name_that_no_pc_has_is_refused(name):
    result = CliRunner().invoke(lab, ["--name", name])
    assert result.exit_code == 2
    assert "a PC's name is 1 to 15 letters, digits and hyphens" in result.output


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

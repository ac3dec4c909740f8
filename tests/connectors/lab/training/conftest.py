"""A lab in this process whose time is the tests' own, and somebody who types at keyturn."""

from __future__ import annotations

import re
import shlex
import subprocess
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from agent.cli.call import Call
from agent.cli.main import keyturn
from connectors.lab.training.training import opened

USUAL = {"name": None, "edition": "pro", "target": "education", "language": "en-US", "tls": False, "latency": 0}


@pytest.fixture
def clock(clock):
    """Begins at the present moment, because doctor holds the PC's clock against this computer's."""
    clock.moment = datetime.now(UTC)
    return clock


@pytest.fixture
def lab(clock):
    """Opens a lab with the ways and the options that are given."""
    with ExitStack() as stack:
        yield lambda *ways, **more: stack.enter_context(opened({**USUAL, "ways": ways or ("winrm",), **more}, clock))


@pytest.fixture
def printed():
    """The lines that a lab says to type in another terminal, in their order."""

    def lines(training) -> list[str]:
        before, _, _ = training.introduction("keyturn").partition("What may be typed here")
        return re.findall(r"^  ((?:keyturn|cat) .*)$", before, re.MULTILINE)

    return lines


@pytest.fixture
def typed(tmp_path, clock):
    """Types one command of keyturn into a home of its own, where somebody says yes to everything."""

    def type_in(*words: str):
        call = Call(folder=tmp_path / "home", terminal=True, clock=clock)
        return CliRunner().invoke(keyturn, list(words), obj=call, input="y\n", catch_exceptions=False)

    return type_in


@pytest.fixture
def copied(tmp_path, typed):
    """Copies one line that the lab prints into a shell; keyturn itself is called in this process."""

    def copy(line: str):
        program, *words = shlex.split(line)
        if program == "keyturn":
            return typed(*words)
        env = {"PATH": "/usr/bin:/bin", "KEYTURN_HOME": str(tmp_path / "home")}
        return subprocess.run(["/bin/sh", "-c", line], env=env, check=True)

    return copy

"""What the machine's tests share: a record in memory, a walker around it, and a way to run code in another process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from agent.machine.latch import Latch
from agent.machine.patience import Patience
from agent.machine.walk import Walk
from agent.words.answer import Answer, unsure
from agent.words.event import Kind
from tests.agent.machine.ladders import Rungs


@dataclass
class FakeRecord:
    """A journal in memory that hangs, releases, states and fails as a test says."""

    hanging: set[str] = field(default_factory=set)
    free: set[str] = field(default_factory=set)
    statements: dict[str, Answer] = field(default_factory=dict)
    fails_on: Kind | None = None
    written: list[tuple] = field(default_factory=list)

    def write(self, kind, step="", text="", /, **facts):
        if kind is self.fails_on:
            raise OSError("the journal's disk is full")
        self.written.append((kind, step, text, facts))

    def hangs(self, step):
        return step in self.hanging

    def released(self, step):
        return step in self.free

    def stated(self, step):
        return self.statements.get(step, unsure("nobody has stated it yet"))

    def marks(self):
        """The mark of each settled step, in order."""
        return {step: facts["mark"] for kind, step, _, facts in self.written if kind is Kind.SETTLED}

    def settled(self, step):
        """The one settling of *step*: its text and facts."""
        ((text, facts),) = [(text, facts) for kind, name, text, facts in self.written if kind is Kind.SETTLED and name == step]
        return text, facts

    def kinds(self):
        return [kind for kind, *_ in self.written]


@dataclass
class Walker:
    """A walk with everything around it faked."""

    clock: object
    record: FakeRecord
    latch: Latch
    permits: list[int]
    ticks: list[int]
    walk: Walk

    def over(self, *steps):
        return self.walk.over(steps)


@pytest.fixture
def make_walker(make_clock) -> Callable[..., Walker]:
    def make(*, dry=False, hangs=(), released=(), stated=None, permit=None, tick=None):
        clock, record, permits, ticks = make_clock(), FakeRecord(set(hangs), set(released), stated or {}), [], []
        latch = Latch(None if dry else permit or (lambda: permits.append(1)))
        patience = Patience(clock, tick=tick or (lambda: ticks.append(1)))
        return Walker(clock, record, latch, permits, ticks, Walk(latch, record, patience))

    return make


@pytest.fixture
def in_another_process():
    """Starts a Python program with arguments; returns the process, whose output is text."""

    def start(program, *args):
        command = [sys.executable, "-c", program, *map(str, args)]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    return start


@pytest.fixture
def rungs(clock):
    """Routes to one device, and what they noted."""
    return Rungs(clock)

"""What the end-to-end tests are given: a customer's office whose clock only moves when somebody waits."""

from __future__ import annotations

import os
import tempfile
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from agent.machine import plugins
from tests.playbooks.upgrade.office import BEGIN, Office


class Clock:
    """Simulated time that the run and the PC share; waiting moves it on for both at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._moment = BEGIN

    def now(self):
        with self._lock:
            return self._moment

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self._moment += timedelta(seconds=seconds)


@pytest.fixture(scope="session")
def hooks():
    """The installed plug-ins."""
    return plugins.load()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def folder(tmp_path):
    """Where data folders lie: in memory where there is such a place, because every journal row waits for the disk."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(prefix="keyturn-", dir=memory) as name:
        yield Path(name)


@pytest.fixture
def make_office(folder, hooks, clock):
    """Opens offices; each is closed at the end."""
    opened: list[Office] = []

    def make(**given) -> Office:
        opened.append(Office(folder / f"home{len(opened)}", hooks, clock, **given))
        return opened[-1]

    yield make
    for office in opened:
        office.close()


@pytest.fixture
def office(make_office):
    """The ordinary case: Windows 11 Pro, to become Education, which takes a restart."""
    return make_office()

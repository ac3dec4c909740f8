"""What every test is given: a clock that only moves when it is told to, and an environment that is nobody's."""

from __future__ import annotations

import os
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir

pytest_plugins = ["agent.testing.plugin"]

set_hypothesis_home_dir(Path(tempfile.gettempdir()) / "keyturn-hypothesis")
settings.register_profile("keyturn", deadline=None, derandomize=True, database=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "keyturn"))


class FakeClock:
    """Starts at a fixed moment; ``sleep`` moves it on and notes for how long it was asked to wait."""

    def __init__(self) -> None:
        self.moment = datetime(2025, 10, 6, 8, 0, tzinfo=UTC)
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.moment += timedelta(seconds=seconds)


@pytest.fixture(autouse=True)
def _nobodys_environment(monkeypatch, tmp_path_factory):
    """No setting of keyturn's, and a home folder in which nothing of the person's own can be found or spoilt."""
    for name in [name for name in os.environ if name.startswith("KEYTURN_")]:
        monkeypatch.delenv(name)
    nobody = tmp_path_factory.mktemp("nobody")
    monkeypatch.setenv("HOME", str(nobody))
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture(scope="session")
def make_clock():
    """The class of the clock, for tests that need a fresh one for each example."""
    return FakeClock


@pytest.fixture
def folder(tmp_path):
    """A data folder that does not exist yet."""
    return tmp_path / "keyturn"

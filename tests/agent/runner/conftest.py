"""The house of the runner's tests."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

FAKES = Path(__file__).parents[1] / "fakes.py"


@pytest.fixture(scope="session")
def fakes():
    """The module of shared fakes, loaded by its place: the tests are no package."""
    spec = importlib.util.spec_from_file_location("keyturn_fakes", FAKES)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def world(fakes, tmp_path):
    return fakes.World(tmp_path / "ledger.txt")


@pytest.fixture
def make_house(fakes, folder, world, clock):
    """Opens the house anew, as another process would."""

    def make(observers=(), **plugin):
        return fakes.House(folder, world, clock, observers, **plugin)

    return make


@pytest.fixture
def house(make_house):
    return make_house().fill_vault()


@pytest.fixture
def agreed(house):
    """A house whose customer has agreed already."""
    assert house.run().step == "the customer agreed"
    house.answer("the customer agreed")
    return house

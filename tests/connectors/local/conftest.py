"""A desk in a fresh folder, a clock that stands still, and the command line with its workplace."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import click
import pytest
from click.testing import CliRunner, Result

from agent.api import Device, Secret, Workplace
from connectors.local.customers import Customer, Customers
from connectors.local.desk import Desk
from connectors.local.devices import DeskDevices
from connectors.local.mail import DeskMail
from connectors.local.plugin import keyturn_commands
from tests.connectors.local.postmaster import Postmaster


class StandingClock:
    """Time that moves only when told."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def desk(folder: Path, clock: StandingClock) -> Desk:
    return Desk(folder, clock, wait=0.2)


@pytest.fixture
def contoso(desk: Desk) -> Desk:
    """A desk with two customers and three devices."""
    Customers(desk).add(Customer("Contoso", "core", "it@contoso.example", "Europe/Berlin"))
    Customers(desk).add(Customer("Fabrikam", "basic"))
    for name, user in (("FRONTDESK-07", "jane"), ("FRONTDESK-02", "joe")):
        DeskDevices(desk).add(Device(name, "Contoso", user, {"winrm": {"host": "10.0.0.7"}}))
    DeskDevices(desk).add(Device("FAB-1", "Fabrikam", "ann"))
    return desk


@pytest.fixture
def workplace(folder: Path, clock: StandingClock) -> Callable[..., Workplace]:
    """A workplace with the given section ``mail``."""

    def make(**mail: object) -> Workplace:
        return Workplace(folder, {"mail": mail} if mail else {}, clock, lambda reference: Secret(f"secret of {reference}"))

    return make


@pytest.fixture
def keyturn(workplace: Callable[..., Workplace]) -> Callable[..., Result]:
    """Runs one command line of the desk; an error for people is raised as it is."""

    def run(*words: str, typed: str = "", at: Workplace | None = None) -> Result:
        group = click.Group(commands={command.name or "": command for command in keyturn_commands()})
        given = SimpleNamespace(workplace=(lambda: at) if at else workplace)
        result = CliRunner().invoke(group, words, input=typed, obj=given, standalone_mode=False)
        if result.exception:
            raise result.exception
        return result

    return run


@pytest.fixture
def postmaster() -> Iterator[Callable[..., Postmaster]]:
    """Starts mail servers, with their answers by verb; ``end`` is the end of the text."""
    started: list[Postmaster] = []

    def start(context: ssl.SSLContext | None = None, **answers: str | None) -> Postmaster:
        named = {"." if verb == "end" else verb if verb == "greeting" else verb.upper(): said for verb, said in answers.items()}
        started.append(Postmaster(named, context))
        started[-1].start()
        return started[-1]

    yield start
    for each in started:
        each.stop()


@pytest.fixture
def mail(contoso, workplace) -> Callable[..., DeskMail]:
    """The desk's mail with the given section ``mail``."""

    def make(**settings: object) -> DeskMail:
        return DeskMail(contoso, workplace(**settings))

    return make

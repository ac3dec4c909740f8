"""A toy world for the command line: one playbook, one device, two connectors, all of them told how to behave."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, Literal

import click
import pluggy
import pytest
from click.testing import CliRunner
from pydantic import Field

from agent.cli.call import Call
from agent.cli.main import keyturn
from agent.words import hooks
from agent.words.answer import Answer, Verdict, no, unsure, yes
from agent.words.command import Reply, ask
from agent.words.device import Device, Devices
from agent.words.errors import Attended, NeedsPerson, NotSent, Refused
from agent.words.order import Order, SecretReference
from agent.words.playbook import playbook
from agent.words.ports import Clock, People, RemoteSession
from agent.words.step import Step, seconds

GOOD_KEY = "NF6HC-QH89W-F8WYV-WWXV4-WFG6P"
BAD_KEY = "NF6HC-QH89W-F8WYV-WWXV4-WFG6Q"


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class ToyOrder(Order):
    device: str = Field(description="the toy, as the desk names it")
    technician: str = Field("Dana", description="who does the work")
    colour: Colour = Field(Colour.RED, description="its colour")
    pace: Literal["slow", "fast"] = Field("slow", description="how fast")
    careful: bool = Field(True, description="whether to be careful")
    turns: int = Field(3, ge=1, description="how many turns")
    weight: float | None = Field(None, description="its weight")
    labels: list[str] = Field([], description="what is written on it")
    appointment: datetime | None = Field(None, description="when")
    day: date | None = None
    length: timedelta | None = None
    key: SecretReference | None = Field(None, description="where the product key is kept")
    either: int | str | None = None
    extras: dict[str, str] = Field(default_factory=dict)
    zone: str = Field("UTC", description="the customer's time zone")

    @property
    def target(self) -> str:
        return f"device:{self.device}"


class NamelessOrder(Order):
    """An order without technician and zone."""

    by: str = Field("nobody", description="clashes with an option of ours")
    moment: datetime | None = None

    @property
    def target(self) -> str:
        return "thing:it"


@dataclass
class World:
    """How the toys behave, and what was done to them."""

    wound: bool = False
    winding: Callable[[], None] = lambda: None
    gate: Answer | Callable[[], Answer] = field(default_factory=lambda: yes("it is open"))
    ways: dict[str, dict[str, Any]] = field(default_factory=lambda: {"broken": {}, "wire": {}})
    diagnosis: Any = None
    presence: Answer = field(default_factory=lambda: yes("it is there"))
    down: set[str] = field(default_factory=set)
    opened: list[str] = field(default_factory=list)
    closed: int = 0
    wound_times: int = 0

    def wind(self) -> None:
        self.winding()
        self.wound_times += 1
        self.wound = True


class FakeSession:
    def __init__(self, world: World, name: str) -> None:
        self.world, self.connector, self.capabilities = world, name, CAN[name]

    def ask(self, command: Any) -> Reply:
        if "attended" in self.capabilities:
            raise Attended("a technician must look")
        return Reply("fine", "", 0)

    def presence(self) -> Answer:
        return self.world.presence

    def link(self) -> str:
        return "https://tool.example/7"

    def tell(self, command: Any) -> Reply:
        raise AssertionError("nothing is told here")

    def close(self) -> None:
        self.world.closed += 1


CAN = {
    "broken": frozenset({"cmd", "powershell", "private"}),
    "wire": frozenset({"cmd", "powershell", "private"}),
    "tool": frozenset({"cmd", "powershell", "presence", "message"}),
    "hands": frozenset({"attended"}),
}


class FakeConnector:
    def __init__(self, name: str, world: World) -> None:
        self.name, self.world, self.capabilities = name, world, CAN[name]

    def open(self, device: Device) -> FakeSession:
        self.world.opened.append(self.name)
        if self.name == "broken" or self.name in self.world.down:
            raise NotSent("nobody listens", "Start the service.")
        return FakeSession(self.world, self.name)


def toy_playbook(world: World) -> Any:
    @playbook(title="Toy upgrade")
    def toy_upgrade(order: ToyOrder, pc: RemoteSession, people: People, clock: Clock) -> Any:
        """Winds a toy up."""
        yield Step("the toy answers", done=lambda: yes(pc.ask(ask("hello")).stdout))
        yield Step(
            "the gate is open", done=lambda: world.gate() if callable(world.gate) else world.gate, by_hand="push the gate"
        )
        yield Step(
            "the toy is wound up",
            done=lambda: yes("3 turns") if world.wound else no("0 turns, 3 were wanted"),
            do=world.wind,
            patience=seconds(0),
        )

    return toy_upgrade


@playbook(title="A nameless thing")
def nameless(order: NamelessOrder, clock: Clock) -> Any:
    yield Step("it is there", done=lambda: yes("seen"))


class Plugin:
    """What the toys bring."""

    def __init__(self, world: World) -> None:
        self.world = world

    @hooks.hookimpl
    def keyturn_playbooks(self):
        return [toy_playbook(self.world), nameless]

    @hooks.hookimpl
    def keyturn_connectors(self, workplace):
        return [FakeConnector(name, self.world) for name in CAN]

    @hooks.hookimpl
    def keyturn_ports(self, workplace):
        world = self.world

        class Directory:
            def find(self, name: str) -> Device:
                return Device(name, "Contoso", ways=world.ways)

        return {Devices: Directory()}

    @hooks.hookimpl
    def keyturn_explain(self, code):
        return hooks.Explanation("It is blocked", {"who acts": "the vendor"}) if code in ("-5", "0xC004") else None

    @hooks.hookimpl
    def keyturn_examine(self, secret):
        if secret.tail(5) == BAD_KEY[-5:]:
            return no("its letters do not add up")
        return yes("its letters add up") if secret.tail(5) == GOOD_KEY[-5:] else None

    @hooks.hookimpl
    def keyturn_diagnose(self, session):
        if callable(self.world.diagnosis):
            return self.world.diagnosis(session)
        return self.world.diagnosis or []

    @hooks.hookimpl
    def keyturn_commands(self):
        @click.command("lab")
        @click.pass_context
        def lab(ctx):
            """Start a simulated customer."""
            click.echo(ctx.obj.workplace().folder)

        @click.group("ticket")
        def ticket():
            """Tickets of the local desk."""

        return [ticket, lab]


def manager_of(*plugins: object) -> pluggy.PluginManager:
    manager = pluggy.PluginManager(hooks.GROUP)
    manager.add_hookspecs(hooks)
    for number, plugin in enumerate(plugins):
        manager.register(plugin, name=f"toys{number or ''}")
    return manager


@dataclass
class Line:
    """Runs keyturn in this process, in one data folder."""

    folder: Any
    world: World
    clock: Any
    manager: pluggy.PluginManager

    def __call__(self, *args: str, terminal: bool = False, input: str | None = None) -> Any:  # noqa: A002
        call = Call(plugins=self.manager, clock=self.clock, folder=self.folder, terminal=terminal)
        result = CliRunner().invoke(keyturn, list(args), obj=call, input=input, catch_exceptions=False)
        assert "\x1b" not in result.output
        return result

    def documents(self, *args: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self(*args).stdout.splitlines()]


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def line(folder, world, clock) -> Line:
    return Line(folder, world, clock, manager_of(Plugin(world)))


@pytest.fixture
def toys():
    """The names that tests need from here."""

    class Toys:
        good_key, bad_key = GOOD_KEY, BAD_KEY
        order, nameless = ToyOrder, NamelessOrder
        manager = staticmethod(manager_of)
        open = yes("it is open")
        person = no("the customer has not said yes", person="customer")
        later = Answer(Verdict.NO, "it opens on Friday", come_back=datetime(2025, 10, 10, 16, 30, tzinfo=UTC))
        unknown = unsure("the desk does not answer")
        refused = Refused("the toy said no", "Ask it nicely.", code="0xC004F050")
        needs_person = NeedsPerson("the vendor must release it", "Call the vendor.")

    return Toys

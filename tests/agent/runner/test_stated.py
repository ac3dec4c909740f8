"""What only a person can see, through the whole house: asked, answered, overtaken, killed and run again."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest

from agent.words.answer import no, yes
from agent.words.command import Reply, Script, ask, tell
from agent.words.device import Device, Devices
from agent.words.errors import Attended, Exit, Misuse, NotSent
from agent.words.event import Kind
from agent.words.order import Order
from agent.words.playbook import playbook
from agent.words.ports import RemoteDevice, RemoteSession
from agent.words.step import Mark, Step, seconds

KEY, ACTIVE, WORKS = "the key is installed", "Windows is activated", "the licence works"
FACTS, INSTALL, ACTIVATE = Script("facts", ""), Script("install", ""), Script("activate", "")


@dataclass
class Pc:
    """A device behind a remote tool, or, when that is down, behind a person in a session."""

    state: dict = field(default_factory=lambda: {KEY: False, ACTIVE: False, WORKS: False})
    done: list = field(default_factory=list)
    tool: bool = False
    called: int = 0

    def connectors(self):
        return [Rung(self, "vsax", "powershell", "presence", "private"), Rung(self, "splashtop", "attended")]


class Rung:
    def __init__(self, pc, name, *capabilities):
        self.pc, self.name, self.connector, self.capabilities = pc, name, name, frozenset(capabilities)

    def open(self, device):
        if self.name == "vsax" and not self.pc.tool:
            raise NotSent("the agent is offline")
        self.pc.called += self.name == "splashtop"
        return self

    def ask(self, command):
        if self.name == "splashtop":
            raise Attended("a technician must look")
        return Reply(json.dumps(self.pc.state), "", 0)

    def tell(self, command):
        if self.name == "splashtop":
            raise Attended("a technician must do it")
        self.pc.done.append(command.script.name)
        self.pc.state[{"install": KEY, "activate": ACTIVE}[command.script.name]] = True
        return Reply("", "", 0)

    def link(self):
        return ""

    def close(self):
        pass


class SeenOrder(Order):
    """What the playbooks below are asked to do."""

    device: str = "FRONTDESK-07"
    ticket: int = 1

    @property
    def target(self) -> str:
        return f"device:{self.device}"


@playbook(title="Attended upgrade")
def attended_upgrade(order: SeenOrder, pc: RemoteDevice):
    """A counted change, an ordinary one, and a gate, all of them read from the device."""

    def seen(what):
        return yes(f"read: {what}") if pc.ask(ask(FACTS)).json()[what] else no(f"read: not so that {what}")

    quick = seconds(0)
    yield Step(KEY, once=True, done=lambda: seen(KEY), do=lambda: pc.tell(tell(INSTALL)), patience=quick, by_hand="Type it in.")
    yield Step(ACTIVE, done=lambda: seen(ACTIVE), do=lambda: pc.tell(tell(ACTIVATE)), patience=quick)
    yield Step(WORKS, done=lambda: seen(WORKS))


HANDS = []


@playbook(title="Two hands")
def two_hands(order: SeenOrder, left: RemoteSession, right: RemoteDevice):
    """Looks at what it is given."""
    HANDS.append(left._port is right._port)
    yield from ()


class Directory:
    def find(self, name):
        return Device(name, "Contoso", ways={"vsax": {}, "splashtop": {}})


@pytest.fixture
def pc():
    return Pc()


@pytest.fixture
def make_desk(make_house, pc):
    """A house whose device has the ladder above."""

    def make(observers=()):
        house = make_house(observers, playbooks=(attended_upgrade, two_hands))
        house.home.__dict__["connectors"] = {rung.name: rung for rung in pc.connectors()}
        house.home.__dict__["ports"] = {Devices: Directory()}
        house.order = SeenOrder()
        return house

    return make


@pytest.fixture
def desk(make_desk):
    return make_desk()


def stopped(ending):
    return ending.mark, ending.step


def state(desk, *steps):
    """A person states one step after the other, each when it is asked for."""
    for step in steps:
        assert stopped(desk.run()) == (Mark.ASK, step)
        desk.answer(step)


def marks(house):
    events = house.home.journal.events(house.last().id)
    return {event.step: event.facts["mark"] for event in events if event.kind is Kind.SETTLED}


def test_an_order_is_done_by_a_persons_word_step_by_step(desk, pc):
    state(desk, KEY, ACTIVE, WORKS)
    ending = desk.run()
    assert (ending.mark, ending.exit) == (Mark.ALREADY, Exit.DONE)
    assert marks(desk) == {KEY: "stated", ACTIVE: "stated", WORKS: "stated"}
    assert pc.done == []
    events = [event for event in desk.home.journal.events(desk.last().id) if event.kind is Kind.SETTLED]
    assert {event.text for event in events} == {"Dana said yes: I looked"}
    assert all(event.facts["by"] == "Dana" and event.facts["attended"] for event in events)
    assert desk.home.journal.audit().broken is None
    assert desk.run().exit is Exit.DONE


def test_a_dry_run_shows_what_was_stated_and_calls_nobody(desk, pc):
    assert stopped(desk.run(dry=True)) == (Mark.ASK, KEY)
    with pytest.raises(Misuse, match="dry run"):
        desk.answer(KEY)
    assert pc.called == 0
    state(desk, KEY)
    pc.called = 0
    assert stopped(desk.run(dry=True)) == (Mark.ASK, ACTIVE)
    assert marks(desk) == {KEY: "stated", ACTIVE: "ask a person", WORKS: "ask a person"}
    assert pc.called == 0


def test_what_can_be_read_counts_more_than_what_was_stated(desk, pc):
    state(desk, KEY, ACTIVE, WORKS)
    pc.tool = True
    pc.state.update({KEY: True, ACTIVE: True})
    ending = desk.run()
    assert (ending.mark, ending.step, ending.text) == (Mark.WAITING, WORKS, f"read: not so that {WORKS}")
    assert marks(desk) == {KEY: "already", ACTIVE: "already", WORKS: "waiting"}
    pc.tool = False
    ending = desk.run()
    assert stopped(ending) == (Mark.ASK, WORKS)
    assert "Dana said yes, but since then it was seen that it is not so" in ending.text
    desk.answer(WORKS)
    assert desk.run().exit is Exit.DONE


def test_a_counted_step_that_was_stated_and_is_read_not_to_be_done_is_not_begun_without_a_person(desk, pc):
    state(desk, KEY, ACTIVE)
    pc.tool = True
    for _ in range(2):
        ending = desk.run()
        assert stopped(ending) == (Mark.ASK, KEY)
        assert ending.text.endswith("may it be begun again?")
    assert pc.done == []
    desk.answer(KEY)
    assert stopped(desk.run()) == (Mark.WAITING, WORKS)
    assert pc.done == ["install", "activate"]


def test_a_permission_is_no_statement(desk, pc):
    """The person allowed the key to be installed again; then the tool was gone before that happened."""
    pc.tool = True

    def die(event):
        if event.kind is Kind.BEGUN and event.step == KEY:
            raise KeyboardInterrupt

    desk.runner = type(desk.runner)(desk.home, [die])
    with pytest.raises(KeyboardInterrupt):
        desk.run()
    desk.runner = type(desk.runner)(desk.home)
    assert desk.run().text.endswith("may it be begun again?")
    desk.answer(KEY)
    pc.tool = False
    ending = desk.run()
    assert stopped(ending) == (Mark.ASK, KEY)
    assert ending.text.endswith(f"(nobody has stated it yet); is it so that {KEY}?")
    assert pc.done == []


def test_a_statement_is_no_permission(desk, pc):
    pc.tool = True

    def die(event):
        if event.kind is Kind.BEGUN and event.step == KEY:
            raise KeyboardInterrupt

    desk.runner = type(desk.runner)(desk.home, [die])
    with pytest.raises(KeyboardInterrupt):
        desk.run()
    desk.runner = type(desk.runner)(desk.home)
    pc.tool = False
    state(desk, KEY)
    assert stopped(desk.run()) == (Mark.ASK, ACTIVE)
    pc.tool = True
    assert desk.run().text.endswith("may it be begun again?")
    assert pc.done == []


def test_a_statement_is_worth_nothing_once_the_step_was_begun_again(desk, pc):
    state(desk, KEY, ACTIVE)
    pc.tool = True
    pc.state[KEY] = True

    def cut(event):
        if event.kind is Kind.BEGUN and event.step == ACTIVE:
            raise KeyboardInterrupt

    desk.runner = type(desk.runner)(desk.home, [cut])
    with pytest.raises(KeyboardInterrupt):
        desk.run()
    desk.runner = type(desk.runner)(desk.home)
    pc.tool = False
    ending = desk.run()
    assert stopped(ending) == (Mark.ASK, ACTIVE)
    assert f"Dana said yes, but since then '{ACTIVE}' was begun" in ending.text
    assert marks(desk)[KEY] == "stated"


def test_a_statement_about_what_follows_is_worth_nothing_once_the_key_was_installed_anew(desk, pc):
    state(desk, KEY, ACTIVE, WORKS)
    pc.tool = True
    desk.run()
    desk.answer(KEY)
    desk.run()
    assert pc.done == ["install", "activate"]
    pc.tool = False
    state(desk, KEY, ACTIVE, WORKS)
    assert desk.run().exit is Exit.DONE


def test_a_statement_belongs_to_one_order(desk):
    state(desk, KEY)
    assert stopped(desk.run(order=SeenOrder(ticket=2))) == (Mark.ASK, KEY)
    assert stopped(desk.run()) == (Mark.ASK, ACTIVE)


def test_a_statement_may_be_taken_back(desk):
    state(desk, KEY)
    assert stopped(desk.run()) == (Mark.ASK, ACTIVE)
    desk.answer(KEY, yes=False)
    ending = desk.run()
    assert stopped(ending) == (Mark.ASK, KEY)
    assert "(Dana said no: I looked)" in ending.text


@pytest.mark.parametrize("kind", [Kind.STARTED, Kind.SETTLED, Kind.ANSWERED])
def test_killed_and_run_again_a_statement_still_counts(desk, make_desk, pc, kind):
    state(desk, KEY, ACTIVE)

    def die(event):
        if event.kind is kind:
            raise KeyboardInterrupt

    again = make_desk([die])
    with pytest.raises(KeyboardInterrupt):
        again.answer(ACTIVE) if kind is Kind.ANSWERED else again.run()
    last = make_desk()
    assert stopped(last.run()) == (Mark.ASK, WORKS)
    assert marks(last) == {KEY: "stated", ACTIVE: "stated", WORKS: "ask a person"}
    assert pc.done == []


def test_both_names_of_a_session_share_one_route(desk):
    """And with it what was refused, and what is open."""
    assert desk.run(playbook=two_hands).exit is Exit.DONE
    assert HANDS.pop() is True

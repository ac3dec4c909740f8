"""The route: the first way that gets through is taken, and why others were not is told."""

from __future__ import annotations

import pytest

from agent.machine.route import Route
from agent.words.command import Reply, ask, tell
from agent.words.device import Device
from agent.words.errors import Exit, Misuse, NeedsPerson, NotSent, Refused, Unreached, Unsure
from agent.words.event import Kind

READING, CHANGING = ask("whoami"), tell("shutdown", "/r")


class FakeSession:
    def __init__(self, connector, capabilities):
        self.connector, self.capabilities = connector, capabilities
        self.heard, self.closed = [], 0

    def ask(self, command):
        self.heard.append(command)
        return Reply("asked", "", 0)

    def tell(self, command):
        self.heard.append(command)
        return Reply("told", "", 0)

    def close(self):
        self.closed += 1


class FakeConnector:
    def __init__(self, name, *capabilities, error=None):
        self.name, self.capabilities, self.error = name, frozenset(capabilities), error
        self.opened, self.sessions = [], []

    def open(self, device):
        self.opened.append(device)
        if self.error:
            raise self.error
        self.sessions.append(FakeSession(self.name, self.capabilities))
        return self.sessions[-1]


@pytest.fixture
def notes():
    return []


@pytest.fixture
def route(notes):
    def make(*connectors, ways=None, needs=()):
        names = [connector.name for connector in connectors] if ways is None else ways
        device = Device("FRONTDESK-07", "Contoso", ways={name: {} for name in names})
        found = {connector.name: connector for connector in connectors}
        return Route(device, found, frozenset(needs), lambda kind, text, facts: notes.append((kind, text, dict(facts))))

    return make


def test_nothing_is_opened_until_something_is_said(route, notes):
    one = FakeConnector("winrm", "powershell")
    way = route(one)
    assert (one.opened, notes, way.connector, way.capabilities) == ([], [], "", frozenset())
    way.close()
    assert way.ask(READING).stdout == "asked"
    assert (way.connector, way.capabilities) == ("winrm", frozenset({"powershell"}))
    assert notes == [(Kind.REACHED, "FRONTDESK-07 is reached by winrm", {"connector": "winrm"})]


def test_one_session_serves_the_whole_run(route, notes):
    one = FakeConnector("winrm")
    way = route(one)
    assert [way.ask(READING).stdout, way.tell(CHANGING).stdout, way.ask(READING).stdout] == ["asked", "told", "asked"]
    assert len(one.sessions) == len(notes) == 1
    assert one.sessions[0].heard == [READING, CHANGING, READING]


def test_closing_closes_once_and_the_next_word_opens_again(route):
    one = FakeConnector("winrm")
    way = route(one)
    way.tell(CHANGING)
    way.close()
    way.close()
    assert (one.sessions[0].closed, way.connector) == (1, "")
    way.ask(READING)
    assert len(one.sessions) == 2


def test_a_changing_command_is_never_asked(route):
    one = FakeConnector("winrm")
    with pytest.raises(ValueError, match="shutdown /r changes something"):
        route(one).ask(CHANGING)
    assert one.opened == []


def test_ways_are_tried_in_the_device_s_order(route, notes):
    one = FakeConnector("kaseya", error=NotSent("the agent is offline"))
    two = FakeConnector("winrm", error=Refused("bad password"))
    three = FakeConnector("ssh")
    way = route(three, one, two, ways=["kaseya", "winrm", "ssh"])
    way.ask(READING)
    assert way.connector == "ssh"
    assert notes == [
        (
            Kind.PASSED_OVER,
            "kaseya was passed over: the agent is offline",
            {"connector": "kaseya", "reason": "NotSent"},
        ),
        (Kind.PASSED_OVER, "winrm was passed over: bad password", {"connector": "winrm", "reason": "Refused"}),
        (Kind.REACHED, "FRONTDESK-07 is reached by ssh", {"connector": "ssh"}),
    ]


def test_what_cannot_do_what_is_needed_is_passed_over_unopened(route, notes):
    one, two = FakeConnector("kaseya", "powershell"), FakeConnector("winrm", "powershell", "private", "file")
    way = route(one, two, needs={"powershell", "private", "file"})
    way.ask(READING)
    assert (one.opened, way.connector) == ([], "winrm")
    assert notes[0][1] == "kaseya was passed over: it cannot do file, private"


def test_a_connector_that_is_not_installed_is_passed_over(route, notes):
    way = route(FakeConnector("winrm"), ways=["splashtop", "winrm"])
    way.ask(READING)
    assert notes[0][1] == "splashtop was passed over: no such connector is installed"


def test_a_connector_that_the_device_does_not_name_is_not_used(route):
    one = FakeConnector("winrm")
    with pytest.raises(Unreached):
        route(one, ways=["ssh"]).ask(READING)
    assert one.opened == []


@pytest.mark.parametrize("word", [lambda way: way.ask(READING), lambda way: way.tell(CHANGING)])
def test_a_device_that_nobody_reaches_is_told_with_every_reason(route, word):
    way = route(
        FakeConnector("kaseya", "private", error=NotSent("the agent is offline")),
        FakeConnector("winrm"),
        FakeConnector("splashtop", "private", error=NeedsPerson("consent is needed")),
        ways=["kaseya", "winrm", "ssh", "splashtop"],
        needs={"private"},
    )
    with pytest.raises(Unreached) as caught:
        word(way)
    assert caught.value.exit_code is Exit.UNREACHED
    assert str(caught.value) == (
        "FRONTDESK-07 was not reached: kaseya: the agent is offline; winrm: it cannot do private; "
        "ssh: no such connector is installed; splashtop: consent is needed"
    )
    assert way.connector == ""


def test_a_device_without_ways_is_told_how_to_get_one(route):
    with pytest.raises(Unreached, match="it has no way in; add one with 'keyturn device change'"):
        route().ask(READING)


@pytest.mark.parametrize("error", [Unsure("half open"), Misuse("no such vault entry"), ZeroDivisionError()])
def test_other_trouble_is_not_passed_over(route, error):
    two = FakeConnector("ssh")
    with pytest.raises(type(error)):
        route(FakeConnector("winrm", error=error), two).ask(READING)
    assert two.opened == []


def test_a_device_that_was_not_reached_is_tried_again_at_the_next_word(route):
    one = FakeConnector("winrm", error=NotSent("off"))
    way = route(one)
    with pytest.raises(Unreached):
        way.ask(READING)
    one.error = None
    assert way.ask(READING).stdout == "asked"

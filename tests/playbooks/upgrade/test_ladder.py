"""The upgrade over a ladder: a remote tool for what may be logged, WinRM for the key, a person when nothing else works."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from agent.api import Attended, Device, Devices, NotSent, Reply, standalone, yes
from agent.words.errors import Exit
from agent.words.event import Kind
from agent.words.step import Mark
from tests.playbooks.upgrade.office import CUSTOMER, DEVICE, EFFECT, FULL, INSTALLED, REACHED, TECHNICIAN, USER, WORKS

OPEN = "a private way for the product key is open"


@dataclass
class Tool:
    """A vendor's remote tool that reaches the PC as long as it is up, and keeps all that is sent."""

    office: object
    name: str = "vsax"
    capabilities: frozenset = frozenset({"powershell", "cmd", "presence", "message"})
    up: bool = True
    log: list = field(default_factory=list)

    @property
    def connector(self):
        return self.name

    def open(self, device):
        if not self.up:
            raise NotSent("the agent is offline")
        return self

    def ask(self, command):
        pc = self.office.pc
        self.log.append(standalone(command) if command.script else " ".join(command.parts))
        got = pc.run_text(self.log[-1]) if command.script else pc.run(self.log[-1], b"", 65001)
        if b"not up" in got.stderr:
            raise NotSent("the agent went offline")
        return Reply(got.stdout.decode(), got.stderr.decode(), got.exit_code)

    tell = ask

    def presence(self):
        return yes("it is connected")

    def link(self):
        return "https://vsax.example/7"

    def close(self):
        pass


class Hands:
    """A session in which a person works."""

    name = connector = "splashtop"
    capabilities = frozenset({"attended"})

    def open(self, device):
        return self

    def ask(self, command):
        raise Attended("a technician must look", "Join at https://splashtop.example/7.")

    tell = ask

    def close(self):
        pass


@pytest.fixture
def make_site(make_office):
    """An office whose PC has a remote tool, WinRM that is off, and a person."""

    def make(*, may_open=True, **given):
        office = make_office(winrm=False, **given)
        office.back_up()
        office.tool = Tool(office)
        office.home.connectors.update({"vsax": office.tool, "splashtop": Hands()})
        own = dict(office.home.port(Devices).find(DEVICE).ways["winrm"])
        ways = {"vsax": {}, "winrm": own | ({"open": True} if may_open else {}), "splashtop": {}}
        office.home.port(Devices).change(Device(DEVICE, CUSTOMER, USER, ways))
        return office

    return make


def test_the_tool_opens_the_private_way_and_the_key_takes_it(make_site):
    site = make_site()
    ending = site.run()
    assert (ending.mark, ending.exit) == (Mark.CHANGED, Exit.DONE)
    assert tuple(site.effects()) == ("WinRM switched on", *FULL)
    assert site.settled()[OPEN].text == f"{DEVICE} is reached by winrm"
    assert [event.facts["connector"] for event in site.events if event.kind is Kind.REACHED] == ["vsax", "winrm"]
    assert not [text for text in site.tool.log if site.key.value in text]
    assert site.run().mark is Mark.ALREADY
    assert site.effects().count("WinRM switched on") == 1


def test_a_dry_run_plans_to_open_it_and_opens_nothing(make_site):
    site = make_site()
    ending = site.run(dry=True)
    assert ending.exit is Exit.CHANGES
    assert site.settled()[OPEN].facts["mark"] == "planned"
    assert site.effects() == []


def test_where_it_may_not_be_opened_a_person_installs_the_key_and_the_tool_verifies(make_site):
    site = make_site(may_open=False, target="Enterprise")
    ending = site.run()
    assert (ending.mark, ending.exit, ending.step) == (Mark.ASK, Exit.PERSON, INSTALLED)
    assert "at https://vsax.example/7" in ending.text
    assert OPEN not in site.settled()
    assert site.effects() == ["files recorded"]
    site.pc._work.install_key(site.key.value)
    assert site.run().exit is Exit.DONE
    assert site.settled()[INSTALLED].facts["mark"] == "already"
    assert site.effects().count("key installed") == 1


def test_when_nothing_works_a_person_is_asked_and_only_a_reading_or_their_word_goes_on(make_site):
    site = make_site()
    site.tool.up = False
    ending = site.run()
    assert (ending.mark, ending.exit, ending.step) == (Mark.ASK, Exit.PERSON, REACHED)
    assert "https://splashtop.example/7" in ending.text
    stated = []
    while ending.exit is Exit.PERSON:
        stated.append(ending.step)
        site.answer(ending.step, by=TECHNICIAN)
        ending = site.run()
    assert ending.exit is Exit.DONE
    assert (len(stated), site.effects()) == (len(set(stated)), [])
    (note,) = site.notes()
    assert "has been upgraded" in note.text
    assert len(site.notes(public=False)) == len(stated)
    assert {INSTALLED, EFFECT, WORKS} <= set(stated)
    assert {site.settled()[step].facts["mark"] for step in stated} == {"stated"}
    assert all(site.settled()[step].facts["by"] == TECHNICIAN for step in stated)
    assert site.ticket().state == "closed"


def test_what_a_person_stated_is_read_as_soon_as_a_tool_is_back(make_site):
    site = make_site()
    site.tool.up = False
    while (ending := site.run()).step != WORKS:
        site.answer(ending.step, by=TECHNICIAN)
    site.answer(WORKS, by=TECHNICIAN)
    site.tool.up = True
    ending = site.run()
    assert (ending.mark, ending.exit, ending.step) == (Mark.ASK, Exit.PERSON, INSTALLED)
    assert ending.text.endswith("may it be begun again?")
    assert site.effects().count("key installed") == 0
    assert site.ticket().state == "open"


def test_a_device_that_restarts_calls_nobody(make_site):
    site = make_site()
    assert site.run().exit is Exit.DONE
    assert "splashtop" not in {event.facts.get("connector") for event in site.events if event.kind is Kind.REACHED}

"""Where no private way leads to the PC, or none at all: what a person does and states, and what is read afterwards."""

from __future__ import annotations

import re

import pytest

from agent.words.errors import Exit
from agent.words.event import Kind
from agent.words.step import Mark
from playbooks.windows.steps import PRIVATE
from tests.playbooks.upgrade.office import (
    ACTIVATED,
    CLEARED,
    DEVICE,
    EFFECT,
    FULL,
    INSTALLED,
    INTACT,
    REACHED,
    SUCCESS,
    TECHNICIAN,
    UNSCHEDULED,
    WORKS,
)
from tests.playbooks.upgrade.rungs.evidence import HOLDS, about, amiss, requests
from tests.playbooks.upgrade.rungs.ladders import TOOLS, Rungs
from tests.playbooks.upgrade.rungs.vendorlogs import changes

ON_THE_PC = UNSCHEDULED[UNSCHEDULED.index(REACHED) : UNSCHEDULED.index(SUCCESS)]
BY_HAND = (
    "key installed",
    "restart announced",
    "edition changed",
    "restarted",
    "activation attempted",
    "activated",
    "key cleared",
)
"""The ledger of a PC on which a person did the work."""
LINKS = {
    "screenconnect": r"http://127\.0\.0\.1:\d+/Host#Access///[0-9a-f-]{36}/Join",
    "vsax": r"http://127\.0\.0\.1:\d+",
    "vsa9": "kaseyaliveconnect:///eyJ",
}


def works_at_the_pc(office, step):
    """What a technician does for *step* with their own hands."""
    work = office.pc._work
    match step:
        case "the product key is installed":
            work.install_key(office.key.value)
        case "the new edition is in effect":
            work.restart(0, "Restarting now")
            office.clock.sleep(120)
            office.pc.power()
        case "Windows is activated":
            work.activate()
        case "the product key is cleared from the registry":
            work.clear_key()


def goes_away(office, *, away=True):
    """The agents of all remote tools lose their connection, or have it again."""
    for front in office.fronts.values():
        site = front.servers[DEVICE]
        if front.connector == "screenconnect":
            site.guest(DEVICE).away = away
        elif front.connector != "splashtop":
            for agent in site.agents.values():
                agent.away = away


ONLY = {**{f"{name} only": (front, False) for name, front in TOOLS.items()}, "WinRM off, not to be opened": ("vsax", True)}


@pytest.mark.parametrize(("front", "off"), ONLY.values(), ids=ONLY)
def test_where_only_a_tool_gets_through_a_person_installs_the_key_at_the_pc(on, front, off):
    tool = front.removesuffix("-built-in")
    office = on(Rungs((front, "winrm") if off else (front,), tool, "", off=off))
    if off:
        office.way("winrm", open=False)
    assert office.run(dry=True).exit is Exit.CHANGES
    assert changes(requests(office)) == []
    for _ in range(2):
        ending = office.run()
        assert (ending.mark, ending.exit, ending.step) == (Mark.ASK, Exit.PERSON, INSTALLED)
        assert ending.text.startswith(f"only {tool} gets through to {DEVICE}, and what is sent there stays in its log.")
        assert re.search(rf"in the session at {LINKS[tool]}", ending.text)
        assert "Activation, Change product key" in office.settled()[INSTALLED].facts["by_hand"]
        assert office.effects() == ["files recorded"]
        assert PRIVATE not in office.settled()
    works_at_the_pc(office, INSTALLED)
    assert office.run().exit is Exit.DONE
    assert office.settled()[INSTALLED].facts["mark"] == "already"
    assert tuple(office.effects()) == FULL
    assert office.ticket().state == "closed"
    assert about(office, Kind.REACHED) == [tool]
    assert not [one for one in office.carried if one.private]
    assert office.run().mark is Mark.ALREADY
    assert amiss(office) == []


def answers_each_step(office, until=""):
    """The person in the Splashtop session does what is asked and says so, until a run ends in another way or at *until*."""
    site = office.fronts["splashtop"].servers[DEVICE]
    asked = []
    while (ending := office.run()).exit is Exit.PERSON and ending.step != until:
        assert "https://my.splashtop.com/service_desk/psa/" in ending.text
        assert office.settled()[ending.step].facts["by_hand"]
        ((number, _),) = site.sessions.items()
        site.join(number, DEVICE)
        site.connect(number, TECHNICIAN)
        works_at_the_pc(office, ending.step)
        office.answer(ending.step, by=TECHNICIAN, because="done in the session")
        asked.append(ending.step)
    return ending, asked


@pytest.mark.parametrize("front", [*TOOLS.values(), None], ids=[*TOOLS, "no tool at all"])
def test_where_nothing_works_a_person_does_each_step_and_their_word_is_the_evidence(on, front):
    office = on(Rungs((*([front] if front else []), "splashtop"), "splashtop", "splashtop"))
    goes_away(office)
    dry = office.run(dry=True)
    assert dry.exit is Exit.CHANGES
    assert f"it stops at '{REACHED}': only a person in a session of splashtop can do this, and a dry run makes none" in dry.text
    assert changes(requests(office)) == []
    ending, asked = answers_each_step(office)
    assert ending.exit is Exit.DONE
    assert tuple(asked) == ON_THE_PC
    assert tuple(office.effects()) == BY_HAND
    settled = office.settled()
    for step in asked:
        assert (settled[step].facts["mark"], settled[step].facts["by"]) == ("stated", TECHNICIAN)
        assert "done in the session" in settled[step].text
    assert all(holds(office) for step, holds in HOLDS.items() if step in (INSTALLED, EFFECT, ACTIVATED, CLEARED, WORKS))
    (note,) = office.notes()
    assert (office.ticket().state, "has been upgraded" in note.text) == ("closed", True)
    assert len(office.notes(public=False)) == len(asked) + 1  # and which ways were taken
    assert about(office, Kind.REACHED) == ["splashtop"]
    assert len(office.fronts["splashtop"].servers[DEVICE].sessions) == 1
    assert office.run().mark is Mark.ALREADY
    assert not [one for one in office.carried if one.error is None and one.verb != "open"]
    assert amiss(office) == []


@pytest.mark.parametrize("front", TOOLS.values(), ids=TOOLS)
def test_what_a_person_did_is_read_as_soon_as_a_tool_is_back(on, front):
    """But for the files: keyturn has no record from before the key went in, so a person says that all are there."""
    office = on(Rungs((front, "splashtop"), "splashtop", "splashtop"))
    goes_away(office)
    ending, asked = answers_each_step(office, until=WORKS)
    assert (ending.step, asked[-1]) == (WORKS, CLEARED)
    goes_away(office, away=False)
    for _ in range(2):
        ending = office.run()
        assert (ending.mark, ending.exit, ending.step) == (Mark.ASK, Exit.PERSON, INTACT)
        assert "no record of the users' files was made before the key was installed" in ending.text
    office.answer(INTACT, by=TECHNICIAN, because="the user has looked")
    assert office.run().exit is Exit.DONE
    assert {office.settled()[step].facts["mark"] for step in ON_THE_PC} == {"already"}
    assert about(office, Kind.REACHED) == [front.removesuffix("-built-in")]
    assert tuple(office.effects()) == BY_HAND
    assert office.ticket().state == "closed"
    assert amiss(office) == []


def test_a_word_that_turns_out_to_be_false_is_not_taken(on):
    """The person says that the key is in, and a tool that is back reads that it is not: nothing goes on by itself."""
    office = on(Rungs(("vsax", "splashtop"), "splashtop", "splashtop"))
    goes_away(office)
    while (ending := office.run()).step != WORKS:
        office.answer(ending.step, by=TECHNICIAN)
    office.answer(WORKS, by=TECHNICIAN)
    goes_away(office, away=False)
    ending = office.run()
    assert (ending.mark, ending.exit, ending.step) == (Mark.ASK, Exit.PERSON, INSTALLED)
    assert ending.text.endswith("may it be begun again?")
    assert office.effects() == ["files recorded"]
    assert office.ticket().state == "open"
    assert amiss(office) == []


@pytest.mark.parametrize("front", TOOLS.values(), ids=TOOLS)
def test_a_pc_that_restarts_calls_nobody(on, front):
    office = on(Rungs((front, "winrm", "splashtop"), front.removesuffix("-built-in"), "winrm"))
    assert office.run().exit is Exit.DONE
    assert tuple(office.effects()) == FULL
    assert "splashtop" not in about(office, Kind.REACHED)
    assert office.fronts["splashtop"].log == []
    assert amiss(office) == []

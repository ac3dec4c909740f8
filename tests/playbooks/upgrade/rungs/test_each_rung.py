"""The whole upgrade over each rung: dry, real and again, and who carried what."""

from __future__ import annotations

import pytest

from agent.words.errors import Exit
from agent.words.event import Kind
from agent.words.step import Mark
from playbooks.windows.steps import PRIVATE
from tests.playbooks.upgrade.office import DEVICE, FULL, INSTALLED
from tests.playbooks.upgrade.rungs.evidence import about, amiss, requests
from tests.playbooks.upgrade.rungs.ladders import LADDERS, TOOLS, Rungs
from tests.playbooks.upgrade.rungs.vendorlogs import changes

OPENED = "WinRM switched on"
REMOTE = {front.removesuffix("-built-in") for front in TOOLS.values()}
DESK = ("notes", "seats", "keys", "letters", "appointments", "times")


@pytest.mark.parametrize("rungs", LADDERS.values(), ids=LADDERS)
def test_the_upgrade_goes_over_each_ladder(on, rungs):
    office = on(rungs)
    opened = (OPENED,) if rungs.off and rungs.keeps == "winrm" else ()
    writes_nothing_when_dry(office)
    assert (PRIVATE in office.settled()) is rungs.off
    assert not opened or office.settled()[PRIVATE].facts["mark"] == "planned"
    ending = office.run()
    assert (ending.mark, ending.exit, ending.text) == (Mark.CHANGED, Exit.DONE, "all done")
    assert tuple(office.effects()) == (*opened, *FULL)
    assert office.ticket().state == "closed"
    if rungs.off:
        assert office.settled()[PRIVATE].text == f"{DEVICE} is reached by {rungs.keeps}"
    goes_over(office, rungs)
    changes_nothing_again(office)
    assert amiss(office) == []


def writes_nothing_when_dry(office):
    """A dry run plans, and writes neither to the PC nor to the desk nor to a vendor."""
    desk = [office.rows("desk.db", table) for table in DESK]
    ending = office.run(dry=True)
    assert (ending.mark, ending.exit) == (Mark.PLANNED, Exit.CHANGES)
    assert changes(requests(office)) == []
    assert (office.effects(), office.pc.state.noted, office.pc.state.records) == ([], {}, {})
    assert [office.rows("desk.db", table) for table in DESK] == desk
    assert not (office.home.folder / "outbox").exists()
    assert [one for one in office.carried if one.verb == "tell"] == []


def goes_over(office, rungs):
    """One way carried the key, one everything else, and the record names both: the session of the tool, and why not for all."""
    told = [one for one in office.carried if one.verb == "tell" and one.error is None]
    assert {one.connector for one in told if not one.private} == {rungs.carries}
    assert [(one.connector, one.what) for one in told if one.private] == [(rungs.keeps, "install_key")]
    reached = [event for event in office.events if event.kind is Kind.REACHED]
    assert about(office, Kind.REACHED) == list(dict.fromkeys((rungs.carries, rungs.keeps)))
    assert [event.facts["connector"] in REMOTE for event in reached] == [bool(event.facts.get("link")) for event in reached]
    over = {"winrm"} if rungs.off else set()
    if rungs.carries != rungs.keeps:
        over.add(rungs.carries)
        passed = [event.text for event in office.events if event.kind is Kind.PASSED_OVER]
        assert f"{rungs.carries} was passed over: it cannot do private" in passed
    assert set(about(office, Kind.PASSED_OVER)) == over


def changes_nothing_again(office):
    """The same order once more, and once more with the ticket reopened."""
    effects, notes, sent = office.effects(), office.ticket().notes, len(office.carried)
    again = office.run()
    assert (again.mark, again.exit) == (Mark.ALREADY, Exit.DONE)
    office.tickets.reopen(office.ticket().number)
    assert office.run().exit is Exit.DONE
    assert office.settled()[INSTALLED].facts["mark"] == "already"
    assert (office.effects(), office.ticket().notes) == (effects, notes)
    assert [one for one in office.carried[sent:] if one.verb == "tell"] == []


WRONG = {
    "a policy forbids it": (lambda pc: pc.faults.fail("enable_winrm", 0x80070005), Mark.FAILED, "0x80070005"),
    "it is said to be on and is not": (
        lambda pc: pc.faults.lie("enable_winrm"),
        Mark.UNCONFIRMED,
        "gets through to FRONTDESK-07",
    ),
    "the answer is lost": (lambda pc: pc.faults.garble("enable_winrm"), Mark.CHANGED, "all done"),
}


@pytest.mark.parametrize(("deed", "mark", "words"), WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("front", ["screenconnect", "vsa9"])
def test_no_key_is_sent_before_the_private_way_is_seen_to_be_open(on, front, deed, mark, words):
    office = on(Rungs((front, "winrm"), front.removesuffix("-built-in"), "winrm", off=True))
    deed(office.pc)
    ending = office.run()
    assert (ending.mark, words in ending.text) == (mark, True)
    if mark is not Mark.CHANGED:
        assert (ending.step, ending.exit, office.effects()) == (PRIVATE, Exit.FAILED, [])
        assert office.finish().exit is Exit.DONE
    assert tuple(office.effects()) == (OPENED, *FULL)
    assert amiss(office) == []

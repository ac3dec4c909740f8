"""Keys that a person puts in by hand, while keyturn can read the device: what is still asked of it, and what no longer."""

from __future__ import annotations

import pytest

from agent.words.errors import Exit
from agent.words.step import Mark
from connectors.lab.windows.state import GIB, home
from tests.playbooks.upgrade.office import DEVICE, EFFECT, FIT, FULL, INSTALLED, INTACT, RECORDED, TECHNICIAN


def test_a_change_that_only_a_person_can_make_is_asked_for_with_the_data_on_record(make_office):
    """From Home to Pro there is no other way; the files are listed before and compared afterwards all the same."""
    office = make_office(target="Professional", state=home())
    office.back_up()
    dry = office.run(dry=True)
    assert dry.exit is Exit.CHANGES
    assert "only a person can make this change" in office.settled()[FIT].text
    ending = office.run()
    assert (ending.mark, ending.exit, ending.step) == (Mark.ASK, Exit.PERSON, INSTALLED)
    assert "supports this change of edition only by hand" in ending.text
    assert office.key.last5 in office.settled()[INSTALLED].facts["by_hand"]
    assert office.effects() == ["files recorded"]
    office.pc._work.changepk(office.key.value)
    office.clock.sleep(60)
    office.pc._work.settle()
    assert office.run().exit is Exit.DONE
    assert tuple(office.effects()) == FULL
    assert "all 4 files are there" in office.settled()[INTACT].text


def test_without_a_back_up_nobody_is_asked_to_make_the_change_by_hand(make_office):
    office = make_office(target="Professional", state=home())
    assert office.run().step == "the back-up is complete"
    assert office.effects() == []


@pytest.mark.parametrize("early", [False, True], ids=["the old edition shows", "the registry shows the next edition early"])
def test_a_key_that_was_put_in_by_hand_needs_its_restart_and_no_more(make_office, early):
    """The space that the change would have needed from the start is not there, and the restart that waits is its own."""
    office = make_office(shows_early=early)
    office.back_up()
    office.pc.state.free = 2 * GIB
    assert office.run().step == FIT
    office.pc._work.install_key(office.key.value)
    assert "servicing" in office.pc.state.pending
    assert office.run().exit is Exit.DONE
    assert [effect for effect in office.effects() if effect in ("key installed", "restarted")] == ["key installed", "restarted"]
    assert "is fit for what is left to do" in office.settled()[FIT].text
    assert office.settled()[EFFECT].facts["mark"] == "changed"


def test_what_is_left_to_do_still_needs_a_device_that_is_not_busy(office):
    office.back_up()
    office.pc._work.install_key(office.key.value)
    office.pc.state.busy = {"TiWorker"}
    ending = office.run()
    assert (ending.mark, ending.step, bool(ending.come_back)) == (Mark.WAITING, FIT, True)
    office.pc.state.busy.clear()
    assert office.run().exit is Exit.DONE
    assert office.settled()[RECORDED].facts["mark"] == "changed"


def test_once_somebody_has_answered_for_the_key_nobody_is_asked_for_a_record(make_office):
    """The tool that read the files loses the PC: what the person in the session can still look at is asked, and no more."""
    office = make_office(ladder=("vsax", "splashtop"))
    office.back_up()
    ending = office.run()
    assert (ending.step, office.effects()) == (INSTALLED, ["files recorded"])
    office.answer(INSTALLED, by=TECHNICIAN, because="typed in Settings")
    for agent in office.fronts["vsax"].servers[DEVICE].agents.values():
        agent.away = True
    asked = []
    while (ending := office.run()).exit is Exit.PERSON:
        asked.append(ending.step)
        office.answer(ending.step, by=TECHNICIAN)
    assert ending.exit is Exit.DONE
    assert INTACT in asked
    assert RECORDED not in asked
    assert office.settled()[RECORDED].text.startswith(f"{TECHNICIAN} said yes")

"""A run that ends while the PC restarts, and the next ones: they know why it does not answer, and when to come back."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from agent.api import KeyturnError, Refused
from agent.words.errors import Exit
from agent.words.event import Kind
from agent.words.step import Mark
from connectors.lab.windows.power import Pace
from connectors.lab.winrm.faults import Fault
from connectors.local.tickets import DeskTickets
from playbooks.windows.windows import Windows
from tests.playbooks.upgrade.office import BEGINS, EFFECT, FULL, INSTALLED, REACHED, Office

SLOW = Pace(notice=1.0, down=15 * 60.0, starting=60.0)
"""Updates are applied on the way."""


class Killed(BaseException):
    """The run ends, and nothing of it is tidied up."""


@pytest.fixture
def make_restarting(make_office, monkeypatch):
    """An office whose run was killed after the PC was told to restart."""

    def make(pace=SLOW, **given) -> Office:
        office = make_office(pace=pace, **given.pop("office", {}))
        office.order(**given)
        office.back_up()
        with monkeypatch.context() as patched:
            patched.setattr(Windows, "restarted_into", _dies)
            with pytest.raises(Killed):
                office.run()
        assert office.effects()[-1] == "restart announced"
        office.clock.sleep(90)
        return office

    return make


def _dies(self, edition):
    raise Killed


def told(office):
    """What the ticket says of restarts."""
    return [note.text for note in office.notes(public=False) if "to restart" in note.text]


def test_a_pc_that_restarts_for_this_order_is_waited_for(make_restarting):
    office = make_restarting()
    ending = office.run()
    assert (ending.mark, ending.exit, ending.step) == (Mark.WAITING, Exit.WAITING, REACHED)
    assert "it was told to restart at 09:00 UTC and does not answer yet" in ending.text
    assert ending.come_back == office.clock.now() + timedelta(minutes=5)
    assert office.notes() == []
    assert len(office.notes(public=False)) == len(told(office)) == 1
    office.clock.sleep(16 * 60)
    assert office.run().exit is Exit.DONE
    assert tuple(office.effects()) == FULL


def test_after_half_an_hour_somebody_is_asked_to_look(make_restarting):
    office = make_restarting(Pace(notice=1.0, down=3 * 3600.0, starting=15.0))
    office.clock.sleep(28 * 60)
    assert office.run().exit is Exit.WAITING
    office.clock.sleep(120)
    ending = office.run()
    assert (ending.mark, ending.exit) == (Mark.UNREACHED, Exit.UNREACHED)
    (note,) = office.notes()
    assert "switch it on" in note.text


def test_a_pc_that_was_not_told_to_restart_is_not_waited_for(office):
    office.back_up()
    office.pc.switch(on=False)
    ending = office.run()
    assert (ending.mark, ending.come_back) == (Mark.UNREACHED, None)


def test_a_restart_of_another_order_is_none_of_this_one(make_restarting):
    office = make_restarting()
    ending = office.run(licence="WS-OTHER")
    assert ending.step != REACHED
    office.tickets.open("Willow Street Dental", "windows licence upgrade", number="5532")
    ending = office.run(ticket="5532", licence="WS-EDU")
    assert (ending.mark, ending.come_back) == (Mark.UNREACHED, None)


def test_work_that_restarts_a_pc_has_begun_however_late_it_has_become(make_restarting):
    """The window of the appointment ends while the PC is down: that is no missed appointment."""
    office = make_restarting(appointment="2026-03-02T09:00", zone="UTC", tolerance=1)
    ending = office.run()
    assert (ending.mark, ending.step) == (Mark.WAITING, REACHED)
    assert "the device was told to restart" in office.settled()[BEGINS].text
    assert office.notes() == []
    office.clock.sleep(16 * 60)
    assert office.run().exit is Exit.DONE


def test_a_restart_whose_answer_was_lost_is_noted_as_such(office):
    office.back_up()
    office.at[Kind.BEGUN, EFFECT] = lambda: office.server.faults.add(Fault("cut", "Send", after=1))
    assert office.run().exit is Exit.DONE
    (note,) = told(office)
    assert "may have been told to restart" in note


def test_a_second_restart_is_told_with_its_own_time(office):
    """The first one was announced and never came."""
    office.back_up()
    office.pc.faults.lie("restart", 1)
    assert office.run().mark is Mark.UNCONFIRMED
    assert office.run().exit is Exit.DONE
    first, second = (note.at for note in office.notes(public=False) if "to restart" in note.text)
    assert datetime.fromisoformat(second) - datetime.fromisoformat(first) >= timedelta(minutes=44)


def test_a_restart_that_is_not_noted_is_a_restart_all_the_same(office, monkeypatch):
    tell = DeskTickets.tell

    def never(self, ticket, text, **given):
        if "to restart" in text:
            raise Refused("the desk takes no notes")
        tell(self, ticket, text, **given)

    monkeypatch.setattr(DeskTickets, "tell", never)
    office.back_up()
    assert office.run().exit is Exit.DONE
    assert tuple(office.effects()) == FULL
    assert told(office) == []


def test_a_desk_that_cannot_be_asked_hides_no_unreached_pc(make_restarting, monkeypatch):
    office = make_restarting()
    asked = DeskTickets.told

    def broken(self, ticket, reference):
        if ":restart:" in reference:
            raise KeyturnError("the desk is away")
        return asked(self, ticket, reference)

    monkeypatch.setattr(DeskTickets, "told", broken)
    assert office.run().exit is Exit.UNREACHED


def test_nothing_is_noted_where_no_restart_is_needed(make_office):
    office = make_office(target="Enterprise")
    office.back_up()
    assert office.run().exit is Exit.DONE
    assert told(office) == []


def test_nothing_is_noted_where_somebody_must_agree_first(office):
    office.back_up()
    office.pc.state.user = "anna"
    assert office.run().step == EFFECT
    assert INSTALLED in office.settled()
    assert told(office) == []

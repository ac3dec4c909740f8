"""What the ticket says of the ways to the device: at the end, and in the desk's note when a run stops."""

from __future__ import annotations

import pytest

from agent.words.errors import Exit
from agent.words.event import Kind
from agent.words.step import Mark
from playbooks.windows.steps import WAYS
from tests.playbooks.upgrade.office import BACKED_UP, CLOSED, DEVICE, FITS, REACHED, SUCCESS, TICKET

SESSIONS = {
    "screenconnect": "/Host#Access///",
    "screenconnect-built-in": "/Host#Access///",
    "vsax": "http://127.0.0.1:",
    "vsa9": "kaseyaliveconnect:///",
}


def about_ways(office):
    """The lines of the ticket about ways, oldest first."""
    notes = [note for note in office.notes(public=False) if f"Ways to {DEVICE}" in note.text]
    assert not [note for note in office.notes() if "Ways to" in note.text]
    return [note.text.split("Ways to ")[1] for note in notes]


@pytest.mark.parametrize("front", SESSIONS)
def test_at_the_end_the_ticket_names_each_way_with_its_session_and_why_it_was_passed_over(make_office, front):
    office = make_office(ladder=(front, "winrm"), target="Enterprise")
    office.back_up()
    assert office.run().exit is Exit.DONE
    (line,) = about_ways(office)
    tool = front.removesuffix("-built-in")
    assert line.startswith(f"{DEVICE} in this run: {tool}: used (")
    assert SESSIONS[front] in line
    assert "and passed over (it cannot do private); winrm: used." in line
    settled = list(office.settled())
    assert settled.index(SUCCESS) < settled.index(WAYS) < settled.index(CLOSED)


def test_the_note_says_what_the_events_say(make_office):
    office = make_office(ladder=("vsax", "winrm"), target="Enterprise")
    office.back_up()
    office.run()
    (line,) = about_ways(office)
    for event in office.events:
        if event.kind is Kind.REACHED:
            assert f"{event.facts['connector']}: used" in line
            assert event.facts.get("link", "") in line
        if event.kind is Kind.PASSED_OVER:
            assert event.text.split("was passed over: ")[1] in line


def test_it_is_told_once(make_office):
    office = make_office(ladder=("vsax", "winrm"), target="Enterprise")
    office.back_up()
    office.run()
    office.tickets.reopen(TICKET)
    assert office.run().exit is Exit.DONE
    assert office.begun() == [CLOSED]
    assert len(about_ways(office)) == 1


def test_a_run_that_stops_tells_the_desk_how_it_got_there(make_office):
    office = make_office(ladder=("vsax", "winrm"))
    for agent in office.fronts["vsax"].servers[DEVICE].agents.values():
        agent.away = True
    assert office.run().step == BACKED_UP
    (line,) = about_ways(office)
    assert line.startswith(f"{DEVICE} in this run: vsax: passed over (")
    assert line.endswith("; winrm: used.")


def test_a_run_that_reached_nobody_says_so_once(office):
    office.pc.switch(on=False)
    assert (ending := office.run()).mark is Mark.UNREACHED
    assert ending.step == REACHED
    (note,) = office.notes(public=False)
    assert note.text.count("winrm") == 1
    assert about_ways(office) == []


def test_a_run_that_never_looked_at_the_device_tells_nothing_of_ways(office):
    office.order(user="Ben")
    assert office.run().step == FITS
    assert about_ways(office) == []


def test_a_dry_run_tells_the_ticket_nothing(make_office):
    office = make_office(ladder=("vsax", "winrm"))
    office.back_up()
    assert office.run(dry=True).exit is Exit.CHANGES
    assert office.settled()[WAYS].facts["mark"] == "planned"
    assert office.notes(public=False) == []

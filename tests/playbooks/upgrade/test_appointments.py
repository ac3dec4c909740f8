"""Appointments: how long they last, what is not arranged for a time that is over, and what the customer hears by then."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from agent.words.errors import Exit
from agent.words.step import Mark
from tests.playbooks.upgrade.office import BACKED_UP, BEGINS, KEPT

OVER = {"appointment": "2026-03-02T08:00", "zone": "UTC"}
"""An hour before the order is given."""


@pytest.mark.parametrize(
    ("zone", "local", "moment"),
    [("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30"), ("Europe/Berlin", "2026-03-29T01:45", "2026-03-29T00:45")],
    ids=["clocks set back, the first of the two moments", "clocks set forward"],
)
def test_the_window_is_as_long_as_ever_in_the_night_when_clocks_change(office, zone, local, moment):
    begin = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    office.order(appointment=local, zone=zone, tolerance=45)
    assert office.run().come_back.astimezone(UTC) == begin
    office.back_up()
    office.clock.sleep((begin - office.clock.now()).total_seconds() + 46 * 60)
    assert (office.run().step, office.marks()[BEGINS]) == (BEGINS, "ask a person")
    office.clock.sleep(-120)
    office.back_up()
    assert office.run().exit is Exit.DONE


def test_a_time_that_is_over_is_neither_booked_nor_announced(office):
    office.order(**OVER)
    office.run()
    assert office.rows("desk.db", "appointments") == office.letters() == []
    office.answer(KEPT, because="she is waiting")
    ending = office.run()
    assert ending.step == BACKED_UP
    assert office.rows("desk.db", "appointments") == office.notes() == []
    (letter,) = office.letters()
    assert "08:00" not in letter.get_content()
    assert "as soon as your back-up is complete" in letter.get_content()
    office.back_up()
    assert office.run().exit is Exit.DONE


def test_a_yes_to_a_time_that_is_over_is_a_yes_to_begin_now_only(office):
    office.order(**OVER)
    office.run()
    office.answer(KEPT)
    office.run()
    office.clock.sleep(24 * 3600)
    office.back_up()
    ending = office.run()
    assert (ending.mark, ending.step) == (Mark.ASK, BEGINS)
    assert office.effects() == []


def test_a_missing_back_up_is_told_when_there_was_time_for_one(office):
    office.order(appointment="2026-03-02T12:00", zone="UTC")
    office.run()
    assert office.notes() == []
    office.clock.sleep(3 * 3600)
    for _ in range(2):
        assert office.run().step == BACKED_UP
    (note,) = office.notes()
    assert "could not see a back-up" in note.text


def test_a_missing_back_up_is_no_complaint_in_the_second_of_the_instructions(office):
    assert office.run().step == BACKED_UP
    assert office.notes() == []
    (internal,) = office.notes(public=False)
    assert "last backup: none" in internal.text

"""The words for the desk about the ways to a device."""

from __future__ import annotations

from agent.api import Ending, Exit, Mark, Rung
from playbooks.windows import notes

USED = Rung("vsax", used=True, link="https://vsax.example/7", passed_over=("it cannot do private", "the agent is offline"))
NEVER = Rung("screenconnect", used=False, passed_over=("the secret is wrong",))


def test_each_way_is_told_with_what_is_known_of_it():
    assert notes.ways("FRONTDESK-07", (NEVER, USED, Rung("winrm", used=True))) == (
        "Ways to FRONTDESK-07 in this run: screenconnect: passed over (the secret is wrong); vsax: used (https://vsax.example/7)"
        " and passed over (it cannot do private; the agent is offline); winrm: used."
    )
    assert notes.ways("FRONTDESK-07", ()) == "Ways to FRONTDESK-07 in this run: none was taken."


def test_why_a_run_stopped_comes_first():
    ending = Ending(Mark.ASK, Exit.PERSON, "the back-up is complete", "last backup: none")
    told = notes.stopped("FRONTDESK-07", ending, (USED,))
    assert told.splitlines()[0] == "ask a person: the back-up is complete: last backup: none"
    assert "vsax: used" in told.splitlines()[1]
    assert notes.stopped("FRONTDESK-07", ending, ()) == told.splitlines()[0]


def test_who_was_not_reached_is_told_with_every_way_already():
    ending = Ending(
        Mark.UNREACHED, Exit.UNREACHED, "the device is reached", "it was not reached: screenconnect: the secret is wrong"
    )
    assert notes.stopped("FRONTDESK-07", ending, (NEVER,)).count("the secret is wrong") == 1

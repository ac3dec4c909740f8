"""What is known of each way after a run, and when a tool that opens and says nothing is left to a person."""

from __future__ import annotations

import pytest

from agent.words.errors import Attended, NeedsPerson, NotSent, Refused, TryLater, Unreached, Unsure
from agent.words.ports import RemoteDevice, Rung
from tests.agent.machine.ladders import CHANGING, KEYED, PRIVATE, READING, TOOL, FakeConnector

OFF, SHUT, MUTE = NotSent("the agent is offline"), NotSent("the connection was refused"), NotSent("no answer came in time")


def tool(name="vsax", **given):
    return FakeConnector(name, *TOOL, **given)


def winrm(**given):
    return FakeConnector("winrm", *PRIVATE, **given)


def person():
    return FakeConnector("splashtop", "attended", "presence")


def mute(name="vsax"):
    """A tool of which a session can be had, and whose readings never arrive."""
    found = tool(name)
    found.fails += [MUTE] * 9
    return found


# What is known of each way


def test_nothing_is_known_of_ways_that_nobody_took(rungs):
    assert rungs.route(tool(), winrm()).rungs() == ()


def test_each_way_is_told_in_order_with_its_session_and_every_reason(rungs):
    one, two = tool("screenconnect", error=OFF), tool()
    way = rungs.route(one, two, winrm(), person())
    way.tell(KEYED)
    way.ask(READING)
    one.error = Refused("the secret is wrong")
    way.message("hello")
    assert way.rungs() == (
        Rung("screenconnect", used=False, passed_over=("it cannot do private", "the agent is offline")),
        Rung("vsax", used=True, link="https://vsax.example/7", passed_over=("it cannot do private",)),
        Rung("winrm", used=True),
    )


def test_what_is_known_is_what_the_events_say(rungs):
    one = tool("screenconnect")
    one.fails += [None, OFF]
    way = rungs.route(one, winrm())
    for _ in range(3):
        way.ask(READING)
    told = [(facts["connector"], facts.get("link", ""), kind.value) for kind, _, facts in rungs.notes]
    assert told == [
        ("screenconnect", "https://screenconnect.example/7", "reached"),
        ("screenconnect", "", "passed over"),
        ("winrm", "", "reached"),
    ]
    assert way.rungs() == (
        Rung("screenconnect", used=True, link="https://screenconnect.example/7", passed_over=("the agent is offline",)),
        Rung("winrm", used=True),
    )


def test_a_session_whose_place_cannot_be_had_is_told_without_it(rungs, monkeypatch):
    one = tool()
    way = rungs.route(one)
    way.carries(CHANGING)
    monkeypatch.setattr(one.sessions[0], "link", lambda: (_ for _ in ()).throw(NotSent("the console is slow")))
    way.ask(READING)
    assert way.rungs() == (Rung("vsax", used=True),)


def test_asking_how_the_ways_fared_opens_none_and_changes_nothing(rungs):
    one = tool()
    way = rungs.route(one)
    way.rungs()
    assert one.opened == 0
    assert RemoteDevice.rungs.__reads__


# When a tool opens and no reading arrives


@pytest.mark.parametrize("others", [[], [("screenconnect", OFF)], [("screenconnect", None)]], ids=["alone", "beside", "both"])
def test_a_person_is_called_when_every_tool_is_silent(rungs, others):
    """Each is asked once, and winrm is not working either."""
    more = [tool(name, error=error) if error else mute(name) for name, error in others]
    one, last = mute(), person()
    way = rungs.route(*more, one, winrm(error=SHUT), last)
    with pytest.raises(Attended):
        way.ask(READING)
    assert one.heard == [READING]
    assert last.heard == [READING]
    assert "vsax was passed over: no answer came in time" in rungs.texts()


def test_a_silent_tool_is_asked_again_before_the_person_is(rungs):
    one, last = tool(), person()
    one.fails += [MUTE]
    way = rungs.route(one, last)
    with pytest.raises(Attended):
        way.ask(READING)
    assert way.ask(READING).stdout == "asked"
    assert len(last.heard) == 1


def test_no_person_is_called_when_a_tool_that_has_answered_falls_silent(rungs):
    one, last = tool(), person()
    one.fails += [None, *[MUTE] * 9]
    way = rungs.route(one, winrm(error=SHUT), last)
    way.ask(READING)
    for _ in range(2):
        with pytest.raises(NotSent, match="no answer came in time"):
            way.ask(READING)
    assert last.opened == 0


def test_no_person_is_called_when_the_device_has_answered_over_another_way(rungs):
    two, last = winrm(), person()
    two.fails += [None, SHUT]
    way = rungs.route(mute(), two, last)
    way.ask(READING)
    with pytest.raises(NotSent):
        way.ask(READING)
    assert last.opened == 0


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (Refused("bad token"), "refused, which a person in the session would not change: bad token"),
        (TryLater("too many requests"), "asked us to come back later, so no person is called: too many requests"),
    ],
)
def test_a_tool_that_refuses_beside_a_silent_one_calls_nobody(rungs, error, why):
    last = person()
    way = rungs.route(tool("screenconnect", error=error), mute(), last)
    with pytest.raises(NotSent, match="no answer came in time"):
        way.ask(READING)
    assert last.opened == 0
    assert f"splashtop was passed over: screenconnect {why}" in rungs.texts()


def test_a_tool_that_may_have_been_heard_calls_nobody(rungs):
    one, last = tool(), person()
    one.fails += [Unsure("the answer was cut short")]
    with pytest.raises(Unsure):
        rungs.route(one, last).ask(READING)
    assert last.opened == 0


def test_a_tool_that_was_only_opened_still_counts_as_working(rungs):
    last = person()
    way = rungs.route(tool(), winrm(error=SHUT), last)
    with pytest.raises(NeedsPerson, match="only vsax gets through"):
        way.tell(KEYED)
    assert last.opened == 0


def test_without_a_person_on_the_ladder_silence_is_told_as_it_is(rungs):
    with pytest.raises(NotSent, match="no answer came in time"):
        rungs.route(mute(), winrm(error=SHUT)).ask(READING)
    with pytest.raises(Unreached):
        rungs.route(winrm(error=SHUT)).ask(READING)

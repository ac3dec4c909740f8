"""The last rung: when a person is called, and when not."""

from __future__ import annotations

import pytest

from agent.words.errors import Attended, NotSent, Refused, TryLater, Unreached
from tests.agent.machine.ladders import CHANGING, KEYED, PRIVATE, READING, TOOL, FakeConnector

OFF = NotSent("the agent is offline")
SHUT = NotSent("connection refused")


def person(**given):
    return FakeConnector("splashtop", "attended", **given)


def tool(name="vsax", **given):
    return FakeConnector(name, *TOOL, **given)


def winrm(**given):
    return FakeConnector("winrm", *PRIVATE, **given)


@pytest.mark.parametrize(("word", "command"), [("ask", READING), ("tell", CHANGING), ("tell", KEYED)])
@pytest.mark.parametrize("place", range(4))
def test_a_person_is_called_when_no_tool_works_wherever_that_rung_stands(rungs, place, word, command):
    rest = [tool("screenconnect", error=OFF), tool(error=OFF), winrm(error=SHUT)]
    last = person()
    way = rungs.route(*rest[:place], last, *rest[place:])
    with pytest.raises(Attended, match="a technician must look at splashtop"):
        getattr(way, word)(command)
    assert last.heard == [command]
    assert way.connector == "splashtop"
    assert [connector.opened for connector in rest] == [1, 1, 1]
    assert rungs.texts()[-1] == "FRONTDESK-07 is reached by splashtop"


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (Refused("bad token"), "refused, which a person in the session would not change: bad token"),
        (TryLater("too many requests"), "asked us to come back later, so no person is called: too many requests"),
    ],
)
@pytest.mark.parametrize("command", [READING, KEYED])
def test_a_tool_that_refuses_would_refuse_the_person_too(rungs, error, why, command):
    last = person()
    way = rungs.route(tool("screenconnect", error=OFF), tool(error=error), winrm(error=SHUT), last)
    with pytest.raises(Unreached) as caught:
        (way.tell if command is KEYED else way.ask)(command)
    assert f"splashtop: vsax {why}" in str(caught.value)
    assert last.opened == 0


def test_no_person_is_called_while_a_tool_works(rungs):
    last = person()
    way = rungs.route(tool(), winrm(error=SHUT), last)
    answer = way.carries(KEYED)
    assert answer.verdict.value == "no"
    assert "splashtop was passed over: vsax has reached FRONTDESK-07 in this run" in rungs.texts()
    way.ask(READING)
    assert last.opened == 0


def test_no_person_is_called_while_another_way_carries_it(rungs):
    last, two = person(), winrm()
    way = rungs.route(tool(error=OFF), two, last)
    way.ask(READING)
    way.tell(KEYED)
    assert (two.heard, last.opened) == ([READING, KEYED], 0)


def test_no_person_is_called_for_a_device_that_restarts(rungs):
    """It was reached in this run; the next run knocks at all doors again."""
    one, two, last = tool(), winrm(error=SHUT), person()
    one.fails += [None, OFF, OFF]
    way = rungs.route(one, two, last)
    way.ask(READING)
    for _ in range(2):
        with pytest.raises(NotSent, match="the agent is offline"):
            way.ask(READING)
    assert last.opened == 0
    one.error = OFF
    with pytest.raises(Attended):
        rungs.route(one, two, last).ask(READING)


def test_a_tool_that_was_down_a_moment_ago_is_asked_before_a_person_is(rungs):
    one, last = tool(error=OFF), person()
    with pytest.raises(Attended):
        rungs.route(one, last).ask(READING)
    one.error = None
    assert rungs.route(one, last).ask(READING).stdout == "asked"


def test_a_tool_is_not_knocked_at_twice_for_one_command(rungs):
    one, two, last = tool(error=OFF), winrm(error=SHUT), person()
    way = rungs.route(one, two, last)
    with pytest.raises(Attended):
        way.ask(READING)
    assert (one.opened, two.opened) == (1, 1)


@pytest.mark.parametrize(("error", "called"), [(SHUT, True), (Refused("bad password"), False), (None, False)])
def test_where_a_device_has_no_remote_tool_every_way_counts(rungs, error, called):
    last = person()
    way = rungs.route(winrm(error=error), last)
    if called:
        with pytest.raises(Attended):
            way.ask(READING)
    elif error:
        with pytest.raises(Unreached, match="winrm refused"):
            way.ask(READING)
    else:
        way.ask(READING)
    assert last.opened == called


def test_a_refusal_of_another_way_does_not_matter_where_the_tools_are_down(rungs):
    with pytest.raises(Attended):
        rungs.route(tool(error=OFF), winrm(error=Refused("bad password")), person()).ask(READING)


def test_a_tool_that_is_not_installed_is_no_tool_that_is_down(rungs):
    last = person()
    with pytest.raises(Unreached, match=r"vsax refused, .*: no such connector is installed"):
        rungs.route(last, ways=["vsax", "splashtop"]).ask(READING)
    assert last.opened == 0


def test_a_person_alone_is_a_ladder_too(rungs):
    with pytest.raises(Attended):
        rungs.route(person()).ask(READING)


@pytest.mark.parametrize("error", [NotSent("Splashtop does not answer"), Refused("the plan has no API")])
def test_when_no_person_can_be_called_nobody_is_left(rungs, error):
    with pytest.raises(Unreached, match=f"vsax: the agent is offline; splashtop: {error.what}"):
        rungs.route(tool(error=OFF), person(error=error)).ask(READING)


def test_a_person_could_carry_a_command(rungs):
    answer = rungs.route(tool(error=OFF), person()).carries(KEYED)
    assert (answer.is_yes, answer.evidence) == (
        True,
        "FRONTDESK-07 is reached only by a person in a session of splashtop",
    )


def test_a_dry_run_makes_no_session_for_a_person(rungs):
    last = person()
    way = rungs.route(tool(error=OFF), last, dry=True)
    with pytest.raises(Attended, match="only a person in a session of splashtop can do this, and a dry run makes none"):
        way.ask(READING)
    answer = way.carries(KEYED)
    assert (answer.is_yes, answer.evidence) == (
        True,
        "only a person in a session of splashtop can do this, and a dry run makes none",
    )
    assert last.opened == 0
    one = tool()
    assert rungs.route(one, last, dry=True).ask(READING).stdout == "asked"


def test_a_person_is_no_tool_that_shows_messages(rungs):
    way = rungs.route(tool(error=OFF), FakeConnector("splashtop", "attended", "presence", "message"))
    assert not way.presence().is_yes
    assert way.link() == ""
    with pytest.raises(Unreached):
        way.message("hello")

"""The route: each command finds its own way, and every session is closed."""

from __future__ import annotations

import pytest

from agent.words.errors import NeedsPerson, NotSent, Refused, TryLater, Unreached, Unsure
from agent.words.event import Kind
from tests.agent.machine.ladders import CHANGING, KEYED, OFF, PRIVATE, READING, TOOL, FakeConnector, tool, winrm


def test_nothing_is_opened_until_something_is_said(rungs):
    one, two = tool(), winrm()
    way = rungs.route(one, two)
    assert (one.opened, two.opened, rungs.notes, way.connector) == (0, 0, [], "")
    assert way.capabilities == {*TOOL, *PRIVATE}
    way.close()
    assert way.ask(READING).stdout == "asked"
    assert way.connector == "screenconnect"
    facts = {"connector": "screenconnect", "link": "https://screenconnect.example/7"}
    assert rungs.notes == [(Kind.REACHED, "FRONTDESK-07 is reached by screenconnect", facts)]
    assert two.opened == 0


def test_one_session_serves_the_whole_run(rungs):
    one = tool()
    way = rungs.route(one)
    assert [way.ask(READING).stdout, way.tell(CHANGING).stdout, way.ask(READING).stdout] == ["asked", "{}", "asked"]
    assert len(one.sessions) == len(rungs.notes) == 1
    assert one.heard == [READING, CHANGING, READING]


def test_a_changing_command_is_never_asked(rungs):
    one = tool()
    with pytest.raises(ValueError, match="restart changes something"):
        rungs.route(one).ask(CHANGING)
    assert one.opened == 0


# What is used for what


def test_a_secret_takes_a_private_way_and_all_else_the_first_one(rungs):
    one, two = tool(), winrm()
    way = rungs.route(one, two)
    way.ask(READING)
    way.tell(KEYED)
    way.tell(CHANGING)
    assert one.heard == [READING, CHANGING]
    assert two.heard == [KEYED]
    assert way.connector == "screenconnect"
    assert rungs.texts() == [
        "FRONTDESK-07 is reached by screenconnect",
        "screenconnect was passed over: it cannot do private",
        "FRONTDESK-07 is reached by winrm",
    ]


def test_a_rung_is_told_as_passed_over_once_for_each_reason(rungs):
    one, two = tool(), winrm()
    way = rungs.route(one, two)
    for _ in range(3):
        way.tell(KEYED)
    one.error = OFF
    for _ in range(3):
        way.ask(READING)
    assert rungs.notes == [
        (
            Kind.PASSED_OVER,
            "screenconnect was passed over: it cannot do private",
            {"connector": "screenconnect", "reason": "Refused"},
        ),
        (Kind.REACHED, "FRONTDESK-07 is reached by winrm", {"connector": "winrm"}),
        (
            Kind.PASSED_OVER,
            "screenconnect was passed over: the agent is offline",
            {"connector": "screenconnect", "reason": "NotSent"},
        ),
    ]


def test_a_secret_that_only_a_vendor_could_carry_goes_nowhere(rungs):
    """And the tool is found even when nothing was said before."""
    one, two = tool(), winrm(error=NotSent("connection refused"))
    way = rungs.route(one, two)
    with pytest.raises(NeedsPerson) as caught:
        way.tell(KEYED)
    assert str(caught.value) == (
        "only screenconnect gets through to FRONTDESK-07, and what is sent there stays in its log. "
        "Do this step by hand in the session at https://screenconnect.example/7."
    )
    assert one.heard == []
    assert two.opened == 1


def test_a_link_that_cannot_be_had_is_left_out(rungs, monkeypatch):
    one = tool()
    way = rungs.route(one)
    way.ask(READING)
    one.sessions[0].link = lambda: (_ for _ in ()).throw(NotSent("the console is slow"))
    with pytest.raises(NeedsPerson, match=r"Do this step by hand in the session\."):
        way.tell(KEYED)


def test_a_tool_that_fell_silent_is_not_said_to_get_through(rungs):
    one = tool()
    one.fails += [None, OFF]
    way = rungs.route(one, winrm(error=NotSent("connection refused")))
    way.ask(READING)
    with pytest.raises(NotSent):
        way.ask(READING)
    with pytest.raises(Unreached, match=r"screenconnect: .*winrm: connection refused"):
        way.tell(KEYED)


# What is asked of the whole


def test_what_could_carry_a_command_is_opened_and_nothing_is_sent(rungs):
    one, two = tool(), winrm()
    way = rungs.route(one, two)
    answer = way.carries(KEYED)
    assert (answer.is_yes, answer.evidence, answer.facts) == (
        True,
        "FRONTDESK-07 is reached by winrm",
        {"connector": "winrm"},
    )
    assert (two.opened, two.heard, one.opened) == (1, [], 0)
    assert way.carries(READING).facts == {"connector": "screenconnect"}


def test_what_only_a_vendor_could_carry_is_a_no_and_a_person_is_named(rungs):
    answer = rungs.route(tool()).carries(KEYED)
    assert (answer.verdict.value, answer.person) == ("no", "technician")
    assert answer.evidence == "only screenconnect gets through to FRONTDESK-07, and what is sent there stays in its log"
    assert answer.facts == {"do": "Do this step by hand in the session at https://screenconnect.example/7."}


def test_what_nobody_could_carry_now_is_unsure(rungs):
    answer = rungs.route(tool(error=OFF)).carries(READING)
    assert (answer.verdict.value, answer.person) == ("unsure", None)
    assert answer.evidence == "FRONTDESK-07 was not reached: screenconnect: the agent is offline"


def test_presence_is_asked_of_the_next_tool_when_one_does_not_answer(rungs):
    one, two = tool(), tool("vsax")
    one.fails.append(OFF)
    way = rungs.route(one, winrm(), two)
    assert way.presence().evidence == "vsax sees it"
    assert way.presence().evidence == "vsax sees it"
    assert one.heard == ["presence"]


@pytest.mark.parametrize("error", [Refused("bad token"), Unsure("half an answer"), TryLater("too many requests")])
def test_presence_is_asked_of_the_next_tool_when_one_gives_no_answer(rungs, error):
    one, two = tool(), tool("vsax")
    one.fails += [error]
    way = rungs.route(one, two)
    assert way.presence().evidence == "vsax sees it"
    alone = tool()
    alone.fails += [error]
    assert error.what in rungs.route(alone).presence().evidence


def test_presence_that_only_a_person_can_see_asks_for_the_person(rungs):
    one = tool()
    one.fails += [NeedsPerson("sign in first")]
    with pytest.raises(NeedsPerson, match="sign in first"):
        rungs.route(one, tool("vsax")).presence()


# What is said to have been reached


SAYING = [("ask", READING), ("tell", CHANGING), ("message", "hello")]


@pytest.mark.parametrize(("word", "what"), SAYING)
def test_a_way_over_which_nothing_arrived_has_not_reached_the_device(rungs, word, what):
    one = tool()
    one.fails += [OFF]
    way = rungs.route(one)
    with pytest.raises(NotSent):
        getattr(way, word)(what)
    assert Kind.REACHED not in [kind for kind, *_ in rungs.notes]
    assert not any(rung.used for rung in way.rungs())


@pytest.mark.parametrize("error", [Refused("no"), Unsure("half an answer"), KeyboardInterrupt()])
@pytest.mark.parametrize(("word", "what"), SAYING)
def test_a_way_over_which_something_may_have_arrived_has_reached_the_device(rungs, word, what, error):
    one = tool()
    one.fails += [error]
    way = rungs.route(one)
    with pytest.raises(type(error)):
        getattr(way, word)(what)
    assert [rung.used for rung in way.rungs()] == [True]


def test_without_a_tool_presence_is_unsure_and_a_message_goes_nowhere(rungs):
    way = rungs.route(winrm(), FakeConnector("vsax", "presence", error=OFF), FakeConnector("splashtop", "attended", "presence"))
    answer = way.presence()
    assert (answer.verdict.value, answer.evidence) == (
        "unsure",
        "no remote tool of FRONTDESK-07 answers: vsax: the agent is offline",
    )
    assert way.link() == ""
    with pytest.raises(Unreached, match=r"no remote tool of FRONTDESK-07 can show a message: vsax: the agent is offline"):
        way.message("hello")
    assert not rungs.route().presence().is_yes


def test_a_message_is_shown_by_one_tool_only(rungs):
    one, two = tool(), tool("vsax")
    one.fails.append(Unsure("cut"))
    way = rungs.route(FakeConnector("dumb", "presence"), one, two)
    with pytest.raises(Unsure):
        way.message("hello")
    assert (one.heard, two.opened, way.connector) == (["hello"], 0, "screenconnect")


# The end


def test_closing_closes_every_session_once_and_the_next_word_opens_again(rungs):
    one, two = tool(), winrm()
    way = rungs.route(one, two)
    way.ask(READING)
    way.tell(KEYED)
    way.close()
    way.close()
    assert [one.sessions[0].closed, two.sessions[0].closed] == [1, 1]
    assert way.connector == "winrm"
    way.ask(READING)
    assert len(one.sessions) == 2


@pytest.mark.parametrize("error", [NotSent("gone"), ZeroDivisionError("bug")])
@pytest.mark.parametrize("place", [0, 1])
def test_every_session_is_closed_whatever_becomes_of_the_others(rungs, place, error):
    one, two = tool(), winrm()
    way = rungs.route(one, two)
    way.ask(READING)
    way.tell(KEYED)
    broken, other = (one, two)[place].sessions[0], (two, one)[place].sessions[0]

    def close():
        raise error

    broken.close = close
    if isinstance(error, ZeroDivisionError):
        with pytest.raises(ZeroDivisionError):
            way.close()
    else:
        way.close()
    assert other.closed == 1
    way.close()

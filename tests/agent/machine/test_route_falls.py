"""When one way does not get through: what goes over the next one, what never does, and what is remembered of it."""

from __future__ import annotations

import pytest

from agent.words.errors import Exit, Misuse, NeedsPerson, NotSent, Refused, TryLater, Unreached, Unsure
from agent.words.event import Kind
from tests.agent.machine.ladders import CHANGING, KEYED, OFF, PRIVATE, READING, FakeConnector, tool, winrm


def test_ways_are_tried_in_the_device_s_order(rungs):
    one, two, three = tool("vsax", error=OFF), winrm(error=Refused("bad password")), FakeConnector("ssh", *PRIVATE)
    way = rungs.route(three, one, two, ways=["vsax", "winrm", "ssh"])
    way.ask(READING)
    assert way.connector == "ssh"
    assert [(kind, text, facts.get("reason")) for kind, text, facts in rungs.notes] == [
        (Kind.PASSED_OVER, "vsax was passed over: the agent is offline", "NotSent"),
        (Kind.PASSED_OVER, "winrm was passed over: bad password", "Refused"),
        (Kind.REACHED, "FRONTDESK-07 is reached by ssh", None),
    ]


@pytest.mark.parametrize(("first", "second"), [("screenconnect", "vsax"), ("vsa9", "screenconnect")])
def test_one_remote_tool_stands_in_for_the_other(rungs, first, second):
    one, two = tool(first, error=OFF), tool(second)
    way = rungs.route(one, two)
    way.ask(READING)
    way.tell(CHANGING)
    way.message("The technician is here.")
    assert way.presence().evidence == f"{second} sees it"
    assert way.link() == f"https://{second}.example/7"
    assert two.heard == [READING, CHANGING, "The technician is here.", "presence"]
    assert rungs.texts() == [
        f"{first} was passed over: the agent is offline",
        f"FRONTDESK-07 is reached by {second}",
    ]


@pytest.mark.parametrize("kept", [["screenconnect"], ["screenconnect", "elsewhere"]])
def test_nothing_stands_in_for_a_tool_that_is_to_be_used_alone(rungs, kept):
    one, two, last = tool(error=OFF), tool("vsax"), FakeConnector("splashtop", "attended")
    way = rungs.route(one, two, last, settings={"ladder": {"alone": kept}})
    with pytest.raises(Unreached) as caught:
        way.ask(READING)
    assert caught.value.what == (
        "FRONTDESK-07 was not reached: screenconnect: the agent is offline; vsax: nothing stands in for screenconnect; "
        "splashtop: nothing stands in for screenconnect"
    )
    assert not way.presence().is_yes
    assert (two.opened, last.opened) == (0, 0)


def test_other_ways_are_used_beside_a_tool_that_is_to_be_used_alone(rungs):
    one, two, three = tool(error=OFF), tool("vsax"), winrm()
    rungs.route(one, two, three, settings={"ladder": {"alone": ["screenconnect"]}}).ask(READING)
    assert (two.heard, three.heard) == ([], [READING])
    rungs.route(tool("vsa9"), one, settings={"ladder": {"alone": ["screenconnect"]}}).ask(READING)
    assert rungs.texts()[-1] == "FRONTDESK-07 is reached by vsa9"


@pytest.mark.parametrize("alone", ["screenconnect", True, [1]])
def test_a_wrong_setting_of_the_ladder_is_told(rungs, alone):
    with pytest.raises(Misuse, match=r'is not a list of connectors.*alone = \["screenconnect"\]'):
        rungs.route(tool(), settings={"ladder": {"alone": alone}})


def test_a_reading_that_does_not_arrive_goes_over_the_next_rung(rungs):
    one, two = tool(), winrm()
    one.fails.append(OFF)
    way = rungs.route(one, two)
    assert way.ask(READING).stdout == "asked"
    assert (one.heard, two.heard, way.connector) == ([READING], [READING], "winrm")


def test_a_reading_that_arrives_nowhere_is_not_sent(rungs):
    one, two = tool(), winrm()
    one.fails += [NotSent("first"), NotSent("third")]
    two.fails += [NotSent("second")]
    way = rungs.route(one, two)
    with pytest.raises(NotSent, match="first"):
        way.ask(READING)
    assert way.ask(READING).stdout == "asked"
    assert (len(one.sessions), len(two.sessions)) == (1, 1)


@pytest.mark.parametrize("error", [Unsure("cut"), Refused("no rights"), TryLater("busy")])
def test_a_reading_that_is_not_answered_goes_over_the_next_rung_and_so_does_what_follows(rungs, error):
    one, two = tool(), winrm()
    one.fails.append(error)
    way = rungs.route(one, two)
    assert way.ask(READING).stdout == "asked"
    way.tell(CHANGING)
    way.ask(READING)
    assert (one.heard, two.heard) == ([READING], [READING, CHANGING, READING])
    assert (Kind.PASSED_OVER, f"screenconnect was passed over: {error}") in [note[:2] for note in rungs.notes]
    assert rungs.notes[1][2]["reason"] == type(error).__name__


class Stale(Refused):
    """A finer word of a connector's own."""


def test_a_reason_is_told_by_a_word_that_people_know(rungs):
    way = rungs.route(tool(error=Stale("an old token")), winrm(error=OFF))
    with pytest.raises(Unreached) as caught:
        way.ask(READING)
    assert caught.value.facts["reasons"] == {"screenconnect": "Refused", "winrm": "NotSent"}
    assert [facts["reason"] for _, _, facts in rungs.notes] == ["Refused", "NotSent"]


@pytest.mark.parametrize("error", [Unsure("cut"), Refused("no rights"), TryLater("busy")])
def test_a_reading_that_nobody_answers_tells_what_the_first_one_said_and_asks_again(rungs, error):
    """A PC that has just started may refuse for a moment."""
    one, two = tool(), winrm()
    one.fails.append(error)
    two.fails.append(NotSent("gone"))
    way = rungs.route(one, two)
    with pytest.raises(type(error)):
        way.ask(READING)
    assert way.ask(READING).stdout == "asked"
    assert (len(one.heard), len(two.heard)) == (2, 1)


@pytest.mark.parametrize("error", [NeedsPerson("only by hand"), ZeroDivisionError()])
def test_a_reading_goes_no_further_after_any_other_trouble(rungs, error):
    one, two = tool(), winrm()
    one.fails.append(error)
    with pytest.raises(type(error)):
        rungs.route(one, two).ask(READING)
    assert two.opened == 0


@pytest.mark.parametrize("error", [NotSent("cut"), Unsure("cut"), Refused("no"), TryLater("busy"), ZeroDivisionError()])
def test_a_change_takes_one_way_and_no_other(rungs, error):
    one, two = tool(), winrm()
    one.fails += [error, error]
    way = rungs.route(one, two)
    for _ in range(2):
        with pytest.raises(type(error)):
            way.tell(CHANGING)
    assert (one.heard, two.heard) == ([CHANGING, CHANGING], [])


def test_the_next_change_follows_the_reading_over_the_way_that_answered(rungs):
    one, two = tool(), winrm()
    one.fails += [None, NotSent("gone")]
    way = rungs.route(one, two)
    way.tell(CHANGING)
    way.ask(READING)
    way.tell(CHANGING)
    assert (one.heard, two.heard) == ([CHANGING, READING], [READING, CHANGING])


def test_two_changes_take_the_same_way_though_a_better_one_came_back(rungs, clock):
    one, two = tool(error=OFF), winrm()
    way = rungs.route(one, two)
    way.tell(CHANGING)
    one.error = None
    clock.sleep(3600)
    way.tell(CHANGING)
    way.ask(READING)
    assert (one.heard, two.heard) == ([], [CHANGING, CHANGING, READING])
    two.fails.append(NotSent("gone"))
    way.ask(READING)
    way.tell(CHANGING)
    assert one.heard == [READING, CHANGING]


def test_a_connector_that_is_not_installed_is_passed_over(rungs):
    rungs.route(winrm(), ways=["vsax", "winrm"]).ask(READING)
    assert rungs.texts()[0] == "vsax was passed over: no such connector is installed"


def test_a_connector_that_the_device_does_not_name_is_not_used(rungs):
    one = winrm()
    with pytest.raises(Unreached):
        rungs.route(one, ways=["ssh"]).ask(READING)
    assert one.opened == 0


@pytest.mark.parametrize(("word", "command"), [("ask", READING), ("tell", CHANGING), ("tell", KEYED)])
def test_a_device_that_nobody_reaches_is_told_with_every_reason(rungs, word, command):
    way = rungs.route(
        winrm(error=NotSent("connection refused")),
        tool("vsax", error=NotSent("the agent is offline", "Switch it on.")),
        FakeConnector("bare"),
        FakeConnector("splashtop", "attended", error=NotSent("Splashtop does not answer")),
        ways=["vsax", "winrm", "ssh", "bare", "splashtop"],
    )
    with pytest.raises(Unreached) as caught:
        getattr(way, word)(command)
    assert caught.value.exit_code is Exit.UNREACHED
    assert str(caught.value).split(": ", 1)[0] == "FRONTDESK-07 was not reached"
    lacking = "private" if command is KEYED else "powershell"
    for reason in ("winrm: connection refused", "ssh: no such connector is installed", f"{lacking}"):
        assert reason in str(caught.value)
    assert "vsax: the agent is offline. Switch it on." in str(caught.value)
    assert way.connector == ""


def test_a_device_without_ways_is_told_how_to_get_one(rungs):
    with pytest.raises(Unreached, match="it has no way in; add one with 'keyturn device change'"):
        rungs.route().ask(READING)


@pytest.mark.parametrize("error", [Unsure("half open"), Misuse("no such vault entry"), ZeroDivisionError()])
def test_other_trouble_is_not_passed_over(rungs, error):
    two = FakeConnector("ssh", *PRIVATE)
    with pytest.raises(type(error)):
        rungs.route(winrm(error=error), two).ask(READING)
    assert two.opened == 0


def test_a_device_that_was_not_reached_is_tried_again_at_the_next_word(rungs):
    one = winrm(error=NotSent("off"))
    way = rungs.route(one)
    with pytest.raises(Unreached):
        way.ask(READING)
    one.error = None
    assert way.ask(READING).stdout == "asked"


# What is remembered


def test_a_refusal_is_remembered_for_the_run_and_no_longer(rungs, clock):
    one, two = tool(error=Refused("bad password")), winrm()
    way = rungs.route(one, two)
    way.ask(READING)
    two.fails += [NotSent("gone")]
    clock.sleep(3600)
    with pytest.raises(NotSent):
        way.ask(READING)
    assert one.opened == 1
    one.error = None
    rungs.route(one, two).ask(READING)
    assert (one.opened, one.heard) == (2, [READING])


@pytest.mark.parametrize(("later", "first"), [(119, "winrm"), (121, "screenconnect")])
def test_what_was_down_a_moment_ago_comes_last_in_the_next_runs(rungs, clock, later, first):
    one, two = tool(error=OFF), winrm()
    rungs.route(one, two).ask(READING)
    one.error = None
    clock.sleep(later)
    way = rungs.route(one, two)
    way.ask(READING)
    assert way.connector == first


def test_a_tool_that_asks_to_wait_is_passed_over_and_not_taken_for_down(rungs):
    one, two = tool(error=TryLater("too many requests")), winrm()
    rungs.route(one, two).ask(READING)
    one.error = None
    way = rungs.route(one, two)
    way.ask(READING)
    assert way.connector == "screenconnect"


def test_what_answered_again_is_the_first_choice_again(rungs):
    one, two = tool(), winrm()
    one.fails += [NotSent("busy")]
    way = rungs.route(one, two)
    way.ask(READING)
    two.fails += [NotSent("gone")]
    way.ask(READING)
    way.ask(READING)
    assert (len(one.heard), len(two.heard)) == (3, 2)
    assert rungs.route(one, two).ask(READING).stdout == "asked"
    assert len(one.sessions) == 2


def test_a_way_that_falls_silent_is_told_as_passed_over_once_another_one_is_used(rungs):
    """A device that restarts is not passed over: there is nothing else."""
    one, two = winrm(), tool(error=OFF)
    one.fails += [None, NotSent("connection refused"), NotSent("connection refused")]
    way = rungs.route(one, two)
    way.ask(READING)
    with pytest.raises(NotSent):
        way.ask(READING)
    assert rungs.texts() == ["FRONTDESK-07 is reached by winrm", "screenconnect was passed over: the agent is offline"]
    two.error = None
    way.ask(READING)
    assert way.connector == "screenconnect"
    assert rungs.texts()[-2:] == [
        "winrm was passed over: connection refused",
        "FRONTDESK-07 is reached by screenconnect",
    ]

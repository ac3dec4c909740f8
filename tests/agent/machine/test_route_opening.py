"""Opening a way: what one way sends so that another one can be used, only where the settings allow it."""

from __future__ import annotations

import pytest

from agent.words.errors import NeedsPerson, NotSent, Refused, Unreached, Unsure
from tests.agent.machine.ladders import KEYED, OPENING, READING, told_of, tool, winrm


def opened(rungs, *connectors, settings=None, **winrm_settings):
    ways = {connector.name: {} for connector in connectors} | {"winrm": winrm_settings}
    return rungs.route(*connectors, ways=ways, settings=settings)


@pytest.mark.parametrize(
    ("own", "default", "may"),
    [({}, {}, False), ({"open": True}, {}, True), ({}, {"open": True}, True), ({"open": False}, {"open": True}, False)],
)
def test_a_way_is_opened_only_where_the_settings_allow_it(rungs, own, default, may):
    one, two = tool(), winrm(error=NotSent("connection refused"))
    way = opened(rungs, one, two, settings={"winrm": default}, **own)
    assert way.may_open_way is may
    assert way.carries(KEYED).verdict.value == "no"
    if not may:
        with pytest.raises(NeedsPerson, match="no way to FRONTDESK-07 may be opened from here"):
            way.open_way()
        assert one.heard == []
        return
    one.sessions[0].said = told_of(ok=True)
    way.open_way()
    assert one.heard == [OPENING]
    two.error = None
    assert way.carries(KEYED).is_yes
    way.tell(KEYED)
    assert two.heard == [KEYED]
    way.open_way()
    assert one.heard == [OPENING]


def test_what_cannot_be_opened_is_not_openable(rungs):
    way = rungs.route(tool(), ways={"screenconnect": {"open": True}, "winrm": {"open": True}})
    assert not way.may_open_way


def test_a_way_that_refuses_is_switched_on_already(rungs):
    one, two = tool(), winrm(error=Refused("bad password", "Check the password."))
    way = opened(rungs, one, two, open=True)
    way.carries(KEYED)
    with pytest.raises(NeedsPerson) as caught:
        way.open_way()
    assert str(caught.value) == "winrm is switched on and refuses: bad password. Check the password."
    assert one.heard == []


@pytest.mark.parametrize(
    ("said", "error", "text"),
    [
        (told_of(ok=False, message="a policy forbids it"), Refused, "a policy forbids it"),
        ("[1]", Refused, r"\[1\]"),
        ("", Unsure, "answered with nothing"),
    ],
)
def test_a_way_that_is_not_opened_says_why(rungs, said, error, text):
    one = tool()
    way = opened(rungs, one, winrm(error=NotSent("connection refused")), open=True)
    way.ask(READING)
    one.sessions[0].said = said
    with pytest.raises(error, match=text):
        way.open_way()


def test_without_any_way_none_can_be_opened(rungs):
    with pytest.raises(Unreached):
        opened(rungs, winrm(error=NotSent("connection refused")), open=True).open_way()

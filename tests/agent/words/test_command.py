"""Commands keep their secrets apart, and replies that are not JSON are not believed."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.words.command import Command, Reply, Script, ask, tell
from agent.words.errors import Unsure
from agent.words.secret import Secret

KEY = Secret("W269N-WFGWX-YVC9B-4J6C9-T83GX", "product key")
SCRIPT = Script("install_key.ps1", "param body")


def test_asking_reads_and_telling_changes():
    assert ask("whoami").changes is False
    assert tell("shutdown", "/r").changes is True
    assert ask("whoami").within == timedelta(seconds=60)
    assert tell("shutdown").within == timedelta(seconds=120)
    assert ask("whoami", within=timedelta(seconds=5)).within == timedelta(seconds=5)


def test_a_program_is_shown_with_its_secrets_masked():
    command = tell("slmgr.vbs", "/ipk", KEY)
    assert str(command) == "slmgr.vbs /ipk ‹product key›"
    assert command.parts == ("slmgr.vbs", "/ipk", KEY)
    assert "W269N" not in repr(command)


def test_a_script_is_shown_by_its_name_and_its_secrets_labels():
    command = tell(SCRIPT, KEY, Secret("x", "password"), edition="Professional", count=2)
    assert str(command) == "install_key.ps1 ‹product key› ‹password›"
    assert json.loads(command.given) == {"edition": "Professional", "count": 2}
    assert (command.parts, command.script, command.secrets) == ((), SCRIPT, (KEY, Secret("x")))
    assert "param body" not in repr(command)


def test_equal_commands_are_one_key_in_a_memory():
    assert ask(SCRIPT, KEY, a=1, b=2) == ask(SCRIPT, KEY, b=2, a=1)
    assert hash(ask(SCRIPT, KEY, a=1, b=2)) == hash(ask(SCRIPT, KEY, b=2, a=1))
    assert len({ask("whoami"), ask("whoami"), tell("whoami"), ask("whoami", "/all")}) == 3
    assert ask(SCRIPT, KEY) != ask(SCRIPT, Secret("another"))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: ask(),
        lambda: tell(),
        lambda: ask("whoami", user="x"),
        lambda: ask("powershell", SCRIPT),
        lambda: tell(SCRIPT, "positional"),
        lambda: tell(SCRIPT, SCRIPT),
        lambda: tell(SCRIPT, key=KEY),
    ],
)
def test_a_command_that_makes_no_sense_is_a_type_error(wrong):
    with pytest.raises(TypeError):
        wrong()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_a_reply_is_read_as_json_with_or_without_a_byte_order_mark(value):
    text = json.dumps(value)
    assert Reply(text, "", 0).json() == value
    assert Reply("\ufeff" + text + "\r\n", "noise", 1).json() == value


@given(st.dictionaries(st.text(min_size=1), st.text(), min_size=1), st.data())
def test_a_reply_that_was_cut_short_is_unsure(value, data):
    text = json.dumps(value)
    cut = data.draw(st.integers(0, len(text) - 1))
    with pytest.raises(Unsure, match=r"answered with (nothing|something that is not JSON)"):
        Reply(text[:cut], "", 0).json()


@pytest.mark.parametrize(
    ("reply", "seen"),
    [
        (Reply("", "", 0), ""),
        (Reply("\ufeff", "  ", 3), ""),
        (Reply("Access is\r\ndenied.", "", 5), "Access is\r\ndenied."),
        (Reply("half {", "The term is\n not recognized", 1), "The term is\n not recognized"),
    ],
)
def test_what_came_instead_of_json_is_told_in_one_line(reply, seen):
    with pytest.raises(Unsure) as caught:
        reply.json()
    assert caught.value.facts["said"] == seen
    assert "\n" not in str(caught.value)


def test_a_long_answer_is_kept_whole_beside_the_line():
    with pytest.raises(Unsure) as caught:
        Reply("x" * 5000, "", 0).json()
    assert str(caught.value) == "the device answered with something that is not JSON (exit code 0)"
    assert caught.value.facts == {"said": "x" * 5000}


def test_a_command_cannot_be_altered():
    with pytest.raises(AttributeError):
        Command(("whoami",), changes=False).changes = True

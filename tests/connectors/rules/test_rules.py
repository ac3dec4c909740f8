"""What every session holds to, before it says anything."""

from __future__ import annotations

import pytest

from agent.api import Refused, Secret, ask, tell
from connectors.rules import Turn, check_public, check_reads

KEY = Secret("AAAAA-BBBBB-CCCCC-DDDDD-EEEEE", "product key")


def test_a_reading_is_asked_and_a_change_is_not():
    check_reads(ask("hostname"))
    with pytest.raises(ValueError, match="told, not asked: shutdown /r"):
        check_reads(tell("shutdown", "/r"))


def test_a_secret_is_kept_from_whoever_keeps_a_log():
    check_public(tell("shutdown", "/r"), "vsax")
    with pytest.raises(Refused, match=r"slmgr ‹product key› holds a secret, and vsax keeps what is sent in its log"):
        check_public(tell("slmgr", KEY), "vsax")


def test_one_at_a_time_and_none_after_the_end():
    turn = Turn("a toy session")
    with turn:
        with pytest.raises(RuntimeError, match="a toy session carries one command at a time"), turn:
            pass
        with pytest.raises(RuntimeError, match="one command at a time"), turn:
            pass
    with turn:
        turn.close()
    with pytest.raises(RuntimeError, match="a toy session was closed"), turn:
        pass


def test_a_command_that_fails_leaves_room_for_the_next():
    turn = Turn("a toy session")
    with pytest.raises(KeyError), turn:
        raise KeyError
    with turn:
        pass

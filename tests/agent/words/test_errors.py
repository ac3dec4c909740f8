"""Errors for people are one line and know how the program ends."""

from __future__ import annotations

import pytest

from agent.words.errors import (
    Exit,
    KeyturnError,
    LatchShut,
    Misuse,
    NeedsPerson,
    NotSent,
    Refused,
    TryLater,
    Unreached,
    Unsure,
)


def test_says_what_happened_and_what_to_do():
    error = KeyturnError("the disk is full.", "Make room.", free=0)
    assert str(error) == "the disk is full. Make room."
    assert (error.what, error.do, error.facts) == ("the disk is full.", "Make room.", {"free": 0})
    assert str(KeyturnError("the disk is full.")) == "the disk is full."


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (KeyturnError, Exit.FAILED),
        (Misuse, Exit.MISUSE),
        (NotSent, Exit.FAILED),
        (Unsure, Exit.FAILED),
        (Refused, Exit.FAILED),
        (TryLater, Exit.FAILED),
        (NeedsPerson, Exit.PERSON),
        (Unreached, Exit.UNREACHED),
    ],
)
def test_each_error_knows_its_exit_code(kind, code):
    assert kind("x").exit_code == code
    assert issubclass(kind, KeyturnError)


def test_the_exit_codes_are_those_that_are_promised():
    assert {code.name: int(code) for code in Exit} == {
        "DONE": 0,
        "FAILED": 1,
        "MISUSE": 2,
        "WAITING": 3,
        "UNREACHED": 4,
        "PERSON": 5,
        "CHANGES": 6,
        "INTERRUPTED": 130,
    }


def test_not_now_and_ask_a_person_are_refusals_and_a_shut_latch_is_a_bug():
    assert issubclass(TryLater, Refused)
    assert issubclass(NeedsPerson, Refused)
    assert not issubclass(LatchShut, KeyturnError)


def test_a_finer_word_is_told_by_the_one_that_people_know():
    class Stale(Refused):
        """A connector's own."""

    assert [error.kind for error in (Stale("x"), TryLater("x"), Unsure("x"))] == ["Refused", "TryLater", "Unsure"]

"""An answer has three values, and nobody can mistake it for two."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from agent.words.answer import Answer, Verdict, no, unsure, yes

LATER = datetime(2025, 10, 7, tzinfo=UTC)


def test_the_three_verdicts():
    assert (yes("a").verdict, no("a").verdict, unsure("a").verdict) == (Verdict.YES, Verdict.NO, Verdict.UNSURE)
    assert [answer.is_yes for answer in (yes("a"), no("a"), unsure("a"))] == [True, False, False]


@pytest.mark.parametrize("answer", [yes("seen"), no("not seen"), unsure("not asked")])
def test_is_never_a_boolean(answer):
    with pytest.raises(TypeError, match="three values"):
        bool(answer)
    with pytest.raises(TypeError, match="three values"):
        assert not answer


def test_keeps_what_it_was_told():
    answer = no("the seat is taken", come_back=LATER, person="customer", seat=3)
    assert answer == Answer(Verdict.NO, "the seat is taken", {"seat": 3}, LATER, "customer")
    assert unsure("silence", come_back=LATER, person="vendor", code=503) == Answer(
        Verdict.UNSURE, "silence", {"code": 503}, LATER, "vendor"
    )


@pytest.mark.parametrize("make", [yes, no, unsure])
def test_facts_may_have_any_name(make):
    assert make("seen", evidence="photo", verdict="x").facts == {"evidence": "photo", "verdict": "x"}


@pytest.mark.parametrize(
    ("one", "other", "verdict"),
    [
        (yes("a"), yes("b"), "yes"),
        (yes("a"), no("b"), "yes"),
        (no("a"), yes("b"), "yes"),
        (yes("a"), unsure("b"), "yes"),
        (unsure("a"), yes("b"), "yes"),
        (no("a"), no("b"), "no"),
        (no("a"), unsure("b"), "unsure"),
        (unsure("a"), no("b"), "unsure"),
        (unsure("a"), unsure("b"), "unsure"),
    ],
)
def test_either_of_two_proofs_is_enough(one, other, verdict):
    assert (one | other).verdict == verdict


def test_the_first_yes_is_the_answer():
    assert (yes("a", n=1) | yes("b", n=2)) == yes("a", n=1)
    assert (no("a") | yes("b", n=2)) == yes("b", n=2)


def test_two_that_are_not_yes_are_told_together():
    both = no("no paper", paper=0, same=1) | unsure("desk is down", come_back=LATER, person="technician", same=2)
    assert both == unsure("no paper; desk is down", come_back=LATER, person="technician", paper=0, same=2)


def test_of_two_times_and_people_the_first_counts():
    first = no("a", come_back=LATER, person="customer")
    second = no("b", come_back=LATER.replace(day=9), person="vendor")
    assert ((first | second).come_back, (first | second).person) == (LATER, "customer")

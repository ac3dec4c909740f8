"""Waiting: at least one try, growing pauses, never past the deadline, and the last word as itself."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.machine.patience import Patience
from agent.words.answer import no, unsure, yes
from agent.words.errors import NotSent, Refused, TryLater, Unsure


@pytest.mark.parametrize("within", [0, -5])
def test_asks_at_least_once(clock, within):
    asked = []
    answer = Patience(clock).until_yes(lambda: asked.append(1) or no("not yet"), timedelta(seconds=within))
    assert (answer, asked, clock.slept) == (no("not yet"), [1], [])


@pytest.mark.parametrize("within", [0, -5])
def test_tries_at_least_once(clock, within):
    assert Patience(clock).until_through(lambda: "through", timedelta(seconds=within)) == "through"
    with pytest.raises(NotSent, match="busy"):
        Patience(clock).until_through(lambda: _raise(NotSent("busy")), timedelta(seconds=within))
    assert clock.slept == []


def _raise(error):
    raise error


def test_stops_asking_at_the_first_yes(clock):
    answers = iter([no("a"), unsure("b"), yes("c"), no("d")])
    assert Patience(clock).until_yes(lambda: next(answers), timedelta(minutes=5)) == yes("c")
    assert len(clock.slept) == 2
    assert next(answers) == no("d")


@given(
    within=st.floats(0, 3600),
    first=st.floats(0.01, 10),
    longest=st.floats(10, 100),
    cost=st.floats(0, 20),
)
def test_pauses_grow_and_end_at_the_deadline(make_clock, within, first, longest, cost):
    clock = make_clock()
    start, tries = clock.now(), []

    def question():
        tries.append((clock.now() - start).total_seconds())
        clock.moment += timedelta(seconds=cost)
        return no(f"try {len(tries)}")

    answer = Patience(clock, first, longest).until_yes(question, timedelta(seconds=within))
    assert answer == no(f"try {len(tries)}")
    assert tries[-1] <= within + 1e-5
    assert (clock.now() - start).total_seconds() >= within - 1e-5
    assert all(0 <= pause <= longest for pause in clock.slept)
    whole = clock.slept[:-1]  # the last pause may be cut short by the deadline
    assert all(one <= other or other == pytest.approx(longest) for one, other in itertools.pairwise(whole))
    assert all(pause >= min(first * 2**number, longest) - 1e-9 for number, pause in enumerate(whole))


def test_pauses_differ_a_little_so_that_many_do_not_knock_at_once(make_clock):
    firsts = set()
    for _ in range(20):
        clock = make_clock()
        Patience(clock).until_yes(lambda: no("x"), timedelta(seconds=60))
        firsts.add(clock.slept[0])
        assert 1 <= clock.slept[0] <= 1.25
    assert len(firsts) > 1


@pytest.mark.parametrize("error", [NotSent("never arrived"), TryLater("not now")])
def test_what_may_be_repeated_is_repeated(clock, error):
    results = [error, error]

    def act():
        if results:
            raise results.pop()
        return 42

    assert Patience(clock).until_through(act, timedelta(minutes=1)) == 42
    assert len(clock.slept) == 2


@pytest.mark.parametrize("error", [Unsure("perhaps"), Refused("no"), ValueError("bug"), KeyboardInterrupt()])
def test_nothing_else_is_repeated(clock, error):
    with pytest.raises(type(error)) as caught:
        Patience(clock).until_through(lambda: _raise(error), timedelta(minutes=1))
    assert caught.value is error
    assert clock.slept == []


def test_the_last_error_is_raised_as_itself(clock):
    errors = []

    def act():
        errors.append(NotSent(f"try {len(errors) + 1}"))
        raise errors[-1]

    with pytest.raises(NotSent) as caught:
        Patience(clock).until_through(act, timedelta(seconds=10))
    assert caught.value is errors[-1]
    assert len(errors) > 2


def test_a_question_that_raises_is_not_asked_again(clock):
    with pytest.raises(NotSent):
        Patience(clock).until_yes(lambda: _raise(NotSent("x")), timedelta(minutes=1))
    assert clock.slept == []


def test_ticks_before_each_try(clock):
    order = []
    answers = iter([no("a"), yes("b")])
    patience = Patience(clock, tick=lambda: order.append("tick"))
    patience.until_yes(lambda: order.append("ask") or next(answers), timedelta(minutes=1))
    assert order == ["tick", "ask", "tick", "ask"]


def test_a_tick_that_raises_ends_the_waiting(clock):
    acted = []
    patience = Patience(clock, tick=lambda: _raise(RuntimeError("claim lost")))
    with pytest.raises(RuntimeError, match="claim lost"):
        patience.until_through(lambda: acted.append(1), timedelta(minutes=1))
    assert acted == []

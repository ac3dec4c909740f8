"""What the walk makes of a change: what is repeated, what is asked about, and what counts as settled."""

from __future__ import annotations

import contextlib
from datetime import timedelta

import pytest

from agent.machine.claims import Claimed
from agent.words.answer import no, unsure, yes
from agent.words.errors import Exit, KeyturnError, Misuse, NeedsPerson, NotSent, Refused, TryLater, Unreached, Unsure
from agent.words.event import Kind
from agent.words.step import Mark, Step, minutes, seconds


class World:
    """Done after a number of attempts that get through; each attempt may fail as it is told."""

    def __init__(self, *failures, visible_after=0):
        self.failures = list(failures)
        self.attempts = self.done = self.asked = 0
        self.visible_after = visible_after

    def change(self):
        self.attempts += 1
        if self.failures:
            error = self.failures.pop(0)
            if error is not None:
                raise error
        self.done += 1

    def answer(self):
        self.asked += 1
        if self.done and self.asked > self.visible_after:
            return yes("it is so", count=self.done)
        return no("it is not so")


def step(world, **options):
    return Step("the step", done=world.answer, do=world.change, **options)


@pytest.mark.parametrize("error", [NotSent("the line was busy"), TryLater("not now")])
def test_what_never_arrived_is_repeated_until_it_gets_through(make_walker, error):
    walker, world = make_walker(), World(error, error, error)
    ending = walker.over(step(world))
    assert (ending.mark, world.attempts, world.done) == (Mark.CHANGED, 4, 1)
    assert len(walker.permits) == 4
    assert len(walker.clock.slept) == 3


@pytest.mark.parametrize("error", [NotSent("the line was busy"), TryLater("not now")])
def test_what_never_arrives_fails_when_patience_ends(make_walker, error):
    walker, world = make_walker(), World(*[error] * 1000)
    ending = walker.over(step(world, patience=seconds(60)))
    assert (ending.mark, ending.exit, ending.text, world.done) == (Mark.FAILED, Exit.FAILED, str(error), 0)
    assert sum(walker.clock.slept) == pytest.approx(60, abs=0.001)
    assert walker.record.settled("the step")[1]["settled"] is True
    assert world.attempts > 2


@pytest.mark.parametrize(
    ("error", "mark", "code"),
    [
        (Refused("no rights"), Mark.FAILED, Exit.FAILED),
        (NeedsPerson("the vendor must lift it"), Mark.ASK, Exit.PERSON),
        (Unreached("the device is off"), Mark.UNREACHED, Exit.UNREACHED),
        (Misuse("no such edition"), Mark.MISUSE, Exit.MISUSE),
        (KeyturnError("something else"), Mark.FAILED, Exit.FAILED),
    ],
)
def test_what_was_refused_is_not_repeated(make_walker, error, mark, code):
    walker, world = make_walker(), World(error)
    ending = walker.over(step(world, once=True, by_hand="Ring the vendor."), step(World()))
    assert (ending.mark, ending.exit, ending.text, world.attempts) == (mark, code, str(error), 1)
    assert walker.clock.slept == []
    _, facts = walker.record.settled("the step")
    assert facts["settled"] is True
    assert ("by_hand" in facts) is (mark is Mark.ASK)


def test_what_may_have_happened_is_asked_about_and_counts_when_it_did(make_walker):
    class Lost(World):
        def change(self):
            super().change()
            raise Unsure("the line dropped")

    walker, world = make_walker(), Lost(visible_after=4)
    ending = walker.over(step(world, once=True))
    assert (ending.mark, world.attempts) == (Mark.CHANGED, 1)
    assert walker.record.settled("the step") == (
        "it is so",
        {"count": 1, "mark": "changed", "verdict": "yes", "settled": True},
    )


@pytest.mark.parametrize("state", [no("not there", seen="old"), unsure("cannot tell", seen="old")])
def test_what_may_have_happened_and_is_not_seen_is_never_repeated(make_walker, state):
    attempts = []

    def change():
        attempts.append(1)
        raise Unsure("the line dropped")

    walker = make_walker()
    answers = iter([no("not there")])
    ending = walker.over(Step("the step", done=lambda: next(answers, state), do=change, once=True))
    assert attempts == [1]
    assert (ending.mark, ending.exit) == (Mark.UNCONFIRMED, Exit.FAILED)
    assert ending.text == f"the line dropped; {state.evidence}"
    _, facts = walker.record.settled("the step")
    assert (facts["settled"], facts["verdict"], facts["seen"]) == (False, "unsure", "old")


def test_unconfirmed_keeps_who_must_act(make_walker):
    answers = iter([no("before")])

    def change():
        raise Unsure("lost")

    asked = no("a person must look", person="technician", come_back=None)
    walker = make_walker()
    walker.over(Step("the step", done=lambda: next(answers, asked), do=change, patience=seconds(0)))
    assert walker.record.marks() == {"the step": "unconfirmed"}


def test_a_change_that_does_not_show_is_unconfirmed_and_not_settled(make_walker):
    walker, world = make_walker(), World(visible_after=10**6)
    ending = walker.over(step(world, patience=minutes(2)), step(World()))
    assert (ending.mark, ending.exit, ending.text) == (Mark.UNCONFIRMED, Exit.FAILED, "it is not so")
    assert world.attempts == 1
    assert walker.record.settled("the step")[1]["settled"] is False
    assert sum(walker.clock.slept) == pytest.approx(120, abs=0.001)


def test_confirming_waits_until_the_change_shows(make_walker):
    walker, world = make_walker(), World(visible_after=5)
    assert walker.over(step(world)).mark is Mark.CHANGED
    assert world.asked == 6


def test_confirm_is_asked_in_place_of_done_where_it_is_given(make_walker):
    asked = []

    def confirm():
        asked.append("confirm")
        return yes("the receipt is there")

    walker = make_walker()
    walker.over(Step("the step", done=lambda: asked.append("done") or no("never seen"), do=lambda: None, confirm=confirm))
    assert asked == ["done", "confirm"]
    assert walker.record.settled("the step")[0] == "the receipt is there"


def test_a_confirmation_that_raises_is_asked_again(make_walker):
    answers = [no("before"), Unreached("rebooting"), NotSent("rebooting"), yes("after")]

    def done():
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    walker = make_walker()
    assert walker.over(Step("the step", done=done, do=lambda: None, patience=minutes(5))).mark is Mark.CHANGED
    assert answers == []


def test_confirmation_always_asks_afresh(make_walker):
    walker, turns = make_walker(), []
    answers = iter([no("a"), no("b"), no("c"), yes("d")])

    def done():
        turns.append(walker.latch.turns)
        return next(answers)

    walker.over(Step("the step", done=done, do=lambda: None))
    assert len(set(turns)) == 4


def test_the_latch_is_open_in_do_only(make_walker):
    walker, states = make_walker(), []

    def note(what, answer):
        states.append((what, walker.latch.is_open))
        return answer

    answers = iter([no("a"), yes("b")])
    walker.over(Step("the step", done=lambda: note("done", next(answers)), do=lambda: note("do", None)))
    assert states == [("done", False), ("do", True), ("done", False)]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(), ZeroDivisionError(), Refused("no")])
def test_the_latch_is_shut_however_do_ends(make_walker, error):
    walker = make_walker()

    def change():
        raise error

    with contextlib.suppress(KeyboardInterrupt, SystemExit, ZeroDivisionError):
        walker.over(Step("the step", done=lambda: no("a"), do=change))
    assert not walker.latch.is_open


def test_the_claim_is_renewed_before_each_try(make_walker):
    walker, world = make_walker(), World(NotSent("a"), visible_after=3)
    walker.over(step(world))
    assert len(walker.ticks) == world.attempts + world.asked - 1


def test_a_run_that_was_replaced_settles_nothing(make_walker):
    def permit():
        raise Claimed("run 1 no longer holds device:X")

    walker, world = make_walker(permit=permit), World()
    with pytest.raises(Claimed):
        walker.over(step(world, once=True))
    assert world.attempts == 0
    assert walker.record.kinds() == [Kind.STEP, Kind.BEGUN]


def test_a_run_that_was_replaced_while_it_confirms_settles_nothing(make_walker):
    world = World(visible_after=10**6)

    def tick():
        if world.attempts:
            raise Claimed("run 1 no longer holds device:X")

    walker = make_walker(tick=tick)
    with pytest.raises(Claimed):
        walker.over(step(world, once=True))
    assert (world.attempts, walker.record.kinds()) == (1, [Kind.STEP, Kind.BEGUN])


def test_doing_and_confirming_have_each_their_patience(make_walker):
    walker, world = make_walker(), World(*[NotSent("x")] * 3, visible_after=10**6)
    started = walker.clock.now()
    walker.over(step(world, patience=seconds(20)))
    assert timedelta(seconds=20) < walker.clock.now() - started <= timedelta(seconds=40)

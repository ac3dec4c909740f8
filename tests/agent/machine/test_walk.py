"""The walk's table, row by row."""

from __future__ import annotations

from datetime import UTC, datetime
from unittest.mock import ANY

import pytest

from agent.machine.walk import EXITS, STOPPERS
from agent.words.answer import no, unsure, yes
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
from agent.words.event import Ending, Kind
from agent.words.step import Mark, Step, seconds

MONDAY = datetime(2025, 10, 13, 9, 0, tzinfo=UTC)


class Thing:
    """Something that is as it should be, or not yet; counts how often it was asked and changed."""

    def __init__(self, state, *, after=None):
        self.state, self.after = state, after
        self.asked = self.changed = 0

    def answer(self):
        self.asked += 1
        if isinstance(self.state, Exception):
            raise self.state
        return {"yes": yes, "no": no, "unsure": unsure}[self.state](f"it is {self.state}")

    def change(self):
        self.changed += 1
        if isinstance(self.after, Exception):
            raise self.after
        self.state = self.after or "yes"


def step(thing, *, gate=False, **options):
    return Step("the step", done=thing.answer, do=None if gate else thing.change, **options)


def end(name="it is the end"):
    return Step(name, done=lambda: yes("reached"))


# done · gate? · once? · dry? · hangs? · released? → mark · changed how often · goes on · exit
TABLE = [
    ("yes", "gate", "real", "", "already", 0, True, 0),
    ("yes", "gate", "dry", "", "already", 0, True, 0),
    ("yes", "step", "real", "", "already", 0, True, 0),
    ("yes", "once", "real", "", "already", 0, True, 0),
    ("yes", "once", "real", "hangs", "already", 0, True, 0),
    ("yes", "step", "dry", "", "already", 0, True, 0),
    ("yes", "once", "dry", "hangs", "already", 0, True, 0),
    ("no", "gate", "real", "", "waiting", 0, False, 3),
    ("unsure", "gate", "real", "", "waiting", 0, False, 3),
    ("no", "gate", "dry", "", "waiting", 0, True, 3),
    ("unsure", "gate", "dry", "", "waiting", 0, True, 3),
    ("no", "step", "dry", "", "planned", 0, True, 6),
    ("unsure", "step", "dry", "", "planned", 0, True, 6),
    ("no", "once", "dry", "", "planned", 0, True, 6),
    ("no", "once", "dry", "hangs", "planned", 0, True, 6),
    ("unsure", "once", "dry", "", "planned", 0, True, 6),
    ("unsure", "once", "real", "", "ask a person", 0, False, 5),
    ("unsure", "once", "real", "hangs", "ask a person", 0, False, 5),
    ("unsure", "once", "real", "released", "changed", 1, True, 0),
    ("no", "once", "real", "hangs", "ask a person", 0, False, 5),
    ("no", "once", "real", "released", "changed", 1, True, 0),
    ("no", "once", "real", "", "changed", 1, True, 0),
    ("no", "step", "real", "", "changed", 1, True, 0),
    ("no", "step", "real", "hangs", "changed", 1, True, 0),
    ("unsure", "step", "real", "", "changed", 1, True, 0),
    ("unsure", "step", "real", "hangs", "changed", 1, True, 0),
]


@pytest.mark.parametrize(("done", "kind", "run", "before", "mark", "changed", "goes_on", "code"), TABLE)
def test_table(make_walker, done, kind, run, before, mark, changed, goes_on, code):
    thing = Thing(done)
    walker = make_walker(
        dry=run == "dry",
        hangs=["the step"] if before == "hangs" else [],
        released=["the step"] if before == "released" else [],
    )
    ending = walker.over(step(thing, gate=kind == "gate", once=kind == "once"), end())
    assert walker.record.marks() == {"the step": mark} | ({"it is the end": "already"} if goes_on else {})
    assert thing.changed == changed == len(walker.permits)
    assert ending.exit == code
    assert ending.step == ("" if code in (0, 6) else "the step")
    assert not walker.latch.is_open


@pytest.mark.parametrize("run", ["real", "dry"])
@pytest.mark.parametrize("answer", [no("not agreed", person="customer"), unsure("not readable", person="customer")])
def test_a_shut_gate_that_names_a_person_asks_one(make_walker, answer, run):
    walker = make_walker(dry=run == "dry")
    ending = walker.over(Step("agreed", done=lambda: answer, by_hand="Ring the customer."))
    assert (ending.mark, ending.exit) == (Mark.ASK, Exit.PERSON)
    assert walker.record.settled("agreed")[1]["by_hand"] == "Ring the customer."


def test_a_dry_gate_behind_something_planned_comes_later(make_walker):
    walker = make_walker(dry=True)
    shut = Step("rebooted", done=lambda: no("not yet", person="technician"))
    unreadable = Step("readable", done=Thing(Unsure("silence")).answer)
    ending = walker.over(step(Thing("no")), shut, unreadable, end())
    assert walker.record.marks() == {
        "the step": "planned",
        "rebooted": "later",
        "readable": "later",
        "it is the end": "already",
    }
    said = "changes are needed; nothing was changed; unless that changes it, it stops at 'rebooted': not yet"
    assert ending == Ending(Mark.PLANNED, Exit.CHANGES, text=said)


def test_a_dry_walk_ends_where_a_real_one_would_stop_before_changing_anything(make_walker):
    walker = make_walker(dry=True)
    ending = walker.over(Step("entitled", done=lambda: no("no such package")), step(Thing("no")), end())
    assert walker.record.marks()["the step"] == "planned"
    assert (ending.mark, ending.exit, ending.step) == (Mark.WAITING, Exit.WAITING, "entitled")


def test_a_device_that_is_not_reached_ends_a_dry_walk_whatever_else_was_planned(make_walker):
    walker = make_walker(dry=True)
    waits = Step("waits", done=lambda: no("not yet"))
    gone = Step("readable", done=Thing(Unreached("gone")).answer, do=lambda: None)
    ending = walker.over(waits, step(Thing("no")), gone, end())
    assert walker.record.marks()["readable"] == "unreached"
    assert (ending.mark, ending.exit, ending.step) == (Mark.UNREACHED, Exit.UNREACHED, "readable")


def test_a_dry_step_behind_something_planned_is_planned_even_when_it_cannot_be_asked(make_walker):
    walker = make_walker(dry=True)
    walker.over(step(Thing("no")), Step("unreadable", done=Thing(Unsure("silence")).answer, do=lambda: None))
    assert walker.record.marks()["unreadable"] == "planned"


def test_the_first_shut_gate_of_a_dry_walk_is_its_end(make_walker):
    walker = make_walker(dry=True)
    first = Step("first", done=lambda: no("on Monday", come_back=MONDAY, seat=2))
    ending = walker.over(first, Step("second", done=lambda: no("whenever")), end())
    assert ending == Ending(Mark.WAITING, Exit.WAITING, "first", "on Monday", MONDAY, {"seat": 2})


RAISED = [
    (Unreached("x"), Mark.UNREACHED, 4),
    (NeedsPerson("x"), Mark.ASK, 5),
    (TryLater("x"), Mark.WAITING, 3),
    (NotSent("x"), Mark.WAITING, 3),
    (Unsure("x"), Mark.WAITING, 3),
    (Refused("x"), Mark.FAILED, 1),
    (Misuse("x"), Mark.MISUSE, 2),
    (KeyturnError("x"), Mark.FAILED, 1),
]


@pytest.mark.parametrize(("error", "mark", "code"), RAISED, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("kind", ["gate", "step", "once"])
@pytest.mark.parametrize("run", ["real", "dry"])
def test_a_probe_that_raises_stops_the_walk(make_walker, error, mark, code, kind, run):
    walker, thing = make_walker(dry=run == "dry"), Thing(error)
    ending = walker.over(step(thing, gate=kind == "gate", once=kind == "once"), end())
    assert (ending.mark, ending.exit, ending.step, ending.text) == (mark, code, "the step", "x")
    assert thing.changed == 0
    assert walker.record.marks()["the step"] == mark
    assert walker.record.settled("the step")[1]["verdict"] == "unsure"
    assert ("it is the end" in walker.record.marks()) is (run == "dry")


def test_every_way_to_be_stopped_has_its_exit():
    assert set(STOPPERS.values()) <= set(EXITS)
    classes = list(STOPPERS)
    assert not any(issubclass(later, earlier) for n, earlier in enumerate(classes) for later in classes[n + 1 :])


def test_what_an_error_knows_is_kept_whatever_it_is_called(make_walker):
    facts = {"person": "x", "evidence": "y", "kind": "retail", "step": 3, "text": "z", "verdict": "?", "code": 503}
    walker = make_walker()
    ending = walker.over(Step("asked", done=Thing(TryLater("busy", come_back=MONDAY, **facts)).answer))
    assert ending.come_back == MONDAY
    _, kept = walker.record.settled("asked")
    assert kept == facts | {"mark": "waiting", "verdict": "unsure", "settled": False, "come_back": MONDAY.isoformat()}


def test_what_a_probe_saw_is_kept_whatever_it_is_called(make_walker):
    walker = make_walker(hangs=["the step"])
    seen = {"kind": "volume", "step": 1, "text": "T83GX", "person": "p", "evidence": "e"}
    walker.over(Step("the step", done=lambda: no("not it", **{**seen, "person": None}), do=lambda: None, once=True))
    assert walker.record.settled("the step")[1].items() >= {"kind": "volume", "step": 1, "text": "T83GX"}.items()


def test_a_person_is_told_why_and_what_was_seen(make_walker):
    ending = make_walker(hangs=["the step"]).over(step(Thing("no"), once=True))
    assert ending.text == "it was begun before and how that ended is not known (it is no); may it be begun again?"
    ending = make_walker().over(step(Thing("unsure"), once=True))
    assert ending.text == "how things stand is not known (it is unsure); may it be begun all the same?"


def test_by_hand_is_told_where_only_somebody_can_open_the_gate(make_walker):
    walker = make_walker()
    walker.over(step(Thing("no"), gate=True, by_hand="Look at it."))
    assert walker.record.settled("the step")[1]["by_hand"] == "Look at it."


def test_by_hand_is_not_told_where_time_will_do(make_walker):
    walker = make_walker()
    walker.over(Step("the step", done=lambda: no("it is Friday", come_back=MONDAY), by_hand="Look at it."))
    assert "by_hand" not in walker.record.settled("the step")[1]


def test_an_empty_walk_is_done_already(make_walker):
    assert make_walker().over() == Ending(Mark.ALREADY, Exit.DONE, text="all done already; nothing was changed")


def test_what_was_done_and_what_was_changed_are_told_apart(make_walker):
    assert make_walker().over(end()).mark is Mark.ALREADY
    assert make_walker().over(step(Thing("no")), end()) == Ending(Mark.CHANGED, Exit.DONE, text="all done")


def test_events_come_in_order_and_begun_stands_before_the_change(make_walker):
    walker, seen = make_walker(), []
    thing = Thing("no")
    walker.over(Step("the step", done=thing.answer, do=lambda: (seen.extend(walker.record.kinds()), thing.change())))
    assert seen == [Kind.STEP, Kind.BEGUN]
    assert walker.record.written == [
        (Kind.STEP, "the step", "", {}),
        (Kind.BEGUN, "the step", "it is no", {}),
        (Kind.SETTLED, "the step", "it is yes", {"mark": "changed", "verdict": "yes", "settled": True}),
    ]


def test_nothing_is_opened_when_begun_cannot_be_written(make_walker):
    walker, thing = make_walker(), Thing("no")
    walker.record.fails_on = Kind.BEGUN
    with pytest.raises(OSError, match="disk is full"):
        walker.over(step(thing))
    assert (thing.changed, walker.permits) == (0, [])


@pytest.mark.parametrize("where", ["done", "do", "confirm"])
def test_a_bug_is_not_taken_for_an_answer(make_walker, where):
    def bug():
        raise LatchShut("a bug")

    thing = Thing("no")
    parts = {"done": thing.answer, "do": thing.change, "confirm": thing.answer, where: bug}
    with pytest.raises(LatchShut, match="a bug"):
        make_walker().over(Step("the step", **parts, patience=seconds(0)))


def test_come_back_is_told_and_kept(make_walker):
    walker = make_walker()
    ending = walker.over(Step("it is Monday", done=lambda: no("it is Friday", come_back=MONDAY)))
    assert ending.come_back == MONDAY
    assert walker.record.settled("it is Monday") == (
        "it is Friday",
        {"mark": "waiting", "verdict": "no", "settled": False, "come_back": MONDAY.isoformat()},
    )


def test_steps_are_taken_one_at_a_time(make_walker):
    taken = []

    def steps():
        for name in ("one", "two", "three"):
            taken.append(name)
            yield Step(name, done=lambda name=name: yes("seen") if name == "one" else no("shut"))

    walker = make_walker()
    walker.walk.over(steps())
    assert taken == ["one", "two"]
    assert walker.record.written == [
        (Kind.STEP, "one", "", ANY),
        (Kind.SETTLED, "one", "seen", ANY),
        (Kind.STEP, "two", "", ANY),
        (Kind.SETTLED, "two", "shut", ANY),
    ]

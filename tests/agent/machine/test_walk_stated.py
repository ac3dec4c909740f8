"""What only a person in the session can see: asked for, taken on their word, and never more than that."""

from __future__ import annotations

import pytest

from agent.words.answer import no, unsure, yes
from agent.words.errors import Attended, Exit, NeedsPerson, Unsure
from agent.words.event import Ending, Kind
from agent.words.step import Mark, Step, seconds

NAME = "Windows is activated"
SAID = yes("Dana said yes: I looked", by="Dana", at="2025-10-06T08:00:00+00:00", because="I looked")
WHY = "a technician must look in the session"


def hidden():
    raise Attended(WHY, "Join it at https://splashtop.example/7.", link="https://splashtop.example/7")


def unseen(*, gate=False, **options):
    """A step that only a person can see, with what was done to it."""
    done = []
    return Step(NAME, done=hidden, do=None if gate else lambda: done.append(1), **options), done


def end():
    return Step("it is the end", done=lambda: yes("reached"))


@pytest.mark.parametrize("run", ["real", "dry"])
@pytest.mark.parametrize("kind", ["gate", "step", "once"])
def test_a_person_is_asked_what_only_a_person_can_see(make_walker, run, kind):
    walker = make_walker(dry=run == "dry")
    step, done = unseen(gate=kind == "gate", once=kind == "once", by_hand="Run 'slmgr /dli'.")
    ending = walker.over(step, end())
    assert (ending.mark, ending.exit, ending.step, done) == (Mark.ASK, Exit.PERSON, NAME, [])
    text, facts = walker.record.settled(NAME)
    assert text == (
        "a technician must look in the session. Join it at https://splashtop.example/7 (nobody has stated it yet); "
        "is it so that Windows is activated?"
    )
    assert facts == {
        "mark": "ask a person",
        "verdict": "unsure",
        "settled": False,
        "attended": WHY,
        "link": "https://splashtop.example/7",
        "by_hand": "Run 'slmgr /dli'.",
    }
    assert ("it is the end" in walker.record.marks()) is (run == "dry")


@pytest.mark.parametrize("run", ["real", "dry"])
@pytest.mark.parametrize("kind", ["gate", "step", "once"])
def test_a_named_persons_statement_is_taken_and_is_marked_as_one(make_walker, run, kind):
    walker = make_walker(dry=run == "dry", stated={NAME: SAID})
    step, done = unseen(gate=kind == "gate", once=kind == "once")
    ending = walker.over(step, end())
    assert ending == Ending(Mark.ALREADY, Exit.DONE, text="all done already; nothing was changed")
    assert (done, walker.permits) == ([], [])
    assert walker.record.marks() == {NAME: "stated", "it is the end": "already"}
    text, facts = walker.record.settled(NAME)
    assert text == "Dana said yes: I looked"
    assert facts == dict(SAID.facts) | {"attended": WHY, "mark": "stated", "verdict": "yes", "settled": False}


@pytest.mark.parametrize("said", [no("Dana said no: it is red", by="Dana"), unsure("Dana said yes, but since then …")])
def test_anything_but_a_yes_is_asked_again_and_shown(make_walker, said):
    walker = make_walker(stated={NAME: said})
    step, done = unseen()
    ending = walker.over(step)
    assert (ending.mark, done) == (Mark.ASK, [])
    assert f"({said.evidence}); is it so" in ending.text


@pytest.mark.parametrize(
    ("seen", "mark"), [(yes("licensed"), Mark.ALREADY), (no("in grace"), Mark.WAITING), (unsure("?"), Mark.WAITING)]
)
def test_what_can_be_read_is_read_whatever_somebody_stated(make_walker, seen, mark):
    walker = make_walker(stated={NAME: SAID})
    assert walker.over(Step(NAME, done=lambda: seen)).mark is mark


@pytest.mark.parametrize("error", [NeedsPerson("anna is logged on"), Unsure("cut")])
def test_a_statement_does_not_answer_another_question(make_walker, error):
    def done():
        raise error

    walker = make_walker(stated={NAME: SAID})
    assert walker.over(Step(NAME, done=done)).mark in (Mark.ASK, Mark.WAITING)
    assert "attended" not in walker.record.settled(NAME)[1]


def test_a_dry_walk_takes_no_statement_that_a_planned_change_would_overtake(make_walker):
    walker = make_walker(dry=True, stated={NAME: SAID, "the licence works": SAID})
    gate = Step("the licence works", done=hidden)
    ending = walker.over(Step("the key is installed", done=lambda: no("another"), do=lambda: None), unseen()[0], gate)
    assert walker.record.marks() == {"the key is installed": "planned", NAME: "planned", "the licence works": "later"}
    assert ending.exit is Exit.CHANGES


def test_a_statement_does_not_confirm_what_was_done_here(make_walker):
    """It was given before; the person looks again and says so."""
    answers = [no("in grace")]

    def done():
        return answers.pop() if answers else hidden()

    walker = make_walker(stated={NAME: SAID})
    ending = walker.over(Step(NAME, done=done, do=lambda: None, patience=seconds(0)))
    assert (ending.mark, ending.exit) == (Mark.UNCONFIRMED, Exit.FAILED)
    assert [kind for kind in walker.record.kinds() if kind is not Kind.STEP] == [Kind.BEGUN, Kind.SETTLED]


def test_a_change_that_only_a_person_can_make_stops_for_one(make_walker):
    walker = make_walker(stated={NAME: SAID})
    ending = walker.over(Step(NAME, done=lambda: no("in grace"), do=hidden, by_hand="Activate it."))
    assert (ending.mark, ending.exit) == (Mark.ASK, Exit.PERSON)
    _, facts = walker.record.settled(NAME)
    assert (facts["settled"], facts["by_hand"], "attended" in facts) == (True, "Activate it.", False)

"""Whose answer a step takes: named by the step, kept with the question, held against who answers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from agent.machine.journal import OrderRow, RunRow
from agent.runner.questions import asked_about, check_answerer
from agent.words.answer import no, unsure, yes
from agent.words.errors import Misuse
from agent.words.event import Event, Kind
from agent.words.step import Mark, Step

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
RUN = RunRow(3, OrderRow(1, "x", "device:A", {}), dry=False, by="Alex", started=AT, ended=None, mark=None, exit=None)
ASKED = "the licence is owned"


def settled(**facts):
    return Event(3, AT, Kind.SETTLED, ASKED, "", {"mark": "waiting", **facts})


def check(by, *events):
    check_answerer(RUN, events, ASKED, by)


def test_a_step_that_names_nobody_takes_anybodys_answer():
    check("Anna", settled())
    check("Anna")


@pytest.mark.parametrize("by", ["Sam", "sam", "  SAM ", "Alex"])
def test_the_technician_may_and_who_ran_it_in_any_spelling(by):
    check(by, settled(answered_by={"technician": "Sam"}))


@pytest.mark.parametrize("by", ["Anna", "Sam Berg", "Sa m", "technician"])
def test_anybody_else_is_told_whose_answer_it_takes(by):
    with pytest.raises(Misuse) as caught:
        check(by, settled(answered_by={"technician": "Sam", "customer": "a@b.example"}))
    line = f"{by} may not answer '{ASKED}'. Whose answer it takes: Sam (technician), a@b.example (customer), Alex (who ran it)."
    assert str(caught.value) == line


def test_who_ran_it_does_not_answer_for_the_customer():
    with pytest.raises(Misuse, match=r"takes: a@b\.example \(customer\)\."):
        check("Alex", settled(answered_by={"customer": "a@b.example"}))


def test_the_latest_question_counts():
    first = settled(answered_by={"technician": "Sam"})
    check("Anna", first, settled())
    with pytest.raises(Misuse):
        check("Anna", settled(), first)


@pytest.mark.parametrize("mark", [Mark.ALREADY, Mark.CHANGED])
def test_what_was_not_asked_is_not_answered(mark):
    with pytest.raises(Misuse, match="run 3 asked nothing about"):
        asked_about(RUN, [settled(mark=mark.value)], "1")


def begun(**facts):
    return Event(3, AT, Kind.BEGUN, ASKED, "", facts)


def test_what_was_begun_and_never_settled_takes_the_same_peoples_answer():
    with pytest.raises(Misuse, match="may not answer"):
        check("Anna", begun(answered_by={"technician": "Sam"}))
    with pytest.raises(Misuse, match="may not answer"):
        check("Anna", settled(), begun(answered_by={"technician": "Sam"}))
    check("Sam", begun(answered_by={"technician": "Sam"}))


ANSWERS = {
    "unsure": unsure("nobody has looked"),
    "a person must decide": no("it is not", person="technician"),
    "later": no("not yet", come_back=AT),
    "yes": yes("it is"),
}


@pytest.mark.parametrize("do", [None, lambda: None], ids=["gate", "change"])
@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_who_may_answer_is_kept_however_the_step_ends(house, answer, do):
    from agent.machine.latch import Latch
    from agent.machine.patience import Patience
    from agent.machine.walk import Walk

    written = {}

    class Record:
        def write(self, kind, step="", text="", /, **facts):
            written[kind] = facts

    walk = Walk(Latch(lambda: None), Record(), Patience(house.clock))
    walk.over([Step(ASKED, done=lambda: answer, do=do, answered_by={"technician": "Sam"})])
    assert (Kind.BEGUN in written) is (do is not None and not answer.is_yes)
    for kind in {Kind.BEGUN, Kind.SETTLED} & set(written):
        assert written[kind]["answered_by"] == {"technician": "Sam"}

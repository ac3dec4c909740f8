"""The logbook: what hangs, what a person released, who is shown what, and what is never written."""

from __future__ import annotations

import base64
import logging

import pytest

from agent.machine.journal import Journal
from agent.machine.scrub import Scrub
from agent.runner.logbook import Answers, Logbook
from agent.words.answer import no, unsure, yes
from agent.words.errors import Exit, Misuse, Refused
from agent.words.event import Kind

STEP = "the key is installed"


@pytest.fixture
def journal(folder):
    return Journal(folder / "journal.db")


@pytest.fixture
def book(journal, clock):
    def open_book(*, order=1, dry=False, target="device:A", observers=(), known=()):
        number = journal.order("upgrade", target, {"n": order}, clock.now())
        run = journal.start(number, dry=dry, by="Dana", at=clock.now())
        return Logbook(run, number, target, journal, clock, Scrub(lambda: known), observers)

    return open_book


B = (Kind.BEGUN, {})
DONE = (Kind.SETTLED, {"settled": True, "mark": "changed"})
OPEN = (Kind.SETTLED, {"settled": False, "mark": "unconfirmed"})
ODD = (Kind.SETTLED, {"settled": False, "mark": "waiting", "yes": True})
YES = (Kind.ANSWERED, {"yes": True, "by": "Dana", "because": ""})
NO = (Kind.ANSWERED, {"yes": False, "by": "Dana", "because": ""})
SAID = (Kind.ANSWERED, {"yes": True, "by": "Dana", "because": "", "states": True})
DENIED = (Kind.ANSWERED, {"yes": False, "by": "Dana", "because": "", "states": True})
DONE_YES = (Kind.SETTLED, {"settled": True, "mark": "already", "verdict": "yes"})
STATED = (Kind.SETTLED, {"settled": False, "mark": "stated", "verdict": "yes", "attended": "x"})
READ = (Kind.SETTLED, {"settled": False, "mark": "waiting", "verdict": "no"})
UNREAD = (Kind.SETTLED, {"settled": False, "mark": "ask a person", "verdict": "unsure", "attended": "x"})


@pytest.mark.parametrize(
    ("events", "hangs", "released"),
    [
        ([], False, False),
        ([B], True, False),
        ([B, DONE], False, False),
        ([B, OPEN], True, False),
        ([B, OPEN, OPEN], True, False),
        ([B, ODD], True, False),
        ([B, DONE, B], True, False),
        ([B, OPEN, DONE], False, False),
        ([B, YES], False, True),
        ([B, NO], True, False),
        ([B, OPEN, YES], False, True),
        ([B, YES, OPEN], False, True),
        ([B, YES, NO], True, False),
        ([B, NO, YES], False, True),
        ([B, YES, B], True, False),
        ([B, YES, B, DONE], False, False),
        ([OPEN, YES], False, True),
        ([OPEN, NO], False, False),
        ([YES, DONE], False, False),
        ([DONE], False, False),
        ([OPEN], False, False),
        # what a person states is done by hand is as good as begun, and permits nothing
        ([SAID], True, False),
        ([SAID, STATED], True, False),
        ([SAID, DONE], False, False),
        ([SAID, YES], False, True),
        ([SAID, DENIED], True, False),
        ([DENIED], False, False),
        ([B, SAID], True, False),
        ([B, SAID, STATED], True, False),
        ([B, OPEN, DENIED], True, False),
        ([B, YES, SAID], True, True),
        ([B, YES, DENIED], False, True),
        ([B, SAID, YES], False, True),
        ([B, NO, SAID, YES], False, True),
        ([B, SAID, NO], True, False),
    ],
)
def test_what_hangs_and_what_is_released(book, events, hangs, released):
    for kind, facts in events:
        book().write(kind, STEP, "", **facts)  # each in a run of its own
    assert (book().hangs(STEP), book().released(STEP)) == (hangs, released)


@pytest.mark.parametrize(
    ("events", "verdict"),
    [
        ([], "unsure"),
        ([SAID], "yes"),
        ([UNREAD, SAID], "yes"),
        ([UNREAD, SAID, STATED, UNREAD, DONE_YES], "yes"),
        ([B, SAID], "yes"),
        ([READ, SAID], "yes"),
        ([DENIED, SAID], "yes"),
        ([SAID, DENIED], "no"),
        ([SAID, B], "unsure"),
        ([SAID, B, DONE_YES], "unsure"),
        ([SAID, READ], "unsure"),
        ([SAID, READ, SAID], "yes"),
        ([SAID, YES], "unsure"),
        ([YES], "unsure"),
        ([B, UNREAD, YES], "unsure"),
    ],
)
def test_a_statement_counts_until_something_overtakes_it(book, events, verdict):
    for kind, facts in events:
        book().write(kind, STEP, "", **facts)
    assert book().stated(STEP).verdict.value == verdict


def test_a_statement_is_told_with_name_time_and_reason(book, clock):
    book().write(Kind.ANSWERED, STEP, "", yes=True, by="Dana", because="slmgr shows it", states=True)
    told = {"by": "Dana", "at": clock.now().isoformat(), "because": "slmgr shows it"}
    assert book().stated(STEP) == yes("Dana said yes: slmgr shows it", **told)


def test_what_overtook_a_statement_is_told(book):
    book().write(Kind.ANSWERED, STEP, "Dana said yes", yes=True, by="Dana", because="", states=True)
    book().write(Kind.SETTLED, STEP, "the key ends in nothing", **READ[1])
    assert book().stated(STEP).evidence == (
        "Dana said yes, but since then it was seen that it is not so (the key ends in nothing)"
    )
    book().write(Kind.BEGUN, STEP)
    assert book().stated(STEP).evidence == f"Dana said yes, but since then '{STEP}' was begun"


def test_a_statement_belongs_to_one_order_and_one_step(book):
    book().write(Kind.ANSWERED, STEP, "", **SAID[1])
    assert book(order=2).stated(STEP).verdict.value == "unsure"
    assert book().stated("another step").verdict.value == "unsure"
    book(order=2).write(Kind.ANSWERED, STEP, "", **DENIED[1])
    assert book().stated(STEP).is_yes
    book(order=2).write(Kind.BEGUN, STEP)
    assert book().stated(STEP).verdict.value == "unsure"


def test_what_another_target_or_a_dry_run_did_overtakes_nothing(book):
    book().write(Kind.ANSWERED, STEP, "", **SAID[1])
    book(order=3, target="device:B").write(Kind.BEGUN, STEP)
    book(dry=True).write(Kind.SETTLED, STEP, "", **READ[1])
    assert book().stated(STEP).is_yes
    assert book(dry=True).stated(STEP).is_yes


def test_a_step_that_stands_before_in_this_run_overtakes_a_statement_and_one_behind_does_not(book):
    """A new key makes the old word on its activation worthless; a note to the customer does not."""
    book().write(Kind.ANSWERED, "activated", "", **SAID[1])
    book().write(Kind.BEGUN, "the customer is told")
    again = book()
    again.write(Kind.SETTLED, STEP, "", settled=True, verdict="yes")
    assert again.stated("activated").is_yes
    book().write(Kind.BEGUN, STEP)
    assert book().stated("activated").is_yes  # in a run that has not come to that step
    again = book()
    again.write(Kind.SETTLED, STEP, "", settled=True, verdict="yes")
    assert again.stated("activated").evidence == f", but since then '{STEP}' was begun"


def test_doubt_is_about_one_step_of_one_target_in_real_runs(book):
    book().write(Kind.BEGUN, STEP)
    book(dry=True).write(Kind.SETTLED, STEP, settled=True)
    assert book(order=2).hangs(STEP)
    assert not book().hangs("another step")
    assert not book(target="device:B").hangs(STEP)


def test_events_are_stamped_and_kept_in_one_line(book, clock, journal):
    one = book()
    one.write(Kind.STARTED, "", "two\r\n  lines\there", kind="volume", step=3, text="T")
    (event,) = journal.events(one.run)
    assert (event.at, event.text) == (clock.now(), "two lines here")
    assert event.facts == {"kind": "volume", "step": 3, "text": "T"}


def test_progress_is_shown_and_not_kept(book, journal):
    seen = []
    one = book(observers=[seen.append])
    one.write(Kind.STEP, STEP)
    one.write(Kind.SETTLED, STEP, "seen", settled=True)
    assert [event.kind for event in seen] == [Kind.STEP, Kind.SETTLED]
    assert journal.events(one.run) == seen[1:]


def test_an_observer_is_shown_what_was_kept_already(book, journal):
    kept = []
    one = book(observers=[lambda event: kept.append(journal.events(event.run))])
    one.write(Kind.BEGUN, STEP)
    assert [event.kind for event in kept[0]] == [Kind.BEGUN]


def test_an_observer_that_raises_is_reported_and_the_next_one_is_asked(book, caplog):
    seen = []

    def broken(event):
        raise ZeroDivisionError("in the observer")

    with caplog.at_level(logging.WARNING):
        book(observers=[broken, seen.append]).write(Kind.BEGUN, STEP)
    assert len(seen) == 1
    (record,) = caplog.records
    assert (record.getMessage(), record.exc_info[0]) == ("an observer failed on begun", ZeroDivisionError)


def test_an_observer_may_interrupt(book):
    def interrupt(event):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        book(observers=[interrupt]).write(Kind.BEGUN, STEP)


def test_secrets_are_taken_out_before_anybody_sees_an_event(book, journal):
    seen = []
    one = book(observers=[seen.append], known=["hunter2!"])
    one.write(Kind.SETTLED, STEP, "it is hunter2!", settled=True, deep={"hunter2!": ["hunter2!"]})
    assert seen == journal.events(one.run)
    assert (seen[0].text, seen[0].facts["deep"]) == ("it is ‹secret›", {"‹secret›": ["‹secret›"]})


def test_what_people_said_is_the_latest_of_one_order(book, journal, clock):
    said = Answers(journal, 1).said
    assert said(STEP) == unsure("nobody has confirmed it yet")
    at = clock.now().isoformat()
    book().write(Kind.ANSWERED, STEP, "", yes=False, by="Dana", because="not on a Friday")
    assert said(STEP) == no("Dana said no: not on a Friday", by="Dana", at=at, because="not on a Friday")
    book().write(Kind.ANSWERED, STEP, "", yes=True, by="Kim", because="")
    assert said(STEP) == yes("Kim said yes", by="Kim", at=at, because="")
    book(order=2).write(Kind.ANSWERED, STEP, "", yes=False, by="Lou", because="")
    assert said(STEP).is_yes


# Answering


def answered(house):
    run = house.home.journal.events(house.last().id)
    return [(event.step, event.facts["yes"], event.facts["by"], event.text) for event in run if event.kind is Kind.ANSWERED]


@pytest.mark.parametrize("step", ["2", "the customer agreed"])
def test_a_step_is_answered_by_number_or_by_name(house, step):
    house.run()
    house.answer(step)
    assert answered(house) == [("the customer agreed", True, "Dana", "Dana said yes")]
    assert house.plugin.events[-1].kind is Kind.ANSWERED


@pytest.mark.parametrize("step", ["0", "4", "99", "-1", "²", "", "the customer", "the product key is installed"])
def test_a_step_that_is_not_there_is_told_with_those_that_are(house, step):
    house.run()
    with pytest.raises(Misuse) as caught:
        house.answer(step)
    assert str(caught.value) == (
        f"run 1 has no step {step!r}. "
        "It has: 1 the customer is entitled; 2 the customer agreed; 3 the ticket says why it stopped."
    )
    assert answered(house) == []


@pytest.mark.parametrize("name", ["", "  "])
def test_an_answer_needs_a_name(house, name):
    house.run()
    with pytest.raises(Misuse, match="an answer needs the name"):
        house.runner.answer(1, "2", yes=True, by=name, because="they said so")
    with pytest.raises(Misuse, match="an answer needs a reason"):
        house.runner.answer(1, "2", yes=True, by="Dana", because=name)
    assert answered(house) == []


def test_a_step_that_asked_nothing_takes_no_answer(house):
    house.run()
    with pytest.raises(Misuse, match="run 1 asked nothing about 'the customer is entitled': it was already"):
        house.answer("the customer is entitled")
    assert answered(house) == []


def test_an_answer_needs_a_real_run(house):
    with pytest.raises(Misuse, match="there is no run 1"):
        house.runner.answer(1, "1", yes=True, by="Dana", because="")
    house.run(dry=True)
    with pytest.raises(Misuse, match="run 1 was a dry run"):
        house.answer("2")


def test_a_run_without_steps_has_nothing_to_answer(house):
    order = house.home.journal.order("shelf-upgrade", "device:A", {}, house.clock.now())
    run = house.home.journal.start(order, dry=False, by="Dana", at=house.clock.now())
    with pytest.raises(Misuse, match=r"It has: none\."):
        house.runner.answer(run, "1", yes=True, by="Dana", because="")


# In a whole run


def test_observers_that_raise_do_not_stop_a_run(agreed, make_house, monkeypatch, caplog):
    def broken(event):
        raise ZeroDivisionError("in the observer")

    seen = []
    house = make_house([broken, seen.append])
    with caplog.at_level(logging.WARNING):
        assert house.run().exit is Exit.DONE
    assert seen == house.plugin.events
    assert len(caplog.records) == len(seen) > 10


def disguised(text):
    """*text* as it may come back from a device, and what must not be left of it."""
    yield text, text
    yield text.replace("-", ""), text.replace("-", "")
    for encoding in ("utf-8", "utf-16-le"):
        yield text.encode(encoding).hex(), text.encode(encoding).hex()
        for before in ("", "x", "xy"):
            whole = base64.b64encode((before + text).encode(encoding)).decode()
            yield whole, whole[8:-4]


@pytest.mark.parametrize("disguise", range(10))
def test_secrets_are_nowhere_in_the_home_folder(agreed, world, fakes, disguise, caplog):
    spoken = " ".join(list(disguised(secret))[disguise][0] for secret in (fakes.KEY, fakes.PASSWORD))
    world.fails["key"] = [Refused(f"slmgr said: {spoken}", seen={fakes.PASSWORD: [spoken]})]
    assert agreed.run().exit is Exit.FAILED
    agreed.runner.answer(
        agreed.last().id, "the product key is installed", yes=True, by="Dana", because=f"I typed {fakes.KEY.lower()} in"
    )
    agreed.live()
    shown = "\n".join(map(repr, agreed.plugin.events)) + caplog.text
    assert "slmgr said: " in shown
    assert "‹secret›" in shown
    left = [trace for secret in (fakes.KEY, fakes.PASSWORD, fakes.KEY.lower()) for _, trace in disguised(secret)]
    assert [trace for trace in left if trace in shown] == []
    for path in agreed.folder.rglob("*"):
        data = path.read_bytes()
        found = [trace for trace in left if trace.encode() in data or trace.encode("utf-16-le") in data]
        assert (path.name, found) == (path.name, [])
    assert {"journal.db", "vault.db", "master.key"} <= {path.name for path in agreed.folder.iterdir()}

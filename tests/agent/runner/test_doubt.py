"""What may have happened is asked about, never repeated blindly; and what is refused or unreachable says so."""

from __future__ import annotations

import pytest

from agent.words.answer import unsure
from agent.words.errors import Exit, KeyturnError, NeedsPerson, NotSent, Refused, TryLater, Unreached, Unsure
from agent.words.event import Kind
from agent.words.step import Mark

STEPS = {
    "note": "the ticket says that it begins",
    "key": "the product key is installed",
    "mail": "the customer is told",
}
COUNTED = ("key", "mail")


@pytest.fixture
def expected(agreed):
    reference = agreed.order.reference
    return {f"note:{reference}-begun": 1, "key:…T83GX": 1, f"mail:{reference}": 1}


@pytest.mark.parametrize("kind", STEPS)
def test_unsure_and_it_happened(agreed, world, expected, kind):
    world.lost.add(kind)
    assert agreed.run().mark is Mark.CHANGED
    assert world.main_effects() == expected


@pytest.mark.parametrize("kind", STEPS)
def test_unsure_and_it_did_not_happen(agreed, world, expected, kind):
    # In the epilogue the desk works again, so only the playbook's own note is lost.
    world.fails[kind] = [Unsure("the line dropped")]
    ending = agreed.run()
    assert (ending.mark, ending.exit, ending.step) == (Mark.UNCONFIRMED, Exit.FAILED, STEPS[kind])
    assert ending.text.startswith("the line dropped; ")
    assert not set(world.main_effects()) & {line for line in expected if line.startswith(kind)}
    endings = agreed.live()
    assert [ending.mark for ending in endings] == ([Mark.ASK, Mark.CHANGED] if kind in COUNTED else [Mark.CHANGED])
    assert world.main_effects() == expected


@pytest.mark.parametrize("error", [NotSent("the line was busy"), TryLater("not now")])
@pytest.mark.parametrize("kind", STEPS)
def test_what_never_arrived_is_sent_again_in_the_same_run(agreed, world, expected, kind, error):
    world.fails[kind] = [error, error]
    assert agreed.run().mark is Mark.CHANGED
    assert world.main_effects() == expected


@pytest.mark.parametrize("kind", STEPS)
def test_what_never_arrives_fails_and_may_be_tried_another_day(agreed, world, expected, kind):
    world.fails[kind] = [NotSent("the line was busy")] * 30
    ending = agreed.run()
    assert (ending.mark, ending.exit, ending.text) == (Mark.FAILED, Exit.FAILED, "the line was busy")
    world.fails.clear()
    assert [ending.mark for ending in agreed.live()] == [Mark.CHANGED]
    assert world.main_effects() == expected


@pytest.mark.parametrize(
    ("error", "mark", "code"),
    [
        (Refused("no rights"), Mark.FAILED, 1),
        (NeedsPerson("ask Microsoft"), Mark.ASK, 5),
        (Unreached("off"), Mark.UNREACHED, 4),
    ],
)
@pytest.mark.parametrize("kind", STEPS)
def test_a_refusal_stops_the_run_and_leaves_no_doubt(agreed, world, expected, kind, error, mark, code):
    world.fails[kind] = [error]
    ending = agreed.run()
    assert (ending.mark, ending.exit, ending.step, ending.text) == (mark, code, STEPS[kind], str(error))
    assert (agreed.last().mark, agreed.last().exit) == (mark, code)
    assert agreed.run().mark is Mark.CHANGED
    assert world.main_effects() == expected


def test_a_device_that_is_off_is_unreached_with_its_reason(agreed, world, monkeypatch):
    def off(device):
        raise NotSent("no answer on port 5986")

    monkeypatch.setattr(world, "open", off)
    ending = agreed.run()
    assert (ending.mark, ending.exit, ending.step) == (Mark.UNREACHED, Exit.UNREACHED, "the device is ready")
    assert ending.text == "FRONTDESK-07 was not reached: wire: no answer on port 5986"
    events = agreed.home.journal.events(agreed.last().id)
    assert [event.text for event in events if event.kind is Kind.PASSED_OVER] == [
        "wire was passed over: no answer on port 5986"
    ]


def test_how_the_device_was_reached_is_kept(agreed):
    agreed.run()
    events = agreed.home.journal.events(agreed.last().id)
    assert [event.facts for event in events if event.kind is Kind.REACHED] == [{"connector": "wire"}]


def test_nothing_is_changed_when_the_journal_takes_no_more(agreed, world):
    with agreed.home.journal.database.transaction() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON events WHEN NEW.kind = 'begun' BEGIN SELECT RAISE(ABORT, 'disk is full'); END"
        )
    before = world.effects()
    with pytest.raises(KeyturnError, match="disk is full"):
        agreed.run()
    assert world.effects() == before
    assert (agreed.last().mark, agreed.last().exit) == ("failed", 1)


def test_a_doubtful_gate_names_what_was_seen(agreed, world):
    world.entitled_answer = unsure("two customers are called Contoso", found=2, kind="name", yes=True)
    ending = agreed.run()
    assert (ending.text, ending.facts["found"]) == ("two customers are called Contoso", 2)

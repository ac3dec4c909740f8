"""The journal: orders and runs are found again, and a later change of what happened shows."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.machine.journal import GENESIS, Audit, Journal, OrderRow, fingerprint
from agent.words.errors import Misuse
from agent.words.event import Event, Kind

AT = datetime(2025, 10, 6, 8, 0, tzinfo=UTC)


@pytest.fixture
def journal(folder):
    return Journal(folder / "journal.db")


@pytest.fixture
def run(journal):
    return journal.start(journal.order("upgrade", "device:A", {"device": "A"}, AT), dry=False, by="mo", at=AT)


@pytest.fixture
def sql(journal):
    """Changes the file behind the journal's back."""

    def execute(statement, *values):
        connection = sqlite3.connect(journal.database.path)
        with connection:
            connection.execute(statement, values)
        connection.close()

    return execute


def event(run, number, kind=Kind.SETTLED, step="the key is installed"):
    facts = {"mark": "changed", "count": number, "nested": {"deep": [1, 2.5, None, True, "ü"]}}
    return Event(run, AT + timedelta(seconds=number), kind, step, f"event {number}", facts)


def test_an_order_stored_twice_is_one_order(journal):
    first = journal.order("upgrade", "device:A", {"device": "A", "seats": 2}, AT)
    again = journal.order("upgrade", "device:A", {"seats": 2, "device": "A"}, AT + timedelta(days=1))
    other = journal.order("upgrade", "device:A", {"device": "A", "seats": 3}, AT)
    elsewhere = journal.order("seats", "device:A", {"device": "A", "seats": 2}, AT)
    assert first == again
    assert len({first, other, elsewhere}) == 3
    assert journal.find_order(first) == OrderRow(first, "upgrade", "device:A", {"device": "A", "seats": 2})


def test_what_is_not_there_is_said_so(journal):
    with pytest.raises(Misuse, match=r"there is no order 17 in .*journal\.db"):
        journal.find_order(17)
    with pytest.raises(Misuse, match=r"there is no run 17 in .*journal\.db"):
        journal.find_run(17)
    for number in (1 << 63, -1, 10**30):
        with pytest.raises(Misuse, match=f"there is no run {number} "):
            journal.find_run(number)
        with pytest.raises(Misuse, match=f"there is no order {number} "):
            journal.find_order(number)


def test_a_run_is_told_from_its_start_to_its_end(journal, run):
    row = journal.find_run(run)
    assert (row.id, row.dry, row.by, row.started) == (run, False, "mo", AT)
    assert (row.ended, row.mark, row.exit) == (None, None, None)
    assert row.order.target == "device:A"
    journal.end(run, mark="changed", exit_code=0, at=AT + timedelta(hours=1))
    row = journal.find_run(run)
    assert (row.ended, row.mark, row.exit) == (AT + timedelta(hours=1), "changed", 0)


def test_runs_are_listed_newest_first_and_no_more_than_asked_for(journal, run):
    dry = journal.start(journal.find_run(run).order.id, dry=True, by="jo", at=AT)
    assert [(row.id, row.dry) for row in journal.runs()] == [(dry, True), (run, False)]
    assert [row.id for row in journal.runs(limit=1)] == [dry]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)


def test_events_come_back_as_they_were_and_the_chain_holds(tmp_path_factory):
    journal = Journal(tmp_path_factory.mktemp("chain") / "journal.db")
    run = journal.start(journal.order("upgrade", "device:A", {}, AT), dry=False, by="mo", at=AT)
    written = []

    @given(
        kind=st.sampled_from([kind for kind in Kind if kind not in (Kind.STARTED, Kind.ENDED)]),
        step=st.text(max_size=30),
        text=st.text(max_size=60),
        facts=st.dictionaries(st.text(max_size=8), JSON, max_size=4),
        at=st.datetimes(timezones=st.just(UTC)),
    )
    def append(kind, step, text, facts, at):
        written.append(Event(run, at, kind, step, text, facts))
        journal.append(written[-1])

    append()
    assert journal.events(run) == written
    audit = journal.audit()
    assert (audit.events, audit.broken) == (len(written), None)
    assert len(written) >= 50


def test_an_empty_chain_holds(journal):
    assert journal.audit() == Audit(0, GENESIS, None)


def test_the_head_moves_with_every_event(journal, run):
    heads = {journal.audit().head}
    for number in range(1, 4):
        journal.append(event(run, 1))
        assert journal.audit().events == number
        heads.add(journal.audit().head)
    assert len(heads) == 4


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("id", 99),
        ("run", 2),
        ("at", "2025-10-06T08:00:00.000001+00:00"),
        ("kind", "begun"),
        ("kind", "no such kind"),
        ("step", "the key is installed "),
        ("text", ""),
        ("facts", '{"mark": "already"}'),
        ("facts", "{}"),
        ("facts", "no json"),
        ("facts", "null"),
        ("hash", "f" * 64),
        ("hash", ""),
    ],
)
def test_an_edited_column_is_found(journal, run, sql, number, column, value):
    journal.start(journal.find_run(run).order.id, dry=False, by="mo", at=AT)
    for count in (1, 2, 3):
        journal.append(event(run, count))
    assert journal.audit().broken is None
    sql(f"UPDATE events SET {column} = ? WHERE id = ?", value, number)
    audit = journal.audit()
    assert audit.broken
    assert audit.events == number - 1
    assert f"event {number} is not as it was written" in audit.broken


@pytest.mark.parametrize("facts", ['{"count": 1.0}', '{"count": true}', '{"count": "1"}', '{"Count": 1}'])
def test_facts_that_only_look_alike_are_found(journal, run, sql, facts):
    journal.append(Event(run, AT, Kind.SETTLED, "a", "b", {"count": 1}))
    sql("UPDATE events SET facts = ?", facts)
    assert journal.audit().broken


@pytest.mark.parametrize("number", [1, 2])
def test_a_row_that_was_taken_out_is_found(journal, run, sql, number):
    for count in (1, 2, 3):
        journal.append(event(run, count))
    sql("DELETE FROM events WHERE id = ?", number)
    assert f"event {number} is not" in journal.audit().broken


def test_rows_moved_up_over_a_gap_are_found(journal, run, sql):
    for count in (1, 2, 3):
        journal.append(event(run, count))
    sql("DELETE FROM events WHERE id = 2")
    sql("UPDATE events SET id = 2 WHERE id = 3")
    assert "event 2 is not" in journal.audit().broken


def test_a_row_that_was_put_in_is_found(journal, run, sql):
    journal.append(event(run, 1))
    sql("INSERT INTO events (run, at, kind, step, text, facts, hash) VALUES (1, 'x', 'ended', '', '', '{}', 'y')")
    assert "event 2 is not" in journal.audit().broken


def test_a_cut_off_end_shows_in_the_head(journal, run, sql):
    for count in (1, 2):
        journal.append(event(run, count))
    noted = journal.audit().head
    sql("DELETE FROM events WHERE id = 2")
    assert journal.audit().broken is None
    assert journal.audit().head != noted


def test_the_latest_events_of_a_step_are_those_of_real_runs_newest_first(journal, run):
    order = journal.find_run(run).order.id
    dry = journal.start(order, dry=True, by="mo", at=AT)
    elsewhere = journal.start(journal.order("upgrade", "device:B", {"device": "B"}, AT), dry=False, by="mo", at=AT)
    same_target = journal.start(journal.order("upgrade", "device:A", {"device": "A", "n": 2}, AT), dry=False, by="mo", at=AT)
    wanted = [
        event(run, 1, Kind.BEGUN),
        event(run, 2, Kind.SETTLED),
        event(same_target, 3, Kind.BEGUN),
    ]
    for one in (
        *wanted,
        event(dry, 4, Kind.BEGUN),
        event(elsewhere, 5, Kind.BEGUN),
        event(run, 6, Kind.ANSWERED),
        event(run, 7, Kind.BEGUN, step="another step"),
    ):
        journal.append(one)
    kinds = (Kind.BEGUN, Kind.SETTLED)
    assert journal.latest(["the key is installed"], kinds, target="device:A") == wanted[::-1]
    assert journal.latest(["the key is installed"], kinds, order=order) == [wanted[1], wanted[0]]
    assert journal.latest(["the key is installed"], kinds, target="device:C") == []


def test_events_are_those_of_one_run(journal, run):
    other = journal.start(journal.find_run(run).order.id, dry=False, by="mo", at=AT)
    journal.append(event(run, 1))
    journal.append(event(other, 2))
    assert [one.text for one in journal.events(other)] == ["event 2"]


APPENDS = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from agent.machine.journal import Journal
from agent.words.event import Event, Kind

sys.stdin.readline()  # both start together
journal = Journal(Path(sys.argv[1]))
number = journal.order("upgrade", "device:A", {"device": "A"}, datetime.now(UTC))
run = journal.start(number, dry=False, by=sys.argv[2], at=datetime.now(UTC))
for count in range(40):
    journal.append(Event(run, datetime.now(UTC), Kind.BEGUN, f"step {count}", sys.argv[2]))
print(number)
"""


def test_processes_that_write_at_once_keep_one_chain(folder, in_another_process):
    path = folder / "journal.db"
    processes = [in_another_process(APPENDS, path, name) for name in ("one", "two", "three")]
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate(timeout=50) for process in processes]
    assert said == [("1\n", "")] * 3
    journal = Journal(path)
    audit = journal.audit()
    assert (audit.events, audit.broken) == (120, None)
    assert [len(journal.events(row.id)) for row in journal.runs()] == [40, 40, 40]


def test_an_event_is_found_by_its_hash(journal, run):
    assert journal.number_of(GENESIS) == 0
    for number in (1, 2):
        journal.append(event(run, number))
        assert journal.number_of(journal.audit().head) == number
    assert journal.number_of("f" * 64) is None


TAMPERED = {
    "update runs set by = 'Mallory'": "run 1 is not as it was begun",
    "update runs set dry = 1": "run 1 is not as it was begun",
    "update runs set mark = 'failed'": "run 1 did not end as it says",
    "update runs set exit = 1": "run 1 did not end as it says",
    "update orders set content = '{}'": "order 1 is not as it was when run 1 began",
}


@pytest.mark.parametrize(("statement", "said"), TAMPERED.items())
def test_a_run_or_an_order_that_was_altered_is_found(tmp_path, statement, said):
    journal = Journal(tmp_path / "journal.db")
    content = {"device": "A"}
    run = journal.start(journal.order("upgrade", "device:A", content, AT), dry=False, by="mo", at=AT)
    facts = {"order": 1, "dry": False, "by": "mo", "content": fingerprint(content)}
    journal.append(Event(run, AT, Kind.STARTED, facts=facts))
    journal.append(Event(run, AT, Kind.ENDED, facts={"mark": "changed", "exit": 0}))
    journal.end(run, mark="changed", exit_code=0, at=AT)
    assert journal.audit().broken is None
    with sqlite3.connect(tmp_path / "journal.db") as connection:
        connection.execute(statement)
    connection.close()
    assert journal.audit().broken == said


def test_an_order_that_a_newer_one_replaced_is_current_no_more(tmp_path):
    journal = Journal(tmp_path / "journal.db")
    first, second = (journal.order("upgrade", "device:A", {"at": at}, AT) for at in (14, 16))
    elsewhere = journal.order("upgrade", "device:B", {"at": 17}, AT)
    for order in (first, elsewhere):
        journal.start(order, dry=False, by="mo", at=AT)
    journal.start(second, dry=True, by="mo", at=AT)
    assert journal.current(journal.find_order(first)).id == first
    journal.start(second, dry=False, by="mo", at=AT)
    with pytest.raises(Misuse, match=f"order {first} was replaced by order {second} for device:A"):
        journal.current(journal.find_order(first))
    assert journal.current(journal.find_order(second)).id == second
    assert journal.current(journal.find_order(elsewhere)).id == elsewhere
    journal.start(first, dry=False, by="mo", at=AT)
    assert journal.current(journal.find_order(first)).id == first

"""A PC that cannot read something about itself: never a change beyond the gate that needed it."""

from __future__ import annotations

import pytest

from agent.words.errors import Exit
from agent.words.event import Kind
from agent.words.step import Mark
from connectors.lab.windows import scripts as pc_scripts
from tests.playbooks.upgrade.office import (
    ACTIVATED,
    BACKED_UP,
    EFFECT,
    FIT,
    FULL,
    INSTALLED,
    INTACT,
    REACHED,
    RECORDED,
    STEPS,
)

STOPS = {
    "edition": REACHED,
    "build": REACHED,
    "boot": REACHED,
    "now": REACHED,
    "pending": REACHED,
    "backups": REACHED,
    "product_type": FIT,
    "licences": FIT,
    "pending.servicing": FIT,
    "pending.in_progress": FIT,
    "pending.update": FIT,
    "pending.name": FIT,
    "busy": FIT,
    "free": FIT,
    "battery": FIT,
    "administrator": FIT,
    "backups.versions": BACKED_UP,
    "records": RECORDED,
    "users": EFFECT,
    "noted": EFFECT,
}
"""Where the run stops when that cannot be read; whatever else is missing stops nothing."""


def _facts(office) -> list[str]:
    told = pc_scripts.facts(office.pc._work, office.pc.state, {}, [])
    return [*told, *(f"{outer}.{inner}" for outer in ("pending", "backups", "battery") for inner in told[outer])]


@pytest.fixture
def unread(office, request):
    """An office whose PC cannot read one fact."""
    office.back_up()
    office.pc.state.unread.add(request.param)
    return office


def test_each_of_these_is_a_fact(office):
    assert set(STOPS) <= set(_facts(office))


@pytest.mark.parametrize("unread", sorted(STOPS), indirect=True)
def test_what_a_gate_needs_shuts_it(unread):
    (name,) = unread.pc.state.unread
    ending = unread.run()
    assert (ending.step, ending.exit is Exit.DONE) == (STOPS[name], False)
    allowed = ("files recorded", "key installed", "restart announced", "edition changed", "restarted")
    assert set(unread.effects()) <= set(allowed if STOPS[name] == EFFECT else allowed[:1] if STOPS[name] == RECORDED else ())
    assert unread.ticket().state == "open"
    if name == "users":
        assert tuple(unread.effects()) == FULL[:2]
    unread.pc.state.unread.clear()
    assert unread.finish().exit is Exit.DONE
    assert unread.effects().count("key installed") == 1


@pytest.mark.parametrize("name", ["name", "sku", "language", "bitlocker", "ready", "firmware_key", "kept_key", "script_host",
                                  "slmgr", "auditing", "pending.rename", "backups.event", "backups.hints"])  # fmt: skip
def test_what_nothing_needs_stops_nothing(office, name):
    assert name not in STOPS
    office.back_up()
    office.pc.state.unread.add(name)
    ending = office.run()
    if name == "backups.hints":
        assert ending.step == REACHED
        return
    assert ending.exit is Exit.DONE
    assert tuple(office.effects()) == FULL


def test_a_record_that_cannot_be_read_is_no_proof_that_nothing_was_changed(office):
    """The key is in and the licence works, so only the record can tell whether this order did that."""
    office.back_up()
    lost = next(iter(office.pc.state.files))
    office.at[Kind.SETTLED, ACTIVATED] = lambda: office.pc.state.files.pop(lost)
    assert office.run().step == INTACT
    office.pc.state.unread.add("records")
    ending = office.run()
    assert (ending.step, ending.exit is Exit.DONE) == (INTACT, False)
    assert office.ticket().state == "open"


def test_the_order_of_the_steps_is_the_order_of_the_gates():
    assert [step for step in STEPS if step in set(STOPS.values())] == [REACHED, FIT, BACKED_UP, RECORDED, EFFECT]


@pytest.mark.parametrize("method", ["cim", "slmgr"])
def test_a_registry_that_takes_no_note_is_seen(office, method):
    """Without the note a restart that is due could be taken for done."""
    office.back_up()
    office.pc.state.notes_closed = True
    ending = office.run(method=method)
    assert ending.step == INSTALLED
    assert "did not take the note" in ending.text
    assert ending.mark is (Mark.ASK if method == "cim" else Mark.FAILED)
    assert office.effects().count("key installed") == (1 if method == "cim" else 0)

"""One order through the house: fresh, again, dry, with each gate shut, and with everything that may be missing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from agent.words.answer import no, unsure, yes
from agent.words.errors import Exit, KeyturnError, LatchShut, Misuse
from agent.words.event import Kind
from agent.words.order import Order
from agent.words.playbook import playbook
from agent.words.ports import Mail, RemoteSession
from agent.words.step import Mark, Step

MONDAY = datetime(2025, 10, 13, 9, 0, tzinfo=UTC)


class Bare(Order):
    """An order that names no device."""

    @property
    def target(self):
        return "nothing:in particular"


@playbook(title="Sly")
def sly(order: Order, mail: Mail):
    yield Step("peeps", done=lambda: mail.send(None) or yes("sent"))


@playbook(title="Lost")
def lost(order: Bare, pc: RemoteSession):
    yield Step("asked", done=lambda: yes("x"))


@playbook(title="Short")
def short(order: Order):
    yield Step("open", done=lambda: no("shut"))


@pytest.fixture
def claimed(house):
    """Whether anything is claimed."""

    def ask():
        with house.home.journal.database.transaction() as connection:
            return bool(connection.scalar(text("SELECT count(*) FROM claims")))

    return ask


def test_fresh(agreed, world, claimed):
    reference = agreed.order.reference
    ending = agreed.run()
    assert (ending.mark, ending.exit, ending.text) == (Mark.CHANGED, Exit.DONE, "all done")
    assert world.main_effects() == {f"note:{reference}-begun": 1, "key:…T83GX": 1, f"mail:{reference}": 1}
    assert (agreed.last().mark, agreed.last().exit, agreed.last().by) == ("changed", 0, "Dana")
    assert not claimed()


def test_again_changes_nothing(agreed, world):
    agreed.run()
    before = world.effects()
    ending = agreed.run()
    assert (ending.mark, ending.exit) == (Mark.ALREADY, Exit.DONE)
    assert world.effects() == before
    settled = [event for event in agreed.home.journal.events(agreed.last().id) if event.kind is Kind.SETTLED]
    assert {event.facts["mark"] for event in settled} == {"already"}
    assert len(settled) == 6


def test_dry_changes_nothing_and_says_what_it_would_change(agreed, world, claimed):
    before = world.effects()
    ending = agreed.run(dry=True)
    assert (ending.mark, ending.exit) == (Mark.PLANNED, Exit.CHANGES)
    assert world.effects() == before
    assert agreed.last().dry
    marks = {event.step: event.facts["mark"] for event in agreed.plugin.events[-12:] if event.kind is Kind.SETTLED}
    assert list(marks.items())[-4:] == [
        ("the ticket says that it begins", "planned"),
        ("the device is ready", "already"),
        ("the product key is installed", "planned"),
        ("the customer is told", "planned"),
    ]
    assert not claimed()


def test_dry_when_all_is_done(agreed):
    agreed.run()
    ending = agreed.run(dry=True)
    assert (ending.mark, ending.exit) == (Mark.ALREADY, Exit.DONE)


def test_a_dry_run_leaves_no_trace_for_real_ones(agreed, world):
    agreed.run(dry=True)
    assert agreed.run().mark is Mark.CHANGED
    assert max(world.main_effects().values()) == 1


def test_a_dry_run_may_watch_while_another_run_works(agreed, make_house):
    endings = []

    def watch(event):
        if event.kind is Kind.BEGUN and not endings:
            endings.append(make_house().run(dry=True))

    make_house([watch]).run()
    assert [ending.exit for ending in endings] == [Exit.CHANGES]


def not_entitled(world):
    world.entitled_answer = no("Contoso has the Basic package", come_back=MONDAY, package="basic")


def desk_silent(world):
    world.entitled_answer = unsure("the desk did not answer")


def restart_pending(world):
    world.ready = False


@pytest.mark.parametrize(
    ("shut", "step", "begun", "come_back"),
    [
        (not_entitled, "the customer is entitled", False, MONDAY),
        (desk_silent, "the customer is entitled", False, None),
        (restart_pending, "the device is ready", True, None),
    ],
)
def test_each_gate_shut(agreed, world, claimed, shut, step, begun, come_back):
    shut(world)
    ending = agreed.run()
    assert (ending.mark, ending.exit, ending.step, ending.come_back) == (Mark.WAITING, Exit.WAITING, step, come_back)
    assert set(world.main_effects()) == ({f"note:{agreed.order.reference}-begun"} if begun else set())
    assert (agreed.last().mark, agreed.last().exit) == ("waiting", 3)
    ended = agreed.plugin.events[-1]
    assert (ended.kind, ended.facts["stopped_at"]) == (Kind.ENDED, step)
    assert ended.facts.get("come_back") == (come_back.isoformat() if come_back else None)
    assert not claimed()


def test_a_gate_that_a_person_opens(house, world):
    assert (house.run().step, world.main_effects()) == ("the customer agreed", {})
    house.answer("the customer agreed", yes=False)
    assert house.run().text == "Dana said no: I looked"
    house.answer("the customer agreed")
    assert house.run().exit is Exit.DONE


def test_an_answer_belongs_to_one_order(agreed, fakes):
    agreed.home.vault.put("other", "VK7JG-NPHTM-C97JM-9MPGT-3V66T", kind="product key", at=agreed.clock.now())
    ending = agreed.run(order=fakes.ShelfOrder(key="vault:other"))
    assert ending.step == "the customer agreed"


def test_the_epilogue_is_walked_when_a_run_stops_short(house, world):
    house.run()
    house.run()
    assert world.effects() == [f"note:{house.order.reference}-waiting"]
    assert "the ticket says why it stopped" in [event.step for event in house.plugin.events]


def test_the_epilogue_is_not_walked_when_all_is_done_or_dry(agreed, world):
    agreed.run(dry=True)
    agreed.run()
    assert [line for line in world.effects() if line.endswith("-waiting")] == [f"note:{agreed.order.reference}-waiting"]
    assert not [line for line in world.effects() if line.endswith(("-changed", "-planned"))]


def test_trouble_in_the_epilogue_does_not_hide_why_the_run_stopped(house, world):
    world.fails["note"] = [KeyturnError("the desk is down")]
    assert house.run().step == "the customer agreed"


def test_one_session_and_one_reading_before_a_change(agreed, world):
    agreed.run()
    assert (world.opened, world.closed) == (1, 1)
    assert world.asked == 2  # once for both steps before the key was installed, once to confirm that it is


def test_the_session_is_closed_when_a_run_breaks(agreed, world):
    world.fails["key"] = [ZeroDivisionError("bug")]
    with pytest.raises(ZeroDivisionError):
        agreed.run()
    assert (world.opened, world.closed) == (1, 1)


def test_a_bug_is_recorded_and_keeps_its_traceback(agreed, world, claimed, fakes):
    world.fails["key"] = [ZeroDivisionError(f"with {fakes.KEY}")]
    with pytest.raises(ZeroDivisionError):
        agreed.run()
    assert (agreed.last().mark, agreed.last().exit) == ("failed", 1)
    assert agreed.plugin.events[-1].text == "ZeroDivisionError: with ‹secret›"
    assert not claimed()


def test_a_playbook_that_changes_outside_do_is_stopped(house, world):
    with pytest.raises(LatchShut, match=r"Mail\.send"):
        house.run(playbook=sly)
    assert world.effects() == []


def test_a_missing_port_is_told_and_recorded(make_house, world, claimed):
    house = make_house(without=(Mail,))
    with pytest.raises(Misuse, match="no plug-in offers Mail"):
        house.run()
    assert (house.last().mark, house.last().exit, world.effects()) == ("failed", 2, [])
    assert not claimed()


def test_an_order_without_device_cannot_open_a_session(house):
    with pytest.raises(Misuse, match="an order of Bare names no device"):
        house.run(playbook=lost, order=Bare())


def test_a_reference_that_leads_nowhere_starts_nothing(house, fakes):
    with pytest.raises(Misuse, match="there is no vault:nowhere in the vault"):
        house.run(order=fakes.ShelfOrder(key="vault:nowhere"))
    assert house.home.journal.runs() == []


def test_an_order_stored_twice_is_one_order(agreed, make_house):
    agreed.run()
    make_house().run()
    assert {row.order.id for row in agreed.home.journal.runs()} == {1}
    assert agreed.home.journal.find_order(1).content == {"device": "FRONTDESK-07", "key": "vault:contoso/win-pro"}


def test_a_stored_order_is_found_with_its_playbook(agreed, make_house, fakes):
    house = make_house()
    found, order = house.runner.order(1)
    assert (found, order.reference) == (fakes.shelf_upgrade, agreed.order.reference)
    assert house.runner.run(found, order, by="scheduler").exit is Exit.DONE
    with pytest.raises(Misuse, match="there is no order 2"):
        house.runner.order(2)
    with pytest.raises(Misuse, match="there is no playbook called shelf-upgrade"):
        make_house(playbooks=()).runner.order(1)


def test_a_playbook_without_epilogue_may_stop_short(house):
    assert house.run(playbook=short).exit is Exit.WAITING

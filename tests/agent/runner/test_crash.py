"""Killed before and after each write to the journal, and run again: the same end, and each effect exactly once."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta

import pytest

from agent.machine.claims import LASTING, Claimed
from agent.words.answer import no, yes
from agent.words.errors import Exit
from agent.words.event import Kind
from agent.words.order import Order
from agent.words.playbook import playbook
from agent.words.ports import Clock
from agent.words.step import Mark, Step

WRITES = 25
"""How often the life of the fakes' order writes to the journal, from its first run over the answer to its end."""


class Killed(BaseException):
    """The process is gone: nothing after this is carried out."""


class Grave:
    """Kills a house at its *number*-th write; from then on its journal takes nothing and gives nothing."""

    def __init__(self, house, number=0, when="before"):
        self.number, self.when = number, when
        self.count, self.dead = 0, False
        journal = house.home.journal
        _ = house.home.claims
        transaction = journal.database.transaction
        journal.database.transaction = lambda: self.alive(transaction)
        for name in ("order", "start", "append", "end"):
            setattr(journal, name, self.counted(getattr(journal, name)))

    def alive(self, act):
        if self.dead:
            raise Killed
        return act()

    def counted(self, write):
        def counting(*args, **options):
            self.count += 1
            if (self.count, self.when) == (self.number, "before"):
                self.dead = True
            result = self.alive(lambda: write(*args, **options))
            if (self.count, self.when) == (self.number, "after"):
                self.dead = True
                raise Killed
            return result

        return counting


def expected(house):
    reference = house.order.reference
    return {f"note:{reference}-begun": 1, "key:…T83GX": 1, f"mail:{reference}": 1}


def test_the_life_of_an_order_has_as_many_writes_as_are_tested(house, world):
    grave = Grave(house)
    assert [ending.mark for ending in house.live()] == [Mark.WAITING, Mark.CHANGED]
    assert grave.count == WRITES
    assert world.main_effects() == expected(house)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("number", range(1, WRITES + 1))
def test_killed_and_run_again(house, make_house, world, clock, number, when):
    Grave(house, number, when)
    with pytest.raises(Killed):
        house.live()
    clock.moment += LASTING
    again = make_house()
    endings = again.live()
    assert endings[-1].mark in (Mark.CHANGED, Mark.ALREADY)
    assert world.main_effects() == expected(again)
    assert again.home.journal.audit().broken is None
    assert world.opened == world.closed
    assert again.run().mark is Mark.ALREADY


@pytest.mark.parametrize("step", ["the product key is installed", "the customer is told"])
def test_a_counted_step_that_was_begun_and_did_not_happen_is_not_begun_again_without_a_person(
    agreed, make_house, world, clock, step
):
    kind = {"the product key is installed": "key", "the customer is told": "mail"}[step]
    grave = Grave(agreed)

    def die(event):
        if event.kind is Kind.BEGUN and event.step == step:
            grave.dead = True

    agreed.runner = type(agreed.runner)(agreed.home, [die])
    with pytest.raises(Killed):
        agreed.run()
    clock.moment += LASTING
    again = make_house()
    for _ in range(2):
        ending = again.run()
        assert (ending.mark, ending.exit, ending.step) == (Mark.ASK, Exit.PERSON, step)
        assert not [line for line in world.effects() if line.startswith(kind)]
    again.answer(step, yes=False)
    assert again.run().mark is Mark.ASK
    again.answer(step)
    assert again.run().mark is Mark.CHANGED
    assert world.main_effects() == expected(again)


def test_a_yes_is_good_for_one_attempt(agreed, world):
    step = "the product key is installed"
    world.fails["key"] = [KeyboardInterrupt(), KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        agreed.run()
    assert agreed.run().mark is Mark.ASK
    agreed.answer(step)
    with pytest.raises(KeyboardInterrupt):
        agreed.run()
    assert agreed.run().mark is Mark.ASK
    assert "key:…T83GX" not in world.effects()


def test_interrupted(agreed, world):
    world.fails["key"] = [KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        agreed.run()
    assert (agreed.last().mark, agreed.last().exit) == ("interrupted", 130)
    ended = agreed.home.journal.events(agreed.last().id)[-1]
    assert (ended.kind, ended.text) == (Kind.ENDED, "interrupted; run it again to go on")
    agreed.home.claims.take("device:FRONTDESK-07", 99, agreed.clock).release()
    assert (world.opened, world.closed) == (1, 1)


def test_a_claimed_device_is_left_alone_and_the_other_run_is_named(agreed, make_house, world):
    caught = []

    def knock(event):
        if event.kind is Kind.BEGUN:
            with pytest.raises(Claimed) as refused:
                make_house().run()
            caught.append(refused.value)

    agreed.runner = type(agreed.runner)(agreed.home, [knock])
    working = agreed.last().id + 1
    assert agreed.run().mark is Mark.CHANGED
    assert len(caught) == 3
    assert f"run {working} " in str(caught[0])
    refused = agreed.home.journal.find_run(working + 1)
    assert (refused.mark, refused.exit) == ("waiting", 3)
    (event,) = agreed.home.journal.events(working + 1)
    assert (event.kind, event.text) == (Kind.ENDED, str(caught[0]))
    assert world.main_effects() == expected(agreed)


def test_a_run_that_slept_and_was_replaced_changes_nothing(agreed, make_house, world, clock):
    endings = []

    def oversleep(event):
        if event.kind is Kind.BEGUN and event.step == "the product key is installed" and not endings:
            clock.moment += LASTING + timedelta(seconds=1)
            endings.append(make_house().run())

    agreed.runner = type(agreed.runner)(agreed.home, [oversleep])
    with pytest.raises(Claimed, match="no longer holds device:FRONTDESK-07"):
        agreed.run()
    # The second run saw a key that was begun and not settled: a person decides, and the first one did nothing either.
    assert [ending.mark for ending in endings] == [Mark.ASK]
    assert "key:…T83GX" not in world.effects()
    assert agreed.run().mark is Mark.ASK


CHILD = """
import importlib.util, os, sys
from pathlib import Path

spec = importlib.util.spec_from_file_location("keyturn_fakes", sys.argv[1])
fakes = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(fakes)
from agent.machine.clock import SystemClock

def observe(event):
    if (event.kind.value, event.step) == (sys.argv[4], "the product key is installed"):
        os._exit(9)

house = fakes.House(Path(sys.argv[2]), fakes.World(Path(sys.argv[3])), SystemClock(), [observe])
house.run()
"""


@pytest.mark.parametrize(("kind", "marks"), [("begun", [Mark.ASK, Mark.CHANGED]), ("settled", [Mark.CHANGED])])
def test_a_process_that_died_is_replaced_at_once(agreed, make_house, world, fakes, kind, marks):
    args = [sys.executable, "-c", CHILD, fakes.__file__, agreed.folder, world.ledger, kind]
    done = subprocess.run(args, capture_output=True, text=True, timeout=50, check=False, env=dict(os.environ))
    assert (done.returncode, done.stderr) == (9, "")
    assert (agreed.last().mark, agreed.last().exit) == (None, None)
    again = make_house()
    assert [ending.mark for ending in again.live()] == marks
    assert world.main_effects() == expected(again)


@playbook(title="Slow")
def slow(order: Order, clock: Clock):
    """Its change shows only after ten minutes; the claim must hold as long as somebody looks for it."""
    started = clock.now()

    def shows():
        return yes("it shows") if clock.now() - started > 2 * LASTING else no("nothing yet")

    yield Step("it shows", done=shows, do=lambda: None, patience=3 * LASTING)


def test_the_claim_is_held_while_a_long_change_is_confirmed(agreed, clock):
    begun = clock.now()
    refused = []

    def sleep(seconds):
        clock.moment += timedelta(seconds=seconds)
        with pytest.raises(Claimed):
            agreed.home.claims.take("device:FRONTDESK-07", 99, clock)
        refused.append(clock.now() - begun)

    clock.sleep = sleep
    assert agreed.run(playbook=slow).mark is Mark.CHANGED
    assert refused[-1] > 2 * LASTING

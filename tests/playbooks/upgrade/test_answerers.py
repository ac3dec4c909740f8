"""Whose answer is taken: a verdict on the licence is the technician's, a word about the back-up anybody's who is named."""

from __future__ import annotations

import pytest

from agent.runner.run import Runner
from agent.words.errors import Exit, Misuse
from agent.words.event import Kind
from agent.words.step import Mark
from playbooks.windows_upgrade import windows_upgrade
from tests.playbooks.upgrade.office import (
    ACTIVATED,
    BACKED_UP,
    CLEARED,
    CONTACT,
    EFFECT,
    FIT,
    INSTALLED,
    INTACT,
    OWNED,
    OWNER,
    REACHED,
    RECORDED,
    TECHNICIAN,
    USER,
    WORKS,
)


@pytest.mark.parametrize("by", [USER, OWNER, CONTACT, "Alex", f"{TECHNICIAN} Berg"])
def test_a_proof_is_accepted_by_the_technician_and_not_by_the_customer(office, by):
    """X-5: the wrong person is refused, and told whose answer it takes; nothing is kept."""
    office.back_up()
    office.run(licence="NONE")
    with pytest.raises(Misuse) as caught:
        office.answer(OWNED, by=by, because="I have paid for it")
    assert str(caught.value) == f"{by} may not answer '{OWNED}'. Whose answer it takes: {TECHNICIAN} (technician)."
    assert office.run().step == OWNED
    office.answer(OWNED, by=f" {TECHNICIAN.lower()}  ", because="invoice 2026-114")
    assert office.run().exit is Exit.DONE


def test_whoever_ran_the_order_is_its_technician_too(office):
    office.back_up()
    order = office.order(licence="NONE")
    Runner(office.home).run(windows_upgrade, order, by="Alex")
    with pytest.raises(Misuse, match=r"takes: Sam \(technician\), Alex \(who ran it\)"):
        office.answer(OWNED, by=USER)
    office.answer(OWNED, by="Alex", because="invoice 2026-114")
    assert office.run().exit is Exit.DONE


@pytest.mark.parametrize("by", [USER, OWNER, TECHNICIAN])
def test_what_is_the_customers_to_say_anybody_may_say_who_is_named(office, by):
    assert office.run().step == BACKED_UP
    office.clock.sleep(60)
    office.answer(BACKED_UP, by=by, because="to the blue disk")
    office.pc.state.user = "anna"
    assert office.run().step == EFFECT
    office.answer(EFFECT, by=by, because="after lunch")
    assert office.run().exit is Exit.DONE


class Killed(BaseException):
    """The run ends, and nothing of it is tidied up."""


def _lies(office):
    office.pc.faults.lie("install_key")
    assert office.run().mark is Mark.UNCONFIRMED


def _is_killed(office):
    def die() -> None:
        raise Killed

    office.at[Kind.BEGUN, INSTALLED] = die
    with pytest.raises(Killed):
        office.run()


@pytest.mark.parametrize("asked", [False, True], ids=["right after it", "when asked"])
@pytest.mark.parametrize("ends", [_lies, _is_killed])
def test_only_a_technician_lets_a_key_be_installed_again(office, ends, asked):
    """Whether the run that began it asked for an answer, ended in doubt, or did not end at all."""
    office.back_up()
    ends(office)
    if asked:
        assert office.run().mark is Mark.ASK
    with pytest.raises(Misuse, match="may not answer"):
        office.answer(INSTALLED, by=USER)
    before = office.effects()
    assert office.run().step == INSTALLED
    assert office.effects() == before
    office.answer(INSTALLED)
    assert office.run().exit is Exit.DONE


def test_a_change_that_failed_is_the_technicians_too(office):
    office.back_up()
    office.pc.faults.fail("install_key", 0xC004F050)
    ending = office.run()
    assert (ending.mark, ending.step) == (Mark.FAILED, INSTALLED)
    with pytest.raises(Misuse, match="may not answer"):
        office.answer(INSTALLED, by=USER)


def test_the_user_cannot_state_alone_that_the_licence_is_well(make_office):
    """Where only a person sees the device: their files and the restart are theirs to tell, the rest is the technician's.

    So a statement about the new edition closes no order, whoever makes it.
    """
    office = make_office(ladder=("splashtop",))
    theirs, technicians = [], []
    while (ending := office.run()).exit is Exit.PERSON:
        try:
            office.answer(ending.step, by=USER)
            theirs.append(ending.step)
        except Misuse:
            office.answer(ending.step, by=TECHNICIAN)
            technicians.append(ending.step)
    assert ending.exit is Exit.DONE
    assert theirs == [BACKED_UP, EFFECT, INTACT]
    assert technicians == [REACHED, FIT, RECORDED, INSTALLED, ACTIVATED, CLEARED, WORKS]

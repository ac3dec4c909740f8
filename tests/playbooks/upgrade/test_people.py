"""What named people say about an order: a proof accepted or refused, a missed appointment, a back-up, a restart."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from agent.words.errors import Exit, Misuse
from agent.words.event import Kind
from agent.words.step import Mark
from connectors.local.proofs import Proof, record_proof
from tests.playbooks.upgrade.office import (
    BACKED_UP,
    BEGINS,
    DEVICE,
    EFFECT,
    FIT,
    FULL,
    INSTALLED,
    INTACT,
    ON_RECORD,
    OWNED,
    OWNER,
    RECORDED,
    SUCCESS,
    TECHNICIAN,
    TOLD,
    USER,
    WAYS,
)

PROOF_NOTE = "Please attach the proof of purchase"


def test_a_proof_is_asked_for_once_and_accepted_by_a_named_person(office):
    office.back_up()
    for _ in range(3):
        assert office.run(licence="NONE").step == OWNED
    (note,) = office.notes()
    assert PROOF_NOTE in note.text
    office.answer(OWNED, by=TECHNICIAN, because="invoice 2026-114")
    assert office.run().exit is Exit.DONE
    assert office.settled()[OWNED].text == f"{TECHNICIAN} said yes: invoice 2026-114"
    assert office.settled()[OWNED].facts["by"] == TECHNICIAN
    assert tuple(office.effects()) == FULL
    assert [PROOF_NOTE in note.text for note in office.notes()] == [True, False]


def test_a_refused_proof_stops_the_order_and_the_customer_is_told(office):
    office.back_up()
    office.run(licence="NONE")
    office.answer(OWNED, yes=False, by=TECHNICIAN, because="it is for another company")
    for _ in range(2):
        ending = office.run()
        assert (ending.mark, ending.exit, ending.step) == (Mark.WAITING, Exit.WAITING, OWNED)
        assert f"{TECHNICIAN} said no: it is for another company" in ending.text
    asked, refused = office.notes()
    assert PROOF_NOTE in asked.text
    assert "could not accept the proof" in refused.text
    assert "another company" not in refused.text
    assert office.effects() == []
    office.answer(OWNED, by=TECHNICIAN, because="the right invoice came")
    assert office.run().exit is Exit.DONE


@pytest.mark.parametrize("accepted", [True, False])
def test_a_proof_that_was_decided_at_the_desk_counts_as_well(office, tmp_path: Path, accepted):
    office.back_up()
    office.run(licence="NONE")
    invoice = tmp_path / "invoice.pdf"
    invoice.write_bytes(b"%PDF")
    record_proof(office.desk, Proof("NONE", DEVICE, USER, "Education", invoice, accepted, TECHNICIAN, "seen"))
    ending = office.run()
    assert (ending.exit, ending.step) == ((Exit.DONE, "") if accepted else (Exit.WAITING, OWNED))
    assert [PROOF_NOTE in note.text for note in office.notes()] == [True, False]
    assert ("could not accept" in office.notes()[1].text) is not accepted


def test_a_proof_accepted_by_a_person_does_not_take_somebody_elses_seat(office):
    """What the person said is about the purchase; the seat is looked at when it is taken."""
    from connectors.local.licences import Licences
    from connectors.local.verdict import Licence, Seat

    Licences(office.desk).add(Licence("ONE", "Willow Street Dental", "Education", taken=(Seat(DEVICE, "Ben"),), seats=2))
    office.back_up()
    office.run(licence="ONE")
    office.answer(OWNED)
    ending = office.run()
    assert (ending.mark, ending.exit, ending.step) == (Mark.ASK, Exit.PERSON, "the licence is set aside for this device")
    assert office.effects() == []


def test_a_missed_appointment_begins_only_when_a_person_says_so(office):
    office.order(appointment="2026-03-02T09:10", zone="UTC")
    office.run()
    office.back_up()
    office.clock.sleep(41 * 60)
    assert office.run().exit is Exit.PERSON
    assert office.effects() == []
    office.answer(BEGINS, yes=False, because="she has patients")
    ending = office.run()
    assert (ending.mark, ending.exit, ending.step) == (Mark.ASK, Exit.PERSON, BEGINS)
    (note,) = office.notes()
    assert "could not begin at the agreed time" in note.text
    office.answer(BEGINS, because="she has time now")
    office.back_up()
    assert office.run().exit is Exit.DONE
    assert tuple(office.effects()) == FULL


def test_work_that_began_in_time_is_finished_however_late_it_has_become(office):
    office.order(appointment="2026-03-02T09:00", zone="UTC")
    office.back_up()
    office.pc.state.user = "anna"
    assert office.run().step == EFFECT
    office.clock.sleep(24 * 3600)
    office.pc.state.user = None
    assert office.run().exit is Exit.DONE
    assert tuple(office.effects()) == FULL
    assert ["at the agreed time" in note.text for note in office.notes()] == [False, False]


def test_a_missed_appointment_with_a_pc_that_is_off_is_a_missed_appointment(office):
    office.order(appointment="2026-03-02T09:10", zone="UTC")
    office.run()
    office.pc.switch(on=False)
    office.clock.sleep(41 * 60)
    ending = office.run()
    assert (ending.mark, ending.step) == (Mark.ASK, BEGINS)


def test_a_named_persons_word_counts_as_back_up_after_the_instructions(office):
    assert office.run().step == BACKED_UP
    office.clock.sleep(3600)
    office.answer(BACKED_UP, by=OWNER, because="to the blue disk")
    assert office.run().exit is Exit.DONE
    assert office.settled()[BACKED_UP].text == f"{OWNER} said yes: to the blue disk"
    assert tuple(office.effects()) == FULL


def test_a_word_given_before_the_instructions_is_no_back_up(office):
    office.run(dry=True)
    office.home.journal.start(1, dry=False, by=TECHNICIAN, at=office.clock.now())
    office.tell_journal(BACKED_UP)
    office.clock.sleep(3600)
    ending = office.run()
    assert (ending.mark, ending.exit, ending.step) == (Mark.ASK, Exit.PERSON, BACKED_UP)
    assert "but that was before" in ending.text
    assert INSTALLED not in office.marks()
    office.answer(BACKED_UP)
    assert office.run().exit is Exit.DONE


def test_a_no_is_no_back_up(office):
    office.run()
    office.answer(BACKED_UP, yes=False, because="the disk is full")
    ending = office.run()
    assert (ending.exit, ending.step) == (Exit.WAITING, BACKED_UP)
    assert "said no: the disk is full" in ending.text
    assert office.effects() == []


def test_a_new_time_means_a_new_appointment_a_new_letter_and_the_back_up_again(office):
    """S0-24: rescheduling is another order; what was backed up for the first one is too old by then."""
    office.order(appointment="2026-03-04T14:00", zone="Europe/Berlin")
    office.run()
    office.back_up()
    office.clock.sleep(3600)
    office.run(appointment="2026-03-05T10:00")
    assert len(office.letters()) == 2
    live = [row for row in office.rows("desk.db", "appointments") if row[-1]]
    assert len(live) == 1
    office.clock.sleep(2 * 24 * 3600 + 23 * 3600)
    ending = office.run()
    assert ending.step == BACKED_UP
    assert "last backup: 2026-03-02 09:00" in ending.text
    assert office.effects() == []


def test_a_user_at_the_pc_is_not_restarted_away(office):
    office.back_up()
    office.pc.state.user = "anna"
    ending = office.run()
    assert (ending.mark, ending.exit, ending.step) == (Mark.ASK, Exit.PERSON, EFFECT)
    assert "logged on: anna" in ending.text
    assert office.effects() == ["files recorded", "key installed"]
    (note,) = office.notes()
    assert "has to restart once" in note.text
    assert office.run().step == EFFECT
    assert len(office.notes()) == 1
    office.pc.state.user = None
    assert office.run().exit is Exit.DONE
    assert tuple(office.effects()) == FULL


def test_a_restart_that_was_agreed_on_does_not_wait(office):
    office.back_up()
    office.pc.state.user = "anna"
    assert office.run(restart="allowed").exit is Exit.DONE
    assert tuple(office.effects()) == FULL


def test_a_restart_agreed_on_later_is_the_same_work(office):
    """No second letter, and the backup that was good for the first half is good for the second."""
    office.back_up()
    office.pc.state.user = "anna"
    assert office.run().step == EFFECT
    office.clock.sleep(3600)
    assert office.run(restart="allowed", technician="Alex", tolerance=45).exit is Exit.DONE
    assert tuple(office.effects()) == FULL
    assert len(office.letters()) == 1


def test_a_named_persons_yes_permits_the_restart_of_this_order(office):
    """As the step's advice says, to the letter."""
    office.back_up()
    office.pc.state.user = "anna"
    assert office.run().step == EFFECT
    assert f"keyturn answer RUN '{EFFECT}' --yes; keyturn resume RUN" in office.settled()[EFFECT].facts["by_hand"]
    office.answer(EFFECT, yes=False, because="she is writing")
    assert office.run().step == EFFECT
    assert "restart announced" not in office.effects()
    office.answer(EFFECT, by="Anna Berg", because="after lunch")
    assert office.run().exit is Exit.DONE
    assert tuple(office.effects()) == FULL


@pytest.mark.parametrize("who", ["somebody in another session", "nobody knows who"])
def test_nobody_in_any_session_is_restarted_away(office, who):
    office.back_up()
    if who == "nobody knows who":
        office.pc.state.unread.add("users")
    else:
        office.pc.state.remote.add("ben")
    ending = office.run()
    assert (ending.mark, ending.step) == (Mark.ASK, EFFECT)
    assert ("ben" in ending.text) is (who != "nobody knows who")
    assert "restart announced" not in office.effects()
    office.answer(EFFECT)
    assert office.run().exit is Exit.DONE


def test_the_desk_reads_who_refused_a_proof_and_why(office):
    office.back_up()
    office.run(licence="NONE")
    office.answer(OWNED, yes=False, by=TECHNICIAN, because="it is for another company")
    office.run()
    office.clock.sleep(60)
    office.answer(OWNED, yes=False, by=TECHNICIAN.upper(), because="the invoice is not legible")
    for _ in range(2):
        office.run()
    waiting, first, second = office.notes(public=False)
    assert "said" not in waiting.text
    assert f"{TECHNICIAN} said no: it is for another company" in first.text
    assert f"{TECHNICIAN.upper()} said no: the invoice is not legible" in second.text


def test_a_technician_answers_for_what_could_not_be_read(office):
    office.back_up()
    office.pc.state.unread.add("battery")
    ending = office.run()
    assert (ending.mark, ending.step) == (Mark.ASK, FIT)
    assert "the PC could not say: battery" in ending.text
    office.answer(FIT, by=TECHNICIAN, because="it is a tower")
    office.pc.state.busy.add("TiWorker")
    assert office.run().step == FIT
    office.pc.state.busy.clear()
    assert office.run().exit is Exit.DONE


@pytest.mark.parametrize("changes", [{"appointment": "2026-03-05T10:00"}, {"contact": "anna@willowstreet.example"}])
def test_what_the_customer_must_know_is_told_anew(office, changes):
    office.run()
    office.run(**changes)
    assert len(office.letters()) == 2


def test_a_yes_to_begin_now_does_not_hold_for_another_day(office):
    office.order(appointment="2026-03-02T09:10", zone="UTC")
    office.run()
    office.clock.sleep(41 * 60)
    office.run()
    office.answer(BEGINS)
    assert office.run().step == BACKED_UP
    office.clock.sleep(24 * 3600)
    office.back_up()
    ending = office.run()
    assert (ending.mark, ending.step) == (Mark.ASK, BEGINS)
    assert "said yes" in ending.text
    office.answer(BEGINS)
    assert office.run().exit is Exit.DONE


def test_missing_files_keep_the_ticket_open_until_a_person_says_that_all_is_there(office):
    office.back_up()
    lost = next(iter(office.pc.state.files))
    office.at[Kind.SETTLED, RECORDED] = lambda: office.pc.state.files.pop(lost)
    ending = office.run()
    assert (ending.mark, ending.exit, ending.step) == (Mark.UNCONFIRMED, Exit.FAILED, INTACT)
    assert office.clock.now() - office.world.ledger.effects("files compared")[0].at <= timedelta(seconds=30)
    assert "of 4 files 1 are missing" in ending.text
    assert ending.facts["missing"] == 1
    assert office.ticket().state == "open"
    (note,) = office.notes()
    assert "some of the files that were on the device before were not found" in note.text
    office.run()
    assert (office.ticket().state, len(office.notes())) == ("open", 1)
    office.answer(INTACT, by=USER, because="it was restored")
    assert office.run().exit is Exit.DONE
    assert office.ticket().state == "closed"
    assert office.begun() == [SUCCESS, WAYS, "the ticket is closed"]


def test_restored_files_close_the_ticket_without_anybodys_word(office):
    office.back_up()
    lost = dict(office.pc.state.files)
    office.at[Kind.SETTLED, RECORDED] = office.pc.state.files.clear
    assert office.run().step == INTACT
    office.pc.state.files.update(lost)
    assert office.run().exit is Exit.DONE
    assert office.ticket().state == "closed"


def test_only_a_named_person_answers_and_only_what_was_asked(office):
    office.run()
    with pytest.raises(Misuse, match="needs the name"):
        office.answer(BACKED_UP, by=" ")
    with pytest.raises(Misuse, match="has no step"):
        office.answer("the moon is full")
    assert office.run().step == BACKED_UP


def test_the_letter_that_may_have_left_is_not_sent_again_without_a_person(office):
    """The run ended between the beginning and the sending; nothing proves that the customer has it."""
    office.back_up()

    def die() -> None:
        raise KeyboardInterrupt

    office.at[Kind.BEGUN, TOLD] = die
    with pytest.raises(KeyboardInterrupt):
        office.run()
    ending = office.run()
    assert (ending.mark, ending.step) == (Mark.ASK, TOLD)
    assert office.letters() == []
    office.answer(TOLD)
    assert office.run().exit is Exit.DONE
    assert len(office.letters()) == 1
    assert office.marks()[ON_RECORD] == "already"

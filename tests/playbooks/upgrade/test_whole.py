"""Whole runs of the Windows licence upgrade: fresh, again, dry, in parts, and by each road to the new edition."""

from __future__ import annotations

from datetime import timedelta
from math import ceil

import pytest

from agent.machine.claims import Claimed
from agent.words.errors import Exit
from agent.words.event import Kind
from agent.words.step import Mark
from connectors.lab.windows.state import Held, server
from connectors.local.customers import Customers
from connectors.local.licences import Licences
from tests.playbooks.upgrade.office import (
    ACTIVATED,
    ASKED,
    BACKED_UP,
    BEGIN,
    BEGINS,
    BOOKED,
    CLEARED,
    CLOSED,
    COMPLETE,
    CONTACT,
    CORE,
    CUSTOMER,
    DEVICE,
    EFFECT,
    FITS,
    FULL,
    INSTALLED,
    INTACT,
    KEY,
    LICENCE,
    ON_RECORD,
    OWNED,
    RECORDED,
    STEPS,
    SUCCESS,
    TECHNICIAN,
    TICKET,
    TOLD,
    UNSCHEDULED,
    WAYS,
    WORKS,
)

WITHOUT_RESTART = (
    "files recorded",
    "key installed",
    "edition changed",
    "activation attempted",
    "activated",
    "key cleared",
    "files compared",
)


def test_a_fresh_order_is_done_once_in_the_order_of_the_procedure(office):
    office.back_up()
    ending = office.run()
    assert (ending.mark, ending.exit, ending.text) == (Mark.CHANGED, Exit.DONE, "all done")
    assert tuple(office.effects()) == FULL
    assert tuple(office.settled()) == UNSCHEDULED
    (installed,) = office.world.ledger.effects("key installed")
    assert installed.detail == {"last5": office.key.last5, "edition": "Education"}
    assert (office.pc.state.edition, office.pc.state.held.status, office.pc.state.kept_key) == ("Education", 1, False)
    ticket = office.ticket()
    assert (ticket.state, ticket.closed_by, ticket.attention) == ("closed", TECHNICIAN, False)
    assert [(entry.technician, entry.minutes) for entry in ticket.times] == [(TECHNICIAN, 5)]
    restart, note, ways = ticket.notes
    assert [note.public for note in ticket.notes] == [False, True, False]
    assert ways.text == f"Ways to {DEVICE} in this run: winrm: used."
    assert f"{DEVICE} was told to restart" in restart.text
    assert "has been upgraded" in note.text
    assert "any question" in note.text
    (letter,) = office.letters()
    assert letter["To"] == CONTACT
    assert "Back up all data" in letter.get_content()
    assert office.home.journal.audit().broken is None


def test_every_change_is_begun_once_and_found_afterwards(office):
    office.back_up()
    office.run()
    changed = ["the licence is set aside for this device", TOLD, RECORDED, INSTALLED, EFFECT, ACTIVATED, CLEARED, INTACT]
    assert office.begun() == [*changed, SUCCESS, WAYS, CLOSED]
    assert {step for step, mark in office.marks().items() if mark == "changed"} == set(office.begun())
    assert all(event.facts["verdict"] == "yes" for event in office.settled().values())


def test_an_order_with_an_appointment_goes_over_days(office):
    office.order(appointment="2026-03-04T14:00", zone="Europe/Berlin")
    first = office.run()
    assert (first.mark, first.exit, first.step) == (Mark.WAITING, Exit.WAITING, BEGINS)
    assert first.come_back == BEGIN.replace(day=4, hour=13)
    assert list(office.settled()) == list(STEPS[: STEPS.index(BEGINS) + 1])
    assert office.server.log == []
    assert "Wednesday, 04 March 2026 at 14:00 (Europe/Berlin)" in office.letters()[0].get_content()
    office.clock.sleep((first.come_back - office.clock.now()).total_seconds() - 1)
    office.back_up()
    assert office.run().step == BEGINS
    office.clock.sleep(1)
    ending = office.run()
    assert (ending.exit, tuple(office.settled())) == (Exit.DONE, STEPS)
    assert tuple(office.effects()) == FULL
    assert len(office.letters()) == 1


def test_no_letter_and_no_appointment_before_the_verdict_on_the_licence(office):
    """S0-13, S0-15: read from the journal, over both runs that the order takes."""
    office.order(appointment="2026-03-02T10:00", zone="Europe/Berlin")
    office.back_up()
    assert office.run().exit is Exit.DONE
    seen = [(event.kind, event.step) for event in office.home.journal.events(1)]
    verdict = seen.index((Kind.SETTLED, OWNED))
    core, booked, told = seen.index((Kind.SETTLED, CORE)), seen.index((Kind.BEGUN, BOOKED)), seen.index((Kind.BEGUN, TOLD))
    reached = next(place for place, (kind, _) in enumerate(seen) if kind is Kind.REACHED)
    assert core < verdict < booked < told < reached < seen.index((Kind.BEGUN, INSTALLED))
    assert seen.index((Kind.SETTLED, WORKS)) < seen.index((Kind.SETTLED, INTACT)) < seen.index((Kind.BEGUN, SUCCESS))
    assert seen.index((Kind.SETTLED, SUCCESS)) < seen.index((Kind.BEGUN, CLOSED))


def test_doing_it_again_changes_nothing_and_costs_little(office):
    office.back_up()
    office.run()
    effects, notes, requests = office.effects(), office.ticket().notes, len(office.server.log)
    ending = office.run()
    assert (ending.mark, ending.exit) == (Mark.ALREADY, Exit.DONE)
    assert list(office.marks()) == [FITS, COMPLETE]
    assert len(office.server.log) == requests
    office.tickets.reopen(TICKET)
    assert office.run().exit is Exit.DONE
    assert tuple(office.marks()) == UNSCHEDULED
    assert office.begun() == [CLOSED]
    assert (office.effects(), office.ticket().notes) == (effects, notes)
    assert len(office.letters()) == 1
    actions = [exchange.action for exchange in office.server.log[requests:]]
    assert len(actions) <= 8
    assert len(actions) - ("Delete" in actions) <= 6
    assert actions.count("Command") == 1


def test_an_order_that_is_done_stays_done_when_the_licence_ends_or_the_device_changes_hands(office):
    """What only guards the change is not held against a finished one."""
    office.order(appointment="2026-03-02T10:00", zone="Europe/Berlin")
    office.back_up()
    office.run()
    office.clock.sleep(timedelta(days=3).total_seconds())
    office.pc.state.backups.clear()
    office.pc.state.user = "Ben Berg"
    office.pc.state.free = 1
    effects = office.effects()
    office.tickets.reopen(TICKET)
    assert office.run().exit is Exit.DONE
    assert office.effects() == effects


@pytest.mark.parametrize("later", ["the PC is off", "another package", "the key is gone", "the licence has ended"])
def test_an_order_that_is_done_is_told_no_bad_news(office, later):
    office.back_up()
    office.run()
    effects, notes = office.effects(), office.ticket().notes
    match later:
        case "the PC is off":
            office.pc.switch(on=False)
        case "another package":
            Customers(office.desk).change(CUSTOMER, package="basic")
        case "the key is gone":
            office.home.vault.put(KEY, "spoilt", kind="product key", at=office.clock.now())
        case "the licence has ended":
            Licences(office.desk).terminate(LICENCE)
    ending = office.run()
    assert (ending.mark, ending.exit) == (Mark.ALREADY, Exit.DONE)
    assert (office.effects(), office.ticket().notes) == (effects, notes)


@pytest.mark.parametrize("missing", ["the note", "the closing"])
def test_only_good_news_and_a_closed_ticket_make_an_order_complete(office, missing):
    office.back_up()
    if missing == "the note":
        office.tickets.close(TICKET, "Eve")
        assert office.run().step == ASKED
    else:
        office.at[Kind.BEGUN, CLOSED] = lambda: exit("killed")
        with pytest.raises(SystemExit):
            office.run()
        assert office.run().mark is Mark.CHANGED
        assert office.begun() == [CLOSED]


def test_the_time_that_a_run_took_is_entered(office):
    office.back_up()
    office.at[Kind.BEGUN, INSTALLED] = lambda: office.clock.sleep(11.5 * 60)
    assert office.run().exit is Exit.DONE
    took = office.clock.now() - BEGIN
    assert [entry.minutes for entry in office.ticket().times] == [ceil(took.total_seconds() / 60)]
    assert ceil(took.total_seconds() / 60) >= 12


def test_a_question_after_the_end_is_flagged_and_answered_by_no_run(office):
    """S0-29: the customer was invited to ask; a closed ticket with a new question needs somebody."""
    office.back_up()
    office.run()
    office.tickets.reply(TICKET, "Where has my start menu gone?")
    assert office.run().exit is Exit.DONE
    assert office.ticket().attention
    assert "the customer has written since" in office.settled()[COMPLETE].text


def test_a_dry_run_changes_nothing_and_tells_the_plan_of_the_real_one(office):
    office.back_up()
    desk = [office.rows("desk.db", table) for table in ("notes", "seats", "keys", "letters", "appointments", "times")]
    ending = office.run(dry=True)
    assert (ending.mark, ending.exit) == (Mark.PLANNED, Exit.CHANGES)
    assert office.effects() == []
    assert office.pc.state.noted == {}
    assert [office.rows("desk.db", table) for table in ("notes", "seats", "keys", "letters", "appointments", "times")] == desk
    assert not (office.home.folder / "outbox").exists()
    assert office.letters() == []
    planned = {step: (event.facts["mark"], event.text) for step, event in office.settled().items()}
    office.run()
    real = {event.step: event.text for event in office.events if event.kind is Kind.BEGUN}
    assert list(planned) == list(office.settled()) == list(UNSCHEDULED)
    assert [step for step, (mark, _) in planned.items() if mark == "planned"] == list(real)
    before = list(real)[: list(real).index(INSTALLED) + 1]
    assert [planned[step][1] for step in before] == [real[step] for step in before]
    untouched = [CORE, ON_RECORD, OWNED, "the device is reached", "the device is fit for the change"]
    assert [planned[step][1] for step in untouched] == [office.settled()[step].text for step in untouched]


def test_a_dry_run_goes_past_a_gate_that_only_a_planned_step_can_open(office):
    ending = office.run(dry=True)
    assert ending.exit is Exit.CHANGES
    assert office.marks()[BACKED_UP] == "later"
    assert office.marks()[WORKS] == "later"
    assert office.effects() == []


def test_two_runs_never_work_on_one_device(office):
    refused = []

    def second() -> None:
        with pytest.raises(Claimed) as caught:
            office.run()
        refused.append(str(caught.value))

    office.back_up()
    office.at[Kind.BEGUN, INSTALLED] = second
    first = office.run()
    assert first.exit is Exit.DONE
    assert office.effects().count("key installed") == 1
    assert "run 1" in refused[0]
    assert DEVICE.lower() in refused[0]


ROADS = {
    "Pro to Education": ({}, "auto", FULL),
    "Pro to Education by CIM": ({}, "cim", FULL),
    "Pro to Education by slmgr": ({}, "slmgr", FULL),
    "Pro to Enterprise, no restart": ({"target": "Enterprise"}, "auto", WITHOUT_RESTART),
    "Pro to Enterprise by CIM": ({"target": "Enterprise"}, "cim", WITHOUT_RESTART),
    "Pro to Enterprise by slmgr": ({"target": "Enterprise"}, "slmgr", WITHOUT_RESTART),
    "a MAK, which leaves no readable key": (
        {"target": "Enterprise", "channel": "Volume:MAK"},
        "auto",
        tuple(effect for effect in WITHOUT_RESTART if effect != "key cleared"),
    ),
    "Home to Education": ({"edition": "Core", "held": Held(family="Core", last5="8HVX7", group=3265)}, "auto", FULL),
    "another key for the same edition": (
        {"target": "Professional"},
        "auto",
        tuple(effect for effect in WITHOUT_RESTART if effect != "edition changed"),
    ),
    "the registry shows the next edition early": ({"shows_early": True}, "auto", FULL),
    "a PC that speaks German": ({"language": "de-DE"}, "slmgr", FULL),
    "a PC that speaks Japanese": ({"language": "ja-JP"}, "slmgr", FULL),
    "a PC in German, no restart": ({"language": "de-DE", "target": "Enterprise"}, "auto", WITHOUT_RESTART),
    "a PC whose clock is ahead": ({"skew": timedelta(minutes=4)}, "auto", FULL),
    "a PC whose clock is behind": ({"skew": timedelta(minutes=-4)}, "auto", FULL),
}


@pytest.mark.parametrize(("given", "method", "ledger"), ROADS.values(), ids=ROADS)
def test_each_road_leads_to_the_new_edition(make_office, given, method, ledger):
    office = make_office(**given)
    office.order(method=method)
    assert office.run().step == BACKED_UP
    office.clock.sleep(600)
    office.back_up(-given.get("skew", timedelta()))
    ending = office.run()
    assert (ending.exit, ending.text) == (Exit.DONE, "all done")
    assert tuple(office.effects()) == ledger
    assert office.pc.state.edition == office.key.edition
    assert (office.pc.state.held.last5, office.pc.state.held.status) == (office.key.last5, 1)
    assert office.ticket().state == "closed"


@pytest.mark.parametrize("method", ["auto", "cim", "slmgr"])
def test_the_key_is_on_a_command_line_only_where_the_order_says_so(make_office, method):
    office = make_office(target="Enterprise")
    office.back_up()
    office.order(method=method)
    assert office.run().exit is Exit.DONE
    assert tuple(office.effects()) == WITHOUT_RESTART
    shown = [line for line in office.pc.seen_command_lines if office.key.value in line]
    assert len(shown) == (1 if method == "slmgr" else 0)
    slmgr = [line for line in office.pc.seen_command_lines if "slmgr.vbs" in line]
    verbs = [line.split("slmgr.vbs ")[1].split()[0] for line in slmgr]
    assert verbs == {"auto": ["/ato", "/cpky"], "cim": [], "slmgr": ["/ipk", "/ato", "/cpky"]}[method]


def test_a_server_is_changed_by_dism(make_office):
    office = make_office(target="ServerDatacenter", state=server("ServerStandard"))
    office.back_up()
    ending = office.run()
    assert ending.exit is Exit.DONE
    assert tuple(office.effects()) == FULL
    assert office.pc.state.edition == "ServerDatacenter"
    assert not any(office.key.value in line for line in office.pc.seen_command_lines)


def test_the_key_may_be_kept_in_any_form(office):
    typed = office.key.value.replace("-", " ").lower()
    office.home.vault.put(KEY, typed, kind="product key", at=office.clock.now())
    office.back_up()
    assert office.run().exit is Exit.DONE
    assert office.effects().count("key installed") == 1

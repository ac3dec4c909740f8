"""The word on the screen when the work begins: who reads it, what the ticket keeps of it, and that it stops nothing."""

from __future__ import annotations

import pytest

from agent.api import NotSent, Refused, TryLater, Unsure
from agent.words.errors import Exit
from agent.words.step import Mark
from connectors.kaseya.session import KaseyaSession
from connectors.local.tickets import DeskTickets
from playbooks.windows.steps import ANNOUNCED, PRIVATE
from tests.playbooks.upgrade.office import BACKED_UP, EFFECT, RECORDED, TICKET

WITHOUT_RESTART = "Enterprise"
BEGINS_NOW = "The work on the Windows licence of this computer begins now."
REMOTE = pytest.mark.parametrize("front", ["screenconnect", "screenconnect-built-in", "vsax", "vsa9"])


@pytest.fixture
def make_site(make_office):
    """An office whose PC has a remote tool beside WinRM, and somebody at it."""

    def make(front="vsax", **given):
        office = make_office(**{"ladder": (front, "winrm"), "target": WITHOUT_RESTART, "user": "anna", **given})
        office.back_up()
        return office

    return make


def shown(office):
    """What was read on the screen."""
    return [effect.detail["text"] for effect in office.world.ledger.effects("message")]


def noted(office):
    """What the ticket says of it."""
    return [note.text for note in office.notes(public=False) if BEGINS_NOW in note.text]


@REMOTE
def test_whoever_is_logged_on_reads_that_the_work_begins_right_before_the_first_change(make_site, front):
    site = make_site(front)
    assert site.run().exit is Exit.DONE
    (text,) = shown(site)
    assert text.startswith(BEGINS_NOW)
    assert f"ticket {TICKET}" in text
    (note,) = noted(site)
    assert f"shown to anna by {front.removesuffix('-built-in')}" in note
    assert text in note
    settled = list(site.settled())
    assert settled.index(BACKED_UP) < settled.index(ANNOUNCED) < settled.index(RECORDED)
    on_the_pc = [effect for effect in site.effects() if effect != "certificate made"]
    assert on_the_pc[:2] == ["message", "files recorded"]


def test_nobody_reads_it_twice(make_site):
    site = make_site(target="Education")
    for _ in range(2):
        assert site.run().step == EFFECT
    site.pc.state.user = None
    assert site.run().exit is Exit.DONE
    assert (len(shown(site)), len(noted(site))) == (1, 1)
    assert site.settled()[ANNOUNCED].facts["mark"] == "already"


def test_who_comes_to_work_on_another_day_is_told_anew(make_site):
    """The first run told it and failed; the changes are made days afterwards."""
    site = make_site()
    site.pc.faults.fail("record_data", 0x80070070)
    assert site.run().step == RECORDED
    assert site.run(dry=True).exit is Exit.CHANGES
    assert site.settled()[ANNOUNCED].facts["mark"] == "already"
    site.clock.sleep(3 * 24 * 3600)
    site.pc.state.user = "ben"
    assert site.run().exit is Exit.DONE
    assert len(shown(site)) == 2
    assert ["shown to anna" in note for note in noted(site)] == [True, False]
    assert "shown to ben" in noted(site)[1]


@pytest.mark.parametrize(("zone", "times"), [("Europe/Berlin", 1), ("America/New_York", 2)])
def test_a_day_is_the_customers(make_site, zone, times):
    """From 23:30 UTC on 2 March to 05:30 on 3 March is one day in Berlin and two in New York."""
    site = make_site()
    site.clock.sleep(14.5 * 3600)
    site.back_up()
    site.pc.faults.fail("record_data", 0x80070070)
    assert site.run(zone=zone).step == RECORDED
    site.clock.sleep(6 * 3600)
    assert site.run().exit is Exit.DONE
    assert (len(shown(site)), len(noted(site))) == (times, times)


def test_it_comes_before_the_way_for_the_key_is_opened(make_site):
    site = make_site(winrm=False)
    site.way("winrm", open=True)
    assert site.run().exit is Exit.DONE
    assert site.effects()[:2] == ["message", "WinRM switched on"]
    settled = list(site.settled())
    assert settled.index(ANNOUNCED) + 1 == settled.index(PRIVATE)


def test_a_dry_run_plans_it_and_shows_nothing(make_site):
    site = make_site()
    assert site.run(dry=True).exit is Exit.CHANGES
    assert site.settled()[ANNOUNCED].facts["mark"] == "planned"
    assert (shown(site), noted(site)) == ([], [])


def test_a_device_that_is_not_ready_disturbs_nobody(make_site):
    site = make_site()
    site.pc.state.backups.clear()
    assert site.run().step == BACKED_UP
    assert (shown(site), ANNOUNCED in site.settled()) == ([], False)


@pytest.mark.parametrize("restart", ["when-alone", "allowed"])
def test_what_is_said_of_a_restart_is_what_will_happen(make_site, restart):
    site = make_site(target="Education")
    ending = site.run(restart=restart)
    (text,) = shown(site)
    agreed = restart == "when-alone"
    assert ("we will agree on that with you first" in text) is agreed
    assert ("you will read that here one minute before" in text) is not agreed
    assert (ending.step == EFFECT, ending.exit is Exit.DONE) == (agreed, not agreed)


def test_without_a_tool_that_shows_messages_there_is_no_such_step(make_office):
    office = make_office(user="anna", target=WITHOUT_RESTART)
    office.back_up()
    assert office.run().exit is Exit.DONE
    assert ANNOUNCED not in office.settled()
    assert noted(office) == []


def test_where_the_licence_works_already_nobody_is_told_that_work_begins(make_site):
    site = make_site()
    site.pc._work.install_key(site.key.value)
    site.clock.sleep(120)
    site.pc._work.settle()
    site.pc._work.activate()
    assert site.run().exit is Exit.DONE
    assert site.settled()[ANNOUNCED].facts["mark"] == "already"
    assert (shown(site), noted(site)) == ([], [])


def test_nobody_logged_on_is_told_in_the_ticket(make_site):
    site = make_site(user=None)
    assert site.run().exit is Exit.DONE
    assert shown(site) == []
    (note,) = noted(site)
    assert "nobody was logged on" in note


def test_who_is_logged_on_is_told_when_that_cannot_be_read(make_site):
    site = make_site()
    site.pc.state.unread.add("users")
    assert site.run().exit is Exit.DONE
    assert len(shown(site)) == 1
    assert "shown to whoever is logged on by vsax" in noted(site)[0]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Refused("msg.exe is missing"), "could not be shown: msg.exe is missing"),
        (NotSent("the agent is offline"), "could not be shown: the agent is offline"),
        (TryLater("too many requests"), "could not be shown: too many requests"),
        (Unsure("the answer was lost"), "may have been shown, and is not shown again: the answer was lost"),
    ],
)
def test_trouble_in_telling_is_noted_and_stops_nothing(make_site, monkeypatch, error, words):
    tried = []

    def message(self, text: str) -> None:
        tried.append(text)
        raise error

    monkeypatch.setattr(KaseyaSession, "message", message)
    site = make_site()
    assert site.run().exit is Exit.DONE
    assert len(tried) == 1
    (note,) = noted(site)
    assert words in note
    assert site.settled()[ANNOUNCED].facts["mark"] == "changed"


def test_a_note_that_has_to_be_tried_again_shows_nothing_again(make_site, monkeypatch):
    tell, failed = DeskTickets.tell, []

    def sometimes(self, ticket, text, **given):
        if BEGINS_NOW in text and not failed:
            failed.append(text)
            raise NotSent("the desk is busy")
        tell(self, ticket, text, **given)

    monkeypatch.setattr(DeskTickets, "tell", sometimes)
    site = make_site()
    assert site.run().exit is Exit.DONE
    assert (len(failed), len(shown(site)), len(noted(site))) == (1, 1, 1)


def test_a_ticket_that_cannot_be_written_begins_no_work(make_site, monkeypatch):
    tell = DeskTickets.tell

    def never(self, ticket, text, **given):
        if BEGINS_NOW in text:
            raise Refused("the desk takes no notes")
        tell(self, ticket, text, **given)

    monkeypatch.setattr(DeskTickets, "tell", never)
    site = make_site()
    ending = site.run()
    assert (ending.mark, ending.step) == (Mark.FAILED, ANNOUNCED)
    assert "files recorded" not in site.effects()


def test_a_person_in_a_session_is_not_asked_about_it(make_office):
    """Who works there speaks with the user; and keyturn could show nothing anyway."""
    office = make_office(ladder=("vsax", "splashtop"), user="anna")
    for agent in office.fronts["vsax"].servers["FRONTDESK-07"].agents.values():
        agent.away = True
    asked = []
    while (ending := office.run()).exit is Exit.PERSON:
        asked.append(ending.step)
        office.answer(ending.step, by="Sam")
    assert ending.exit is Exit.DONE
    assert ANNOUNCED not in asked
    assert "speaks with the user" in office.settled()[ANNOUNCED].text
    assert (shown(office), noted(office)) == ([], [])


def test_a_bug_in_a_connector_is_no_trouble_in_telling(make_site, monkeypatch):
    monkeypatch.setattr(KaseyaSession, "message", lambda self, text: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        make_site().run()

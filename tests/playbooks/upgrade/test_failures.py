"""Everything that goes wrong while a PC is being changed: what the run says, what has happened, and how it goes on."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from itertools import pairwise

import pytest

from agent.words.errors import Exit, KeyturnError
from agent.words.event import Kind
from agent.words.step import Mark
from connectors.lab.windows.power import Pace
from connectors.lab.windows.state import server
from connectors.lab.winrm.faults import Fault
from tests.playbooks.upgrade.office import (
    ACTIVATED,
    CLEARED,
    EFFECT,
    FULL,
    INSTALLED,
    INTACT,
    PASSWORD,
    RECORDED,
    SUCCESS,
    Office,
)

QUOTE = "'"
Deed = Callable[[Office], object]
DONE = (Mark.CHANGED, Exit.DONE)
FAILED, UNCONFIRMED, ASK = (Mark.FAILED, Exit.FAILED), (Mark.UNCONFIRMED, Exit.FAILED), (Mark.ASK, Exit.PERSON)


@dataclass(frozen=True)
class Trouble:
    """One thing that goes wrong.

    Attributes:
        deed: Makes it happen.
        ends: Mark and exit code of the run that meets it.
        step: Where that run stops; empty when it gets through.
        phrase: Part of the one line that says why.
        told: Part of the public note.
        attempts: How often an activation was attempted in that run.
        installs: How often the key was installed in that run.
        ledger: Everything that has happened once the cause has gone and the order was run to its end, a person having said yes
            where one was asked.
    """

    deed: Deed
    ends: tuple[Mark, Exit] = DONE
    step: str = ""
    phrase: str = "all done"
    told: str = "any question"
    attempts: int = 0
    installs: int = 1
    ledger: tuple[str, ...] = field(default=FULL)


def fail(script: str, code: int, times: int = 1) -> Deed:
    return lambda office: office.pc.faults.fail(script, code, times)


def lie(script: str, times: int = 1) -> Deed:
    return lambda office: office.pc.faults.lie(script, times)


def garble(script: str) -> Deed:
    return lambda office: office.pc.faults.garble(script)


def wire(step: str, kind: str, action: str, times: int = 1) -> Deed:
    """The connection breaks at the changing script of *step*; the reading before it gets through."""

    def plan(office: Office) -> None:
        office.at[Kind.BEGUN, step] = lambda: office.server.faults.add(Fault(kind, action, times, after=1))

    return plan


def restarts(step: str) -> Deed:
    """Somebody presses the button in the middle of *step*: the PC is gone for a moment."""

    def plan(office: Office) -> None:
        def press() -> None:
            office.pc.switch(on=False)
            office.pc.switch(on=True)

        office.at[Kind.BEGUN, step] = press

    return plan


def refused(code: int, phrase: str, told: str) -> Trouble:
    return Trouble(fail("install_key", code), FAILED, INSTALLED, phrase, told, installs=0)


WRONG_KEY, WRONG_EDITION = "does not accept this product key", "belongs to another edition"
TWICE = (*FULL[:5], "activation attempted", *FULL[5:])
"""The ledger of an order whose first activation was refused by the service itself."""
EARLY = ("files recorded", "restarted", *FULL[1:])
"""... of one whose PC was restarted by somebody before the key was installed."""
AGAIN = (*FULL[:5], "restarted", *FULL[5:])
"""... of one whose PC was restarted by somebody after the new edition was in effect."""
UNASKED = tuple(effect for effect in FULL if effect != "restart announced")
"""... of one whose PC was restarted by somebody when the new edition waited for it."""
SUCCESS_WORDS = "has been upgraded"
TROUBLES = {
    "the key is refused as invalid": refused(0xC004F050, "0xC004F050: Product key invalid", WRONG_KEY),
    "the key is for another version": refused(0xC004E016, "0xC004E016", WRONG_EDITION),
    "the key is for an edition that is not there": refused(0xC004F069, "0xC004F069", WRONG_EDITION),
    "the key is blocked": Trouble(
        lambda office: setattr(office.key, "blocked", True), FAILED, ACTIVATED, "0xC004C003", WRONG_KEY, 1, ledger=TWICE
    ),
    "the key is used up": Trouble(
        lambda office: office.key.used.add("another machine"), ASK, ACTIVATED, "0xC004C008", "with Microsoft", 1, ledger=TWICE
    ),
    "activation needs three tries": Trouble(fail("activate", 0x80072EE2, 2)),
    "the activation service fails once": Trouble(
        lambda office: office.world.service.fail(0x80072EE7), attempts=2, ledger=TWICE
    ),
    "an unknown code": Trouble(fail("activate", 0xC0DE0001), ASK, ACTIVATED, "which is not in the table", "A technician"),
    "activation says so and is not": Trouble(
        lie("activate", 10_000), UNCONFIRMED, ACTIVATED, "notification mode (0xC004F034); wanted is licensed", "A technician"
    ),
    "installing says so and is not": Trouble(
        lie("install_key"), UNCONFIRMED, INSTALLED, "installed keys: …3V66T; wanted is …", "A technician", installs=0
    ),
    "the answer after installing is garbled": Trouble(garble("install_key")),
    "the answer after activating is garbled": Trouble(garble("activate"), attempts=1),
    "the answer after the restart is garbled": Trouble(garble("restart")),
    "the answer after recording is garbled": Trouble(garble("record_data")),
    "the answer after comparing is garbled": Trouble(garble("compare_data")),
    "cut before the installing starts": Trouble(wire(INSTALLED, "reset", "Command")),
    "cut after the installing has started": Trouble(wire(INSTALLED, "cut", "Command")),
    "cut before the key arrives": Trouble(
        wire(INSTALLED, "reset", "Send"), UNCONFIRMED, INSTALLED, "may have had its effect", "A technician", installs=0
    ),
    "cut after the key has arrived": Trouble(wire(INSTALLED, "cut", "Send")),
    "cut before the answer is read": Trouble(wire(INSTALLED, "reset", "Receive")),
    "cut while the answer is read": Trouble(wire(INSTALLED, "cut", "Receive")),
    "cut after the activation": Trouble(wire(ACTIVATED, "cut", "Command"), attempts=1),
    "cut after the restart was announced": Trouble(wire(EFFECT, "cut", "Send")),
    "the shell is gone when the key is to be installed": Trouble(wire(INSTALLED, "unknown shell", "Command")),
    "the PC is too busy for a moment": Trouble(wire(INSTALLED, "quota of operations", "Command", 2)),
    "the login is forgotten when the key is to be installed": Trouble(wire(INSTALLED, "unauthorized", "Command")),
    "the command is taken and never run": Trouble(
        wire(INSTALLED, "lie", "Command"), UNCONFIRMED, INSTALLED, "wanted is …", "A technician", installs=0
    ),
    "the PC restarts before the key is installed": Trouble(restarts(INSTALLED), ledger=EARLY),
    "the PC restarts before it is told to": Trouble(restarts(EFFECT), ledger=UNASKED),
    "the PC restarts during activation": Trouble(restarts(ACTIVATED), attempts=1, ledger=AGAIN),
    "the restart never comes": Trouble(lie("restart", 10_000), UNCONFIRMED, EFFECT, "not restarted yet", "A technician"),
    "the PC is off when it is to restart": Trouble(
        lambda office: office.at.update({(Kind.BEGUN, EFFECT): lambda: office.pc.switch(on=False)}),
        FAILED,
        EFFECT,
        "just starting or going down",
        "A technician",
        ledger=UNASKED,
    ),
    "the key cannot be cleared": Trouble(
        fail("clear_key", 0x80070005), FAILED, CLEARED, "0x80070005", "A setting on your computer"
    ),
    "the files cannot be recorded": Trouble(
        fail("record_data", 0x80070070), ASK, RECORDED, "0x80070070", "We have not begun", installs=0
    ),
    "the files cannot be compared": Trouble(
        fail("compare_data", 0x80070002), FAILED, INTACT, "0x80070002", "could not yet check your files"
    ),
}


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
def test_trouble_is_told_once_and_the_order_goes_on_where_it_stopped(office, trouble):
    office.back_up()
    trouble.deed(office)
    ending = office.run()
    assert ((ending.mark, ending.exit), ending.step) == (trouble.ends, trouble.step)
    assert trouble.phrase in ending.text
    assert ".:" not in ending.text
    assert office.effects().count("key installed") == trouble.installs
    if trouble.attempts:
        assert office.effects().count("activation attempted") == trouble.attempts
    (note,) = office.notes()
    assert trouble.told in note.text
    assert (office.ticket().state == "closed") is (ending.exit is Exit.DONE)
    _holds_no_secret(office)
    office.heal()
    if ending.step == INSTALLED and ending.mark is Mark.UNCONFIRMED:
        again = office.run()
        assert (again.mark, again.step) == (Mark.ASK, INSTALLED)
        assert INSTALLED not in office.begun()
        assert office.notes() == [note]
        assert "may it be begun again?" in again.text
        assert office.effects().count("key installed") == trouble.installs
    assert office.finish().exit is Exit.DONE
    assert tuple(office.effects()) == trouble.ledger
    assert [SUCCESS_WORDS in note.text for note in office.notes()].count(True) == 1
    assert (office.ticket().state, len(office.letters())) == ("closed", 1)


def _holds_no_secret(office: Office) -> None:
    seen = [*office.ticket().notes, *office.events]
    for text in (str(one) for one in seen):
        assert office.key.value not in text
        assert office.key.value.replace("-", "") not in text
        assert PASSWORD not in text
        assert "Traceback" not in text


def test_a_service_that_stays_away_is_asked_with_growing_pauses_for_ten_minutes(office):
    office.back_up()
    office.world.service.fail(0x80072EE2, 1000)
    ending = office.run()
    assert ((ending.mark, ending.exit), ending.step) == (FAILED, ACTIVATED)
    assert "0x80072EE2: Server time-out" in ending.text
    (note,) = office.notes()
    assert "a technician will try again later" in note.text
    assert "we are trying" not in note.text.lower()
    times = [effect.at for effect in office.world.ledger.effects("activation attempted")]
    pauses = [(later - earlier).total_seconds() for earlier, later in pairwise(times)]
    assert 10 < len(times) < 30
    assert 595 < (times[-1] - times[0]).total_seconds() < 605
    assert pauses[0] < 1.5
    assert max(pauses) <= 30.3
    office.heal()
    assert office.run().exit is Exit.DONE
    assert office.effects().count("key installed") == 1


def test_a_pc_that_does_not_come_back_is_a_failure_and_goes_on_when_it_does(make_office):
    office = make_office(pace=Pace(notice=1.0, down=3 * 3600.0, starting=15.0))
    office.back_up()
    ending = office.run()
    assert ((ending.mark, ending.exit), ending.step) == (UNCONFIRMED, EFFECT)
    assert "nothing answers there" in ending.text or "the connection" in ending.text
    assert office.run().exit is Exit.UNREACHED
    office.clock.sleep(3 * 3600)
    assert office.run().exit is Exit.DONE
    assert tuple(office.effects()) == FULL


@pytest.mark.parametrize("given", [{"script_host": False}, {"slmgr": False}], ids=["script host off", "slmgr.vbs missing"])
@pytest.mark.parametrize("method", ["auto", "slmgr"])
def test_without_slmgr_everything_goes_by_cim(make_office, given, method):
    office = make_office(**given)
    office.back_up()
    assert office.run(method=method).exit is Exit.DONE
    assert tuple(office.effects()) == FULL
    assert not any("slmgr" in line for line in office.pc.seen_command_lines)


def test_a_pc_that_records_command_lines_never_gets_the_key_on_one(make_office):
    office = make_office(auditing=True)
    office.back_up()
    assert office.run(method="slmgr").exit is Exit.DONE
    assert tuple(office.effects()) == FULL
    assert not any(office.key.value in line for line in office.pc.seen_command_lines)
    assert any("slmgr.vbs /ato" in line for line in office.pc.seen_command_lines)


def test_a_server_that_records_command_lines_is_left_to_a_person(make_office):
    office = make_office(target="ServerDatacenter", state=server("ServerStandard"))
    office.pc.state.auditing = True
    office.back_up()
    ending = office.run()
    assert ((ending.mark, ending.exit), ending.step) == (ASK, INSTALLED)
    assert "DISM needs the key on its command line" in ending.text
    assert office.effects() == ["files recorded"]


@pytest.mark.parametrize("action", ["Command", "Send", "Receive"])
@pytest.mark.parametrize("kind", ["reset", "cut"])
def test_a_cut_between_the_key_and_the_note_about_it_does_not_lose_the_restart(make_office, kind, action):
    """slmgr installs the key, and a script then notes that a restart is due; the registry may name the next edition early."""
    office = make_office(shows_early=True)
    office.back_up()
    wire_faults = Fault(kind, action, after=2 if action != "Send" else 1)
    office.at[Kind.BEGUN, INSTALLED] = lambda: office.server.faults.add(wire_faults)
    office.run(method="slmgr")
    assert office.finish().exit is Exit.DONE
    assert tuple(office.effects()) == FULL


@pytest.mark.parametrize("step", [RECORDED, INSTALLED, EFFECT, ACTIVATED, CLEARED, INTACT, SUCCESS])
def test_what_the_journal_cannot_keep_is_not_done(office, step):
    office.back_up()
    with closing(sqlite3.connect(office.home.folder / "journal.db")) as connection:
        office.home.journal.runs()
        connection.execute(
            "CREATE TRIGGER full BEFORE INSERT ON events WHEN NEW.kind = 'begun' AND NEW.step = "
            f"'{step.replace(QUOTE, QUOTE * 2)}' BEGIN SELECT RAISE(ABORT, 'disk is full'); END"
        )
        with pytest.raises(KeyturnError, match=r"cannot be read or written.*disk is full"):
            office.run()
        before = {RECORDED: 0, INSTALLED: 1, EFFECT: 2, ACTIVATED: 5, CLEARED: 7, INTACT: 8, SUCCESS: 9}
        assert tuple(office.effects()) == FULL[: before[step]]
        assert office.notes() == []
        connection.execute("DROP TRIGGER full")
    assert office.finish().exit is Exit.DONE
    assert tuple(office.effects()) == FULL
    assert office.home.journal.audit().broken is None

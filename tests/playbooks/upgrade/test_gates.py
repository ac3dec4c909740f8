"""Each gate of the Windows licence upgrade, shut: the run stops there, says why, tells the customer once, changes nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest

from agent.api import Device, Devices, no
from agent.words.errors import Exit, KeyturnError, Misuse
from agent.words.event import Kind
from agent.words.secret import Secret
from agent.words.step import Mark
from connectors.lab.windows.state import GIB, Backup, Battery, Held
from connectors.local.customers import Customer, Customers
from connectors.local.inventory import DeskInventory
from connectors.local.licences import Licences
from connectors.local.verdict import Licence, Seat
from tests.playbooks.upgrade.office import (
    ASKED,
    BACKED_UP,
    BEGINS,
    CORE,
    CUSTOMER,
    DEVICE,
    FIT,
    FITS,
    FORM,
    FREE,
    KEPT,
    KEY,
    LICENCE,
    OWNED,
    PASSWORD,
    REACHED,
    TICKET,
    TOLD,
    USER,
    WAY,
    Office,
)


@dataclass(frozen=True)
class Shut:
    """One gate that is shut: how it comes to that, what follows, and how many notes the customer sees."""

    because: Callable[[Office], object]
    step: str
    phrase: str
    mark: Mark = Mark.WAITING
    exit: Exit = Exit.WAITING
    notes: int = 1


def _retyped(office: Office, number: str, kind: str) -> None:
    """The order's ticket is another one, of that kind."""
    office.tickets.open(CUSTOMER, kind, number=number)
    office.order(ticket=number)


def _key(value: str) -> Callable[[Office], object]:
    return lambda office: office.home.vault.put(KEY, value, kind="product key", at=office.clock.now())


def _mistyped(office: Office) -> None:
    value = office.key.value
    _key(value[:-1] + ("B" if value[-1] != "B" else "C"))(office)


def _used(office: Office) -> None:
    key = Secret(office.key.value, "product key")
    DeskInventory(office.desk).reserve(LICENCE, key, device="BACKROOM-01", user="Ben")


def _licence(**changes: object) -> Callable[[Office], object]:
    """The order names another licence, which differs from a good one by *changes*."""

    def enter(office: Office) -> None:
        good = Licence("OTHER", CUSTOMER, "Education", seats=1)
        if changes.get("customer"):
            Customers(office.desk).add(replace(Customers(office.desk).find(CUSTOMER), name=str(changes["customer"])))
        Licences(office.desk).add(replace(good, **changes))
        office.order(licence="OTHER")

    return enter


def _ends_too_early(office: Office) -> None:
    _licence(expires=date(2026, 3, 3))(office)
    office.order(appointment="2026-03-04T14:00")


def _terminated(office: Office) -> None:
    Licences(office.desk).terminate(LICENCE)


def _state(**changes: object) -> Callable[[Office], object]:
    def change(office: Office) -> None:
        for name, value in changes.items():
            setattr(office.pc.state, name, value)

    return change


def _to_pro(office: Office, start: str) -> None:
    """The PC runs *start* and is to become Pro."""
    office.pc.state.edition, office.pc.state.held = start, Held(family=start, last5="8HVX7", group=3265)
    office.key.edition = "Professional"
    Licences(office.desk).add(Licence("WS-PRO", CUSTOMER, "Professional"))
    office.order(current=start, edition="pro", licence="WS-PRO")


def _late(office: Office) -> None:
    office.order(appointment="2026-03-02T09:00", zone="UTC")
    office.at[Kind.SETTLED, TOLD] = lambda: office.clock.sleep(31 * 60)


def _past(office: Office) -> None:
    office.order(appointment="2026-03-02T08:00", zone="UTC")


def _another(office: Office) -> None:
    Customers(office.desk).add(Customer("Oak Street", "core", "oak@oak.example", "UTC"))
    office.order(customer="Oak Street")


def _their_device(office: Office) -> None:
    Customers(office.desk).add(Customer("Oak Street", "core", "oak@oak.example", "UTC"))
    office.home.port(Devices).add(Device("OAK-01", "Oak Street", USER, office.home.device(DEVICE).ways))
    office.order(device="OAK-01")


def _another_user(office: Office) -> None:
    office.order(user="Ben")


def _early(office: Office) -> None:
    office.order(appointment="2026-03-02T10:00", zone="UTC")


def _wrong_password(office: Office) -> None:
    office.home.vault.put(WAY, "Wr0ng" + PASSWORD, kind="password", at=office.clock.now())


def _backups(*backups: tuple[timedelta, str]) -> Callable[[Office], object]:
    def change(office: Office) -> None:
        office.pc.state.backups[:] = [Backup(office.clock.now() + after, target) for after, target in backups]

    return change


HOUR, NAS = timedelta(hours=1), r"\\nas\backup"
PERSON = {"mark": Mark.ASK, "exit": Exit.PERSON}
UNFIT = {**PERSON, "notes": 0}
UNREACHED = {"mark": Mark.UNREACHED, "exit": Exit.UNREACHED}
GATES = {
    "not Core": Shut(lambda office: Customers(office.desk).change(CUSTOMER, package="basic"), CORE, "package 'basic'"),
    "unknown customer": Shut(
        lambda office: office.order(customer="Nobody & Sons"), FITS, "no customer 'Nobody & Sons'", **UNFIT
    ),
    "another customer's ticket": Shut(_another, FITS, "a ticket of Willow Street Dental, not of Oak Street", **UNFIT),
    "another customer's device": Shut(_their_device, FITS, "OAK-01 is a device of Oak Street, not of Willow", **UNFIT),
    "another user's device": Shut(_another_user, FITS, "is the device of Anna Berg, the order is for Ben", **UNFIT),
    "another request": Shut(lambda office: _retyped(office, "77", "printer"), ASKED, "is of type 'printer'"),
    "a closed ticket": Shut(lambda office: office.tickets.close(TICKET, "Eve"), ASKED, "was closed by Eve", notes=0),
    "an unknown ticket": Shut(lambda office: office.order(ticket="99"), FITS, "no ticket 99", **UNFIT),
    "a mistyped key": Shut(_mistyped, FORM, "the check value is wrong"),
    "a key that is too short": Shut(_key("ABCDE-12345"), FORM, "25 letters and digits, this one has 10"),
    "a published key": Shut(_key("NW6C2-QMPVW-D7KKK-3GKT6-VCFB2"), FORM, "public GVLK key for Education"),
    "an expired licence": Shut(_licence(expires=date(2026, 3, 1)), OWNED, "expired on 2026-03-01"),
    "a licence that ends before the appointment": Shut(_ends_too_early, OWNED, "expired on 2026-03-03, wanted for 2026-03-04"),
    "another company's licence": Shut(_licence(customer="Oak Street"), OWNED, "belongs to another company"),
    "a licence for another edition": Shut(_licence(edition="Enterprise"), OWNED, "is for edition Enterprise"),
    "no seat is free": Shut(_licence(taken=(Seat("BACKROOM-01", "Ben"),)), OWNED, "has no free seat"),
    "somebody else's seat": Shut(_licence(taken=(Seat(DEVICE, "Ben"),), seats=5), OWNED, "is for Ben, wanted Anna Berg"),
    "a terminated licence": Shut(_terminated, OWNED, "was terminated"),
    "an unknown licence": Shut(lambda office: office.order(licence="NONE"), OWNED, "not in the licence inventory"),
    "the key is used elsewhere": Shut(_used, FREE, "given to BACKROOM-01"),
    "before the appointment": Shut(_early, BEGINS, "the appointment is at 2026-03-02 10:00 UTC", notes=0),
    "after the appointment": Shut(_late, BEGINS, "was at 2026-03-02 09:00 UTC and is over", **PERSON),
    "an appointment that was over before": Shut(_past, KEPT, "was at 2026-03-02 08:00 UTC and is over", **PERSON, notes=0),
    "the PC is off": Shut(lambda office: office.pc.switch(on=False), REACHED, "just starting or going down", **UNREACHED),
    "nothing listens": Shut(lambda office: office.server.close(), REACHED, "the connection was refused", **UNREACHED),
    "a wrong password": Shut(_wrong_password, REACHED, "the user name or the password is wrong or the pc", **UNREACHED),
    "another edition than ordered": Shut(
        lambda office: office.order(current="Enterprise"), FIT, "runs Professional, the order says Enterprise", **PERSON
    ),
    "a downgrade": Shut(
        lambda office: _to_pro(office, "Enterprise"), FIT, "Windows Enterprise to Windows Pro is a downgrade", **PERSON
    ),
    "a restart is pending": Shut(_state(pending={"servicing", "update"}), FIT, "servicing waits for a restart", **PERSON),
    "the disk is full": Shut(_state(free=2 * GIB), FIT, "2.0 GiB are free", **PERSON),
    "on battery": Shut(_state(battery=Battery(20, mains=False)), FIT, "battery at 20 %", **PERSON),
    "a filtered token": Shut(_state(administrator=False), FIT, "no full administrator token", **PERSON),
    "updates are being installed": Shut(_state(busy={"TiWorker"}), FIT, "TiWorker is at work", notes=0),
    "no back-up": Shut(_backups(), BACKED_UP, "last backup: none", notes=0),
    "a back-up before the instructions": Shut(_backups((-HOUR, NAS)), BACKED_UP, "last backup: 2026-03-02 08:00", notes=0),
    "a back-up on the same disk": Shut(_backups((HOUR * 0, "D:")), BACKED_UP, "not on the same disk", notes=0),
    "a back-up from the future": Shut(_backups((HOUR, NAS)), BACKED_UP, "last backup: 2026-03-02 10:00", notes=0),
    "a back-up somewhere": Shut(_backups((HOUR * 0, "X:")), BACKED_UP, "on an unknown place", **PERSON, notes=0),
}


@pytest.mark.parametrize("shut", GATES.values(), ids=GATES)
def test_a_shut_gate_stops_the_run_there_and_is_told_once(office, shut):
    office.back_up()
    shut.because(office)
    first = office.run()
    again = office.run()
    for ending in (first, again):
        assert (ending.mark, ending.exit, ending.step) == (shut.mark, shut.exit, shut.step)
        assert shut.phrase.lower() in ending.text.lower()
        assert "\n" not in ending.text
        assert office.key.value[:-6] not in ending.text
        assert PASSWORD not in ending.text
    assert office.effects() == []
    assert list(office.marks())[-1] == shut.step
    assert len(_public(office)) == shut.notes
    assert all(office.key.value[:-6] not in note.text for note in office.ticket().notes)
    assert bool(first.come_back) is ((shut.step == BEGINS and shut.exit is Exit.WAITING) or "at work" in shut.phrase)


def _public(office: Office) -> list:
    ticket = office.order().ticket
    if ticket == "99":
        return []
    return [note for note in office.tickets.find(ticket).notes if note.public]


@pytest.mark.parametrize("name", ["unknown customer", "another customer's ticket", "another customer's device"])
def test_an_order_that_does_not_fit_the_desk_writes_nothing_and_looks_at_nobodys_device(office, name):
    GATES[name].because(office)
    tables = ("seats", "keys", "letters", "appointments", "times")
    assert office.run(dry=True).step == FITS
    assert list(office.marks()) == [FITS]
    assert office.run().step == FITS
    assert [office.rows("desk.db", table) for table in tables] == [[]] * len(tables)
    assert office.server.log == []
    assert office.notes() == []
    (internal,) = office.notes(public=False)
    assert GATES[name].phrase in internal.text


@pytest.mark.parametrize(
    ("shut", "words"),
    [
        ("another request", "does not ask for an upgrade"),
        ("a wrong password", "a problem on our side"),
        ("nothing listens", "switch it on"),
    ],
)
def test_the_customer_reads_what_concerns_them(office, shut, words):
    office.back_up()
    GATES[shut].because(office)
    office.run()
    (note,) = _public(office)
    assert words in note.text
    assert CUSTOMER not in note.text


def test_every_port_sees_one_spelling_of_the_key(office, monkeypatch):
    seen = []
    monkeypatch.setattr(DeskInventory, "key_is_free", lambda self, key, device: seen.append(key.reveal()) or no("taken"))
    _key(office.key.value.replace("-", " \u2013 ").lower())(office)
    assert office.run().step == FREE
    assert set(seen) == {office.key.value}


def test_a_ticket_that_went_to_somebody_else_meanwhile_gets_no_public_note(office):
    def hand_over() -> None:
        Customers(office.desk).add(Customer("Oak Street", "core", "oak@oak.example", "UTC"))
        with closing(sqlite3.connect(office.desk.file)) as connection, connection:
            connection.execute("UPDATE tickets SET customer = (SELECT id FROM customers WHERE name = 'Oak Street')")

    office.pc.state.free = 1
    office.at[Kind.SETTLED, FIT] = hand_over
    assert office.run().step == FIT
    assert (office.notes(), len(office.notes(public=False))) == ([], 1)


def test_names_are_compared_as_the_desk_does(office):
    office.back_up()
    assert office.run(customer=" willow  street DENTAL", user="anna berg", device="frontdesk-07").exit is Exit.DONE


def test_a_device_without_a_user_is_anybodys(office):
    office.home.port(Devices).change(Device(DEVICE, CUSTOMER, "", office.home.device(DEVICE).ways))
    office.back_up()
    assert office.run().exit is Exit.DONE


def test_two_spellings_are_one_target(office):
    assert (
        office.order(device="FrontDesk-07").target == office.order(device="\uff26RONTDESK-07").target == "device:frontdesk-07"
    )


def test_a_dry_run_with_a_key_that_is_none_says_so(office):
    _key("ABCDE-12345")(office)
    ending = office.run(dry=True)
    assert (ending.step, ending.exit) == (FORM, Exit.WAITING)
    assert list(office.marks())[-1] == FORM


@pytest.mark.parametrize("ahead", [-2, 2], ids=["behind", "ahead"])
def test_a_back_up_is_dated_by_the_clock_of_the_pc(office, ahead):
    """A PC two hours ahead calls a backup from before the instructions newer than they are."""
    office.pc.state.skew = ahead * HOUR
    office.back_up(HOUR - office.pc.state.skew)
    assert office.run().step == BACKED_UP
    office.clock.sleep(600)
    office.back_up(-office.pc.state.skew)
    assert office.run().exit is Exit.DONE


def test_the_customer_is_told_in_plain_words_and_the_desk_with_the_evidence(office):
    office.pc.state.free = 2 * GIB
    office.back_up()
    office.run()
    (public,), (internal,) = office.notes(), office.notes(public=False)
    assert "We have not begun yet" in public.text
    assert "GiB" not in public.text
    assert "2.0 GiB are free on the system drive, 5 are wanted" in internal.text


def test_a_second_trouble_at_the_same_step_is_told_too(office):
    office.back_up()
    office.pc.faults.fail("install_key", 0xC004F050)
    office.run()
    office.pc.faults.fail("install_key", 0xC004E016)
    office.run()
    first, second = office.notes()
    assert "does not accept this product key" in first.text
    assert "belongs to another edition" in second.text
    assert ["0xC004F050" in note.text for note in office.notes(public=False)] == [True, False]


def test_an_unreadable_desk_is_never_a_yes(office):
    """X-7: the gate says what it could not ask, and the device is not contacted."""
    office.back_up()
    office.run(dry=True)
    requests = len(office.server.log)
    with closing(sqlite3.connect(office.desk.file)) as connection:
        connection.execute("ALTER TABLE customers RENAME TO gone")
    with pytest.raises(KeyturnError, match="could not be read"):
        office.run()
    assert office.effects() == []
    assert len(office.server.log) == requests


@pytest.mark.parametrize(
    ("changes", "phrase"),
    [
        ({"appointment": "2026-03-29T02:30", "zone": "Europe/Berlin"}, "the clocks in Europe/Berlin skip 2026-03-29 02:30"),
        ({"appointment": "2026-03-04T14:00+01:00"}, "leave the offset out"),
        ({"zone": "Berlin"}, "not an IANA time zone"),
        ({"zone": "Europe"}, "Europe is not an IANA time zone"),
        ({"appointment": "0001-01-01T00:00", "zone": "Asia/Tokyo"}, "the year 0001, which cannot be meant"),
        ({"appointment": "9999-12-31T23:59", "zone": "America/New_York"}, "the year 9999, which cannot be meant"),
        ({"zone": "../../etc/passwd"}, "not an IANA time zone"),
        ({"edition": "Ultimate"}, "not an edition of Windows"),
        ({"key": "NW6C2-QMPVW-D7KKK-3GKT6-VCFB2"}, "must be a reference such as vault:"),
        ({"contact": "office"}, "contact"),
        ({"tolerance": 0}, "tolerance"),
        ({"method": "changepk"}, "method"),
        *(
            ({name: None}, f"{name}: is missing")
            for name in ("ticket", "customer", "user", "device", "current", "edition", "key")
        ),
    ],
)
def test_an_order_that_cannot_be_carried_out_is_refused_before_anything_is_asked(office, changes, phrase):
    with pytest.raises(Misuse) as caught:
        office.run(**changes)
    assert phrase in str(caught.value)
    assert "NW6C2" not in str(caught.value)
    assert caught.value.exit_code is Exit.MISUSE
    assert office.home.journal.runs() == []
    assert office.server.log == []


def test_an_order_without_a_key_in_the_vault_is_refused(office):
    office.home.vault.remove(KEY)
    with pytest.raises(Misuse, match="there is no vault:"):
        office.run()
    assert office.server.log == []


def test_a_device_that_nobody_knows_is_refused(office):
    with pytest.raises(Misuse, match="GHOST-01"):
        office.run(device="GHOST-01")
    assert office.server.log == []

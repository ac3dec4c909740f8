"""The Windows licence upgrade, from entitlement to closed ticket."""

from __future__ import annotations

import hashlib
from collections.abc import Generator
from datetime import datetime, timedelta
from functools import cache
from math import ceil

from agent.api import (
    Clock,
    Devices,
    Diary,
    Ending,
    KeyturnError,
    LicenceInventory,
    Mail,
    People,
    RemoteDevice,
    Step,
    Steps,
    Tickets,
    Verdict,
    minutes,
    playbook,
)
from playbooks.windows import keys, letters, notes, steps
from playbooks.windows.appointment import Arrangement
from playbooks.windows.case import REQUEST, Case
from playbooks.windows.order import UpgradeOrder
from playbooks.windows.windows import Windows

PACKAGE = "core"
LEAST = 5
"""Minutes that a finished order costs at the least: what earlier runs of it took is not counted."""


@playbook(title="Windows licence upgrade")
def windows_upgrade(
    order: UpgradeOrder,
    pc: RemoteDevice,
    desk: Tickets,
    devices: Devices,
    licences: LicenceInventory,
    diary: Diary,
    mail: Mail,
    people: People,
    clock: Clock,
) -> Steps:
    """The procedure of the service desk, in its order; each step names what is true once it is done."""
    case = Case(order, Windows(pc, clock), desk, devices, licences, mail, people, clock)
    begun = clock.now()
    if (yield from _admitted(case)):
        yield from _licensed(case)
        yield from _arranged(case, Arrangement(order, diary, mail, people, clock))
        yield from _ready(case)
        yield from _changed(case)
        yield from _proved(case)
        yield from _closed(case, begun)


def _admitted(case: Case) -> Generator[Step, None, bool]:
    """May this order be carried out at all? False ends the walk: it is complete, or a dry run need look no further."""
    order, desk = case.order, case.desk
    yield Step(
        steps.FITS,
        done=case.fits,
        by_hand="Put right what is wrong: the order, or whose the ticket and the device are in the desk.",
    )
    if not case.fits().is_yes:
        return False  # only a dry run comes here: nobody else's device is looked at
    complete = case.complete()
    if complete.is_yes:
        yield Step(steps.COMPLETE, done=lambda: complete)
        return False
    yield Step(steps.CORE, done=lambda: desk.entitled(order.customer, PACKAGE))
    yield Step(steps.ASKED, done=lambda: desk.asks_for(order.ticket, REQUEST, order.customer))
    yield Step(steps.FORM, done=lambda: keys.examine(case.key))
    return keys.examine(case.key).is_yes  # only a dry run goes on after a no: what is no key cannot be asked about


def _licensed(case: Case) -> Steps:
    """A licence is owned, or its proof accepted; its key is free, and both are set aside for this device."""
    order, desk, licences, key = case.order, case.desk, case.licences, case.key
    proof = case.reference("proof")
    yield Step(
        steps.ON_RECORD,
        done=lambda: case.owned() | desk.told(order.ticket, proof),
        do=lambda: desk.tell(order.ticket, letters.ask_for_proof(order.licence), reference=proof, public=True),
    )
    yield Step(
        steps.OWNED,
        done=lambda: case.owned() | case.people.said(steps.OWNED),
        by_hand="Look at the proof of purchase on the ticket; answer yes to accept it, no to refuse it, and say why.",
        answered_by=case.by_technician,
    )
    yield Step(steps.FREE, done=lambda: licences.key_is_free(key, order.device))
    yield Step(
        steps.ASIDE,
        done=lambda: licences.reserved(order.licence, key, device=order.device, user=order.user),
        do=lambda: licences.reserve(order.licence, key, device=order.device, user=order.user),
    )


def _arranged(case: Case, arrangement: Arrangement) -> Steps:
    """The time is agreed on, the customer has the instructions, and the time has come."""
    order, mail = case.order, case.mail
    letter = letters.instructions(order.contact, order.device, arrangement.announced, case.reference("instructions"))
    yield from arrangement.booked(letter.reference)
    yield Step(steps.TOLD, done=lambda: mail.sent(letter.reference), do=lambda: mail.send(letter), once=True)
    yield from arrangement.begins(case.begun)


def _ready(case: Case) -> Steps:
    """The device is reached, fit and backed up; then its user is told, the key gets its way, and the files are on record."""
    windows, by_hand, reference = case.windows, case.by_hand, case.order.reference
    yield Step(steps.REACHED, done=case.reached, by_hand=by_hand[steps.REACHED], answered_by=case.by_technician)
    yield Step(
        steps.FIT,
        done=lambda: case.unless_finished(case.fit),
        by_hand=by_hand[steps.FIT],
        answered_by=case.by_technician,
    )
    yield Step(steps.BACKED_UP, done=lambda: case.unless_finished(case.backed_up), by_hand=by_hand[steps.BACKED_UP])
    if windows.can_show:
        yield _announced(case)
    if windows.may_open_way:
        yield Step(
            steps.PRIVATE,
            patience=minutes(2),
            done=case.private_way,
            do=windows.open_way,
            by_hand=by_hand[steps.PRIVATE],
        )
    yield Step(
        steps.RECORDED,
        patience=minutes(10),
        done=case.recorded,
        do=lambda: windows.record_data(reference),
        by_hand=by_hand[steps.RECORDED],
        answered_by=case.by_technician,
    )


def _announced(case: Case) -> Step:
    """Right before the first change of a day, whoever is logged on reads that the work begins.

    A restart needs no such step: Windows announces it with its own text, a minute before.
    """
    order, reference = case.order, case.announcement
    text = letters.begins(order.ticket, agreed=order.restart == "when-alone")
    became = cache(lambda: case.windows.show(text))  # shown once, however often the note is tried
    return Step(
        steps.ANNOUNCED,
        done=case.announced,
        do=lambda: case.desk.tell(order.ticket, notes.announced(became(), text), reference=reference, public=False),
    )


def _changed(case: Case) -> Steps:
    """The key is installed, the edition is in effect, Windows is activated, and the key is nowhere to be read.

    The answer about the edition is anybody's, because it is also the user's consent to a restart. Where it counts as a
    statement, it closes no order: that the licence works is still the technician's to say.
    """
    order, windows, key, by_hand = case.order, case.windows, case.key, case.by_hand
    yield Step(
        steps.INSTALLED,
        once=True,
        patience=minutes(2),
        done=lambda: windows.key_installed(order.edition, key),
        do=lambda: windows.install_key(key, order.edition, order.method),
        by_hand=by_hand[steps.INSTALLED],
        answered_by=case.by_technician,
    )
    yield Step(
        steps.EFFECT,
        patience=minutes(45),
        done=lambda: windows.edition_is(order.edition),
        do=case.restart,
        confirm=lambda: windows.restarted_into(order.edition),
        by_hand=by_hand[steps.EFFECT],
    )
    yield Step(
        steps.ACTIVATED,
        patience=minutes(10),
        done=lambda: windows.activated(key),
        do=lambda: windows.activate(order.method),
        by_hand=by_hand[steps.ACTIVATED],
        answered_by=case.by_technician,
    )
    yield Step(
        steps.CLEARED,
        done=lambda: windows.key_cleared(order.reference),
        do=lambda: windows.clear_key(order.reference, order.method),
        by_hand=by_hand[steps.CLEARED],
        answered_by=case.by_technician,
    )


def _proved(case: Case) -> Steps:
    """Licence and data are seen to be well."""
    yield Step(
        steps.WORKS,
        done=case.licence_works,
        by_hand=case.by_hand[steps.WORKS],
        answered_by=case.by_technician,
    )
    yield Step(
        steps.INTACT,
        done=case.intact,
        do=lambda: case.windows.compare_data(case.order.reference),
        by_hand=case.by_hand[steps.INTACT],
    )


def _closed(case: Case, begun: datetime) -> Steps:
    """The customer has the good news, the desk the record, and the ticket is closed with the time spent since *begun*."""
    order, desk, success, ways = case.order, case.desk, case.reference("success"), case.reference("ways")
    yield Step(
        steps.SUCCESS,
        done=lambda: desk.told(order.ticket, success),
        do=lambda: desk.tell(order.ticket, letters.success(order.device, order.edition), reference=success, public=True),
    )
    yield Step(
        steps.WAYS,
        done=lambda: desk.told(order.ticket, ways),
        do=lambda: desk.tell(order.ticket, notes.ways(order.device, case.windows.ways()), reference=ways, public=False),
    )
    yield Step(
        steps.CLOSED,
        done=lambda: desk.closed(order.ticket),
        do=lambda: desk.close(order.ticket, minutes=_spent(case.clock.now() - begun), technician=order.technician),
    )


@windows_upgrade.stopped
def windows_upgrade_stopped(order: UpgradeOrder, ending: Ending, desk: Tickets, mail: Mail, pc: RemoteDevice) -> Steps:
    """Tells the ticket why the work stopped: the customer in plain words, the desk with the evidence and the ways taken.

    The customer reads the same words about a step once, the desk about each mark and code of it, and each person's answer.
    """
    if ending.come_back:
        return
    words = letters.trouble(ending) if _concerns_the_customer(order, ending, desk, mail) else ""
    cause = [ending.mark, *(str(ending.facts[name]) for name in ("code", "by", "at") if ending.facts.get(name))]
    told = (
        (True, words, ["customer", hashlib.sha256(words.encode()).hexdigest()[:6]]),
        (False, notes.stopped(order.device, ending, pc.rungs()), [*cause, "desk"]),
    )
    for public, text, rest in told:
        if not text:
            continue
        reference = ":".join([order.reference, ending.step, *rest])
        yield Step(
            "the customer knows why it stopped" if public else "the desk knows why it stopped",
            done=lambda reference=reference: desk.told(order.ticket, reference),  # type: ignore[misc]
            do=lambda text=text, reference=reference, public=public: desk.tell(  # type: ignore[misc]
                order.ticket, text, reference=reference, public=public
            ),
        )


def _concerns_the_customer(order: UpgradeOrder, ending: Ending, desk: Tickets, mail: Mail) -> bool:
    """May the customer be told on this ticket why the work stopped?

    Not when the ticket is somebody else's or not known to be open, and not about a back-up for which there was no time yet:
    without an appointment, the instructions have only just been sent.
    """
    if ending.step == steps.FITS:
        return False
    try:
        if not desk.asks_for(order.ticket, REQUEST, order.customer).facts.get("theirs"):
            return False
        if desk.closed(order.ticket).verdict is not Verdict.NO:
            return False
        if ending.step == steps.BACKED_UP:
            sent = mail.sent(f"{order.reference}:instructions").facts.get("at")
            return bool(order.start and sent and datetime.fromisoformat(sent) < order.start)
    except KeyturnError:
        return False
    return True


def _spent(time: timedelta) -> int:
    """The minutes to enter for a run that took *time*."""
    return max(LEAST, ceil(time / minutes(1)))

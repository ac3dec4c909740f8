"""The Windows licence upgrade, from entitlement to closed ticket."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from math import ceil

from agent.api import (
    Answer,
    Clock,
    Devices,
    Diary,
    Ending,
    KeyturnError,
    LicenceInventory,
    Mail,
    People,
    RemoteDevice,
    Secret,
    Step,
    Steps,
    Tickets,
    Verdict,
    minutes,
    no,
    playbook,
    unsure,
    yes,
)
from playbooks.windows import keys, letters, steps
from playbooks.windows.appointment import Arrangement
from playbooks.windows.order import UpgradeOrder, folded
from playbooks.windows.windows import Windows

PACKAGE = "core"
REQUEST = "windows licence upgrade"
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
    windows, begun = Windows(pc, clock), clock.now()
    key, edition, ours = keys.tidy(order.key), order.edition, order.reference
    success = f"{ours}:success"

    yield Step(
        steps.FITS,
        done=lambda: _fits(order, desk, devices),
        by_hand="Put right what is wrong: the order, or whose the ticket and the device are in the desk.",
    )
    if not _fits(order, desk, devices).is_yes:
        return  # only a dry run comes here: nobody else's device is looked at
    finished = _finished(order, desk, success)
    if finished.is_yes:
        yield Step(steps.COMPLETE, done=lambda: finished)
        return
    yield Step(steps.CORE, done=lambda: desk.entitled(order.customer, PACKAGE))
    yield Step(steps.ASKED, done=lambda: desk.asks_for(order.ticket, REQUEST, order.customer))
    yield Step(steps.FORM, done=lambda: keys.examine(key))
    if not keys.examine(key).is_yes:
        return  # only a dry run comes here: what is no key cannot be asked about

    def owned() -> Answer:
        when = order.start or clock.now()
        return licences.covers(
            order.licence, customer=order.customer, device=order.device, user=order.user, edition=edition, on=when
        )

    proof = f"{ours}:proof"
    yield Step(
        steps.ON_RECORD,
        done=lambda: owned() | desk.told(order.ticket, proof),
        do=lambda: desk.tell(order.ticket, letters.ask_for_proof(order.licence), reference=proof, public=True),
    )
    yield Step(
        steps.OWNED,
        done=lambda: owned() | people.said(steps.OWNED),
        by_hand="Look at the proof of purchase on the ticket; answer yes to accept it, no to refuse it, and say why.",
    )
    yield Step(steps.FREE, done=lambda: licences.key_is_free(key, order.device))
    yield Step(
        steps.ASIDE,
        done=lambda: licences.reserved(order.licence, key, device=order.device, user=order.user),
        do=lambda: licences.reserve(order.licence, key, device=order.device, user=order.user),
    )

    arrangement = Arrangement(order, diary, mail, people, clock)
    letter = letters.instructions(order.contact, order.device, arrangement.announced, f"{ours}:instructions")
    yield from arrangement.booked(letter.reference)
    yield Step(steps.TOLD, done=lambda: mail.sent(letter.reference), do=lambda: mail.send(letter), once=True)
    yield from arrangement.begins(lambda: windows.data_recorded(ours))

    def instructed() -> datetime | None:
        at = mail.sent(letter.reference).facts.get("at")
        return datetime.fromisoformat(at) if at else None

    yield from _on_the_device(order, key, windows, people, instructed)
    yield Step(
        steps.SUCCESS,
        done=lambda: desk.told(order.ticket, success),
        do=lambda: desk.tell(order.ticket, letters.success(order.device, edition), reference=success, public=True),
    )
    yield Step(
        steps.CLOSED,
        done=lambda: desk.closed(order.ticket),
        do=lambda: desk.close(order.ticket, minutes=_spent(clock.now() - begun), technician=order.technician),
    )


def _on_the_device(
    order: UpgradeOrder, key: Secret, windows: Windows, people: People, instructed: Callable[[], datetime | None]
) -> Steps:
    """The steps from reaching the device to the proof that licence and data are well."""
    edition, ours = order.edition, order.reference

    def unless_finished(probe: Callable[[], Answer]) -> Answer:
        """What only guards the change no longer matters once the new licence is in place."""
        finished = windows.licence_works(edition, key)
        return finished if finished.is_yes else probe()

    yield Step(
        steps.REACHED,
        done=windows.reached,
        by_hand="Read why; where nothing answers there, ask the customer to switch the device on.",
    )
    if windows.may_open_way:
        yield Step(
            steps.PRIVATE,
            done=lambda: unless_finished(lambda: windows.private_way(key)),
            do=windows.open_way,
            patience=minutes(2),
        )

    def fit() -> Answer:
        """A technician may answer for what could not be read, not for what is wrong."""
        suits = windows.suits(edition, order.current)
        return suits | people.said(steps.FIT) if suits.verdict is Verdict.UNSURE else suits

    yield Step(
        steps.FIT,
        done=lambda: unless_finished(fit),
        by_hand="Clear what stands in the way. Where something could not be read, look yourself and answer yes if all is well.",
    )

    yield Step(
        steps.BACKED_UP,
        done=lambda: unless_finished(lambda: windows.backed_up(instructed(), people.said(steps.BACKED_UP))),
        by_hand="Ask the customer for the back-up; answer yes, in the name of who made it, once it is complete.",
    )

    def untouched() -> Answer:
        """A key is only installed with the data on record; so without a record this order never changed the device."""
        record = windows.data_recorded(ours)
        if record.verdict is Verdict.UNSURE:
            return unsure(f"{record.evidence}, so this order may have changed the device")
        return no("this order changed the device") if record.is_yes else windows.licence_works(edition, key)

    yield Step(
        steps.RECORDED,
        done=lambda: unless_finished(lambda: windows.data_recorded(ours)),
        do=lambda: windows.record_data(ours),
        patience=minutes(10),
    )

    yield Step(
        steps.INSTALLED,
        once=True,
        patience=minutes(2),
        done=lambda: windows.key_installed(edition, key),
        do=lambda: windows.install_key(key, edition, order.method),
        by_hand="Look at the device: 'slmgr /dli' shows the last five characters of its key. "
        "Where it is typed in by hand, do it under Settings, Activation.",
    )
    yield Step(
        steps.EFFECT,
        patience=minutes(45),
        done=lambda: windows.edition_is(edition),
        do=lambda: windows.restart_into(edition, alone=order.restart == "when-alone" and not people.said(steps.EFFECT).is_yes),
        confirm=lambda: windows.restarted_into(edition),
        by_hand=f"Agree on a restart with the user, then: keyturn answer RUN '{steps.EFFECT}' --yes; keyturn resume RUN.",
    )
    yield Step(
        steps.ACTIVATED,
        patience=minutes(10),
        done=lambda: windows.activated(key),
        do=lambda: windows.activate(order.method),
    )
    yield Step(
        steps.CLEARED,
        done=lambda: windows.key_cleared(ours),
        do=lambda: windows.clear_key(ours, order.method),
    )
    yield Step(steps.WORKS, done=lambda: windows.licence_works(edition, key))
    yield Step(
        steps.INTACT,
        done=lambda: untouched() | windows.data_intact(ours) | people.said(steps.INTACT),
        do=lambda: windows.compare_data(ours),
        by_hand="Look with the user for what is missing and restore it from the back-up; answer yes once all is there.",
    )


@windows_upgrade.stopped
def windows_upgrade_stopped(order: UpgradeOrder, ending: Ending, desk: Tickets, mail: Mail) -> Steps:
    """Tells the ticket why the work stopped: the customer in plain words, the desk with the evidence.

    The customer reads the same words about a step once, the desk about each mark and code of it, and each person's answer.
    """
    if ending.come_back:
        return
    words = letters.trouble(ending) if _concerns_the_customer(order, ending, desk, mail) else ""
    cause = [ending.mark, *(str(ending.facts[name]) for name in ("code", "by", "at") if ending.facts.get(name))]
    told = (
        (True, words, ["customer", hashlib.sha256(words.encode()).hexdigest()[:6]]),
        (False, f"{ending.mark}: {ending.step}: {ending.text}", [*cause, "desk"]),
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


def _fits(order: UpgradeOrder, desk: Tickets, devices: Devices) -> Answer:
    """Are the ticket and the device this customer's, and the device this user's, as far as the desk names one?"""
    asked = desk.asks_for(order.ticket, REQUEST, order.customer)
    if not (asked.is_yes or asked.facts.get("theirs")):
        return asked
    device = devices.find(order.device)
    if folded(device.customer) != folded(order.customer):
        return no(f"{device.name} is a device of {device.customer}, not of {order.customer}", person="technician")
    if device.user and folded(device.user) != folded(order.user):
        return no(f"{device.name} is the device of {device.user}, the order is for {order.user}", person="technician")
    return yes(f"ticket {order.ticket} and {device.name} belong to {device.customer}")


def _finished(order: UpgradeOrder, desk: Tickets, success: str) -> Answer:
    """Has this order told its success and closed its ticket? Then nothing that happened since is held against it."""
    try:
        closed, told = desk.closed(order.ticket), desk.told(order.ticket, success)
    except KeyturnError as error:
        return unsure(str(error))
    return yes(f"{closed.evidence}; {told.evidence}") if closed.is_yes and told.is_yes else no("it is not complete")


def _spent(time: timedelta) -> int:
    """The minutes to enter for a run that took *time*."""
    return max(LEAST, ceil(time / minutes(1)))

"""The Windows licence upgrade, from entitlement to closed ticket."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from agent.api import (
    Answer,
    Appointment,
    Clock,
    Diary,
    Ending,
    KeyturnError,
    LicenceInventory,
    Mail,
    Order,
    People,
    RemoteSession,
    SecretReference,
    Step,
    Steps,
    Tickets,
    minutes,
    no,
    playbook,
    yes,
)
from playbooks.windows import keys, letters
from playbooks.windows.editions import edition_id
from playbooks.windows.windows import Windows

PACKAGE = "core"
REQUEST = "windows licence upgrade"

WORK = frozenset({"ticket", "customer", "user", "contact", "device", "edition", "licence", "appointment", "zone"})
"""The fields of an order that make it another piece of work: for them, the customer is told anew."""

OWNED = "a licence for this device is owned"
BEGINS = "the appointment has come"
BACKED_UP = "the back-up is complete"
INTACT = "the user's data is all there"


class UpgradeOrder(Order):
    """What a Windows licence upgrade is asked with."""

    ticket: str = Field(min_length=1, description="the ticket that asked for it")
    customer: str = Field(min_length=1, description="the customer, as the desk names it")
    user: str = Field(min_length=1, description="the end user whose licence it is")
    contact: str = Field(pattern=r"^[^@\s]+@[^@\s]+$", description="the mail address that instructions go to")
    device: str = Field(min_length=1, description="the device, as the desk names it")
    current: str = Field(description="the edition on the device now (home, pro, Professional …)")
    edition: str = Field(description="the edition that is wanted (enterprise, Education …)")
    licence: str = Field(min_length=1, description="the licence in the inventory")
    key: SecretReference = Field(description="where the product key is kept, as vault:NAME")
    technician: str = Field(min_length=1, description="who does the work and answers for it")
    appointment: datetime | None = Field(
        None, description="local time agreed with the customer, as 2026-03-28T14:00; none: at once"
    )
    zone: str = Field("UTC", description="the customer's IANA time zone, as Europe/Berlin")
    tolerance: int = Field(30, ge=1, le=1440, description="minutes after the appointment in which the work may still begin")
    method: Literal["auto", "cim", "slmgr"] = Field(
        "auto", description="how the key is installed: auto and cim keep it off every command line, slmgr does not"
    )
    restart: Literal["when-alone", "allowed"] = Field(
        "when-alone", description="whether to restart while somebody is logged on"
    )

    @field_validator("current", "edition")
    @classmethod
    def _known_edition(cls, value: str) -> str:
        return edition_id(value)

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"{value} is not an IANA time zone, such as Europe/Berlin") from None
        return value

    @model_validator(mode="after")
    def _real_time(self) -> UpgradeOrder:
        if self.appointment and self.appointment.tzinfo:
            raise ValueError("the appointment is local time; leave the offset out and name the zone")
        if (
            self.start
            and self.start.astimezone(ZoneInfo("UTC")).astimezone(self.start.tzinfo).replace(tzinfo=None) != self.appointment
        ):
            raise ValueError(f"the clocks in {self.zone} skip {self.appointment}; choose another time")
        return self

    @property
    def target(self) -> str:
        """One run at a time on one device."""
        return f"device:{self.device}"

    @property
    def reference(self) -> str:
        """Ours, the same for the same work: who does it, how, and by which key may change on the way.

        So a restart that is agreed on later (``restart``) neither sends the instructions again nor makes the back-up too old.
        """
        work = self.model_dump(mode="json", include=set(WORK))
        return f"kt-{hashlib.sha256(json.dumps(work, sort_keys=True).encode()).hexdigest()[:12]}"

    @property
    def start(self) -> datetime | None:
        """The appointment with its zone; where clocks are set back, the first of the two moments."""
        return self.appointment.replace(tzinfo=ZoneInfo(self.zone)) if self.appointment else None


@playbook(title="Windows licence upgrade", needs={"powershell", "private"})
def windows_upgrade(
    order: UpgradeOrder,
    pc: RemoteSession,
    desk: Tickets,
    licences: LicenceInventory,
    diary: Diary,
    mail: Mail,
    people: People,
    clock: Clock,
) -> Steps:
    """The procedure of the service desk, in its order; each step names what is true once it is done."""
    windows = Windows(pc, clock)
    key, edition, ours = order.key, order.edition, order.reference

    def unless_finished(probe: Callable[[], Answer]) -> Answer:
        """What only guards the change no longer matters once the new licence is in place."""
        finished = windows.licence_works(edition, key)
        return finished if finished.is_yes else probe()

    yield Step("the customer has the Core package", done=lambda: desk.entitled(order.customer, PACKAGE))
    yield Step("the ticket asks for a licence upgrade", done=lambda: desk.asks_for(order.ticket, REQUEST))
    yield Step("the product key is well formed", done=lambda: keys.examine(key))

    def owned() -> Answer:
        when = order.start or clock.now()
        return licences.covers(
            order.licence, customer=order.customer, device=order.device, user=order.user, edition=edition, on=when
        )

    proof = f"{ours}:proof"
    yield Step(
        "a licence is on record, or its proof of purchase is asked for",
        done=lambda: owned() | desk.told(order.ticket, proof),
        do=lambda: desk.tell(order.ticket, letters.ask_for_proof(order.licence), reference=proof, public=True),
    )
    yield Step(
        OWNED,
        done=lambda: owned() | people.said(OWNED),
        by_hand="Look at the proof of purchase on the ticket; answer yes to accept it, no to refuse it, and say why.",
    )
    yield Step("the product key is not in use elsewhere", done=lambda: licences.key_is_free(key, order.device))
    yield Step(
        "the licence is set aside for this device",
        done=lambda: licences.reserved(order.licence, key, device=order.device, user=order.user),
        do=lambda: licences.reserve(order.licence, key, device=order.device, user=order.user),
    )

    if order.start:
        appointment = _appointment(order, order.start)
        yield Step(
            "the appointment is in the diary", done=lambda: diary.booked(appointment), do=lambda: diary.book(appointment)
        )

    letter = letters.instructions(order.contact, order.device, order.start, f"{ours}:instructions")
    yield Step(
        "the customer has the instructions", done=lambda: mail.sent(letter.reference), do=lambda: mail.send(letter), once=True
    )

    if order.start:
        begins = order.start
        yield Step(
            BEGINS,
            done=lambda: (
                desk.closed(order.ticket)
                | _in_time(begins, minutes(order.tolerance), clock, lambda: windows.data_recorded(ours))
                | _lately(people.said(BEGINS), minutes(order.tolerance), clock)
            ),
            by_hand="The appointment was missed. Agree on a new one with the customer, or answer yes to begin now.",
        )

    yield Step("the device is reached", done=windows.reached, by_hand="Ask the customer to switch the device on.")
    yield Step("the device is fit for the change", done=lambda: unless_finished(lambda: windows.suits(edition, order.current)))

    def instructed() -> datetime | None:
        at = mail.sent(letter.reference).facts.get("at")
        return datetime.fromisoformat(at) if at else None

    yield Step(
        BACKED_UP,
        done=lambda: unless_finished(lambda: windows.backed_up(instructed(), people.said(BACKED_UP))),
        by_hand="Ask the customer for the back-up; answer yes, in the name of who made it, once it is complete.",
    )

    def untouched() -> Answer:
        """A key is only installed with the data on record; so without a record this order never changed the device."""
        if windows.data_recorded(ours).is_yes:
            return no("this order changed the device")
        return windows.licence_works(edition, key)

    yield Step(
        "the user's data is on record",
        done=lambda: unless_finished(lambda: windows.data_recorded(ours)),
        do=lambda: windows.record_data(ours),
        patience=minutes(10),
    )

    yield Step(
        "the product key is installed",
        once=True,
        patience=minutes(2),
        done=lambda: windows.key_installed(edition, key),
        do=lambda: windows.install_key(key, edition, order.method),
        by_hand="Look at the device: 'slmgr /dli' shows the last five characters. Answer yes to install the key again.",
    )
    yield Step(
        "the new edition is in effect",
        patience=minutes(45),
        done=lambda: windows.edition_is(edition),
        do=lambda: windows.restart_into(edition, alone=order.restart == "when-alone"),
        confirm=lambda: windows.restarted_into(edition),
        by_hand="Agree on a restart with the user, then run this again with --restart allowed.",
    )
    yield Step(
        "Windows is activated",
        patience=minutes(10),
        done=lambda: windows.activated(key),
        do=lambda: windows.activate(order.method),
    )
    yield Step(
        "the product key is cleared from the registry",
        done=lambda: windows.key_cleared(ours),
        do=lambda: windows.clear_key(ours, order.method),
    )
    yield Step("the new licence works", done=lambda: windows.licence_works(edition, key))
    yield Step(
        INTACT,
        done=lambda: untouched() | windows.data_intact(ours) | people.said(INTACT),
        do=lambda: windows.compare_data(ours),
        by_hand="Look with the user for what is missing and restore it from the back-up; answer yes once all is there.",
    )

    success = f"{ours}:success"
    yield Step(
        "the customer knows that it worked",
        done=lambda: desk.told(order.ticket, success),
        do=lambda: desk.tell(order.ticket, letters.success(order.device, edition), reference=success, public=True),
    )
    yield Step(
        "the ticket is closed",
        done=lambda: desk.closed(order.ticket),
        do=lambda: desk.close(order.ticket, minutes=30, technician=order.technician),
    )


@windows_upgrade.stopped
def windows_upgrade_stopped(order: UpgradeOrder, ending: Ending, desk: Tickets) -> Steps:
    """Tells the ticket why the work stopped: the customer in plain words, the desk with the evidence.

    The customer reads the same words about a step once, the desk about each mark and code of it.
    """
    if ending.come_back:
        return
    words, cause = letters.trouble(ending), [ending.mark, *filter(None, [ending.facts.get("code")])]
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


def _appointment(order: UpgradeOrder, start: datetime) -> Appointment:
    title = f"Windows upgrade of {order.device}"
    text = f"Ticket {order.ticket}, technician {order.technician}. The back-up must be complete before."
    return Appointment(f"kt-{order.ticket}-{order.device}", title, start, timedelta(minutes=60), (order.contact,), text)


def _lately(statement: Answer, tolerance: timedelta, clock: Clock) -> Answer:
    """A person's yes to begin now, which holds as long as an appointment does."""
    at = statement.facts.get("at")
    if statement.is_yes and isinstance(at, str) and clock.now() > datetime.fromisoformat(at) + tolerance:
        return no(f"{statement.evidence}, but that was for {at[:16]} UTC", person="technician")
    return statement


def _in_time(start: datetime, tolerance: timedelta, clock: Clock, begun: Callable[[], Answer]) -> Answer:
    """Has the appointment come, and is it not over? Early says when to come back; late asks a person.

    Work that has *begun* on the device is finished, however late it has become. Minutes are counted in UTC: by the wall
    clock, the window would be an hour longer or shorter when clocks are changed.
    """
    now, shown = clock.now(), f"{start:%Y-%m-%d %H:%M} {start.tzname()}"
    if now < start:
        return no(f"the appointment is at {shown}", come_back=start)
    if now <= start.astimezone(UTC) + tolerance:
        return yes(f"the appointment at {shown} has come")
    try:
        record = begun()
    except KeyturnError as error:
        record = no(str(error))
    if record.is_yes:
        return yes(f"the work has begun already: {record.evidence}")
    return no(f"the appointment was at {shown} and is over", person="technician")

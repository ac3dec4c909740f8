"""One order with everything that it touches, and the questions that take more than one of these to answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import takewhile
from zoneinfo import ZoneInfo

from agent.api import (
    Answer,
    Attended,
    Clock,
    Devices,
    KeyturnError,
    LicenceInventory,
    Mail,
    NotSent,
    People,
    Secret,
    Tickets,
    TryLater,
    Unreached,
    Unsure,
    Verdict,
    minutes,
    no,
    unsure,
    yes,
)
from playbooks.windows import by_hand, keys, notes, steps
from playbooks.windows.order import UpgradeOrder, folded
from playbooks.windows.windows import Windows

REQUEST = "windows licence upgrade"
"""The type of the tickets that ask for it."""
RETURNS = minutes(30)
"""How long a device may take to come up again from a restart before somebody has to look for it."""
AGAIN = minutes(5)
"""When to look for it again until then."""


@dataclass(frozen=True)
class Case:
    """One order and the systems in which it is carried out. Questions raise what these raise."""

    order: UpgradeOrder
    windows: Windows
    desk: Tickets
    devices: Devices
    licences: LicenceInventory
    mail: Mail
    people: People
    clock: Clock

    @cached_property
    def key(self) -> Secret:
        """The product key in its one spelling."""
        return keys.tidy(self.order.key)

    def reference(self, what: str) -> str:
        """Ours for *what* this order leaves behind somewhere: a note, a letter."""
        return f"{self.order.reference}:{what}"

    def fits(self) -> Answer:
        """Are the ticket and the device this customer's, and the device this user's, as far as the desk names one?"""
        order = self.order
        asked = self.desk.asks_for(order.ticket, REQUEST, order.customer)
        if not (asked.is_yes or asked.facts.get("theirs")):
            return asked
        device = self.devices.find(order.device)
        if folded(device.customer) != folded(order.customer):
            return no(f"{device.name} is a device of {device.customer}, not of {order.customer}", person="technician")
        if device.user and folded(device.user) != folded(order.user):
            return no(f"{device.name} is the device of {device.user}, the order is for {order.user}", person="technician")
        return yes(f"ticket {order.ticket} and {device.name} belong to {device.customer}")

    def complete(self) -> Answer:
        """Has this order told its success and closed its ticket? Then nothing that happened since is held against it."""
        ticket = self.order.ticket
        try:
            closed, told = self.desk.closed(ticket), self.desk.told(ticket, self.reference("success"))
        except KeyturnError as error:
            return unsure(str(error))
        return yes(f"{closed.evidence}; {told.evidence}") if closed.is_yes and told.is_yes else no("it is not complete")

    @cached_property
    def by_hand(self) -> Mapping[str, str]:
        """What a technician does at each step on the device where only a person can act."""
        return by_hand.texts(self.order, self.key.tail(5))

    @property
    def by_technician(self) -> Mapping[str, str]:
        """Who alone decides on licences and on beginning a counted change again, and says how the device and Windows are.

        What is the customer's to say is anybody's who is named: the back-up, the files, and that a restart is convenient.
        """
        return {"technician": self.order.technician}

    def owned(self) -> Answer:
        """Does the customer own a licence for this device, on the day of the work?"""
        order, on = self.order, self.order.start or self.clock.now()
        return self.licences.covers(
            order.licence, customer=order.customer, device=order.device, user=order.user, edition=order.edition, on=on
        )

    def reached(self) -> Answer:
        """Does the device answer? Raises :class:`TryLater` while it may still be coming up from a restart of this order."""
        try:
            return self.windows.reached()
        except (Unreached, NotSent, Unsure, Attended) as silent:
            now, ordered = self.clock.now(), self._restarted()
            if ordered is None or now >= ordered + RETURNS:
                raise
            what = f"it was told to restart at {ordered.astimezone(UTC):%H:%M} UTC and does not answer yet: {silent.what}"
            raise TryLater(what, come_back=now + AGAIN) from silent

    def begun(self) -> Answer:
        """Has this order begun its work on the device? A restart in between is no sign that it has not."""
        ordered = self._restarted()
        if ordered:
            return yes(f"the device was told to restart at {ordered.astimezone(UTC):%Y-%m-%d %H:%M} UTC")
        return self.windows.data_recorded(self.order.reference)

    def restart(self) -> None:
        """Restarts the device into the new edition where that is needed, and notes it: a device that is down tells nothing.

        Raises what :meth:`Windows.restart_into` raises.
        """
        agreed = self.order.restart == "allowed" or self.people.said(steps.EFFECT).is_yes
        try:
            ordered = self.windows.restart_into(self.order.edition, alone=not agreed)
        except Unsure:
            self._note_restart(notes.may_restart(self.order.device))
            raise
        if ordered:
            self._note_restart(notes.restarts(self.order.device))

    def _note_restart(self, text: str) -> None:
        """Without the note, a later run only has no time to come back; so trouble with it is no trouble with the restart."""
        with suppress(KeyturnError):
            number = len(self._restarts()) + 1
            self.desk.tell(self.order.ticket, text, reference=self.reference(f"restart:{number}"), public=False)

    def _restarts(self) -> list[Answer]:
        """The notes of the restarts that this order has needed so far, oldest first."""
        told = (self.desk.told(self.order.ticket, self.reference(f"restart:{number}")) for number in range(1, 100))
        return list(takewhile(lambda answer: answer.is_yes, told))

    def _restarted(self) -> datetime | None:
        """When the device was last told to restart for this order, as far as the desk can say."""
        with suppress(KeyturnError):
            at = [answer.facts.get("at") for answer in self._restarts()]
            return datetime.fromisoformat(at[-1]) if at and at[-1] else None
        return None

    def licence_works(self) -> Answer:
        """Is the new licence in place, and does it work?"""
        return self.windows.licence_works(self.order.edition, self.key)

    def private_way(self) -> Answer:
        """Is there a way for the key that no vendor listens to, or is none needed any more?"""
        private = self.windows.private_way(self.key)
        return private if private.is_yes else self.unless_finished(lambda: private)

    def unless_finished(self, probe: Callable[[], Answer]) -> Answer:
        """What only guards the change no longer matters once the new licence is in place."""
        finished = self.licence_works()
        return finished if finished.is_yes else probe()

    def fit(self) -> Answer:
        """Is the device fit for what is left of the change? A technician may answer for what could not be read.

        That holds for nothing that is wrong. Once the key is in, be it that a person installed it, only the rest counts.
        """
        windows, order = self.windows, self.order
        installed = windows.key_installed(order.edition, self.key)
        suits = windows.may_go_on() if installed.is_yes else windows.suits(order.edition, order.current)
        return suits | self.people.said(steps.FIT) if suits.verdict is Verdict.UNSURE else suits

    def backed_up(self) -> Answer:
        """Is there a back-up newer than the instructions, by evidence or by a named person's word?"""
        at = self.mail.sent(self.reference("instructions")).facts.get("at")
        instructed = datetime.fromisoformat(at) if at else None
        return self.windows.backed_up(instructed, self.people.said(steps.BACKED_UP))

    @cached_property
    def announcement(self) -> str:
        """Ours for the word that the work begins: one for each of the customer's days on which it is taken up."""
        return self.reference(f"begins:{self.clock.now().astimezone(ZoneInfo(self.order.zone)):%Y-%m-%d}")

    def announced(self) -> Answer:
        """Does the ticket tell what the user of the device was told today? Whoever is in a session with them has told them."""
        told = self.desk.told(self.order.ticket, self.announcement)
        try:
            return told if told.is_yes else self.unless_finished(lambda: told)
        except Attended as person:
            return yes(f"who works there in a session speaks with the user ({person.what})")

    def recorded(self) -> Answer:
        """Are the users' files on record, or has a person put the key in before they were?

        A record that is made afterwards proves nothing, so none is made and none is asked for then: whether all files are
        there is asked of a person at the end. Who has been asked already and has answered is taken at their own word.
        """
        try:
            return self.unless_finished(self._on_record)
        except Attended:
            installed = self.people.said(steps.INSTALLED)
            if installed.is_yes and not self.people.said(steps.RECORDED).is_yes:
                return installed
            raise

    def _on_record(self) -> Answer:
        """The same, as far as the device can be read."""
        record = self.windows.data_recorded(self.order.reference)
        return record | self.windows.key_installed(self.order.edition, self.key) if self._by_hand() else record

    def intact(self) -> Answer:
        """Is the users' data all there, by comparison or by a named person's word, or did this order never touch it?"""
        return self._untouched() | self.windows.data_intact(self.order.reference) | self.people.said(steps.INTACT)

    def _untouched(self) -> Answer:
        """Without the data on record keyturn installs no key, so that only a person may have changed the device."""
        record = self.windows.data_recorded(self.order.reference)
        if record.verdict is Verdict.UNSURE:
            return unsure(f"{record.evidence}, so this order may have changed the device")
        if record.is_yes:
            return no("this order changed the device")
        return unsure("a person changed the device for this order") if self._by_hand() else self.licence_works()

    def _by_hand(self) -> bool:
        """Has a person been at work on the device for this order, as far as their answers tell?"""
        return any(self.people.said(step).is_yes for step in (steps.REACHED, steps.INSTALLED))

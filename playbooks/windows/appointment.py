"""The appointment of one order: whether it can be kept, and whether it has come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from agent.api import Answer, Appointment, Clock, Diary, KeyturnError, Mail, People, Step, Steps, minutes, no, yes
from playbooks.windows import steps
from playbooks.windows.order import UpgradeOrder


@dataclass
class Arrangement:
    """When *order* is carried out; one without an appointment is carried out at once."""

    order: UpgradeOrder
    diary: Diary
    mail: Mail
    people: People
    clock: Clock
    over: bool = field(init=False)
    """The appointment was over when this was made: it is neither booked nor announced any more."""

    def __post_init__(self) -> None:
        start = self.order.start
        self.over = start is not None and self.clock.now() > self._end(start)

    @property
    def announced(self) -> datetime | None:
        """The time to tell the customer."""
        return None if self.over else self.order.start

    def booked(self, letter: str) -> Steps:
        """The steps before *letter*, the reference of the instructions, is sent."""
        if not self.order.start:
            return
        appointment = self._entry(self.order.start)
        yield Step(
            steps.KEPT,
            done=lambda: self._kept(appointment, letter),
            by_hand="Agree on another appointment with the customer, or answer yes to begin without one.",
        )
        if not self.over:
            yield Step(steps.BOOKED, done=lambda: self.diary.booked(appointment), do=lambda: self.diary.book(appointment))

    def begins(self, begun: Callable[[], Answer]) -> Steps:
        """The step before the device is contacted; work that has *begun* on it is finished, however late it has become."""
        if start := self.order.start:
            yield Step(
                steps.BEGINS,
                done=lambda: self._in_time(start, begun) | self._said(steps.BEGINS) | self._said(steps.KEPT),
                by_hand="The appointment was missed. Agree on a new one with the customer, or answer yes to begin now.",
            )

    def _entry(self, start: datetime) -> Appointment:
        order = self.order
        text = f"Ticket {order.ticket}, technician {order.technician}. The back-up must be complete before."
        title, reference = f"Windows upgrade of {order.device}", f"kt-{order.ticket}-{order.device}"
        return Appointment(reference, title, start, timedelta(minutes=60), (order.contact,), text)

    def _kept(self, appointment: Appointment, letter: str) -> Answer:
        """A time that is over is not arranged; one that was arranged before is looked at again before the work begins."""
        shown = _shown(appointment.start)
        if not self.over:
            return yes(f"the appointment is at {shown}")
        missed = no(f"the appointment was at {shown} and is over", person="technician")
        return missed | self.diary.booked(appointment) | self.mail.sent(letter) | self._said(steps.KEPT)

    def _in_time(self, start: datetime, begun: Callable[[], Answer]) -> Answer:
        """Has the appointment come, and is it not over? Early says when to come back; late asks a person."""
        now, shown = self.clock.now(), _shown(start)
        if now < start:
            return no(f"the appointment is at {shown}", come_back=start)
        if now <= self._end(start):
            return yes(f"the appointment at {shown} has come")
        try:
            record = begun()
        except KeyturnError as error:
            record = no(str(error))
        if record.is_yes:
            return yes(f"the work has begun already: {record.evidence}")
        return no(f"the appointment was at {shown} and is over", person="technician")

    def _said(self, step: str) -> Answer:
        """A person's yes to begin now, which holds as long as an appointment does."""
        statement = self.people.said(step)
        at = statement.facts.get("at")
        if statement.is_yes and isinstance(at, str) and self.clock.now() > self._end(datetime.fromisoformat(at)):
            return no(f"{statement.evidence}, but that was for {at[:16]} UTC", person="technician")
        return statement

    def _end(self, start: datetime) -> datetime:
        """The last moment to begin. Counted in UTC: by the wall clock, the window would change its length when clocks do."""
        return start.astimezone(UTC) + minutes(self.order.tolerance)


def _shown(start: datetime) -> str:
    return f"{start:%Y-%m-%d %H:%M} {start.tzname()}"

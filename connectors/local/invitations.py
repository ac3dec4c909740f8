"""An appointment as an iCalendar file, and what such a file says when it is read again."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vCalAddress, vText

from agent.api import Appointment
from connectors.local.masking import masked
from connectors.local.zones import time_zone

YEAR = timedelta(days=366)
CONFIRMED, CANCELLED = "CONFIRMED", "CANCELLED"


@dataclass(frozen=True, slots=True)
class Entry:
    """What a calendar file says about its one event.

    Attributes:
        start: Time-zone aware beginning.
        end: Time-zone aware end.
        cancelled: Whether it was called off.
    """

    start: datetime
    end: datetime
    cancelled: bool


def uid(reference: str) -> str:
    """The event's identity in every calendar: always the same for one *reference*."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"keyturn:{reference}"))


def calendar_file(appointment: Appointment, *, sequence: int, cancelled: bool, written: datetime) -> bytes:
    """The bytes of an ``.ics`` file; *sequence* must be larger than in any earlier file about the same order."""
    start = _writable(appointment.start)
    end = _writable((appointment.start.astimezone(UTC) + appointment.length).astimezone(start.tzinfo))
    event = Event()
    event.add("uid", uid(appointment.reference))
    event.add("sequence", sequence)
    event.add("status", CANCELLED if cancelled else CONFIRMED)
    event.add("dtstamp", written.astimezone(UTC))
    event.add("dtstart", start)
    event.add("dtend", end)
    event.add("summary", masked(appointment.title))
    event.add("description", masked(appointment.text))
    event.add("x-keyturn-reference", vText(appointment.reference))
    for address in appointment.attendees:
        event.add("attendee", vCalAddress(f"mailto:{address}"))
    calendar = Calendar()
    calendar.add("prodid", "-//keyturn//local desk//EN")
    calendar.add("version", "2.0")
    if isinstance(start.tzinfo, ZoneInfo):
        calendar.add_component(time_zone(start.tzinfo, start - YEAR, end + YEAR))
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def read_calendar(content: bytes, reference: str) -> Entry:
    """What the file says about the appointment with *reference*. Raises :class:`ValueError` when it says nothing."""
    for event in Calendar.from_ical(content).walk("VEVENT"):
        if str(event.get("uid")) == uid(reference):
            return Entry(_aware(event, "dtstart"), _aware(event, "dtend"), str(event.get("status")) == CANCELLED)
    raise ValueError("it does not hold this appointment")


def _aware(event: Any, name: str) -> datetime:
    value = getattr(event.get(name), "dt", None)
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError(f"its {name} is not a moment with a time zone")
    return value


def _writable(moment: datetime) -> datetime:
    """*moment* as a calendar file can say it, to the second: in its IANA zone, or in UTC where clocks show it twice."""
    moment = moment.replace(microsecond=0)
    zone = moment.tzinfo
    twice = moment.replace(fold=0).utcoffset() != moment.replace(fold=1).utcoffset()
    named = isinstance(zone, ZoneInfo) and zone.key not in ("", "UTC")
    return moment if named and not twice else moment.astimezone(UTC)

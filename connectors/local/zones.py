"""A time zone as a calendar file defines it: the shifts of its clock around one appointment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class _Clock:
    """How a zone's clock runs for a while."""

    offset: timedelta
    name: str
    summer: bool

    @classmethod
    def at(cls, moment: datetime, zone: ZoneInfo) -> _Clock:
        local = moment.astimezone(zone)
        return cls(local.utcoffset() or timedelta(), local.tzname() or "", bool(local.dst()))


def time_zone(zone: ZoneInfo, first: datetime, last: datetime) -> Timezone:
    """The VTIMEZONE of *zone*, right for every moment from *first* to *last*.

    Each shift begins at the local time that the clock showed *before* it (RFC 5545, 3.6.5), so a reader that knows
    nothing but this file finds the appointment in the night of a shift, too.
    """
    component = Timezone()
    component.add("tzid", zone.key)
    before = _Clock.at(first, zone)
    component.add_component(_observance(before, before, first))
    for moment in _shifts(zone, first, last):
        after = _Clock.at(moment, zone)
        component.add_component(_observance(before, after, moment))
        before = after
    return component


def _observance(before: _Clock, after: _Clock, moment: datetime) -> TimezoneStandard | TimezoneDaylight:
    part = TimezoneDaylight() if after.summer else TimezoneStandard()
    part.add("dtstart", (moment.astimezone(UTC) + before.offset).replace(tzinfo=None))
    part.add("tzoffsetfrom", before.offset)
    part.add("tzoffsetto", after.offset)
    part.add("tzname", after.name)
    return part


def _shifts(zone: ZoneInfo, first: datetime, last: datetime) -> Iterator[datetime]:
    """The first second of each new way in which the zone's clock runs."""
    early = first.astimezone(UTC).replace(microsecond=0)
    while early < last:
        late = early + DAY
        if _Clock.at(early, zone) != _Clock.at(late, zone):
            yield _first_difference(zone, early, late)
        early = late


def _first_difference(zone: ZoneInfo, early: datetime, late: datetime) -> datetime:
    old = _Clock.at(early, zone)
    while late - early > SECOND:
        middle = early + timedelta(seconds=(late - early) // SECOND // 2)
        early, late = (middle, late) if _Clock.at(middle, zone) == old else (early, middle)
    return late

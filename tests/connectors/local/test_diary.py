"""The diary: calendar files that mean the same moment everywhere, and one live appointment an order."""

from __future__ import annotations

import locale
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from agent.api import Appointment, NotSent, Verdict
from connectors.local.diary import FolderDiary, order_of
from connectors.local.invitations import calendar_file, read_calendar

BERLIN = ZoneInfo("Europe/Berlin")
FIRST = Appointment(
    "o17@2026-03-28T14:00",
    "Windows upgrade of FRONTDESK-07",
    datetime(2026, 3, 28, 14, tzinfo=BERLIN),
    timedelta(minutes=60),
    ("jane@contoso.example",),
    "Ticket 5531; bitte vorher sichern, ü",
)
SECOND = replace(FIRST, reference="o17@2026-03-30T09:00", start=datetime(2026, 3, 30, 9, tzinfo=BERLIN))


@pytest.fixture
def diary(desk) -> FolderDiary:
    return FolderDiary(desk)


def _events(folder) -> dict[str, tuple[str, int, datetime]]:
    """Reference to status, sequence and start, for every file in the diary."""
    found = {}
    for file in (folder / "diary").iterdir():
        (event,) = Calendar.from_ical(file.read_bytes()).walk("VEVENT")
        found[str(event["x-keyturn-reference"])] = (str(event["status"]), int(event["sequence"]), event["dtstart"].dt)
    return found


def test_an_appointment_is_booked_once(diary, folder, clock):
    assert diary.booked(FIRST).verdict is Verdict.NO
    diary.book(FIRST)
    (file,) = (folder / "diary").iterdir()
    before = file.read_bytes()
    clock.sleep(60)
    diary.book(FIRST)
    assert file.read_bytes() == before
    answer = diary.booked(FIRST)
    assert answer.is_yes
    assert "2026-03-28 14:00 Europe/Berlin" in answer.evidence
    (event,) = Calendar.from_ical(before).walk("VEVENT")
    assert event["dtstart"].params["TZID"] == "Europe/Berlin"
    assert str(event["attendee"]) == "mailto:jane@contoso.example"
    assert str(event["description"]) == FIRST.text


def test_a_new_time_cancels_the_old_one(diary, folder):
    diary.book(FIRST)
    diary.book(SECOND)
    assert _events(folder) == {
        FIRST.reference: ("CANCELLED", 1, FIRST.start),
        SECOND.reference: ("CONFIRMED", 1, SECOND.start),
    }
    assert "was cancelled" in diary.booked(FIRST).evidence
    assert diary.booked(SECOND).is_yes


def test_going_back_to_the_first_time_raises_the_sequence_again(diary, folder):
    for appointment in (FIRST, SECOND, FIRST):
        diary.book(appointment)
    assert {reference: event[:2] for reference, event in _events(folder).items()} == {
        FIRST.reference: ("CONFIRMED", 2),
        SECOND.reference: ("CANCELLED", 2),
    }


def test_one_reference_with_another_time_is_a_move(diary, folder):
    diary.book(replace(FIRST, reference="kt-5531-FRONTDESK-07"))
    moved = replace(SECOND, reference="kt-5531-FRONTDESK-07")
    answer = diary.booked(moved)
    assert answer.verdict is Verdict.NO
    assert "2026-03-28 14:00 Europe/Berlin to" in answer.evidence
    assert "wanted 2026-03-30 09:00" in answer.evidence
    diary.book(moved)
    assert _events(folder) == {"kt-5531-FRONTDESK-07": ("CONFIRMED", 1, SECOND.start)}


@pytest.mark.parametrize("change", [{"title": "x"}, {"text": "x"}, {"attendees": ()}, {"length": timedelta(minutes=90)}])
def test_a_changed_detail_raises_the_sequence(diary, folder, change):
    diary.book(FIRST)
    diary.book(replace(FIRST, **change))
    assert _events(folder)[FIRST.reference][1] == 1


def test_orders_do_not_cancel_each_other(diary, folder):
    other = replace(SECOND, reference="o18@2026-03-30T09:00")
    diary.book(FIRST)
    diary.book(other)
    assert {event[0] for event in _events(folder).values()} == {"CONFIRMED"}


def test_the_calendar_is_the_truth(diary, folder):
    diary.book(FIRST)
    (file,) = (folder / "diary").iterdir()
    file.write_bytes(file.read_bytes().replace(b"20260328T140000", b"20260328T130000"))
    assert diary.booked(FIRST).verdict is Verdict.NO
    file.unlink()
    assert diary.booked(FIRST).verdict is Verdict.NO
    diary.book(FIRST)
    assert diary.booked(FIRST).is_yes
    assert _events(folder)[FIRST.reference][1] == 1


@pytest.mark.parametrize("content", [b"", b"scribble", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", b"\xff\xfe\x00"])
def test_a_spoilt_file_is_unsure(diary, folder, content):
    diary.book(FIRST)
    next((folder / "diary").iterdir()).write_bytes(content)
    answer = diary.booked(FIRST)
    assert answer.verdict is Verdict.UNSURE
    assert "\n" not in answer.evidence


def test_a_diary_that_cannot_be_written_is_not_sent(diary, folder):
    folder.mkdir()
    (folder / "diary").write_text("in the way")
    assert diary.booked(FIRST).verdict is Verdict.UNSURE
    with pytest.raises(NotSent):
        diary.book(FIRST)


def _by_the_file_alone(content: bytes) -> tuple[datetime, datetime]:
    """Start and end as RFC 5545 reads them, by the file's own zone: a shift's onset is in the offset *before* it."""
    calendar = Calendar.from_ical(content)
    (event,) = calendar.walk("VEVENT")
    shifts = sorted(
        (part["dtstart"].dt - part["tzoffsetfrom"].td, part["tzoffsetto"].td)
        for part in (*calendar.walk("STANDARD"), *calendar.walk("DAYLIGHT"))
    )

    def read(name: str) -> datetime:
        written = event[name].dt.replace(tzinfo=None)
        if "TZID" not in event[name].params:
            assert event[name].to_ical().endswith(b"Z")
            return written.replace(tzinfo=UTC)
        (moment,) = {
            written - offset
            for onset, offset in shifts
            if offset == max(shift for shift in shifts if shift[0] <= max(written - offset, shifts[0][0]))[1]
        }
        return moment.replace(tzinfo=UTC)

    return read("dtstart"), read("dtend")


@given(
    moment=st.integers(0, 2 * 365 * 24 * 60).map(lambda passed: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=passed)),
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Europe/Dublin", "UTC"]),
    minutes=st.integers(1, 600),
)
def test_a_file_means_the_same_moment_to_whoever_reads_it(moment, zone, minutes):
    start = moment.astimezone(ZoneInfo(zone))
    appointment = replace(FIRST, start=start, length=timedelta(minutes=minutes))
    content = calendar_file(appointment, sequence=0, cancelled=False, written=moment)
    entry = read_calendar(content, appointment.reference)
    wanted = (start.astimezone(UTC), start.astimezone(UTC) + appointment.length)
    assert (entry.start.astimezone(UTC), entry.end.astimezone(UTC)) == wanted
    assert _by_the_file_alone(content) == wanted


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (datetime(2026, 3, 29, 1, 30, tzinfo=BERLIN), datetime(2026, 3, 29, 3, 30, tzinfo=BERLIN)),
        (datetime(2026, 3, 29, 3, 0, tzinfo=BERLIN), datetime(2026, 3, 29, 4, 0, tzinfo=BERLIN)),
        (datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=0), datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=1)),
        (datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=1), datetime(2026, 10, 25, 3, 30, tzinfo=BERLIN)),
    ],
)
def test_the_night_of_a_shift(diary, folder, start, end):
    appointment = replace(FIRST, start=start)
    diary.book(appointment)
    assert diary.booked(appointment).is_yes
    content = next((folder / "diary").iterdir()).read_bytes()
    assert _by_the_file_alone(content) == (start.astimezone(UTC), end.astimezone(UTC))


def test_a_fixed_offset_is_kept_as_utc(diary, folder):
    appointment = replace(FIRST, start=datetime(2026, 3, 28, 14, tzinfo=timezone(timedelta(hours=5))))
    diary.book(appointment)
    assert diary.booked(appointment).is_yes
    assert b"DTSTART:20260328T090000Z" in next((folder / "diary").iterdir()).read_bytes()


def test_a_start_with_fractions_of_a_second_is_booked(diary):
    appointment = replace(FIRST, start=FIRST.start.replace(microsecond=123456))
    diary.book(appointment)
    assert diary.booked(appointment).is_yes


def test_neither_the_machines_zone_nor_its_language_show(diary, folder, monkeypatch):
    diary.book(FIRST)
    (file,) = (folder / "diary").iterdir()
    before, seen = file.read_bytes(), diary.booked(FIRST)
    old = locale.setlocale(locale.LC_ALL)
    monkeypatch.setenv("TZ", "Pacific/Apia")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    time.tzset()
    try:
        try:
            locale.setlocale(locale.LC_ALL, "")
        except locale.Error:  # a machine without the German locale still has the zone
            locale.setlocale(locale.LC_ALL, "C")
        assert diary.booked(FIRST) == seen
        file.unlink()
        diary.book(FIRST)
        assert file.read_bytes().replace(b"SEQUENCE:1", b"SEQUENCE:0") == before
    finally:
        locale.setlocale(locale.LC_ALL, old)
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    ("reference", "order"),
    [
        ("o17@2026-03-28T14:00", "o17"),
        ("order-17:2026-03-28T14:00+01:00", "order-17"),
        ("kt-5531-FRONTDESK-07", "kt-5531-FRONTDESK-07"),
        ("kt-5531-PC-2026-03-28", "kt-5531-PC-2026-03-28"),
        ("2026-03-28T14:00", "2026-03-28T14:00"),
    ],
)
def test_the_order_in_a_reference(reference, order):
    assert order_of(reference) == order

"""Times, endings and tables as people read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from agent.cli.ending import Closing, zone_of
from agent.cli.story import Story
from agent.cli.times import both, local, span, stamp
from agent.words.errors import Exit
from agent.words.event import Ending, Event, Kind
from agent.words.step import Mark

AT = datetime(2025, 3, 30, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "0.0 s"),
        (0.44, "0.4 s"),
        (9.99, "10.0 s"),
        (42.4, "42 s"),
        (59.6, "1 min 00 s"),
        (187, "3 min 07 s"),
        (7500, "2 h 05 min"),
    ],
)
def test_spans(seconds, text):
    assert span(seconds) == text


def test_moments_name_their_zone():
    assert stamp(AT.astimezone(ZoneInfo("Asia/Kolkata"))) == "2025-03-30T00:30:00Z"
    assert local(AT, ZoneInfo("Europe/Berlin")) == "Sun 2025-03-30 01:30 CET"
    assert local(AT + timedelta(hours=1), ZoneInfo("Europe/Berlin")) == "Sun 2025-03-30 03:30 CEST"


def test_both_clocks_are_shown_when_they_differ():
    here = AT.astimezone().utcoffset()
    elsewhere = ZoneInfo("Asia/Kolkata") if here != timedelta(hours=5.5) else ZoneInfo("Asia/Tokyo")
    assert both(AT, None) == local(AT)
    assert both(AT, UTC if here == timedelta(0) else AT.astimezone().tzinfo) == local(AT)
    assert both(AT, elsewhere).startswith(f"{local(AT)} here, ")
    assert both(AT, elsewhere).endswith(f"there ({elsewhere})")


def test_the_zone_comes_from_the_order():
    berlin = ZoneInfo("Europe/Berlin")
    assert zone_of(SimpleNamespace(zone="Europe/Berlin")) == berlin
    assert zone_of(SimpleNamespace(zone="Nowhere/Town")) is None
    assert zone_of(SimpleNamespace(name="x", at=datetime(2025, 1, 1, tzinfo=berlin))) == berlin
    assert zone_of(SimpleNamespace(at=datetime(2025, 1, 1))) is None  # noqa: DTZ001 - an order may hold local time


@pytest.mark.parametrize("mark", list(Mark))
def test_each_ending_has_words(mark):
    closing = Closing(Ending(mark, Exit.FAILED, "a step", "a reason"), Story(), "BEAR")
    assert closing.headline.endswith("(run 0, 0.0 s)")
    assert closing.why() == [("why", "a reason")]
    assert bool(closing.what_next()) is (mark not in (Mark.CHANGED, Mark.ALREADY))


def test_a_story_without_events_has_no_length():
    story = Story()
    assert (story.seconds, story.run, story.number("x"), story.by_hand("x")) == (0.0, 0, 0, "")


def test_changes_before_the_stop_are_counted():
    story = Story()
    for name in ("a", "b"):
        story.tell(Event(1, AT, Kind.SETTLED, name, "done", {"mark": "changed"}))
    closing = Closing(Ending(Mark.WAITING, Exit.WAITING, "c", "not yet"), story)
    assert closing.headline == "waiting: c; 2 steps changed in this run (run 1, 0.0 s)"

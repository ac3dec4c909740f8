"""The live view: rows on a terminal, a picture when recorded, plain lines elsewhere, symbols only where they can be shown."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from agent.cli.live import Live
from agent.cli.marks import look_of, symbol
from agent.words.event import Event, Kind
from agent.words.step import Mark

START = datetime(2025, 10, 6, 8, 0, tzinfo=UTC)


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


class Latin(Terminal):
    encoding = "iso-8859-1"


def event(after, kind, step="", text="", **facts):
    return Event(12, START + timedelta(seconds=after), kind, step, text, facts)


def events(*, dry=False):
    return [
        event(0, Kind.STARTED, text="Toy upgrade", order=3, by="Dana", dry=dry),
        event(0, Kind.STEP, "the toy is wound up"),
        event(1, Kind.PASSED_OVER, text="broken was passed over"),
        event(2, Kind.REACHED, text="BEAR is reached by wire"),
        event(3, Kind.BEGUN, "the toy is wound up", "0 turns"),
        event(70, Kind.SETTLED, "the toy is wound up", "3 turns", mark="changed"),
        event(70, Kind.STEP, "the customer likes it"),
        event(70, Kind.SETTLED, "the customer likes it", "nobody said so", mark="ask a person", by_hand="ask them"),
        event(70, Kind.ANSWERED, "the customer likes it", "Bo said yes", because="he asked"),
        event(70, Kind.SETTLED, "it goes without saying", mark="already"),
        event(71, Kind.ENDED, text="nobody said so", mark="ask a person", exit=5),
    ]


def console(file, **settings):
    return Console(file=file, width=80, markup=False, highlight=False, emoji=False, _environ={"TERM": "xterm"}, **settings)


def shown(live, told):
    with live:
        for item in told:
            live(item)
    return live


def test_a_pipe_gets_one_plain_line_a_step():
    file = io.StringIO()
    shown(Live(console(file), lambda: START), events(dry=True))
    assert file.getvalue().splitlines() == [
        "2025-10-06T08:00:00Z  started                    Toy upgrade (run 12, order 3, by Dana, dry)",
        "2025-10-06T08:00:01Z  passed over                broken was passed over",
        "2025-10-06T08:00:02Z  reached                    BEAR is reached by wire",
        "2025-10-06T08:01:10Z  changed        1 min 10 s  the toy is wound up | 3 turns",
        "2025-10-06T08:01:10Z  ask a person        0.0 s  the customer likes it | nobody said so",
        "2025-10-06T08:01:10Z  answered            0.0 s  the customer likes it | Bo said yes: he asked",
        "2025-10-06T08:01:10Z  already             0.0 s  it goes without saying",
    ]


def test_a_terminal_gets_rows_and_a_running_step():
    file = Terminal()
    live = shown(Live(console(file, force_terminal=True), lambda: START + timedelta(seconds=42)), events())
    text = file.getvalue()
    assert "changing" in text
    assert "42 s" in text
    assert "changing it, then reading whether that worked" in text
    assert "\x1b[?25h" in text
    assert live.story.number("the customer likes it") == 2
    assert live.story.by_hand("the customer likes it") == ""


def test_closing_twice_and_closing_unused_is_harmless():
    live = Live(console(Terminal(), force_terminal=True), lambda: START)
    live.close()
    shown(live, events()[:2])
    live.close()


def test_a_recording_gets_the_rows_alone():
    recording = console(Terminal(), record=True, force_terminal=True)
    shown(Live(recording, lambda: START), events(dry=True))
    text = recording.export_text(clear=False)
    assert [re.sub(" {3,}", " ... ", line.strip()) for line in text.splitlines()] == [
        "Toy upgrade  dry run: nothing is changed",
        "run 12, order 3, by Dana",
        "",
        "↷  passed over ... broken was passed over",
        "→  reached ... BEAR is reached by wire",
        "1  ●  changed ... the toy is wound up ... 1 min 10 s",
        "3 turns",
        "2  ?  ask a person  the customer likes it",
        "nobody said so",
        "by hand: ask them",
        "2  ›  answered ... the customer likes it",
        "Bo said yes: he asked",
        "3  ✓  already ... it goes without saying",
    ]
    assert "<svg" in recording.export_svg(title="keyturn")


def test_without_unicode_the_symbols_are_ascii():
    file = Latin()
    shown(Live(console(file, force_terminal=True), lambda: START), events())
    file.getvalue().encode("ascii")


def test_rows_can_be_forced_off():
    file = Terminal()
    shown(Live(console(file, force_terminal=True), lambda: START, rows=False), events())
    shown(Live(console(file, force_terminal=True), lambda: START, moves=False), events())
    assert "\x1b[?25l" not in file.getvalue()
    assert "2025-10-06T08:00:00Z" in file.getvalue()


def test_colours_on_a_pipe_bring_no_moving_part():
    file = io.StringIO()
    shown(Live(console(file, force_terminal=True), lambda: START), events())
    assert "\x1b[?25l" not in file.getvalue()
    assert "●" in file.getvalue()


@pytest.mark.parametrize("mark", list(Mark))
def test_each_mark_has_a_look_of_its_own(mark):
    look = look_of(mark.value)
    assert look.word == mark.value
    assert look.plain.isascii()
    assert symbol(look, console(io.StringIO())) == look.symbol


def test_an_unknown_word_is_shown_as_it_is():
    assert look_of("dancing").word == "dancing"

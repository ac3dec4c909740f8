"""``keyturn survey``: what it takes, what it prints and writes, and how it ends."""

from __future__ import annotations

import csv
import io
import json
import re
from contextlib import closing
from html.parser import HTMLParser
from importlib.resources import files

import pytest
from rich.console import Console

from agent.cli.call import Call
from agent.cli.survey_csv import csv_of
from agent.cli.survey_page import page_of
from agent.cli.survey_view import progress, show
from agent.machine.sightings import How, Seen
from agent.runner.census import Census
from agent.runner.survey import Survey
from agent.words import hooks
from agent.words.command import ask
from agent.words.device import Device, Devices
from agent.words.errors import Misuse, NotSent
from agent.words.sighting import Attention, Sighting

KEY = "NF6HC-QH89W-F8WYV-WWXV4-WFG6P"


class Office:
    """A desk of four devices behind one connector; ``off`` are not reached."""

    name, capabilities, connector = "wire", frozenset({"cmd"}), "wire"

    def __init__(self):
        self.off = {"PC-3"}
        self.opened = []
        self.rows = {
            "PC-1": Sighting(
                {"edition": "Windows Pro", "grace_days": 3}, Attention.NOW, "not licensed", {"edition": "Windows Pro"}
            ),
            "PC-2": Sighting({"edition": "Windows Home", "grace_days": ""}, groups={"edition": "Windows Home"}),
            "PC-4": Sighting({"edition": "Windows Pro", "grace_days": ""}, groups={"edition": "Windows Pro"}),
        }

    def open(self, device):
        if device.name in self.off:
            raise NotSent("it is off", "Switch it on.")
        self.opened.append(device.name)
        return self

    def ask(self, command):
        return self.opened[-1]

    def close(self):
        pass

    @hooks.hookimpl
    def keyturn_connectors(self, workplace):
        return [self]

    @hooks.hookimpl
    def keyturn_sight(self, session):
        return self.rows.get(session.ask(ask("who are you")))

    @hooks.hookimpl
    def keyturn_ports(self, workplace):
        known = [Device(f"PC-{n}", "Fabrikam" if n == 4 else "Contoso", ways={"wire": {}}) for n in range(1, 5)]

        class Directory:
            def find(self, name):
                raise Misuse(f"there is no device '{name}'")

            def all(self, customer=None):
                return [device for device in known if customer in (None, device.customer)]

        return {Devices: Directory()}


@pytest.fixture
def office():
    return Office()


@pytest.fixture
def survey(line, toys, office):
    line.manager = toys.manager(office)

    def survey(*args, **more):
        return line("survey", "--threads", "1", *args, **more)

    return survey


def test_a_table_what_needs_attention_first(survey):
    result = survey()
    lines = result.stdout.splitlines()
    assert result.exit_code == 4
    assert re.split(r"\s{2,}", lines[0]) == ["ATTENTION", "DEVICE", "CUSTOMER", "EDITION", "GRACE DAYS", "WHY"]
    assert [re.split(r"\s{2,}", row)[:2] for row in lines[1:5]] == [
        ["now", "PC-1"],
        ["not reached", "PC-3"],
        ["fine", "PC-2"],
        ["fine", "PC-4"],
    ]
    assert lines[-2:] == ["attention: now 1, not reached 1, fine 2", "edition: Windows Pro 2, Windows Home 1"]
    assert "Asked 4 of 4 in" in result.stderr
    assert "3 seen, 1 not." in result.stderr


def test_all_seen_is_done_whatever_was_found(survey, office):
    office.off.clear()
    office.rows["PC-3"] = office.rows["PC-1"]
    assert survey().exit_code == 0


def test_only_those_that_are_chosen_are_asked(survey, office, tmp_path):
    assert survey("pc-2", "PC-1").exit_code == 0
    assert office.opened == ["PC-2", "PC-1"]
    office.opened.clear()
    assert survey("--customer", "Fabrikam").exit_code == 0
    assert office.opened == ["PC-4"]
    listed = tmp_path / "list"
    listed.write_text("# two\nPC-2\nPC-4\n")
    office.opened.clear()
    assert survey("PC-1", "--file", str(listed)).exit_code == 0
    assert sorted(office.opened) == ["PC-1", "PC-2", "PC-4"]


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("--customer", "Nobody"), "Nobody has no device"),
        (("PC-9",), "there is no device 'PC-9'"),
        (("--file", "-"), "the list names no device"),
        (("--json", "--csv", "-"), "only one thing can go to standard output"),
        (("--html", "-"), "only one thing can go to standard output"),
        (("--html", "/nowhere/at/all.html"), "there is no folder /nowhere/at"),
        (("--threads", "0"), "--threads"),
    ],
)
def test_wrong_use_asks_nobody(survey, office, args, told):
    result = survey(*args, input="")
    assert result.exit_code == 2
    assert told in result.stderr
    assert office.opened == []


def test_only_failed_asks_those_alone_and_reports_on_all(survey, office):
    survey()
    office.opened.clear()
    office.off.clear()
    office.rows["PC-3"] = Sighting({"edition": "Windows Pro"})
    result = survey("--only-failed")
    assert office.opened == ["PC-3"]
    assert result.exit_code == 0
    assert "Asked 1 of 1" in result.stderr
    assert len(result.stdout.splitlines()) == 8
    office.opened.clear()
    assert "Asked 0 of 0" in survey("--only-failed").stderr
    assert office.opened == []


def test_a_survey_of_all_forgets_what_the_desk_no_longer_has(survey, line):
    from agent.machine.scrub import Scrub
    from agent.machine.sightings import Sightings

    kept = Sightings(line.folder / "sightings.db", Scrub())
    kept.keep([Seen("gone", "Contoso", How.WAITING, line.clock.now())])
    survey("PC-1")
    assert kept.of(["gone"])
    survey()
    assert not kept.of(["gone"])


def test_an_interrupted_survey_reports_what_it_has_and_goes_on_later(survey, office, clock, monkeypatch):
    over = Survey.over

    def interrupted(self, devices):
        self.sightings.keep(Seen(device.name, device.customer, How.WAITING, clock.now()) for device in devices)
        with closing(over(self, devices[:1])) as rows:
            yield from rows
        raise KeyboardInterrupt

    monkeypatch.setattr(Survey, "over", interrupted)
    result = survey()
    assert result.exit_code == 130
    assert "attention: now 1, not asked 3" in result.stdout
    assert "with --only-failed asks the others" in result.stderr
    assert "keyturn: interrupted" in result.stderr
    monkeypatch.setattr(Survey, "over", over)
    result = survey("--only-failed")
    assert result.exit_code == 4
    assert "Asked 3 of 3" in result.stderr
    assert sorted(office.opened) == ["PC-1", "PC-2", "PC-4"]


def test_json_says_everything(survey):
    [told] = [json.loads(line) for line in survey("--json").stdout.splitlines()]
    assert told.keys() == {"schema", "asked", "seen", "pressing", "attention", "counts", "devices"}
    assert (told["schema"], told["asked"], told["seen"], told["pressing"]) == (1, 4, 3, 1)
    assert told["attention"] == {"now": 1, "not reached": 1, "fine": 2}
    assert told["counts"] == {"edition": {"Windows Pro": 2, "Windows Home": 1}}
    first, lost = told["devices"][:2]
    assert first.keys() == lost.keys()
    assert {key: first[key] for key in ("device", "customer", "how", "attention", "level", "reason", "way", "at")} == {
        "device": "PC-1",
        "customer": "Contoso",
        "how": "seen",
        "attention": "now",
        "level": 3,
        "reason": "not licensed",
        "way": "wire",
        "at": "2025-10-06T08:00:00Z",
    }
    assert first["columns"] == {"edition": "Windows Pro", "grace_days": 3}
    assert (lost["how"], lost["attention"], lost["level"], lost["columns"]) == ("not reached", None, None, {})
    assert "it is off" in lost["reason"]


def test_csv_alone_on_standard_output_and_in_a_private_file(survey, tmp_path):
    alone = survey("--csv", "-")
    path = tmp_path / "report.csv"
    both = survey("--csv", str(path))
    rows = list(csv.DictReader(io.StringIO(alone.stdout, newline="")))
    assert [row["device"] for row in rows] == ["PC-1", "PC-3", "PC-2", "PC-4"]
    assert rows[0]["grace_days"] == "3"
    assert path.read_bytes().startswith(b"\xef\xbb\xbfattention,device,customer,")
    assert path.stat().st_mode & 0o077 == 0
    assert "ATTENTION" in both.stdout
    assert f"Wrote {path}." in both.stderr


def row(clock, text, **columns):
    return Seen(
        text, text, How.SEEN, clock.now(), sighting=Sighting(columns or {"said": text}, Attention.LOOK, text, {"kind": text})
    )


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", " =", "  -"])
def test_csv_holds_no_formula(clock, begin):
    evil = f'{begin}cmd|" /C calc"!A0, "x"'
    text = csv_of(Census([row(clock, evil)]), str)
    [read] = csv.DictReader(io.StringIO(text, newline=""))
    assert read["device"] == read["said"] == read["reason"] == f"'{evil}"


def test_csv_quotes_what_would_break_it(clock):
    [read] = csv.DictReader(io.StringIO(csv_of(Census([row(clock, 'a, "b"\r\nc')]), str), newline=""))
    assert read["device"] == read["reason"] == 'a, "b"\r\nc'


class Page(HTMLParser):
    """Checks that elements are nested as they should be, and collects what a test looks at."""

    VOID = frozenset({"meta", "rect", "br"})

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.tags, self.attributes, self.words = [], [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        assert tag in self.VOID
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


EVIL = """<script>alert('"x"')</script>&amp;"'"""


@pytest.fixture
def page(clock):
    lost = Seen("PC-9", "Contoso", How.UNREACHED, clock.now(), EVIL)
    many = [row(clock, f"kind {number}") for number in range(12)]
    return page_of(Census([lost, row(clock, EVIL, **{EVIL: EVIL}), *many]), clock.now(), str)


def test_the_page_is_well_formed_and_says_everything_as_text(page):
    read = Page(page)
    assert page.startswith("<!doctype html>\n")
    assert len(read.ids) == len(set(read.ids))
    assert "script" not in read.tags
    assert read.words.count(EVIL) >= 5
    assert EVIL not in page
    assert {"html", "head", "title", "header", "main", "h1", "h2", "table", "caption", "svg"} <= set(read.tags)
    assert "others" in read.words


def test_the_page_needs_nothing_from_elsewhere_and_can_be_read_by_anybody(page):
    read = Page(page)
    assert not [pair for pair in read.attributes if pair[1] in ("src", "style") or pair[1].startswith("on")]
    links = [value for _, name, value in read.attributes if name == "href"]
    assert links == ["#devices"]
    for target in [*links, *(f"#{value}" for _, name, value in read.attributes if name == "aria-labelledby")]:
        assert target[1:] in read.ids
    assert "url(" not in page
    assert "@import" not in page
    assert ("html", "lang", "en") in read.attributes
    assert read.tags.count("h1") == 1
    assert read.tags.count("th") == sum(pair[:2] == ("th", "scope") for pair in read.attributes)
    assert read.tags.count("table") == read.tags.count("caption")
    hidden = sum(pair[1] == "aria-hidden" for pair in read.attributes)
    assert read.tags.count("svg") == hidden
    assert "prefers-color-scheme: dark" in page


def test_the_colours_can_be_told_from_the_paper():
    style = (files("agent.cli") / "survey_page.css").read_text("utf-8")
    schemes = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    assert len(schemes) == 2
    for scheme in schemes:
        colours = dict(re.findall(r"--(\w+): (#\w{6})", scheme))
        for name in ("ink", "soft", "now", "soon", "look", "fine", "unseen"):
            for ground in ("paper", "card"):
                assert contrast(colours[name], colours[ground]) >= 4.5, (name, ground)


def contrast(one, other):
    """WCAG 2.2, "contrast ratio"."""

    def light(colour):
        parts = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, bright = sorted((light(one), light(other)))
    return (bright + 0.05) / (dark + 0.05)


def test_the_page_is_written_privately(survey, tmp_path):
    path = tmp_path / "report.html"
    survey("--html", str(path))
    assert path.stat().st_mode & 0o077 == 0
    text = path.read_text("utf-8")
    assert "Licences of 4 devices" in text
    assert "1 of 3 seen need attention; 1 could not be seen." in text


def test_a_report_that_cannot_be_written_is_one_line(survey, tmp_path, monkeypatch):
    path = tmp_path / "report.csv"

    def full(*_args, **_more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_text", full)
    result = survey("--csv", str(path))
    assert result.exit_code == 1
    assert f"{path} cannot be written: No space left on device" in result.stderr


def test_no_product_key_is_shown(survey, office, tmp_path):
    office.rows["PC-2"] = Sighting({"edition": f"key {KEY}"}, Attention.NOW, f"it is {KEY}", {"edition": KEY})
    paths = [tmp_path / "report.csv", tmp_path / "report.html"]
    shown = [survey("--csv", str(paths[0]), "--html", str(paths[1])), survey("--json"), survey("--csv", "-")]
    for text in (*(result.output for result in shown), *(path.read_text("utf-8") for path in paths)):
        assert KEY not in text
        assert "‹secret›" in text


def test_a_terminal_sees_how_far_it_is(clock):
    call, screen = Call(), io.StringIO()
    vars(call)["err"] = Console(file=screen, force_terminal=True, width=100)
    with progress(call, 2) as step:
        step(row(clock, "PC-1"))
        step(Seen("PC-2", "C", How.UNREACHED, clock.now()))
    assert "2/2" in screen.getvalue()
    assert "0 need attention, 1 not seen" in screen.getvalue()


def test_a_person_sees_two_lines_a_device_in_a_narrow_window(clock):
    call, screen = Call(), io.StringIO()
    vars(call)["out"] = Console(file=screen, force_terminal=True, width=80, no_color=True, legacy_windows=False)
    seen = Seen(
        "PC-1", "Contoso", How.SEEN, clock.now(), sighting=Sighting({"edition": "Pro", "x": "", "days": 3}, Attention.SOON, KEY)
    )
    show(call, Census([seen, Seen("PC-2", "Contoso", How.UNREACHED, clock.now(), "it is off")]))
    shown = re.sub(r"\x1b\[[0-9;]*m", "", screen.getvalue())
    lines = [line.strip() for line in shown[shown.index("─") :].splitlines()]
    assert max(map(len, lines)) <= 80
    assert re.search(r"soon\s+PC-1\s+Contoso\s+Pro · 3 days$", lines[1])
    assert lines[2] == "‹secret›"
    assert re.search(r"not reached\s+PC-2\s+Contoso\s+it is off$", lines[3])

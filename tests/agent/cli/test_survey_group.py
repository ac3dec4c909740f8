"""``keyturn survey --group``: a vendor's group on the command line, alone and with everything else that chooses."""

from __future__ import annotations

import csv
import io
import json

import pytest

from agent.machine.scrub import Scrub
from agent.machine.sightings import How, Sightings
from agent.words import hooks
from agent.words.command import ask
from agent.words.device import Device, Devices, Member
from agent.words.errors import Misuse, NotSent
from agent.words.sighting import Sighting


class Office:
    """A desk of four devices behind a tool with groups; ``off`` are not reached."""

    name, capabilities, connector, groups = "tool", frozenset({"cmd"}), "tool", ("company", "site")

    def __init__(self):
        self.off = set()
        self.opened = []
        self.said = {
            ("company", "Contoso"): [Member("PC-1 (a1)", ("PC-1",)), Member("PC-2 (a2)", ("PC-2",)), Member("PC-3 (x9)")],
            ("site", "Berlin"): [Member("PC-4 (a4)", ("PC-4",))],
        }

    def open(self, device):
        if device.name in self.off:
            raise NotSent("it is off")
        self.opened.append(device.name)
        return self

    def ask(self, command):
        return self.opened[-1]

    def close(self):
        pass

    def members(self, kind, group, devices):
        try:
            return self.said[kind, group]
        except KeyError:
            raise Misuse(f"nobody is in a {kind} of Tool called '{group}'", "Did you mean 'Contoso'?") from None

    @hooks.hookimpl
    def keyturn_connectors(self, workplace):
        return [self]

    @hooks.hookimpl
    def keyturn_sight(self, session):
        session.ask(ask("who are you"))
        return Sighting({"edition": "Windows Pro"}, groups={"edition": "Windows Pro"})

    @hooks.hookimpl
    def keyturn_ports(self, workplace):
        known = [Device(f"PC-{n}", "Fabrikam" if n == 4 else "Contoso", ways={"tool": {}}) for n in range(1, 5)]

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


def test_the_members_are_asked_and_a_stranger_is_told(survey, office):
    result = survey("--group", "tool:Contoso", "--json")
    told = json.loads(result.stdout)
    assert result.exit_code == 4
    assert office.opened == ["PC-1", "PC-2"]
    assert [(row["device"], row["customer"], row["how"], row["way"]) for row in told["devices"]] == [
        ("PC-3 (x9)", "", "not in desk", "tool"),
        ("PC-1", "Contoso", "seen", "tool"),
        ("PC-2", "Contoso", "seen", "tool"),
    ]
    assert told["devices"][0]["reason"] == "no device of the desk has usable tool settings that mean it"
    assert told["attention"] == {"not in desk": 1, "fine": 2}
    assert "Asked 2 of 2" in result.stderr


def test_a_stranger_is_in_every_report(survey, tmp_path):
    page = tmp_path / "page.html"
    result = survey("--group", "tool:Contoso", "--csv", "-", "--html", str(page))
    first = next(csv.DictReader(io.StringIO(result.stdout, newline="")))
    assert (first["device"], first["how"]) == ("PC-3 (x9)", "not in desk")
    assert "PC-3 (x9)" in page.read_text("utf-8")
    assert "PC-3 (x9)" in survey("--group", "tool:Contoso").stdout


def test_no_row_of_a_stranger_is_kept(survey, line, office):
    office.said["site", "Berlin"] = [Member("PC-4", (), "two are called that"), Member("PC-1", ("PC-1",))]
    survey("PC-4")
    survey("--group", "tool:site=Berlin")
    kept = Sightings(line.folder / "sightings.db", Scrub()).of(["PC-1", "PC-4"])
    assert {row.device: row.how for row in kept} == {"PC-1": How.SEEN, "PC-4": How.SEEN}


def test_groups_names_and_a_list_add_up(survey, office, tmp_path):
    listed = tmp_path / "list"
    listed.write_text("PC-3\n")
    survey("--group", "tool:Contoso", "--group", "tool:site=Berlin", "--file", str(listed), "pc-1")
    assert sorted(office.opened) == ["PC-1", "PC-2", "PC-3", "PC-4"]


def test_a_customer_narrows_a_group(survey, office):
    office.said["site", "Berlin"] += [Member("PC-1 (a1)", ("PC-1",))]
    assert survey("--group", "tool:site=Berlin", "--customer", "Fabrikam").exit_code == 0
    assert office.opened == ["PC-4"]


def test_only_failed_asks_who_is_in_the_group_anew_and_reports_on_all(survey, office):
    office.off = {"PC-2"}
    survey("--group", "tool:Contoso")
    office.off.clear()
    office.opened.clear()
    office.said["company", "Contoso"] += [Member("PC-4 (a4)", ("PC-4",))]
    told = json.loads(survey("--group", "tool:Contoso", "--only-failed", "--json").stdout)
    assert sorted(office.opened) == ["PC-2", "PC-4"]
    assert {row["device"]: row["how"] for row in told["devices"]} == {
        "PC-1": "seen",
        "PC-2": "seen",
        "PC-4": "seen",
        "PC-3 (x9)": "not in desk",
    }


def test_a_survey_of_a_group_forgets_nothing(survey, line):
    survey()
    survey("--group", "tool:site=Berlin")
    assert len(Sightings(line.folder / "sightings.db", Scrub()).of(["PC-1", "PC-2", "PC-3", "PC-4"])) == 4


def test_a_group_of_strangers_only_is_told_and_nobody_is_asked(survey, office):
    office.said["company", "Contoso"] = [Member("PC-3 (x9)")]
    result = survey("--group", "tool:Contoso")
    assert (result.exit_code, office.opened) == (4, [])
    assert "PC-3 (x9)" in result.stdout
    assert "Asked 0 of 0" in result.stderr


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("--group", "tool:Contosso"), "nobody is in a company of Tool called 'Contosso'. Did you mean 'Contoso'?"),
        (("--group", "tool:"), "names no group"),
        (("--group", "other:Contoso"), "there is no connector 'other'"),
        (("--group", "tool:site=Berlin", "--customer", "Contoso"), "nobody in tool:site=Berlin is a device of Contoso"),
    ],
)
def test_wrong_use_asks_nobody(survey, office, args, told):
    result = survey(*args)
    assert result.exit_code == 2
    assert told in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert office.opened == []


def test_a_vendor_that_does_not_answer_is_one_line(survey, office, monkeypatch):
    def silent(*_):
        raise NotSent("Tool cannot be reached", "Check the network.")

    monkeypatch.setattr(Office, "members", silent)
    result = survey("--group", "tool:Contoso")
    assert result.exit_code == 1
    assert "Tool cannot be reached" in result.stderr
    assert office.opened == []

"""The page about the lab says what the lab does: its ways, its words, its faults, and how each exercise ends."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from connectors.lab.command import WAYS
from connectors.lab.command import lab as command
from connectors.lab.fronts import FRONTS
from connectors.lab.training.troubles import troubles

PAGE = (Path(__file__).parents[4] / "docs/lab.md").read_text("utf-8")
SITES = ["screenconnect", "screenconnect-built-in", "vsax", "vsa9", "splashtop"]


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table below *heading*, without its head."""
    table = re.search(r"(?:^\|.*\n)+", PAGE[PAGE.index(f"\n{heading}\n") :], re.MULTILINE)
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[0].splitlines()[2:]]


def quoted(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_every_way_is_listed():
    assert [name for row in rows("## Ways") for name in quoted(row[0])] == list(WAYS) == list(FRONTS)


def test_every_word_is_listed(lab):
    listed = {name.split()[0] for row in rows("## Words") for name in quoted(row[0])}
    training = lab("screenconnect", "winrm", "splashtop")
    assert listed - {"off"} == set(re.findall(r"^  ([a-z]+)(?= )", training.do("help"), re.MULTILINE))


@pytest.mark.parametrize(
    ("heading", "way", "trouble"),
    [("### WinRM", "winrm", "winrm"), ("### SSH and the host before the PC", "winrm-jump", "jump")],
)
def test_every_fault_of_a_pc_is_listed(lab, heading, way, trouble):
    training = lab(way)
    listed = [name for row in rows(heading) for name in quoted(row[0])]
    assert sorted(listed) == sorted(troubles(training.doors, training.pc.name)[trouble])


@pytest.mark.parametrize("way", SITES)
def test_every_fault_of_a_site_is_listed(lab, way):
    training = lab(way)
    table = rows("### Sites of vendors")
    listed = [name for kinds, sites, _ in table if sites == "all" or way in quoted(sites) for name in quoted(kinds)]
    assert sorted(listed) == sorted(troubles(training.doors, training.pc.name)[WAYS[way]])


@pytest.mark.parametrize(("serve", "words", "end"), rows("## Exercises"), ids=lambda cell: cell.strip("`"))
def test_each_exercise_ends_as_it_says(serve, words, end, lab, printed, copied, typed):
    ways = command.make_context("lab", shlex.split(serve.strip("`"))[2:]).params["ways"]
    training = lab(*ways)
    *lines, run = printed(training)
    for line in lines:
        copied(line)
    for word in quoted(words):
        assert not training.do(word).startswith(("There is no", "Write it as", f"{word.split()[0]}: "))
    result = copied(run)
    if result.exit_code == 3:
        training.do("backup")
        result = typed("resume")
    assert result.exit_code == int(end.partition(":")[0]), result.output


def test_the_clients_that_are_named_are_those_of_the_tests():
    tested = (Path(__file__).parents[1] / "fronts/test_clients.py").read_text("utf-8")
    for name in ("pywinrm", "pypsrp", "paramiko", "asyncssh"):
        assert name in PAGE[PAGE.index("## Clients of others") :]
        assert f"test_{name}" in tested

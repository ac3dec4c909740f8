"""The demo: the commands of a technician, a whole order, and the picture that is made of it."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from click.testing import CliRunner

from agent.cli.call import Call
from agent.cli.main import keyturn


def test_a_whole_order_is_carried_out_and_drawn(tmp_path):
    picture, kept = tmp_path / "run.svg", tmp_path / "kept"
    result = CliRunner().invoke(keyturn, ["demo", "--keep", str(kept), "--picture", str(picture)], obj=Call())
    assert result.exit_code == 0, result.output
    assert (kept / "journal.db").exists()
    drawn = picture.read_text("utf-8")
    assert ET.fromstring(drawn).tag.endswith("svg")
    assert "@font-face" not in drawn
    assert "resume" in drawn
    assert "customer&#160;add" not in drawn


def test_the_commands_are_shown_as_they_would_be_typed():
    result = CliRunner().invoke(keyturn, ["demo"], obj=Call())
    assert result.exit_code == 0, result.output
    typed = [line.split()[2:4] for line in result.stderr.splitlines() if line.startswith("$ keyturn")]
    names = [
        ["customer", "add"],
        ["device", "add"],
        ["licence", "add"],
        ["ticket", "add"],
        ["run", "windows-upgrade"],
        ["resume", "1"],
    ]
    assert [words for words in typed if words[0] != "key"] == names
    assert "key installed" in result.stderr
    assert "done: " in result.stdout


@pytest.mark.parametrize("name", ["sedona-seats", "windows"])
def test_a_playbook_without_a_simulated_customer_is_told(name):
    result = CliRunner().invoke(keyturn, ["demo", name], obj=Call())
    assert result.exit_code == 2
    assert f"there is no simulated customer for {name}" in result.stderr

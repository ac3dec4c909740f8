"""The walk-through in the README, line by line against the simulated PC that it names."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from agent.cli.call import Call
from agent.cli.main import keyturn
from connectors.lab.command import lab
from connectors.lab.training.training import LOGIN, opened

README = (Path(__file__).parents[4] / "README.md").read_text("utf-8")
CODES = {"run --order upgrade.toml --dry-run": 6, "run --order upgrade.toml": 3}
"""The exit codes that are not 0."""


def lines() -> list[list[str]]:
    blocks = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    typed = (line.split("  #")[0].strip() for block in blocks for line in block.splitlines())
    return [shlex.split(line)[1:] for line in typed if line.startswith("keyturn ")]


def with_the_lab(words: list[str], training) -> list[str]:
    """*words* with what the README says to take from the lab."""
    given = {"--winrm": training.doors["winrm"].servers["FRONTDESK-07"].url, "--login": LOGIN}
    words = [given.get(before, word) for before, word in zip(["", *words], words, strict=False)]
    if words[:2] == ["key", "add"]:
        words += ["--file", str(training.guide.folder / ("password" if "password" in words else "key"))]
    return words


def test_the_walk_through_works_to_its_end(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    order = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)[0]
    Path("upgrade.toml").write_text(re.sub("^appointment.*\n", "", order, flags=re.MULTILINE), "utf-8")
    first, *rest = lines()
    assert first[0] == "lab"
    said = []
    with opened(lab.make_context("lab", first[1:]).params) as training:
        for words in rest:
            call = Call(folder=tmp_path / "try-out", terminal=True)
            line = with_the_lab(words, training)
            result = CliRunner().invoke(keyturn, line, obj=call, input="y\n", catch_exceptions=False)
            assert result.exit_code == CODES.get(" ".join(words), 0), (line, result.output)
            said += [result.stdout] if words[0] == "resume" else []
    assert "done: " in said[-1]


@pytest.mark.parametrize("said", ["lab --name FRONTDESK-07 --to enterprise", ".venv/bin/keyturn", "standard error"])
def test_what_a_beginner_must_know_is_said(said):
    assert said in README

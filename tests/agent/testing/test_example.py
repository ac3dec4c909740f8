"""The example package: installed beside keyturn, found, passing the suite, and carrying the upgrade as it ships."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "docs/examples/keyturn-tactical"
PAGE = (ROOT / "docs/connectors.md").read_text("utf-8")
WRITE_ONE = PAGE[PAGE.index("## Write one") :]
SHARED = {"agent.api", "connectors.rest", "connectors.settings", "connectors.cmdline", "connectors.rules"}
IN_TESTS = {"agent.testing", "connectors.lab"}


def imported(path):
    """The modules of keyturn that a file imports."""
    tree = ast.parse(path.read_text("utf-8"))
    names = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    names += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    return {name for name in names if name.split(".")[0] in ("agent", "connectors", "playbooks")}


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """Where it is installed, and its tests without its source."""
    pytest.importorskip("hatchling", reason="hatchling is missing: install the extra dev")
    pytest.importorskip("pip", reason="pip is missing: this environment was made without it")
    installed, tests = tmp_path_factory.mktemp("installed"), tmp_path_factory.mktemp("example")
    offline = ("--no-index", "--no-build-isolation", "--no-deps", "--no-cache-dir", "--disable-pip-version-check", "--quiet")
    command = [sys.executable, "-m", "pip", "install", *offline, "--target", str(installed), str(EXAMPLE)]
    subprocess.run(command, check=True, timeout=50, cwd=tests)
    shutil.copytree(EXAMPLE / "tests", tests / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(EXAMPLE / "pyproject.toml", tests)
    return installed, tests


def test_it_joins_by_its_entry_point(elsewhere):
    (found,) = distributions(path=[str(elsewhere[0])])
    assert [(one.group, one.name, one.value) for one in found.entry_points] == [
        ("keyturn", "tactical", "keyturn_tactical.plugin")
    ]


@pytest.mark.timeout(200)  # some ten processes, on a machine that may be busy
def test_it_passes_the_suite_and_carries_the_upgrade(elsewhere):
    installed, tests = elsewhere
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_", "KEYTURN_"))}
    command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider"]
    env = kept | {"PYTHONPATH": str(installed)}
    done = subprocess.run(command, cwd=tests, env=env, capture_output=True, timeout=180, check=False)
    said = done.stdout.decode("utf-8", "replace")
    assert done.returncode == 0, said[-3000:]
    assert "test_upgrade.py::test_the_playbook_as_it_ships PASSED" in said
    assert "TestTactical::test_a_change_whose_line_is_dropped_is_unsure_and_not_repeated PASSED" in said


def test_it_uses_what_is_kept_for_others():
    source = {path.name: imported(path) for path in (EXAMPLE / "src").rglob("*.py")}
    assert set.union(*source.values()) <= SHARED
    assert source["connector.py"] == SHARED
    for path in (EXAMPLE / "tests").glob("*.py"):
        assert all(name in SHARED or name.startswith(tuple(IN_TESTS)) for name in imported(path)), path


def test_what_is_kept_for_others_is_listed():
    rows = re.findall(r"^\| (`[a-z].*?) \|", WRITE_ONE, re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`(\w+\.\w+)`", row)} == SHARED | IN_TESTS


def test_every_room_of_checks_is_listed():
    rooms = {path.stem for path in (ROOT / "agent/testing/checks").glob("*.py")} - {"__init__"}
    assert set(re.findall(r"^\| `(\w+)` \|", WRITE_ONE, re.MULTILINE)) == rooms


def test_the_code_in_the_document_is_the_example_s():
    files = [path.read_text("utf-8") for path in EXAMPLE.rglob("*") if path.suffix in (".py", ".toml")]
    quoted = re.findall(r"```(?:python|toml)\n(.*?)```", WRITE_ONE, re.DOTALL)
    assert quoted
    assert [code for code in quoted if not any(code in file for file in files)] == []

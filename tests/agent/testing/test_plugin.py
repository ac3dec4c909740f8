"""The plug-in, in a test run of its own: what an author reads when something fails, is skipped or is missing."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.agent.testing.test_suite import CHECKS

pytest_plugins = ["pytester"]

CONFTEST = 'pytest_plugins = ["agent.testing.plugin"]'
TESTS = """
import pytest
from agent.testing.suite import Conformance
from tests.agent.testing.mutants import session, signed
from tests.agent.testing.perfect import PerfectRig

class TestMutant(Conformance):
    @pytest.fixture
    def rig(self):
        return session(reply=signed)()

class TestLimited(Conformance):
    @pytest.fixture
    def rig(self):
        rig = PerfectRig("direct")
        rig.cannot = {"garble": "nobody else listens there"}
        rig.lose = lambda: super(PerfectRig, rig).lose()
        return rig

class TestWithout(Conformance):
    pass
"""


@pytest.fixture
def result(pytester):
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(TESTS)
    return pytester.runpytest_subprocess("-rs", "-p", "no:cacheprovider")


def test_what_an_author_reads(result):
    result.stdout.fnmatch_lines_random(
        [
            "E * assert [[]3, -1073418160, -1] == [[]3, 3221549136, 4294967295]",
            "*What a connector is held to*",
            "The exit code of a program is a number of 32 bits without a sign.",
            "*the rig of perfect cannot simulate 'garble': nobody else listens there",
            "PerfectRig has no lose(), and does not say in cannot[[]'lose'] why not",
            "give the class a fixture called rig that returns an agent.testing.rig.Rig",
        ]
    )
    counts = result.parseoutcomes()
    assert (counts["failed"], counts["errors"]) == (3, len(CHECKS))


def test_pytest_is_wanted_by_the_suite_only():
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text("utf-8"))["project"]
    assert [one for one in project["dependencies"] if "pytest" in one] == []
    assert project["optional-dependencies"]["testing"] == ["pytest>=8.3"]
    assert "pytest11" not in project["entry-points"], "it would be loaded by every test run beside keyturn"


def test_the_product_does_without():
    code = (
        "import sys; sys.modules['pytest'] = None; import agent.api, agent.cli.main; assert 'agent.testing' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=50)

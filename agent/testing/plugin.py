"""The pytest plug-in of the conformance suite; the topmost ``conftest.py`` names it.

pytest_plugins = ["agent.testing.plugin"]

It is named there, and no entry point of pytest's, because one would load it in every test run of every environment that
has keyturn installed, and would import the agent before a measurement of coverage begins. Named so, it is loaded where it
is wanted, early enough that the suite's assertions are rewritten and explain themselves.
"""

from __future__ import annotations

import inspect
from collections.abc import Generator

import pytest

pytest.register_assert_rewrite("agent.testing.checks")


@pytest.fixture
def rig() -> None:
    """Stands in for the rig that a test class of the suite has to give."""
    pytest.fail("give the class a fixture called rig that returns an agent.testing.rig.Rig", pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Adds to a check that failed the sentence that it holds a connector to."""
    report = yield
    function = getattr(item, "function", None)
    if report.failed and getattr(function, "__module__", "").startswith("agent.testing.checks"):
        report.sections.append(("What a connector is held to", inspect.getdoc(function) or ""))
    return report

"""The suite passes what keeps its promises, and each check fails for the connector that breaks its own."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.testing import leftovers
from agent.testing.doing import shows
from agent.testing.suite import Conformance
from connectors.rules import Turn
from tests.agent.testing.mutants import MUTANTS
from tests.agent.testing.perfect import KINDS, PerfectRig, Session

CHECKS = sorted(name for name in dir(Conformance) if name.startswith("test_"))


def verdicts(make):
    """The checks that fail, and the reasons of those that are skipped; each on a rig of its own."""
    failed, skipped = {}, {}
    for check in CHECKS:
        rig = make()
        try:
            getattr(Conformance(), check)(rig)
        except pytest.skip.Exception as reason:
            skipped[check] = str(reason)
        except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001 - whatever it is, the check has failed
            failed[check] = error
        finally:
            for end in rig.left:
                end()
    return failed, skipped


@pytest.mark.parametrize("kind", KINDS)
def test_one_that_keeps_every_promise_passes(kind):
    failed, skipped = verdicts(lambda: PerfectRig(kind))
    assert failed == {}
    assert all("perfect" in reason for reason in skipped.values())


class Queue(Turn):
    """Serves one after the other."""

    def __enter__(self):
        self._busy.acquire()


def queued(self, rig):
    Session.__init__(self, rig)
    self.turn = Queue("a session")


def test_one_that_serves_one_thread_after_the_other_passes():
    rig = PerfectRig("direct", session={"__init__": queued})
    Conformance().test_a_session_carries_one_command_at_a_time(rig)
    assert len(rig.pc.ran) == 2


@given(st.binary(max_size=7), st.binary(max_size=7), st.sampled_from(["utf-8", "utf-16-le"]))
def test_a_secret_is_seen_in_base64_wherever_it_stands(before, after, encoding):
    told = base64.b64encode(before + "päss-wörd".encode(encoding) + after).decode()
    assert shows(f"-EncodedCommand {told}", "päss-wörd")
    assert not shows(f"-EncodedCommand {told}", "another-word")


def test_every_check_is_passed_by_one_of_them():
    skipped = [set(verdicts(lambda kind=kind: PerfectRig(kind))[1]) for kind in KINDS]
    assert set.intersection(*skipped) == set()


@pytest.mark.parametrize(("check", "make"), MUTANTS, ids=[f"{n}-{check[5:]}" for n, (check, _) in enumerate(MUTANTS)])
def test_a_broken_promise_is_seen_by_its_own_check_alone(check, make, monkeypatch):
    monkeypatch.setattr(leftovers, "PATIENCE", 0.05)
    failed, _ = verdicts(make)
    assert list(failed) == [check], failed


def test_every_check_can_fail():
    assert {check for check, _ in MUTANTS} == set(CHECKS)


def test_every_check_says_what_it_holds_a_connector_to():
    assert all(getattr(Conformance, check).__doc__ for check in CHECKS)

"""The rigs of our own connectors cause real trouble: a connector that forgets what it knows about it fails there."""

from __future__ import annotations

import pytest

from agent.testing import leftovers
from agent.testing.suite import Conformance
from connectors.kaseya import session as kaseya
from connectors.screenconnect import session as screenconnect
from connectors.ssh.session import SSHSession
from connectors.winrm.session import WinRMSession
from tests.connectors.rigs import ExtensionRig, SSHRig, Vsa9FieldRig, VsaXRig, WinRMRig


def as_a_reading(self, command):
    return self._carry_out(command, changes=False)


def stubborn(self, command):
    try:
        return self._carry_out(command)
    except screenconnect.Unsure:
        return self._carry_out(command)


def nothing(*_):
    return None


SESSION = screenconnect.ScreenConnectSession
DROPPED, LOST = (
    "test_a_change_whose_line_is_dropped_is_unsure_and_not_repeated",
    "test_a_change_whose_answer_is_lost_is_not_repeated",
)
AWAY, OPEN = "test_a_device_that_went_away_is_sent_nothing", "test_it_leaves_nothing_behind"


ANSWERED, TWICE = "there should have been an error, and there was", "assert 2 == 1"

BROKEN = [
    (WinRMRig, DROPPED, WinRMSession, "tell", as_a_reading, ANSWERED),
    (WinRMRig, LOST, WinRMSession, "tell", as_a_reading, TWICE),
    (WinRMRig, OPEN, WinRMSession, "close", nothing, r"threads are left: .*process_request_thread"),
    (SSHRig, DROPPED, SSHSession, "tell", as_a_reading, ANSWERED),
    (SSHRig, LOST, SSHSession, "tell", as_a_reading, TWICE),
    (SSHRig, OPEN, SSHSession, "close", nothing, "threads are left: .*ssh-FRONTDESK-07"),
    (ExtensionRig, DROPPED, SESSION, "tell", stubborn, "is not connected"),
    (ExtensionRig, AWAY, SESSION, "_be_there", nothing, "has no output after 60 s"),
    (VsaXRig, AWAY, kaseya, "be_there", nothing, "has no result after 60 s"),
    (Vsa9FieldRig, AWAY, kaseya, "be_there", nothing, "has no result after 60 s"),
]
"""The rig, the check, what is put in the place of which part, and the words of the failure."""


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(leftovers, "PATIENCE", 2.0)


@pytest.mark.parametrize(("rig", "check", "where", "name", "instead", "words"), BROKEN)
def test_what_is_forgotten_is_seen(rig, check, where, name, instead, words, tmp_path, monkeypatch):
    with rig(tmp_path) as ready:
        monkeypatch.setattr(where, name, instead)
        with pytest.raises((AssertionError, pytest.fail.Exception), match=words):
            getattr(Conformance(), check)(ready)


@pytest.mark.parametrize(("rig", "check"), [row[:2] for row in BROKEN])
def test_what_is_not_forgotten_passes(rig, check, tmp_path):
    with rig(tmp_path) as ready:
        getattr(Conformance(), check)(ready)

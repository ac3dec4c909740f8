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


@pytest.mark.parametrize(
    ("rig", "check", "where", "name", "instead"),
    [
        (WinRMRig, DROPPED, WinRMSession, "tell", as_a_reading),
        (WinRMRig, LOST, WinRMSession, "tell", as_a_reading),
        (WinRMRig, OPEN, WinRMSession, "close", nothing),
        (SSHRig, DROPPED, SSHSession, "tell", as_a_reading),
        (SSHRig, LOST, SSHSession, "tell", as_a_reading),
        (SSHRig, OPEN, SSHSession, "close", nothing),
        (ExtensionRig, DROPPED, SESSION, "tell", stubborn),
        (ExtensionRig, AWAY, SESSION, "_be_there", nothing),
        (VsaXRig, AWAY, kaseya, "be_there", nothing),
        (Vsa9FieldRig, AWAY, kaseya, "be_there", nothing),
    ],
)
def test_what_is_forgotten_is_seen(rig, check, where, name, instead, tmp_path, monkeypatch):
    monkeypatch.setattr(leftovers, "PATIENCE", 0.1)
    with rig(tmp_path) as ready:
        monkeypatch.setattr(where, name, instead)
        with pytest.raises((AssertionError, pytest.fail.Exception)):
            getattr(Conformance(), check)(ready)

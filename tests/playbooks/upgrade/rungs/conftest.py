"""What the tests of the ladder are given: an office on any ladder, with real SSH servers where it asks for them."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest

from tests.connectors.ssh.bridge import Bridge
from tests.connectors.ssh.sshd import MISSING, PROGRAM, Sshd
from tests.playbooks.upgrade.office import Office
from tests.playbooks.upgrade.rungs.evidence import Witness
from tests.playbooks.upgrade.rungs.ladders import Rungs


@pytest.fixture
def on(make_office, tmp_path) -> Callable[..., Office]:
    """Makes an office whose PC stands on a ladder, backed up, with a witness of every yes."""

    def make(rungs: Rungs, **given: object) -> Office:
        if rungs.real and (PROGRAM is None or shutil.which("ssh-keygen") is None):
            pytest.skip(MISSING)
        office = make_office(ladder=rungs.fronts, winrm=not rungs.off, **given)
        office.back_up()
        Witness(office)
        if rungs.off:
            office.way("winrm", open=True)
        if rungs.real:
            _stand_in(office, rungs.real, tmp_path)
        return office

    return make


def _stand_in(office: Office, real: str, folder) -> None:
    """Puts a real OpenSSH server before the PC."""
    bridge = office.stack.enter_context(Bridge(office.pc, folder / "pc"))
    (folder / "sshd").mkdir()
    server = Sshd(folder / "sshd", *([bridge.config] if real == "ssh" else []))
    office.stack.callback(server.close)
    if real == "ssh":
        office.way("ssh", **server.way(), password=None)
    else:
        office.way("winrm", jump=server.way())

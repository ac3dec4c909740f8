"""The calls of slmgr.vbs, and when they are used."""

from __future__ import annotations

import pytest

from agent.api import Misuse, NeedsPerson, Refused, Reply, Secret, TryLater
from connectors.lab.windows.pc import Pc
from playbooks.windows import slmgr
from tests.connectors.lab.windows.inprocess import InProcess
from tests.playbooks.windows.telling import seen

KEY = Secret("AAAAA", "product key")


def test_the_commands():
    commands = [slmgr.install(KEY), slmgr.activate("id"), slmgr.clear(), slmgr.details(), slmgr.expiry()]
    for command in commands:
        assert command.parts[:5] == slmgr.HEAD
        assert command.within == slmgr.WITHIN[str(command.parts[5])]
    assert [command.changes for command in commands] == [True, True, True, False, False]
    assert "‹product key›" in str(slmgr.install(KEY))


@pytest.mark.parametrize(
    ("method", "secret", "changes", "by_slmgr"),
    [
        ("auto", True, {}, False),
        ("auto", False, {}, True),
        ("auto", False, {"script_host": False}, False),
        ("auto", False, {"script_host": None}, False),
        ("auto", False, {"slmgr": False}, False),
        ("cim", True, {}, False),
        ("cim", False, {}, False),
        ("slmgr", True, {}, True),
        ("slmgr", False, {"auditing": True}, True),
        ("slmgr", True, {"auditing": True}, False),
        ("slmgr", True, {"auditing": None}, False),
        ("slmgr", True, {"script_host": False}, False),
    ],
)
def test_by_which_road(method, secret, changes, by_slmgr):
    choice = slmgr.choose(method, seen(**changes), secret=secret)
    assert choice.slmgr is by_slmgr
    assert choice.because


def test_an_unknown_method():
    with pytest.raises(Misuse, match="auto, cim, slmgr"):
        slmgr.choose("telepathy", seen(), secret=True)


@pytest.mark.parametrize(
    ("code", "text", "error"),
    [
        (1, "usage", Refused),
        (1, "Fehler: 0xC004C012 …", TryLater),
        (0xC004F050, "", Refused),
        (0xC004C008, "", NeedsPerson),
        (0x80072EE7, "", TryLater),
        (5, "", Refused),
    ],
)
def test_exit_codes(code, text, error):
    with pytest.raises(error):
        slmgr.settle(Reply(text, "", code), "it")


def test_exit_code_0_is_no_proof_and_no_error():
    slmgr.settle(Reply("Error: product not found.", "", 0), "it")


def test_a_key_is_uninstalled_once_and_the_exit_code_proves_nothing():
    """The second time nothing is there to uninstall, and slmgr ends with exit code 0 all the same."""
    pc = Pc("FRONTDESK-07")
    session = InProcess(pc)
    command = slmgr.uninstall(pc.state.held.id)
    assert command.changes
    assert command.within == slmgr.WITHIN["/upk"]
    for _ in range(2):
        slmgr.settle(session.tell(command), "the key is uninstalled")
    assert pc.world.ledger.count("key removed", "FRONTDESK-07") == 1

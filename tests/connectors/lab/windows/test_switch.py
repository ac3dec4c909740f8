"""WinRM can be off on a simulated PC, and is switched on by the script that a remote tool sends."""

from __future__ import annotations

import json
import socket

import pytest
import tree_sitter
import tree_sitter_powershell

from agent.api import Script, ask, standalone, tell
from connectors.lab.windows.pc import Pc
from connectors.lab.windows.state import State
from connectors.lab.winrm.server import WinRMServer
from connectors.winrm.connector import WinRMConnector

OPENING = WinRMConnector(None).opening()


def answers(server):
    """Whether the listener says anything to a request."""
    try:
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as line:
            line.sendall(b"POST /wsman HTTP/1.1\r\nHost: pc\r\nContent-Length: 0\r\n\r\n")
            return line.recv(12) == b"HTTP/1.1 401"
    except ConnectionError:
        return False


@pytest.fixture
def pc():
    return Pc("BEAR", State(winrm=False))


@pytest.fixture
def server(pc):
    with WinRMServer(pc, switched_on=lambda: pc.state.winrm) as running:
        yield running


def test_the_script_is_a_change_without_secrets_that_parses():
    assert (OPENING.changes, OPENING.needs) == (True, frozenset({"powershell"}))
    assert OPENING.script.text.isascii()
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))
    assert not parser.parse(OPENING.script.text.encode()).root_node.has_error


def test_a_remote_tool_switches_it_on(pc, server):
    assert not answers(server)
    told = json.loads(pc.run_text(standalone(OPENING)).stdout)
    assert told == {"ok": True, "status": "Running"}
    assert answers(server)
    assert [effect.effect for effect in pc.world.ledger.effects()] == ["WinRM switched on"]


def test_a_policy_may_forbid_it(pc, server):
    pc.faults.fail("enable_winrm", 0x80070005)
    told = json.loads(pc.run_text(standalone(OPENING)).stdout)
    assert (told["ok"], told["code"]) == (False, "0x80070005")
    assert not answers(server)


def test_a_connection_ends_when_it_is_switched_off(pc, server):
    pc.state.winrm = True
    assert answers(server)
    pc.state.winrm = False
    assert not answers(server)


def test_it_takes_no_parameters(pc):
    assert pc.run_text(standalone(tell(OPENING.script, port=1))).exit_code == 1
    assert pc.run_text(standalone(ask(Script("x", "# keyturn disable_winrm 1")))).exit_code == 1

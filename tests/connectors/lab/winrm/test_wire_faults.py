"""Mishaps happen when and as often as they were asked for."""

from __future__ import annotations

import time

import pytest
import requests
from winrm.exceptions import InvalidCredentialsError, WinRMOperationTimeoutError, WinRMTransportError, WSManFaultError

from connectors.lab.winrm.faults import ANY, Fault, Faults, Mishap


def test_a_fault_is_counted_down():
    faults = Faults(Fault("cut", on="Receive", times=2, after=1))
    taken = [faults.take("Receive", Mishap.CUT) is not None for _ in range(5)]
    assert taken == [False, True, True, False, False]


def test_a_fault_may_last_until_it_is_cleared():
    faults = Faults(Fault(Mishap.BUSY, on=ANY, times=None))
    assert all(faults.take(action, Mishap.BUSY) for action in ("Create", "Send", "Create"))
    faults.clear()
    assert faults.take("Create", Mishap.BUSY) is None


def test_a_fault_waits_for_its_action_and_its_moment():
    faults = Faults(Fault("cut", on="Send"))
    assert faults.take("Receive", Mishap.CUT) is None
    assert faults.take("Send", Mishap.RESET) is None
    assert faults.take("Send", Mishap.RESET, Mishap.CUT) is not None


def test_an_unknown_name_is_refused():
    with pytest.raises(ValueError, match="explode"):
        Faults(Fault("explode"))


@pytest.mark.parametrize(
    ("kind", "error", "ran"),
    [
        ("reset", requests.ConnectionError, 0),
        ("cut", requests.ConnectionError, 1),
        ("quota of shells", WSManFaultError, 0),
        ("quota of operations", WSManFaultError, 0),
        ("unknown shell", WSManFaultError, 0),
        ("denied", WSManFaultError, 0),
        ("in use", WSManFaultError, 0),
        ("unauthorized", (InvalidCredentialsError, WinRMTransportError), 0),
        ("busy", WinRMTransportError, 0),
        ("gateway", WinRMTransportError, 1),
        ("timed out", WinRMOperationTimeoutError, 1),
    ],
)
def test_what_a_plain_client_sees(plain, server, client, kind, error, ran):
    shell = client.open_shell()
    server.faults.add(Fault(kind, on="Command"))
    with pytest.raises(error):
        client.run_command(shell, "x")
    assert len(plain.pc.ran) == ran


def test_a_connection_that_is_refused_says_nothing(plain, server):
    server.faults.add(Fault("refuse"))
    with pytest.raises(requests.ConnectionError):
        plain.client(server).open_shell()
    assert server.log == []
    assert plain.client(server).open_shell() in server.shells


def test_a_refused_login(plain, server):
    server.faults.add(Fault("unauthorized", on="Login"))
    with pytest.raises(InvalidCredentialsError):
        plain.client(server).open_shell()
    assert plain.client(server).open_shell() in server.shells


def test_slow(plain, server, client):
    shell = client.open_shell()
    server.faults.add(Fault("slow", on="Command", seconds=0.05))
    start = time.monotonic()
    client.run_command(shell, "x")
    assert time.monotonic() - start >= 0.05


def test_a_lie(plain, server, client):
    shell = client.open_shell()
    server.faults.add(Fault("lie"))
    assert client.get_command_output(shell, client.run_command(shell, "x")) == (b"", b"", 0)
    assert plain.pc.ran == []
    assert client.get_command_output(shell, client.run_command(shell, "x"))[0] == b"out"


def test_latency(plain):
    server = plain.server(latency=0.03)
    start = time.monotonic()
    plain.client(server).open_shell()
    assert time.monotonic() - start >= 4 * 0.03

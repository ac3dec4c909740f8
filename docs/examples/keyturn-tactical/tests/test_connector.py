"""What is Tactical RMM's own: its words for trouble, and what a batch file spoils."""

from __future__ import annotations

from datetime import timedelta

import pytest
from keyturn_tactical.connector import _heard

from agent.api import NotSent, Refused, TryLater, Unsure, ask, seconds, tell
from connectors.lab.site_faults import Fault

COMMAND = tell("hostname", within=seconds(60))


def test_a_percent_sign_alone_is_doubled_and_a_variable_is_not(rig):
    session = rig.connector.open(rig.device)
    assert session.ask(ask("echo", "50%", "%USERNAME%")).stdout == "50% %USERNAME%\r\n"
    assert rig.server.log_book[0].splitlines()[2] == "echo 50%% %USERNAME%"
    session.close()


def test_what_the_server_would_fill_in_is_not_sent(rig):
    session = rig.connector.open(rig.device)
    with pytest.raises(Refused, match="two braces"):
        session.ask(ask("echo", "{{agent.hostname}}"))
    assert rig.pc.lines == []
    session.close()


@pytest.mark.parametrize(
    ("told", "error"),
    [
        ("natsdown", NotSent),
        ("timeout", Unsure),
        ({"stdout": "", "stderr": "\nScript timed out after 60 seconds", "retcode": 98}, Unsure),
        ({"stdout": ""}, Unsure),
        (None, Unsure),
    ],
)
def test_what_is_no_result(told, error):
    with pytest.raises(error):
        _heard(COMMAND, 60, told)


@pytest.mark.parametrize("kind", ["gateway", "throttled"])
def test_the_ping_is_part_of_a_commands_time(rig, kind):
    session = rig.connector.open(rig.device)
    rig.server.mishaps.add(Fault(kind, "ping", times=9))
    before = rig.clock.now()
    with pytest.raises((NotSent, TryLater)):
        session.tell(tell("hostname", within=seconds(5)))
    assert rig.clock.now() - before <= timedelta(seconds=5)
    session.close()


def test_what_the_ping_took_is_not_given_to_the_script(rig):
    session = rig.connector.open(rig.device)
    rig.server.mishaps.add(Fault("throttled", "ping"))
    session.tell(tell("hostname", within=seconds(60)))
    [run] = [exchange for exchange in rig.server.log if exchange.call == "run"]
    assert '"timeout": 58' in run.body
    session.close()


def test_not_now_is_not_called_down(rig):
    rig.server.mishaps.add(Fault("throttled", "ping", times=99))
    with pytest.raises(TryLater, match="HTTP 429"):
        rig.connector.open(rig.device)


def test_a_closed_session_asks_nothing(rig):
    session = rig.connector.open(rig.device)
    session.close()
    with pytest.raises(RuntimeError, match="a Tactical RMM session was closed"):
        session.presence()


def test_an_exit_code_is_only_a_number():
    assert _heard(COMMAND, 60, {"stdout": "", "stderr": "", "retcode": 98}).exit_code == 98

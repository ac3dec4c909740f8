"""What is Tactical RMM's own: its words for trouble, and what a batch file spoils."""

from __future__ import annotations

import pytest
from keyturn_tactical.connector import _heard

from agent.api import NotSent, Refused, Unsure, ask, seconds, tell

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


def test_an_exit_code_is_only_a_number():
    assert _heard(COMMAND, 60, {"stdout": "", "stderr": "", "retcode": 98}).exit_code == 98

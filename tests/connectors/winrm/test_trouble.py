"""Each mishap at each moment has one outcome, for what reads and for what changes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.api import NotSent, Refused, Script, TryLater, Unsure, ask, tell
from connectors.lab.winrm import soap as wire_soap
from connectors.lab.winrm import talk as wire_talk
from connectors.lab.winrm.faults import Fault, Mishap
from connectors.winrm.transport import LoneTransport

SCRIPT = Script("do.ps1", "x")
PROGRAM = "do.exe"
FINE = "a reply"

# what is said, mishap, at; ask: outcome and how often it was run; tell: outcome and how often it was run
OUTCOMES = [
    (PROGRAM, "reset", "Command", FINE, 1, Unsure, 0),
    (PROGRAM, "cut", "Command", FINE, 2, Unsure, 1),
    (PROGRAM, "garble", "Command", FINE, 2, Unsure, 1),
    (PROGRAM, "clear", "Command", FINE, 2, Unsure, 1),
    (PROGRAM, "empty", "Command", FINE, 1, Unsure, 0),
    (PROGRAM, "gateway", "Command", FINE, 2, Unsure, 1),
    (PROGRAM, "timed out", "Command", FINE, 2, Unsure, 1),
    (SCRIPT, "reset", "Command", FINE, 1, FINE, 1),
    (SCRIPT, "gateway", "Command", FINE, 1, FINE, 1),
    (SCRIPT, "timed out", "Command", FINE, 1, FINE, 1),
    (SCRIPT, "cut", "Command", FINE, 1, FINE, 1),
    (SCRIPT, "garble", "Command", FINE, 1, FINE, 1),
    (SCRIPT, "empty", "Command", FINE, 1, FINE, 1),
    (SCRIPT, "busy", "Command", NotSent, 0, NotSent, 0),
    (PROGRAM, "busy", "Command", NotSent, 0, NotSent, 0),
    (SCRIPT, "slow", "Command", FINE, 1, FINE, 1),
    (PROGRAM, "slow", "Command", FINE, 1, FINE, 1),
    (SCRIPT, "unauthorized", "Command", FINE, 1, FINE, 1),
    (PROGRAM, "unauthorized", "Command", FINE, 1, FINE, 1),
    (SCRIPT, "denied", "Command", Refused, 0, Refused, 0),
    (PROGRAM, "denied", "Command", Refused, 0, Refused, 0),
    (SCRIPT, "in use", "Command", FINE, 1, FINE, 1),
    (PROGRAM, "in use", "Command", FINE, 1, FINE, 1),
    (SCRIPT, "unknown shell", "Command", FINE, 1, FINE, 1),
    (PROGRAM, "unknown shell", "Command", FINE, 1, FINE, 1),
    (SCRIPT, "quota of shells", "Command", FINE, 1, FINE, 1),
    (PROGRAM, "quota of shells", "Command", FINE, 1, FINE, 1),
    (SCRIPT, "quota of operations", "Command", FINE, 1, FINE, 1),
    (PROGRAM, "quota of operations", "Command", FINE, 1, FINE, 1),
    (SCRIPT, "reset", "Send", FINE, 1, Unsure, 0),
    (SCRIPT, "cut", "Send", FINE, 2, Unsure, 1),
    (SCRIPT, "garble", "Send", FINE, 2, Unsure, 1),
    (SCRIPT, "gateway", "Send", FINE, 2, Unsure, 1),
    (SCRIPT, "timed out", "Send", FINE, 2, Unsure, 1),
    (SCRIPT, "busy", "Send", FINE, 1, FINE, 1),
    (SCRIPT, "unauthorized", "Send", FINE, 1, FINE, 1),
    (SCRIPT, "denied", "Send", Refused, 0, Refused, 0),
    (SCRIPT, "in use", "Send", FINE, 1, FINE, 1),
    (SCRIPT, "unknown shell", "Send", FINE, 1, FINE, 1),
    (SCRIPT, "quota of operations", "Send", FINE, 1, FINE, 1),
    (SCRIPT, "reset", "Receive", FINE, 2, Unsure, 1),
    (SCRIPT, "cut", "Receive", FINE, 2, Unsure, 1),
    (SCRIPT, "garble", "Receive", FINE, 2, Unsure, 1),
    (SCRIPT, "clear", "Receive", FINE, 2, Unsure, 1),
    (SCRIPT, "gateway", "Receive", FINE, 2, Unsure, 1),
    (SCRIPT, "busy", "Receive", FINE, 2, FINE, 1),
    (SCRIPT, "unauthorized", "Receive", FINE, 1, FINE, 1),
    (SCRIPT, "denied", "Receive", Refused, 1, Unsure, 1),
    (SCRIPT, "unknown shell", "Receive", FINE, 2, Unsure, 1),
    (SCRIPT, "quota of operations", "Receive", FINE, 2, Unsure, 1),
]


def outcome_of(act):
    try:
        return FINE if act().stdout == "Grüße" else "another reply"
    except (NotSent, Refused, Unsure) as error:
        return type(error)


@pytest.mark.parametrize(("what", "kind", "at", "outcome", "ran"), [row[:5] for row in OUTCOMES])
def test_reading(desk, server, session, what, kind, at, outcome, ran):
    server.faults.add(Fault(kind, on=at, seconds=0.01))
    assert outcome_of(lambda: session.ask(ask(what))) == outcome
    assert len(desk.pc.ran) == ran
    the_session_goes_on(session, server)


@pytest.mark.parametrize(("what", "kind", "at", "outcome", "ran"), [(*row[:3], *row[5:]) for row in OUTCOMES])
def test_changing(desk, server, session, what, kind, at, outcome, ran):
    server.faults.add(Fault(kind, on=at, seconds=0.01))
    assert outcome_of(lambda: session.tell(tell(what))) == outcome
    assert len(desk.pc.ran) == ran <= 1
    the_session_goes_on(session, server)


def the_session_goes_on(session, server):
    assert session.ask(ask("x")).stdout == "Grüße"
    session.close()
    assert server.shells == {}


def test_a_fault_that_nobody_knows_leaves_a_change_unsure(desk, server, session, monkeypatch):
    monkeypatch.setitem(wire_talk._PROBLEMS, Mishap.IN_USE, lambda: wire_soap.Problem(0x80331234, "InternalError", "?"))
    server.faults.add(Fault("in use", on="Send"))
    with pytest.raises(Unsure, match="0x80331234"):
        session.tell(tell(SCRIPT))


def test_input_that_keeps_timing_out_is_unsure_for_a_reading_too(desk, server, session):
    server.faults.add(Fault("timed out", on="Send", times=None))
    with pytest.raises(Unsure, match="0x80338029"):
        session.ask(ask(SCRIPT))


@pytest.mark.parametrize(("say", "make"), [("ask", ask), ("tell", tell)])
def test_a_pc_that_lies_is_believed_here_and_found_out_by_reading(desk, server, session, say, make):
    server.faults.add(Fault("lie"))
    reply = getattr(session, say)(make(SCRIPT))
    assert (reply.stdout, reply.exit_code) == ("", 0)
    assert desk.pc.ran == []
    with pytest.raises(Unsure):
        reply.json()


@pytest.mark.parametrize(
    ("what", "at", "ran", "error"),
    [
        (PROGRAM, "Command", 2, Unsure),
        (SCRIPT, "Command", 0, NotSent),
        (SCRIPT, "Send", 2, Unsure),
        (SCRIPT, "Receive", 2, Unsure),
    ],
)
def test_a_reading_command_is_repeated_only_once(desk, server, session, what, at, ran, error):
    server.faults.add(Fault("cut", on=at, times=None))
    with pytest.raises(error, match="the connection ended before the answer came"):
        session.ask(ask(what))
    assert [action for action, _ in server.log].count(at) == 2
    assert len(desk.pc.ran) == ran
    server.faults.clear()
    the_session_goes_on(session, server)


def test_the_end_of_a_change_is_waited_for_although_its_output_has_a_hole(desk, server, session):
    server.faults.add(Fault("cut", on="Receive"))
    with pytest.raises(Unsure, match=r"^do.ps1 may have had its effect.*Receive"):
        session.tell(tell(SCRIPT))
    assert [action for action, _ in server.log].count("Receive") == 2


def test_after_a_broken_line_the_login_is_made_again_at_once(desk, server, session):
    server.faults.add(Fault("cut"))
    with pytest.raises(Unsure):
        session.tell(tell(PROGRAM))
    before = len(server.log)
    session.ask(ask(PROGRAM))
    assert [action for action, _ in server.log][before:] == ["Login", "Command", "Receive"]


def test_a_change_behind_a_line_that_keeps_breaking_is_given_up(desk, server, session):
    server.faults.add(Fault("reset", on="Receive", times=None))
    with pytest.raises(Unsure):
        session.tell(tell(SCRIPT))
    assert len(desk.pc.ran) == 1
    server.faults.clear()


def test_a_quota_that_stays_used_up_is_try_later(desk, server, session):
    server.faults.add(Fault("quota of operations", times=None))
    with pytest.raises(TryLater, match="0x803381A6"):
        session.tell(tell(SCRIPT))
    assert desk.pc.ran == []
    assert desk.clock.slept == [1.0, 2.0, 4.0]


def test_an_operation_that_keeps_hanging_is_waited_for_three_times(desk, server, session):
    server.faults.add(Fault("in use", times=None))
    with pytest.raises(TryLater, match="170 ERROR_BUSY"):
        session.tell(tell(SCRIPT))
    assert desk.clock.slept == [5.0, 5.0, 5.0]


@pytest.mark.parametrize(
    ("kind", "on", "error"),
    [
        ("refuse", "*", NotSent),
        ("reset", "Create", NotSent),
        ("busy", "Create", NotSent),
        ("gateway", "Create", NotSent),
        ("timed out", "Create", NotSent),
        ("garble", "Create", NotSent),
        ("clear", "Create", NotSent),
        ("denied", "Create", Refused),
        ("unauthorized", "Login", Refused),
        ("quota of shells", "Create", TryLater),
    ],
)
def test_a_pc_that_cannot_be_used_is_known_when_the_session_is_opened(desk, server, kind, on, error):
    server.faults.add(Fault(kind, on=on, times=None))
    with pytest.raises(error):
        desk.open(desk.way(server))
    assert desk.pc.ran == []


def test_a_shell_whose_answer_was_lost_is_not_opened_again(desk, server):
    server.faults.add(Fault("cut", on="Create"))
    with pytest.raises(NotSent):
        desk.open(desk.way(server))
    assert len(server.shells) == 1, "the PC drops it when its idle time is over"


def test_a_pc_that_ignores_a_message_beside_a_login_gets_it_afterwards(desk, server):
    server.faults.add(Fault("empty", on="Create"))
    session = desk.open(desk.way(server))
    session.tell(tell(SCRIPT))
    assert [action for action, _ in server.log][:5] == ["Login", "Create", "Login", "Login", "Create"]
    server._listener.cut()
    server.keeper.forget()
    session.tell(tell(SCRIPT))
    assert len(desk.pc.ran) == 2


@pytest.mark.parametrize("status", [400, 411, 413, 500])
def test_a_pc_that_declines_a_message_beside_a_login_gets_it_afterwards(desk, server, monkeypatch, status):
    whole = LoneTransport._message

    def declined(self, login, body, **headers):
        return replace(self._post(b"", **headers), status=status) if headers else whole(self, login, body)

    monkeypatch.setattr(LoneTransport, "_message", declined)
    assert desk.open(desk.way(server)).tell(tell(SCRIPT)).stdout == "Grüße"
    assert [action for action, _ in server.log][:5] == ["Login", "Login", "Login", "Login", "Create"]


@pytest.mark.parametrize("on", ["Login", "Create"])
def test_a_refused_login_is_not_tried_again(desk, server, on):
    server.faults.add(Fault("unauthorized", on=on, times=None))
    with pytest.raises(Refused, match="HTTP 401"):
        desk.open(desk.way(server))
    assert [action for action, _ in server.log] == ["Login", on]


@pytest.mark.parametrize("kind", ["cut", "reset", "busy", "garble", "unknown shell", "denied", "unauthorized"])
def test_closing_never_raises(desk, server, session, kind):
    server.faults.add(Fault(kind, on="Delete", times=None))
    session.close()
    server.faults.clear()


@pytest.mark.parametrize("kind", ["cut", "reset", "garble", "unknown shell"])
def test_a_signal_that_fails_stops_nothing(desk, server, session, kind):
    for _ in range(8):
        session.ask(ask("x"))
    server.faults.add(Fault(kind, on="Signal"))
    session.tell(tell("y"))
    assert desk.pc.ran[-1][0] == "y"

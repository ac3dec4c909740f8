"""Each mishap at each moment has one outcome, for what reads and for what changes."""

from __future__ import annotations

import socket
from datetime import timedelta

import pytest

from agent.api import NotSent, Refused, Script, TryLater, Unsure, ask, tell
from connectors.lab.machine import Outcome, Power

SCRIPT = Script("do.ps1", "x")
PROGRAM = "do.exe"
FINE = "a reply"

# what is said, mishap; ask: outcome and how often it was run; tell: outcome and how often it was run
OUTCOMES = [
    (PROGRAM, "gone", FINE, 1, FINE, 1),
    (SCRIPT, "gone", FINE, 1, FINE, 1),
    (PROGRAM, "deaf", FINE, 1, FINE, 1),
    (SCRIPT, "deaf", FINE, 1, FINE, 1),
    (PROGRAM, "no channel", Refused, 0, Refused, 0),
    (SCRIPT, "no room", TryLater, 0, TryLater, 0),
    (PROGRAM, "denied", Refused, 0, Refused, 0),
    (SCRIPT, "denied", Refused, 0, Refused, 0),
    (PROGRAM, "reset", FINE, 1, Unsure, 0),
    (SCRIPT, "reset", FINE, 1, FINE, 1),
    (PROGRAM, "cut", FINE, 2, Unsure, 1),
    (SCRIPT, "cut", FINE, 1, FINE, 1),
    (PROGRAM, "drop", FINE, 2, Unsure, 1),
    (SCRIPT, "drop", FINE, 2, Unsure, 1),
    (PROGRAM, "half", FINE, 2, Unsure, 1),
    (SCRIPT, "half", FINE, 2, Unsure, 1),
    (PROGRAM, "no status", FINE, 2, Unsure, 1),
    (SCRIPT, "no status", FINE, 2, Unsure, 1),
]


@pytest.fixture
def session(desk, server, request):
    """Only where nothing is answered is a short patience wanted; elsewhere it would measure the machine."""
    deaf = "deaf" in request.node.name
    return desk.open(desk.way(server, connect_timeout=0.6 if deaf else 10))


def outcome_of(act):
    try:
        return FINE if act().stdout == "Grüße" else "another reply"
    except (NotSent, Refused, Unsure) as error:
        return type(error)


@pytest.mark.parametrize(("what", "kind", "outcome", "ran"), [row[:4] for row in OUTCOMES])
def test_reading(desk, server, session, what, kind, outcome, ran):
    server.faults.add(kind)
    assert outcome_of(lambda: session.ask(ask(what))) == outcome
    assert len(desk.pc.ran) == ran
    assert session.ask(ask("x")).stdout == "Grüße"


@pytest.mark.parametrize(("what", "kind", "outcome", "ran"), [(*row[:2], *row[4:]) for row in OUTCOMES])
def test_changing(desk, server, session, what, kind, outcome, ran):
    server.faults.add(kind)
    assert outcome_of(lambda: session.tell(tell(what))) == outcome
    assert len(desk.pc.ran) == ran <= 1
    assert session.ask(ask("x")).stdout == "Grüße"


@pytest.mark.parametrize(
    ("what", "kind", "ran", "error"),
    [
        (PROGRAM, "cut", 2, Unsure),
        (SCRIPT, "cut", 0, NotSent),
        (PROGRAM, "drop", 2, Unsure),
        (SCRIPT, "half", 2, Unsure),
        (PROGRAM, "gone", 0, NotSent),
        (SCRIPT, "deaf", 0, NotSent),
    ],
)
def test_a_reading_command_is_repeated_only_once(desk, server, session, what, kind, ran, error):
    server.faults.add(kind, times=99)
    with pytest.raises(error):
        session.ask(ask(what))
    assert server.log.count("session") == 2
    assert len(desk.pc.ran) == ran


@pytest.mark.parametrize(
    ("what", "say", "error"), [(PROGRAM, "ask", Unsure), (PROGRAM, "tell", Unsure), (SCRIPT, "tell", NotSent)]
)
def test_a_request_that_is_never_answered_ends_at_the_deadline(desk, server, session, what, say, error):
    server.faults.add("silent", times=99)
    with pytest.raises(error):
        getattr(session, say)({"ask": ask, "tell": tell}[say](what, within=timedelta(seconds=0.3)))
    assert server.log.count("exec") == 1
    server.faults.clear()
    assert session.ask(ask("x")).stdout == "Grüße"


def test_a_pc_that_stops_reading_in_the_middle_of_a_script_ends_at_the_deadline(desk, server, session, monkeypatch):
    monkeypatch.setattr("paramiko.channel.Channel._check_add_window", lambda self, count: 0)
    with pytest.raises(Unsure, match=r"do\.ps1 did not end within 0\.1 s"):
        session.tell(tell(Script("do.ps1", "x" * 5_000_000), within=timedelta(seconds=0.1)))
    assert desk.pc.ran == []


@pytest.mark.parametrize(("kind", "said"), [("refuse", "does not speak SSH with us"), ("mute", "does not speak SSH with us")])
def test_a_pc_that_cannot_be_used_is_known_when_the_session_is_opened(desk, server, kind, said):
    server.faults.add(kind, times=99)
    with pytest.raises(NotSent, match=said):
        desk.open(desk.way(server, connect_timeout=0.1))
    assert desk.pc.ran == []


def test_a_port_that_only_listens_is_not_waited_for_for_ever(desk, server):
    with socket.create_server(("127.0.0.1", 0)) as dumb, pytest.raises(NotSent, match="does not speak SSH"):
        desk.open(desk.way(server, port=dumb.getsockname()[1], connect_timeout=0.1))


def test_a_service_that_is_off_is_not_sent(desk, server, session):
    server.close()
    with pytest.raises(NotSent, match="refused"):
        session.tell(tell("x"))
    with pytest.raises(NotSent, match="the connection was refused"):
        desk.open(desk.way(server))


def test_a_name_that_nobody_knows_is_not_sent(desk, server):
    with pytest.raises(NotSent, match="its name is not known"):
        desk.open(desk.way(server, host="pc.invalid"))


def test_after_a_restart_the_session_recovers_by_itself(desk, server, session):
    session.ask(ask("x"))
    desk.pc.stands = Power.DOWN
    with pytest.raises(NotSent):
        session.tell(tell(SCRIPT))
    desk.pc.boots += 1
    desk.pc.stands = Power.STARTING
    with pytest.raises(NotSent):
        session.tell(tell(SCRIPT))
    desk.pc.stands = Power.UP
    assert session.tell(tell(SCRIPT)).stdout == "Grüße"
    assert len(desk.pc.ran) == 2


def test_a_restart_that_the_command_itself_brings_about_is_unsure(desk, server, session):
    def restart() -> None:
        desk.pc.on_run = lambda: None
        desk.pc.boots += 1

    desk.pc.on_run = restart
    desk.pc.outcome = Outcome(seconds=600)
    with pytest.raises(Unsure, match="may have had its effect"):
        session.tell(tell("shutdown.exe", "/r"))
    assert len(desk.pc.ran) == 1


def test_a_closed_idle_connection_is_made_again_without_anybody_noticing(desk, server, session):
    server.cut()
    session.tell(tell(SCRIPT))
    assert len(desk.pc.ran) == 1


def test_closing_never_raises(desk, server, session):
    server.close()
    session.close()


def test_an_interruption_ends_the_channel(desk, server, session, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("connectors.ssh.listening.Listener.ended", interrupted)
    with pytest.raises(KeyboardInterrupt):
        session.ask(ask("x"))
    monkeypatch.undo()
    assert session.ask(ask("x")).stdout == "Grüße"

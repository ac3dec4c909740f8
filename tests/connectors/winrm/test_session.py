"""The session keeps its promises on a PC where nothing goes wrong."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest

from agent.api import CAPABILITIES, COMMAND_LINE, Misuse, NotSent, Script, Secret, TryLater, Unsure, ask, tell
from connectors.lab.machine import Outcome, Power

KEY = Secret("AAAAA-BBBBB", "product key")
FACTS = Script("facts.ps1", "'{}'")


def actions(server):
    return [action for action, _ in server.log]


def test_one_reading_on_a_fresh_session_costs_six_requests(desk, server):
    session = desk.open(desk.way(server))
    session.ask(ask(FACTS))
    session.close()
    assert actions(server) == ["Login", "Create", "Command", "Send", "Receive", "Delete"]


def test_a_second_reading_costs_three_more(desk, server):
    session = desk.open(desk.way(server))
    session.ask(ask(FACTS))
    before = len(server.log)
    session.ask(ask(FACTS))
    assert actions(server)[before:] == ["Command", "Send", "Receive"]


def test_a_program_costs_two_requests(session, server):
    before = len(server.log)
    session.ask(ask("hostname.exe"))
    assert actions(server)[before:] == ["Command", "Receive"]


def test_a_script_travels_by_standard_input_and_its_secret_after_it(session, desk):
    session.tell(tell(Script("install.ps1", "install me"), KEY, edition="Pro"))
    ((line, stdin),) = desk.pc.ran
    assert line == COMMAND_LINE
    request, secret, rest = stdin.decode().split("\n")
    assert json.loads(request) == {"script": "install me", "given": {"edition": "Pro"}}
    assert (secret, rest) == ("AAAAA-BBBBB", "")


def test_a_program_is_said_with_its_secrets_revealed(session, desk):
    session.tell(
        tell("cscript.exe", "//nologo", r"%SystemRoot%\System32\slmgr.vbs", "/ipk", Secret("AAAAA-BBBBB", "product key"))
    )
    assert desk.pc.ran == [(r"cscript.exe //nologo %SystemRoot%\System32\slmgr.vbs /ipk AAAAA-BBBBB", b"")]


@pytest.mark.parametrize("code", [0xC004F050, -1073418160])
def test_an_exit_code_is_unsigned(session, desk, code):
    desk.pc.outcome = Outcome(exit_code=code)
    assert session.ask(ask("x")).exit_code == 0xC004F050


def test_output_is_joined_before_it_is_decoded(session, desk, server):
    server.keeper.chunk = 3
    desk.pc.outcome = Outcome(stdout="Ä€😀ö".encode() * 3, stderr="Fehler: ß".encode())
    reply = session.ask(ask("x"))
    assert (reply.stdout, reply.stderr) == ("Ä€😀ö" * 3, "Fehler: ß")
    assert actions(server).count("Receive") > 5


def test_bytes_of_another_code_page_do_not_stop_the_run(session, desk):
    desk.pc.outcome = Outcome(stdout=b"Gr\x81\xe1e")
    assert session.ask(ask("x")).stdout == "Gr\ufffd\ufffde"


def test_only_a_script_has_a_pipe_for_its_input(session, monkeypatch):
    consoles = []
    run = session._protocol.run_command

    def note(shell, line, console_mode_stdin):
        consoles.append(console_mode_stdin)
        return run(shell, line, console_mode_stdin=console_mode_stdin)

    monkeypatch.setattr(session._protocol, "run_command", note)
    session.ask(ask("x"))
    session.ask(ask(FACTS))
    assert consoles == [True, False]


def test_a_long_script_arrives_whole(session, desk, server):
    text = "# é" * 60_000
    session.ask(ask(Script("long.ps1", text)))
    ((_, stdin),) = desk.pc.ran
    assert json.loads(stdin)["script"] == text
    sizes = [size for action, size in server.log if action == "Send"]
    assert len(sizes) > 1
    assert max(sizes) < 153_600, "the envelope of Windows 7"


def test_a_line_that_windows_would_cut_is_refused_before_it_is_sent(session, desk):
    with pytest.raises(Misuse, match="too long: 8205 characters"):
        session.tell(tell("echo", "x" * 8200))
    assert desk.pc.ran == []


def test_a_changing_command_cannot_be_asked(session):
    with pytest.raises(ValueError, match="changing command"):
        session.ask(tell("x"))


def test_finished_commands_are_ended_only_when_several_have_gathered(session, server):
    for _ in range(8):
        session.ask(ask("x"))
    assert "Signal" not in actions(server)
    session.ask(ask("x"))
    assert actions(server).count("Signal") == 8
    (shell,) = server.shells.values()
    assert len(shell.commands) == 1


def test_a_hundred_commands_do_not_use_up_the_quota(session, desk):
    for _ in range(100):
        session.ask(ask("x"))
    assert len(desk.pc.ran) == 100
    assert desk.clock.slept == []


@pytest.mark.parametrize("say", ["ask", "tell"])
def test_a_command_that_does_not_end_is_terminated_at_its_deadline(session, desk, server, say):
    desk.pc.outcome = Outcome(seconds=600)
    command = {"ask": ask, "tell": tell}[say](
        "slmgr.vbs", "/ipk", Secret("AAAAA", "product key"), within=timedelta(milliseconds=60)
    )
    with pytest.raises(Unsure, match=r"^slmgr.vbs /ipk ‹product key› did not end within 0.06 s and was terminated"):
        getattr(session, say)(command)
    (shell,) = server.shells.values()
    assert shell.commands == {}
    desk.pc.outcome = Outcome(stdout=b"fine")
    assert session.ask(ask("x")).stdout == "fine"


def test_a_slow_command_is_waited_for(session, desk, server):
    desk.pc.outcome = Outcome(stdout=b"done", seconds=0.07)
    assert session.tell(tell("x")).stdout == "done"
    assert actions(server).count("Receive") > 1


def test_closing_leaves_nothing_behind_and_may_be_done_twice(session, server):
    assert len(server.shells) == 1
    session.close()
    session.close()
    assert server.shells == {}
    with pytest.raises(RuntimeError, match="closed"):
        session.ask(ask("x"))


def test_after_a_restart_the_session_recovers_by_itself(session, desk, server):
    session.ask(ask("x"))
    desk.pc.stands = Power.DOWN
    with pytest.raises((NotSent, Unsure)):
        session.ask(ask("x"))
    desk.pc.boots += 1
    desk.pc.stands = Power.STARTING
    with pytest.raises(NotSent, match="not ready"):
        session.ask(ask("x"))
    desk.pc.stands = Power.UP
    assert session.ask(ask(FACTS)).stdout == "Grüße"
    assert len(server.shells) == 1


def test_a_shell_that_timed_out_is_replaced_even_for_a_changing_command(session, desk, server):
    server.keeper.forget()
    session.tell(tell("x"))
    assert len(desk.pc.ran) == 1


def test_a_closed_idle_connection_is_made_again_without_anybody_noticing(session, desk, server):
    server._listener.cut()
    session.tell(tell("x"))
    assert len(desk.pc.ran) == 1


def test_a_service_that_is_off_is_not_sent(session, desk, server):
    server.close()
    with pytest.raises(NotSent, match="refused"):
        session.tell(tell("x"))


def test_all_shells_taken_is_try_later(desk, server):
    server.keeper.most_shells = 0
    with pytest.raises(TryLater, match="0x803381A5 ERROR_WSMAN_QUOTA_MAX_SHELLS"):
        desk.open(desk.way(server))
    assert desk.clock.slept == [1.0, 2.0, 4.0]


def test_two_threads_do_not_share_a_session(session, desk):
    inside, go_on, seen = threading.Event(), threading.Event(), []

    def hold() -> None:
        inside.set()
        go_on.wait(10)

    desk.pc.on_run = hold
    other = threading.Thread(target=lambda: seen.append(session.ask(ask("x"))))
    other.start()
    inside.wait(10)
    with pytest.raises(RuntimeError, match="one command at a time"):
        session.ask(ask("y"))
    go_on.set()
    other.join()
    assert seen[0].stdout == "Grüße"


def test_it_says_what_it_can_do(session):
    assert session.connector == "winrm"
    assert session.capabilities == {"powershell", "cmd", "private", "reboot"} <= CAPABILITIES

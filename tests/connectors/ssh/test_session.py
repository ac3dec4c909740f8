"""The session keeps its promises on a PC where nothing goes wrong."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest

from agent.api import CAPABILITIES, COMMAND_LINE, Misuse, Script, Secret, Unsure, ask, tell
from connectors.lab.machine import Outcome

KEY = Secret("AAAAA-BBBBB", "product key")
FACTS = Script("facts.ps1", "'{}'")


def test_a_reading_costs_one_channel(session, server):
    session.ask(ask(FACTS))
    session.ask(ask("hostname.exe"))
    assert server.log == ["login", "session", "exec", "session", "exec"]


def test_a_script_travels_by_standard_input_and_its_secret_after_it(session, desk):
    session.tell(tell(Script("install.ps1", "install me"), KEY, edition="Pro"))
    ((line, stdin),) = desk.pc.ran
    assert line == COMMAND_LINE
    request, secret, rest = stdin.decode().split("\n")
    assert json.loads(request) == {"script": "install me", "given": {"edition": "Pro"}}
    assert (secret, rest) == ("AAAAA-BBBBB", "")


def test_a_program_is_quoted_for_cmd_and_speaks_utf_8(session, desk):
    reply = session.tell(tell("cscript.exe", r"%SystemRoot%\System32\slmgr.vbs", "/ipk", KEY, "two words"))
    assert desk.pc.ran == [(r'cscript.exe %SystemRoot%\System32\slmgr.vbs /ipk AAAAA-BBBBB "two words"', b"")]
    assert reply.stdout == "Grüße"


@pytest.mark.parametrize("code", [0xC004F050, -1073418160])
def test_an_exit_code_is_unsigned(session, desk, code):
    desk.pc.outcome = Outcome(exit_code=code)
    assert session.ask(ask("x")).exit_code == 0xC004F050


def test_the_highest_exit_code_is_not_taken_for_none(session, desk):
    desk.pc.outcome = Outcome(exit_code=-1)
    assert session.ask(ask("x")).exit_code == 0xFFFFFFFF


def test_both_streams_may_be_larger_than_the_window(session, desk):
    desk.pc.outcome = Outcome(stdout=b"o" * 5_000_000, stderr=b"e" * 5_000_000)
    reply = session.ask(ask("x"))
    assert (len(reply.stdout), len(reply.stderr)) == (5_000_000, 5_000_000)


def test_output_is_joined_before_it_is_decoded(session, desk):
    desk.pc.outcome = Outcome(stdout="Ä€😀ö".encode() * 30_000, stderr="Fehler: ß".encode())
    reply = session.ask(ask("x"))
    assert (reply.stdout, reply.stderr) == ("Ä€😀ö" * 30_000, "Fehler: ß")


def test_bytes_of_another_code_page_do_not_stop_the_run(session, desk):
    desk.pc.outcome = Outcome(stdout=b"Gr\x81\xe1e")
    assert session.ask(ask("x")).stdout == "Gr\ufffd\ufffde"


def test_a_script_larger_than_the_window_arrives_whole(session, desk):
    text = "# é" * 1_000_000
    session.ask(ask(Script("long.ps1", text)))
    ((_, stdin),) = desk.pc.ran
    assert json.loads(stdin)["script"] == text


def test_a_line_that_windows_would_cut_is_refused_before_it_is_sent(session, desk, server):
    with pytest.raises(Misuse, match="too long: 8222 characters"):
        session.tell(tell("echo", "x" * 8200))
    assert server.log == ["login"]


def test_a_changing_command_cannot_be_asked(session):
    with pytest.raises(ValueError, match="changing command"):
        session.ask(tell("x"))


@pytest.mark.parametrize("say", ["ask", "tell"])
def test_a_command_that_does_not_end_is_left_at_its_deadline(session, desk, say):
    desk.pc.outcome = Outcome(seconds=600)
    command = {"ask": ask, "tell": tell}[say]("slmgr.vbs", "/ipk", KEY, within=timedelta(milliseconds=300))
    with pytest.raises(Unsure, match=r"^slmgr.vbs /ipk ‹product key› did not end within 0\.3 s"):
        getattr(session, say)(command)
    assert len(desk.pc.ran) == 1
    desk.pc.outcome = Outcome(stdout=b"fine")
    assert session.ask(ask("x")).stdout == "fine"


def test_a_slow_command_is_waited_for(session, desk):
    desk.pc.outcome = Outcome(stdout=b"done", seconds=0.05)
    assert session.tell(tell("x")).stdout == "done"


def test_a_child_that_holds_the_output_open_does_not_hold_the_session(session, desk, server):
    session._linger = 0.05
    server.holds_output = True
    desk.pc.outcome = Outcome(stdout=b"done", exit_code=3)
    reply = session.tell(tell("x"))
    assert (reply.stdout, reply.exit_code) == ("done", 3)


def test_closing_leaves_nothing_behind_and_may_be_done_twice(session, server):
    session.ask(ask("x"))
    session.close()
    session.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ssh-output")]
    with pytest.raises(RuntimeError, match="closed"):
        session.ask(ask("x"))


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
    assert session.connector == "ssh"
    assert session.capabilities == {"powershell", "cmd", "private", "file", "reboot"} <= CAPABILITIES

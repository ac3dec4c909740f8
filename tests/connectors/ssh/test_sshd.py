"""What the simulated endpoint cannot prove: the same connector against the real OpenSSH server."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

from agent.api import Misuse, NotSent, Refused, Script, Secret, Unsure, ask, tell
from connectors.lab.machine import Outcome
from connectors.lab.windows.pc import Pc as WindowsPc
from connectors.lab.winrm.server import WinRMServer
from tests.connectors.ssh.bridge import Bridge
from tests.connectors.ssh.relay import Relay
from tests.connectors.ssh.sshd import MISSING, PROGRAM, Sshd

pytestmark = pytest.mark.skipif(PROGRAM is None or shutil.which("ssh-keygen") is None, reason=MISSING)

KEY = Secret("VK7JG-NPHTM-C97JM-9MPGT-3V66T", "product key")
SHELL = """#!/bin/sh
exec /bin/sh -c "${SSH_ORIGINAL_COMMAND#chcp 65001>nul & }"
"""
BOTH = "import os, sys\nfor _ in range(3 << 4): os.write(1, b'o' * 65536); os.write(2, b'e' * 65536)\nsys.exit(7)\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sshd")
    (folder / "shell").write_text(SHELL)
    (folder / "both.py").write_text(BOTH)
    return folder


@pytest.fixture(scope="module")
def sshd(folder):
    """One whose commands are run by a POSIX shell, without what is said to cmd.exe first."""
    server = Sshd(folder, f"ForceCommand exec /bin/sh {folder / 'shell'}")
    yield server
    server.close()


@pytest.fixture
def session(desk, sshd):
    return desk.open(sshd.way())


def test_a_program_its_streams_and_its_exit_code(session):
    reply = session.ask(ask("sh", "-c", "echo out; echo err >&2; exit 42"))
    assert (reply.stdout, reply.stderr, reply.exit_code) == ("out\n", "err\n", 42)


@pytest.mark.parametrize("code", [0, 1, 255])
def test_exit_codes(session, code):
    assert session.ask(ask("exit", str(code))).exit_code == code


def test_three_mebibytes_on_each_stream_at_once(session, folder):
    reply = session.ask(ask(sys.executable, str(folder / "both.py")))
    assert (len(reply.stdout), len(reply.stderr), reply.exit_code) == (3 << 20, 3 << 20, 7)


def test_a_program_that_reads_its_input_finds_it_ended(session):
    assert session.ask(ask("cat")).stdout == ""


def test_a_killed_program_has_no_exit_code_and_nothing_is_certain(session):
    with pytest.raises(Unsure, match="no exit code came"):
        session.tell(tell("kill", "-9", "$$"))
    assert session.ask(ask("echo", "fine")).stdout == "fine\n"


def test_a_program_that_does_not_end_is_left_at_its_deadline(session):
    began = time.monotonic()
    with pytest.raises(Unsure, match=r"did not end within 0\.3 s"):
        session.tell(tell("sleep", "2", within=timedelta(seconds=0.3)))
    assert time.monotonic() - began < 1.5
    assert session.ask(ask("echo", "fine")).stdout == "fine\n"


def test_a_child_that_holds_the_output_open_does_not_hold_the_session(session):
    session._linger = 0.5
    began = time.monotonic()
    assert session.ask(ask("sh", "-c", "sleep 5 & echo done")).stdout == "done\n"
    assert time.monotonic() - began < 4


def test_a_line_that_is_cut_under_a_change_is_unsure_and_the_next_command_gets_through(desk, sshd, tmp_path):
    begun = tmp_path / "begun"

    def cut_once_it_has_begun() -> None:
        end = time.monotonic() + 20
        while not begun.exists() and time.monotonic() < end:
            time.sleep(0.005)
        wire.cut()

    with Relay(sshd.port) as wire:
        session = desk.open(sshd.way(port=wire.port))
        watch = threading.Thread(target=cut_once_it_has_begun)
        watch.start()
        with pytest.raises(Unsure, match="may have had its effect"):
            session.tell(tell("sh", "-c", f"touch {begun}; sleep 2"))
        watch.join()
        assert session.ask(ask("echo", "fine")).stdout == "fine\n"
        session.close()


def test_closing_ends_the_connection_on_both_sides(desk, sshd):
    session = desk.open(sshd.way())
    session.ask(ask("true"))
    assert sshd.children()
    session.close()
    end = time.monotonic() + 5
    while sshd.children():
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.mark.parametrize(
    "options",
    [
        ("-t", "ed25519"),
        ("-t", "rsa", "-b", "2048"),
        ("-t", "rsa", "-b", "2048", "-m", "PEM"),
        ("-t", "ecdsa", "-b", "256"),
        ("-t", "ecdsa", "-b", "384", "-m", "PEM"),
        ("-t", "ecdsa", "-b", "521"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("passphrase", ["", "corréct horse"])
def test_each_kind_of_key_with_and_without_a_passphrase(desk, sshd, options, passphrase, request):
    key = sshd.keygen(f"key{abs(hash(request.node.name))}", *options, passphrase=passphrase)
    sshd.authorize(key)
    desk.secrets["vault:key"] = passphrase
    session = desk.open(sshd.way(key=str(key), passphrase="vault:key" if passphrase else None))
    assert session.ask(ask("echo", "in")).stdout == "in\n"


def test_a_key_that_is_not_listed_is_refused(desk, sshd):
    with pytest.raises(Refused, match=f"it does not let {sshd.user} in"):
        desk.open(sshd.way(key=str(sshd.keygen(f"stranger{time.monotonic_ns()}"))))


def test_a_password_where_only_keys_are_taken_is_refused_with_what_is_taken(desk, sshd):
    with pytest.raises(Refused, match="it takes publickey"):
        desk.open(sshd.way(key=None, password="vault:pc/admin"))


@pytest.fixture
def agent(tmp_path, sshd, monkeypatch):
    """A running SSH agent that holds two strangers and then the right key."""
    place = tmp_path / "agent"
    running = subprocess.Popen(["ssh-agent", "-D", "-a", str(place)], stdout=subprocess.DEVNULL)
    monkeypatch.setenv("SSH_AUTH_SOCK", str(place))
    end = time.monotonic() + 5
    while not place.exists():
        assert time.monotonic() < end
        time.sleep(0.005)
    keys = [sshd.keygen(f"{name}{time.monotonic_ns()}") for name in ("one", "two")]
    for key in (*keys, sshd.key):
        subprocess.run(["ssh-add", "-q", str(key)], check=True)
    yield running
    running.terminate()
    running.wait()


def test_the_agents_keys_are_tried(desk, sshd, agent):
    session = desk.open(sshd.way(key=None, agent=True))
    assert session.ask(ask("echo", "in")).stdout == "in\n"


def test_an_agent_without_the_right_key_is_refused(desk, sshd, agent):
    subprocess.run(["ssh-add", "-q", "-d", str(sshd.key)], check=True, stderr=subprocess.DEVNULL)
    with pytest.raises(Refused, match="does not let"):
        desk.open(sshd.way(key=None, agent=True))


def test_no_agent_is_said(desk, sshd, monkeypatch):
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    with pytest.raises(Misuse, match="SSH agent"):
        desk.open(sshd.way(key=None, agent=True))


@pytest.mark.parametrize("options", [(), ("-H",), ("-t", "rsa"), ("-t", "rsa", "-H")], ids=["all", "hash", "rsa", "rsa hash"])
def test_what_ssh_keyscan_writes_is_understood(desk, sshd, tmp_path, options):
    command = ["ssh-keyscan", "-p", str(sshd.port), *options, "127.0.0.1"]
    known = tmp_path / "known_hosts"
    known.write_text(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    session = desk.open(sshd.way(fingerprint=None, known_hosts=str(known)))
    assert session.ask(ask("echo", "in")).stdout == "in\n"


def test_an_unknown_host_is_refused_with_the_fingerprint_that_ssh_keygen_shows(desk, sshd):
    with pytest.raises(Refused) as caught:
        desk.open(sshd.way(fingerprint=None))
    assert f"it shows {sshd.fingerprint} (ssh-ed25519)" in str(caught.value)
    assert "then set it as fingerprint or add it to known_hosts" in str(caught.value)


def test_a_host_that_shows_another_key_is_refused_before_the_login(desk, sshd):
    before = sshd.log.read_text().count("userauth-request")
    with pytest.raises(Refused, match="not the trusted one"):
        desk.open(sshd.way(fingerprint="SHA256:" + "A" * 43))
    assert sshd.log.read_text().count("userauth-request") == before


def test_a_file_is_put_and_read_back(desk, folder, tmp_path_factory):
    server = Sshd(tmp_path_factory.mktemp("files"))
    try:
        session = desk.open(server.way())
        target = server.folder / "a file.bin"
        data = os.urandom(1_000_000)
        session.put(str(target), b"before")
        session.put(str(target), data)
        assert target.read_bytes() == data == session.get(str(target))
        assert not list(server.folder.glob("*.keyturn-part"))
        with pytest.raises(Refused, match="No such file"):
            session.get(str(target) + ".missing")
        with pytest.raises(Refused, match="nowhere"):
            session.put("/nowhere/a", b"x")
        assert session.ask(ask("echo", "fine")).exit_code == 0
    finally:
        server.close()


def test_a_server_without_sftp_says_so(session, tmp_path):
    with pytest.raises(Refused, match="it offers no SFTP"):
        session.put(str(tmp_path / "a"), b"x")


@pytest.fixture
def windows(desk, tmp_path):
    """A PC of the tests behind the real server."""
    with Bridge(desk.pc, tmp_path / "pc") as bridge:
        folder = tmp_path / "sshd"
        folder.mkdir()
        server = Sshd(folder, bridge.config)
        yield server
        server.close()


def test_a_script_its_secret_and_its_output_cross_a_real_server(desk, windows):
    desk.pc.outcome = Outcome("Grüße\r\n".encode() * 100_000, "Fehler: ß".encode(), 3)
    reply = desk.open(windows.way()).tell(tell(Script("a.ps1", "install me"), KEY, edition="Pro"))
    assert (reply.stdout, reply.stderr, reply.exit_code) == ("Grüße\r\n" * 100_000, "Fehler: ß", 3)
    ((_, stdin),) = desk.pc.ran
    assert stdin.decode().split("\n")[1:] == [KEY.reveal(), ""]


def test_a_secret_is_in_no_log_at_any_level(desk, windows, caplog):
    caplog.set_level(logging.DEBUG)
    session = desk.open(windows.way())
    session.tell(tell(Script("a.ps1", "install me"), KEY))
    session.close()
    assert "install me" not in caplog.text
    for text in (caplog.text, windows.log.read_text()):
        assert len(text) > 1000
        assert KEY.reveal() not in text


def test_a_script_reaches_a_pc_behind_a_real_gateway_over_winrm(desk, sshd, tmp_path):
    pc = WindowsPc("FRONTDESK-07", users={"admin": "S3cret-päss/wörd"})
    facts = Path("playbooks/windows/scripts/facts.ps1").read_text("utf-8")
    with WinRMServer(pc) as server:
        way = {"host": "localhost", "port": server.port, "user": "admin", "password": "vault:pc", "jump": sshd.way()}
        session = desk.open_winrm(way)
        told = session.ask(ask(Script("facts.ps1", facts))).json()
        session.close()
        assert server.shells == {}
    assert told["edition"] == "Professional"
    assert "direct-tcpip" in sshd.log.read_text()


def test_a_gateway_that_forbids_it_refuses(desk, tmp_path):
    gateway = Sshd(tmp_path, "AllowTcpForwarding no")
    try:
        with pytest.raises(Refused, match="AllowTcpForwarding"):
            desk.open_winrm({"host": "pc", "user": "admin", "password": "vault:pc", "jump": gateway.way()})
    finally:
        gateway.close()


def test_a_pc_that_the_gateway_cannot_reach_is_not_sent(desk, sshd):
    way = {"host": "127.0.0.1", "port": 1, "user": "admin", "password": "vault:pc", "jump": sshd.way()}
    with pytest.raises(NotSent, match="does not reach the address behind it"):
        desk.open_winrm(way)

"""One connection to the lab's SSH server: who is let in, what is run for each channel, and the mishaps that were asked for."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from paramiko import Channel, PKey, ServerInterface, SSHException, Transport
from paramiko.common import (
    AUTH_FAILED,
    AUTH_SUCCESSFUL,
    OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED,
    OPEN_FAILED_CONNECT_FAILED,
    OPEN_FAILED_RESOURCE_SHORTAGE,
    OPEN_SUCCEEDED,
)

from connectors.lab.machine import Machine, Outcome, Power
from connectors.lab.ssh.faults import Faults, Mishap
from connectors.sshhost.tunnel import Joint

LONGEST_LINE = 8191
"""Characters that cmd.exe takes in one line (Microsoft Learn, "Command prompt line string limitation")."""
_UTF8 = "chcp 65001>nul & "
_POLL = 0.02
"""Seconds between two looks at whether a channel was opened."""
_ACCEPTED = 0.1
"""Seconds after which a client that leaves the input open has surely been told that its command was accepted."""
_OEM = 437
_BROKEN = (OSError, EOFError, SSHException)


class Host(Protocol):
    """What all connections to one server share: the PC, its keys, the mishaps to come, and the log."""

    machine: Machine
    key: PKey
    authorized: list[PKey]
    faults: Faults
    names: dict[str, str]
    log: list[str]
    leads_on: bool
    holds_output: bool
    running: threading.Lock


class Talk(ServerInterface):
    """Serves one connection until it ends.

    Args:
        server: What it shares with the other connections.
        transport: The connection, not begun yet.
    """

    def __init__(self, server: Host, transport: Transport) -> None:
        self.server = server
        self.transport = transport
        self._over = threading.Event()
        self._ways: dict[int, socket.socket] = {}
        self._threads: list[threading.Thread] = []
        self._channels: list[Channel] = []
        self._joints: list[Joint] = []

    def begin(self) -> None:
        """Starts to talk, unless it is to be mute."""
        if self.server.faults.take(Mishap.MUTE):
            return
        self.transport.add_server_key(self.server.key)
        self.transport.start_server(threading.Event(), self)
        self._aside(self._accept)

    def cut(self) -> None:
        """Ends the connection in the middle of whatever is on it."""
        with suppress(OSError):
            self.transport.sock.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        """Ends the connection and its threads; returns when they are gone."""
        self._over.set()
        self.transport.close()
        self.transport.sock.close()
        for thread in (*self._threads, self.transport):
            if thread.is_alive():
                thread.join()
        for joint in self._joints:
            joint.end()

    def get_allowed_auths(self, username: str) -> str:  # noqa: ARG002
        """What a client may try."""
        return "password,publickey"

    def check_auth_password(self, username: str, password: str) -> int:
        """Is that the user's password?"""
        self.server.log.append("login")
        known = {name.lower(): secret for name, secret in self.server.machine.users.items()}
        return AUTH_SUCCESSFUL if known.get(username.lower()) == password else AUTH_FAILED

    def check_auth_publickey(self, username: str, key: PKey) -> int:
        """Is that one of the listed keys?"""
        self.server.log.append("login")
        known = username.lower() in {name.lower() for name in self.server.machine.users}
        return AUTH_SUCCESSFUL if known and key in self.server.authorized else AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:  # noqa: ARG002
        """May a channel be opened?"""
        self.server.log.append(kind)
        if self.server.faults.take(Mishap.GONE):
            self.cut()
        if self.server.faults.take(Mishap.DEAF):
            self._over.wait()
        if self.server.faults.take(Mishap.NO_ROOM):
            return OPEN_FAILED_RESOURCE_SHORTAGE
        if kind != "session" or self.server.faults.take(Mishap.NO_CHANNEL):
            return OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED
        return OPEN_SUCCEEDED

    def check_channel_direct_tcpip_request(
        self,
        chanid: int,
        origin: tuple[str, int],  # noqa: ARG002
        destination: tuple[str, int],
    ) -> int:
        """Connects to *destination* for the client, where the server is a gateway."""
        self.server.log.append("direct-tcpip")
        if not self.server.leads_on:
            return OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED
        host, port = destination
        try:
            way = socket.create_connection((self.server.names.get(host.lower(), host), port), timeout=5)
        except OSError:
            return OPEN_FAILED_CONNECT_FAILED
        way.settimeout(None)
        way.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # as sshd does: small packets would wait for each other
        self._ways[chanid] = way
        return OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel: Channel, command: bytes) -> bool:
        """Runs *command* for the channel."""
        self.server.log.append("exec")
        faults = self.server.faults
        if self.server.machine.power() is not Power.UP or faults.take(Mishap.RESET):
            self.cut()
            return False
        if faults.take(Mishap.SILENT):
            self._over.wait()
            return False
        if faults.take(Mishap.DENIED):
            return False
        line = command.decode("utf-8")
        codepage = 65001 if line.startswith(_UTF8) else _OEM
        line = line.removeprefix(_UTF8)
        if faults.take(Mishap.CUT):
            if not self.server.machine.reads_input(line):
                self._run(line, b"", codepage)
            self.cut()
            return False
        self._aside(lambda: self._carry_out(channel, line, codepage))
        return True

    def _carry_out(self, channel: Channel, line: str, codepage: int) -> None:
        """Runs *line*: a program that reads input once that has ended, any other one as soon as the client knows of it."""
        reads = self.server.machine.reads_input(line)
        stdin = self._heard(channel, None if reads else _ACCEPTED)
        if reads and channel.closed:
            return
        outcome = self._run(line, stdin if reads else b"", codepage)
        if not channel.status_event.wait(outcome.seconds):
            with suppress(*_BROKEN):
                self._say(channel, outcome)

    @staticmethod
    def _heard(channel: Channel, seconds: float | None) -> bytes:
        """The input until its end, or until nothing has come for that many seconds."""
        stdin = bytearray()
        channel.settimeout(seconds)
        with suppress(TimeoutError):
            while data := channel.recv(65536):
                stdin += data
        channel.settimeout(None)
        return bytes(stdin)

    def _run(self, line: str, stdin: bytes, codepage: int) -> Outcome:
        if len(line) > LONGEST_LINE:
            return Outcome(stderr=b"The command line is too long.\r\n", exit_code=1)
        with self.server.running:
            return self.server.machine.run(line, stdin, codepage)

    def _say(self, channel: Channel, outcome: Outcome) -> None:
        """Sends what the program said, standard error first: a client that hears one stream after the other hangs."""
        faults = self.server.faults
        if faults.take(Mishap.DROP):
            return self.cut()
        channel.sendall_stderr(outcome.stderr)
        if faults.take(Mishap.HALF):
            channel.sendall(outcome.stdout[: len(outcome.stdout) // 2])
            return self.cut()
        channel.sendall(outcome.stdout)
        if not faults.take(Mishap.NO_STATUS):
            channel.send_exit_status(outcome.exit_code & 0xFFFFFFFF)
        if self.server.holds_output:
            channel.status_event.wait()
        return channel.close()

    def _accept(self) -> None:
        """Keeps the channels that were opened, and joins those that lead on to their sockets."""
        while not self._over.is_set() and (self.transport.is_active() or not self._channels):
            channel = self.transport.accept(_POLL)
            if channel is None:
                if not self.transport.is_alive():
                    return
                continue
            self._channels.append(channel)
            if way := self._ways.pop(channel.get_id(), None):
                self._joints.append(Joint(channel, way))

    def _aside(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name=f"ssh-{self.server.machine.name}")
        self._threads.append(thread)
        thread.start()

"""A strict SSH endpoint on loopback in front of one simulated PC, or of a gateway that leads to others.

It stands for OpenSSH for Windows with ``cmd.exe`` as its shell: a command runs for each channel, exit codes have 32 bits.
There is no shell to type in, no terminal and no SFTP; those are refused.

    with SSHServer(machine) as server:
        client.connect("127.0.0.1", server.port, "admin", "…")
"""

from __future__ import annotations

import socket
import threading
from typing import Self

from paramiko import ECDSAKey, PKey, Transport

from connectors.lab.machine import Machine, Power
from connectors.lab.ssh.faults import Faults, Mishap
from connectors.lab.ssh.talk import Talk

_POLL = 0.02
"""Seconds between two looks at whether the PC was restarted or the server is to end."""


class SSHServer:
    """An SSH server for one simulated PC; use it in ``with``.

    Args:
        machine: The PC. Its ``run`` is called by one thread at a time; ``power`` and ``boot`` by several.
        key: The host key; a fresh ECDSA key unless given.
        leads_on: Whether connections to other addresses are made for the client (``direct-tcpip``), as a gateway does.

    Attributes:
        authorized: Public keys that let the machine's users in.
        faults: The mishaps to come.
        names: Addresses by the names, in small letters, that only a gateway can look up.
        log: What was asked for, in order: ``login``, ``exec``, ``direct-tcpip`` and so on; never its content.
        holds_output: True when a program's children hold its output open after its end, until the client closes it.
    """

    def __init__(self, machine: Machine, *, key: PKey | None = None, leads_on: bool = False) -> None:
        self.machine = machine
        self.key = key or ECDSAKey.generate()
        self.leads_on = leads_on
        self.faults = Faults()
        self.authorized: list[PKey] = []
        self.names: dict[str, str] = {}
        self.log: list[str] = []
        self.holds_output = False
        self.running = threading.Lock()
        self._talks: list[Talk] = []
        self._boot = machine.boot()
        self._ends = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(_POLL)
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, name=f"ssh-{machine.name}")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def url(self) -> str:
        """Where it listens, ``ssh://127.0.0.1:port``."""
        return f"ssh://127.0.0.1:{self.port}"

    @property
    def fingerprint(self) -> str:
        """The host key as ``ssh-keygen -lf`` shows it."""
        return self.key.fingerprint

    @property
    def known_hosts(self) -> str:
        """The line for a ``known_hosts`` file."""
        return f"[127.0.0.1]:{self.port} {self.key.get_name()} {self.key.get_base64()}\n"

    @property
    def connections(self) -> int:
        """How many connections there are at this moment."""
        return sum(talk.transport.is_active() for talk in self._talks)

    def cut(self) -> None:
        """Ends every connection at once."""
        for talk in list(self._talks):
            talk.cut()

    def close(self) -> None:
        """Ends all connections and threads; returns when they are gone. Later connections are refused."""
        self._ends.set()
        if self._thread.is_alive():
            self._thread.join()
        self._listener.close()
        for talk in self._talks:
            talk.end()

    def _serve(self) -> None:
        while not self._ends.is_set():
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                self._look()
                continue
            self._look()
            if self.machine.power() is not Power.UP or self.faults.take(Mishap.REFUSE):
                connection.close()
                continue
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._talks.append(Talk(self, Transport(connection)))
            self._talks[-1].begin()

    def _look(self) -> None:
        """Cuts every connection when the PC has gone down or was restarted."""
        boot = self.machine.boot()
        if self.machine.power() is Power.DOWN or boot != self._boot:
            self.cut()
        self._boot = boot

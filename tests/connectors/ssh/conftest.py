"""A tiny PC behind the lab's SSH endpoint, and sessions on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.api import COMMAND_LINE, Device, Secret, Workplace
from connectors.lab.machine import Outcome, Power
from connectors.lab.ssh.server import SSHServer
from connectors.ssh.connector import SSHConnector
from connectors.winrm.connector import WinRMConnector

PASSWORD = "S3cret-päss/wörd"


class Pc:
    """Answers every command line alike, and remembers what was run."""

    name = "FRONTDESK-07"

    def __init__(self) -> None:
        self.users = {"admin": PASSWORD}
        self.ran: list[tuple[str, bytes]] = []
        self.stands = Power.UP
        self.boots = 1
        self.outcome = Outcome(stdout="Grüße".encode(), exit_code=0)
        self.on_run: Callable[[], None] = lambda: None

    def power(self) -> Power:
        return self.stands

    def boot(self) -> int:
        return self.boots

    def reads_input(self, command_line: str) -> bool:
        return command_line == COMMAND_LINE

    def run(self, command_line: str, stdin: bytes, codepage: int) -> Outcome:
        assert codepage == (437 if command_line == COMMAND_LINE else 65001)
        self.ran.append((command_line, stdin))
        self.on_run()
        return self.outcome


class Clock:
    def now(self) -> datetime:
        return datetime(2026, 3, 2, tzinfo=UTC)

    def sleep(self, seconds: float) -> None:
        raise AssertionError("an SSH session does not wait")


class Desk:
    """Opens sessions on servers, and closes all of it at the end."""

    def __init__(self, folder: Path) -> None:
        self.pc = Pc()
        self.folder = folder
        self.settings: dict[str, dict[str, object]] = {}
        self.secrets: dict[str, str] = {}
        self._opened: list[object] = []
        self.servers: list[SSHServer] = []

    def server(self, **options: object) -> SSHServer:
        server = SSHServer(self.pc, **options).__enter__()
        self.servers.append(server)
        return server

    def way(self, server: SSHServer, **settings: object) -> dict[str, object]:
        way = {"host": "127.0.0.1", "port": server.port, "user": "admin", "password": "vault:pc/admin"}
        way |= {"fingerprint": server.fingerprint}
        return {name: value for name, value in (way | settings).items() if value is not None}

    def secret(self, name: str) -> Secret:
        return Secret(self.secrets.get(name, PASSWORD), "password", name)

    def workplace(self) -> Workplace:
        return Workplace(self.folder, self.settings, Clock(), self.secret)

    def open(self, way: dict[str, object]):
        session = SSHConnector(self.workplace()).open(Device(self.pc.name, "Contoso", ways={"ssh": way}))
        self._opened.append(session)
        return session

    def open_winrm(self, way: dict[str, object]):
        session = WinRMConnector(self.workplace()).open(Device(self.pc.name, "Contoso", ways={"winrm": way}))
        self._opened.append(session)
        return session

    def close(self) -> None:
        for session in self._opened:
            session.close()
        for server in self.servers:
            server.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.close()


@pytest.fixture
def server(desk: Desk) -> SSHServer:
    return desk.server()


@pytest.fixture
def session(desk: Desk, server: SSHServer):
    return desk.open(desk.way(server))

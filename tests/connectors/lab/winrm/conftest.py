"""A tiny PC, and pywinrm as anybody would use it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from winrm.protocol import Protocol

from connectors.lab.machine import Outcome, Power
from connectors.lab.winrm.server import WinRMServer

PASSWORD = "An0ther päss"


class Pc:
    name = "BACKOFFICE-01"

    def __init__(self) -> None:
        self.users = {"admin": PASSWORD, "second": "P4ss"}
        self.ran: list[tuple[str, bytes, int]] = []
        self.stands, self.boots = Power.UP, 1
        self.outcome = Outcome(stdout=b"out", stderr=b"err", exit_code=3)

    def power(self) -> Power:
        return self.stands

    def boot(self) -> int:
        return self.boots

    def reads_input(self, command_line: str) -> bool:
        return command_line.startswith("sort")

    def run(self, command_line: str, stdin: bytes, codepage: int) -> Outcome:
        self.ran.append((command_line, stdin, codepage))
        return self.outcome


class Plain:
    """Servers and plain pywinrm clients, closed at the end."""

    def __init__(self) -> None:
        self.pc = Pc()
        self._servers: list[WinRMServer] = []
        self._clients: list[Protocol] = []

    def server(self, **options: object) -> WinRMServer:
        server = WinRMServer(self.pc, **options).__enter__()
        server.keeper.longest_wait = 0.02
        self._servers.append(server)
        return server

    def client(
        self, server: WinRMServer, transport: str = "ntlm", user: str = "admin", password: str = PASSWORD, **more: object
    ):
        client = Protocol(server.url, transport=transport, username=user, password=password, proxy=None, **more)
        self._clients.append(client)
        return client

    def close(self) -> None:
        for client in self._clients:
            client.transport.close_session()
        for server in self._servers:
            server.close()


@pytest.fixture
def plain(monkeypatch) -> Iterator[Plain]:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    plain = Plain()
    yield plain
    plain.close()


@pytest.fixture
def server(plain: Plain) -> WinRMServer:
    return plain.server()


@pytest.fixture
def client(plain: Plain, server: WinRMServer) -> Protocol:
    return plain.client(server)

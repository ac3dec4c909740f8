"""A strict WinRM listener on loopback in front of one simulated PC, for any WinRM client.

It speaks NTLM (raw or inside SPNEGO, sealed over HTTP, with channel binding over HTTPS) and Basic, and serves the ``cmd``
shell: Create, Command, Send, Receive, Signal, Delete. PowerShell remoting (PSRP) is refused as an unknown resource.
Sources: MS-WSMV, DSP0226, and the recordings in pypsrp's tests.

    with WinRMServer(machine) as server:
        protocol = winrm.Protocol(server.url, transport="ntlm", username="admin", password="…")
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from socketserver import TCPServer, ThreadingMixIn
from typing import Any, NamedTuple, Self

from connectors.lab.machine import Machine, Power
from connectors.lab.winrm.certificate import Certificate, self_signed
from connectors.lab.winrm.faults import Faults
from connectors.lab.winrm.shells import Shell, Shells
from connectors.lab.winrm.talk import Talk

_POLL = 0.02
"""Seconds between two looks at whether the PC was restarted or the server is to end."""


class Exchange(NamedTuple):
    """One HTTP request: ``Login`` or the name of its action, and how long its body was. Never its content."""

    action: str
    size: int


class Listener(ThreadingMixIn, TCPServer):
    """The socket that listens and the threads that serve, one a connection."""

    allow_reuse_address = True
    daemon_threads = False
    request_queue_size = 64

    def __init__(self, owner: WinRMServer, address: str, context: ssl.SSLContext | None) -> None:
        self.owner = owner
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._context = context
        self._lock = threading.Lock()
        self._open: dict[socket.socket, int] = {}
        super().__init__((address, 0), Talk)

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accepts a connection; TLS begins in the connection's own thread."""
        connection, address = super().get_request()
        if self._context:
            connection = self._context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        with self._lock:
            self._open[connection] = self.owner.machine.boot()
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        """Closes a connection that was served; one that is to be reset gets no orderly end before."""
        with self._lock:
            self._open.pop(request, None)
        request.close()

    def service_actions(self) -> None:
        """Cuts every connection when the PC has gone down or was restarted."""
        self.owner.look()

    def cut(self, boot: int | None = None) -> None:
        """Ends all connections at once, except those that were made in the life *boot* of the PC."""
        with self._lock:
            for connection, made in self._open.items():
                if made == boot:
                    continue
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue


class WinRMServer:
    """A WinRM listener for one simulated PC; use it in ``with``.

    Args:
        machine: The PC. Its ``run`` is called by one thread at a time; ``power`` and ``boot`` by several.
        tls: HTTPS with a fresh self-signed certificate.
        faults: Mishaps to come; more can be added to :attr:`faults` at any time.
        latency: Seconds that every request takes longer: one round trip.
        allow_basic: Whether Basic is offered (never over HTTP without *allow_unencrypted*).
        allow_unencrypted: Whether messages in clear are taken over HTTP. Windows' default is no.
        address: The loopback address to listen on; ``::1`` for IPv6.
        switched_on: Whether the PC has WinRM switched on at this moment; connections are reset otherwise.

    Attributes:
        faults: The mishaps to come.
        keeper: The shells; its ``most_shells``, ``most_commands``, ``longest_wait`` and ``chunk`` may be set.
    """

    def __init__(
        self,
        machine: Machine,
        *,
        tls: bool = False,
        faults: Faults | None = None,
        latency: float = 0.0,
        allow_basic: bool = True,
        allow_unencrypted: bool = False,
        address: str = "127.0.0.1",
        switched_on: Callable[[], bool] = lambda: True,
    ) -> None:
        self.machine = machine
        self.faults = faults or Faults()
        self.latency = latency
        self.switched_on = switched_on
        self.takes_clear = tls or allow_unencrypted
        self.takes_basic = allow_basic and self.takes_clear
        self.keeper = Shells(machine, self._alive)
        self._certificate: Certificate | None = self_signed(machine.name) if tls else None
        self._address = address
        self._boot = machine.boot()
        self._was_down = False
        self._ends = False
        self._lock = threading.Lock()
        self._log: list[Exchange] = []
        self._listener = Listener(self, address, self._certificate.context() if self._certificate else None)
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(_POLL,), name=f"winrm-{machine.name}")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends all connections and threads; returns when they are gone."""
        self._ends = True
        self.keeper.forget()
        if self._thread.is_alive():
            self._listener.shutdown()
        self._listener.cut()
        self._listener.server_close()
        if self._thread.ident is not None:
            self._thread.join()

    @property
    def port(self) -> int:
        """The port that was free."""
        return int(self._listener.server_address[1])

    @property
    def url(self) -> str:
        """The endpoint, ``http://127.0.0.1:port/wsman``."""
        host = f"[{self._address}]" if ":" in self._address else self._address
        return f"{'https' if self._certificate else 'http'}://{host}:{self.port}/wsman"

    @property
    def secure(self) -> bool:
        """True when it speaks HTTPS, so that there is a certificate."""
        return self._certificate is not None

    @property
    def certificate_pem(self) -> str:
        """The certificate to trust. Raises :class:`ValueError` without TLS."""
        return self._tls().pem

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate. Raises :class:`ValueError` without TLS."""
        return self._tls().fingerprint

    @property
    def binding(self) -> bytes | None:
        """What NTLM binds to: the certificate's digest, or ``None`` without TLS."""
        return self._certificate.digest if self._certificate else None

    @property
    def log(self) -> list[Exchange]:
        """Every HTTP request so far, in order."""
        with self._lock:
            return list(self._log)

    @property
    def shells(self) -> dict[str, Shell]:
        """The shells that are open at this moment."""
        return dict(self.keeper.open)

    def note(self, action: str, size: int) -> None:
        """Writes one request into the log."""
        with self._lock:
            self._log.append(Exchange(action, size))

    def look(self) -> None:
        """Forgets every shell and cuts the connections of before when the PC was restarted or has gone down."""
        with self._lock:
            down = self.machine.power() is Power.DOWN
            boot = self.machine.boot()
            if boot != self._boot or (down and not self._was_down):
                self.keeper.forget()
                self._listener.cut(None if down else boot)
            self._boot, self._was_down = boot, down

    def _alive(self) -> bool:
        return not self._ends and self.machine.power() is not Power.DOWN and self.machine.boot() == self._boot

    def _tls(self) -> Certificate:
        if self._certificate is None:
            raise ValueError("this server speaks plain HTTP and has no certificate")
        return self._certificate

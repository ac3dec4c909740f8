"""A socket that leads through an SSH host to an address behind it, without a port that anybody else could use."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

from paramiko import Channel

from connectors.sshhost.line import BROKEN, Line

_BYTES = 65536
"""How much is carried at once."""


class Joint:
    """Carries bytes between a channel and a socket, both ways, until either ends; both are closed then.

    Args:
        channel: A channel that leads somewhere.
        far: A connected socket; it belongs to the joint.
    """

    def __init__(self, channel: Channel, far: socket.socket) -> None:
        self._channel = channel
        self._far = far
        self._inward = threading.Thread(target=self._carry_in, name="ssh-inward", daemon=True)
        self._outward = threading.Thread(target=self._carry_out, name="ssh-outward", daemon=True)
        self._inward.start()
        self._outward.start()

    @property
    def ended(self) -> bool:
        """True when nothing is carried any more."""
        return not self._outward.is_alive()

    def end(self) -> None:
        """Closes both sides; returns when the threads are gone."""
        with suppress(OSError):
            self._far.shutdown(socket.SHUT_RDWR)
        self._outward.join()

    def _carry_in(self) -> None:
        with suppress(*BROKEN):
            while data := self._channel.recv(_BYTES):
                self._far.sendall(data)
        with suppress(OSError):
            self._far.shutdown(socket.SHUT_RDWR)

    def _carry_out(self) -> None:
        with suppress(*BROKEN):
            while data := self._far.recv(_BYTES):
                self._channel.sendall(data)
        with suppress(*BROKEN):
            self._channel.close()
        self._inward.join()
        self._far.close()


class Tunnel:
    """Connections to addresses that an SSH host reaches, over one connection to that host.

    Args:
        line: The connection to the host; it belongs to the tunnel.
    """

    def __init__(self, line: Line) -> None:
        self._line = line
        self._joints: list[Joint] = []

    def connect(self, host: str, port: int, seconds: float) -> socket.socket:
        """A socket that leads to *port* of *host*, whose name the SSH host looks up.

        It is a real one (half of a pair), so TLS can be spoken over it.

        Args:
            host: A name or an address, IPv6 without brackets.
            port: The TCP port.
            seconds: How long the SSH host may take to connect to it.

        Raises:
            NotSent: the SSH host was not reached, or does not reach *host*.
            Refused: the SSH host showed another key, did not let the user in, or leads nowhere.
        """
        channel = self._line.channel(
            lambda transport: transport.open_channel("direct-tcpip", (host, port), ("127.0.0.1", 0), timeout=seconds)
        )
        near, far = socket.socketpair()
        self._joints = [joint for joint in self._joints if not joint.ended]
        self._joints.append(Joint(channel, far))
        return near

    def close(self) -> None:
        """Ends every connection, and the one to the SSH host."""
        self._line.close()
        while self._joints:
            self._joints.pop().end()

"""HTTP connections over sockets that somebody else makes: how WinRM gets through an SSH host."""

from __future__ import annotations

import socket
from collections.abc import Callable

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

Dial = Callable[[str, int], socket.socket]
"""Gives a connected socket for a host and a port. What it raises is not taken for trouble with the request."""


def pools(dial: Dial) -> dict[str, type[HTTPConnectionPool]]:
    """urllib3's pools by scheme, with *dial* in the place of the TCP connection; TLS is spoken over it as ever."""

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return dial(self._dns_host, self.port)

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return dial(self._dns_host, self.port)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}

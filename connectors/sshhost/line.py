"""One SSH connection to a host: made when it is needed, verified, logged in, and closed with its thread."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

from paramiko import AuthenticationException, BadAuthenticationType, Channel, ChannelException, SSHException, Transport

from agent.api import KeyturnError, NotSent, Refused, Secret, TryLater
from connectors.silence import Silence, why
from connectors.sshhost.hostkeys import Trust
from connectors.sshhost.login import Login
from connectors.sshhost.settings import Host

T = TypeVar("T")

logging.getLogger("paramiko").addHandler(logging.NullHandler())  # else Python prints its tracebacks where nothing was set up

_NOT_CONNECTED, _SHORTAGE = 2, 4
"""Why a channel is not opened: the address behind does not answer, or there are too many (RFC 4254, section 5.1)."""
_ENDING = 0.2
"""Seconds in which a connection that has ended is noticed by its thread."""
BROKEN = (SSHException, OSError, EOFError)
"""What paramiko raises when a line is cut, a time is over or the other side breaks the rules."""


class Line:
    """The connection to one host; any thread may use it.

    Args:
        host: Where to, and for how long to wait.
        secret: Resolves references into secrets; called here only.

    Raises:
        Misuse: the key file or the file of host keys cannot be used.
    """

    def __init__(self, host: Host, secret: Callable[[str], Secret]) -> None:
        self.host = host
        self._trust = Trust.of(host)
        self._login = Login(host, secret)
        self._transport: Transport | None = None
        self._lock = threading.Lock()

    def __str__(self) -> str:
        return f"SSH to {self.host.address}"

    def open(self) -> Transport:
        """The connection, logged in; a new one when there is none or it has ended.

        Raises:
            NotSent: the host was not reached, or does not speak SSH in time.
            Refused: its key is not trusted, or it does not let the user in.
        """
        with self._lock:
            if self._transport is None or not self._transport.is_active():
                self._end()
                self._transport = self._connected()
            return self._transport

    def channel(self, ask: Callable[[Transport], Channel]) -> Channel:
        """The channel that *ask* opens; once more over a new connection when the present one turns out to be gone.

        Raises:
            NotSent: the host is gone, or what it was to connect to is.
            Refused: it allows no such channel. :class:`~agent.api.TryLater` when it has too many.
        """
        fresh = self._transport is None or not self._transport.is_active()
        try:
            return self._asked(ask)
        except NotSent:
            if fresh or self.alive():
                raise
        return self._asked(ask)

    def alive(self) -> bool:
        """Is the connection still there, as far as its thread knows a moment later?"""
        transport = self._transport
        if transport is None:
            return False
        transport.join(_ENDING)
        return transport.is_alive()

    def close(self) -> None:
        """Ends the connection and its thread; it may be opened again."""
        with self._lock:
            self._end()

    @contextmanager
    def closing_after(self, seconds: float) -> Iterator[None]:
        """Ends the connection when what is done inside takes longer: whatever waits for it then wakes up with an error."""
        alarm = threading.Timer(max(seconds, 0.0), self.close)
        alarm.daemon = True
        alarm.start()
        try:
            yield
        finally:
            alarm.cancel()
            alarm.join()

    def _asked(self, ask: Callable[[Transport], Channel]) -> Channel:
        transport = self.open()
        try:
            return ask(transport)
        except ChannelException as error:
            trouble = self._no_channel(error.code)
        except BROKEN as error:
            trouble = NotSent(f"{self}: no channel was opened ({type(error).__name__})", "The line is gone or very slow")
            self.close()
        raise trouble

    def _no_channel(self, code: int) -> KeyturnError:
        if code == _NOT_CONNECTED:
            return NotSent(f"{self}: it does not reach the address behind it", "Is the PC on, and its port open to this host?")
        if code == _SHORTAGE:
            return TryLater(f"{self}: it has no room for another channel")
        return Refused(f"{self}: it allows no such channel (code {code})", "Look at AllowTcpForwarding and MaxSessions")

    def _connected(self) -> Transport:
        """A new connection, logged in."""
        try:
            sock = socket.create_connection((self.host.host, self.host.port), timeout=self.host.connect_timeout)
        except OSError as error:
            silence = self._why(error)
            raise NotSent(f"{self}: {silence.words}", silence.do) from None
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else each small message waits 40 ms for the last one
        transport = Transport(sock)
        try:
            self._shake_hands(transport)
            self._log_in(transport)
            transport.set_keepalive(self.host.keep_alive)
        except BaseException:
            _ended(transport)
            raise
        return transport

    def _shake_hands(self, transport: Transport) -> None:
        seconds = self.host.connect_timeout
        transport.banner_timeout = transport.handshake_timeout = transport.auth_timeout = transport.channel_timeout = seconds
        options = transport.get_security_options()
        options.key_types = self._trust.key_types(tuple(options.key_types))
        try:
            transport.start_client(timeout=seconds)
            shown = transport.get_remote_server_key()
        except BROKEN as error:
            trouble = NotSent(
                f"{self}: it does not speak SSH with us ({self._why(error).words})", "Is that port SSH's, and is it ready?"
            )
        else:
            self._trust.check(shown)
            return
        raise trouble

    def _log_in(self, transport: Transport) -> None:
        began = time.monotonic()
        user = self.host.user
        trouble: KeyturnError
        try:
            self._login.prove(transport)
        except BadAuthenticationType as error:
            offers = ", ".join(error.allowed_types)
            trouble = Refused(
                f"{self}: {user} cannot log in like this, it takes {offers}", "Set password, key or agent to match"
            )
        except AuthenticationException:
            if time.monotonic() - began >= self.host.connect_timeout or not transport.is_active():
                trouble = NotSent(
                    f"{self}: no answer to the login of {user}", "It is starting, or ends after several wrong logins"
                )
            else:
                trouble = Refused(f"{self}: it does not let {user} in", "Is the password right, or the key listed there?")
        except BROKEN as error:
            trouble = NotSent(f"{self}: the line was cut at the login of {user} ({self._why(error).words})")
        else:
            return
        raise trouble

    def _why(self, error: Exception) -> Silence:
        return why([error], "SSH", self.host.port)

    def _end(self) -> None:
        transport, self._transport = self._transport, None
        if transport is not None:
            _ended(transport)


def _ended(transport: Transport) -> None:
    """Ends a connection on our side and waits for its thread, which is woken up so that nobody waits for long."""
    with suppress(OSError):
        transport.sock.shutdown(socket.SHUT_RDWR)
    transport.close()
    transport.sock.close()
    if transport.is_alive() and transport is not threading.current_thread():
        transport.join(5)

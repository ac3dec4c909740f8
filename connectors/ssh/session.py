"""A session on one PC over SSH: says commands, hears them out within their time, and knows what is certain when it fails."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from paramiko import Channel

from agent.api import Command, KeyturnError, NotSent, Refused, Reply, Unsure, reads
from connectors.cmdline import Said, said
from connectors.rules import Turn, check_reads
from connectors.ssh import files
from connectors.ssh.listening import Listener
from connectors.ssh.settings import CAPABILITIES
from connectors.sshhost.line import BROKEN, Line

UTF8 = "chcp 65001>nul & "
"""What cmd.exe does before a program: OpenSSH leaves it the PC's own code page. Scripts set theirs themselves."""
_READ_FIRST = "Read how things stand before it is done again"
_LINGER = 10.0
"""Seconds of silence after a program's end, while a child of it holds its output open. The rest of its own output may come
after its exit code, so this must outlast what a bad line loses and sends again."""

_FILE = timedelta(seconds=60)
"""For one file, unless more is allowed."""


class _Lost(Exception):
    """The line was cut under a command.

    Attributes:
        started: False when the command certainly has done nothing.
    """

    def __init__(self, *, started: bool) -> None:
        super().__init__()
        self.started = started


@dataclass(frozen=True, slots=True)
class _Job:
    """One command on its way.

    Attributes:
        name: The command with its secrets shown as labels.
        changes: True when it must never run twice.
        said: What is sent.
        seconds: Its total time.
        ends: When that is over, on the clock that only runs forward.
    """

    name: str
    changes: bool
    said: Said
    seconds: float
    ends: float

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return self.ends - time.monotonic()


class SSHSession:
    """A :class:`~agent.api.RemoteSession` over SSH, for one thread.

    Each command has a channel of its own on one connection, which is made again when it is gone. By itself the session
    repeats once what certainly did not happen, and once what only reads.

    Args:
        line: The connection to the PC; it belongs to the session.
        linger: Seconds; see :class:`~connectors.ssh.listening.Listener`.
    """

    connector = "ssh"
    capabilities = CAPABILITIES

    def __init__(self, line: Line, linger: float = _LINGER) -> None:
        self._line = line
        self._linger = linger
        self._turn = Turn("an SSH session")

    def open(self) -> None:
        """Logs in, so that a PC that cannot be used is known before anything is said to it.

        Raises:
            NotSent: not reached, or not ready.
            Refused: reached, and the answer was no, or its host key is not the right one.
        """
        with self._turn:
            self._line.open()

    def ask(self, command: Command) -> Reply:
        """Runs a command that only reads; when its answer is lost on the way it is said once more.

        Raises:
            ValueError: the command is marked as changing.
            NotSent, Refused, TryLater: it certainly did not start.
            Unsure: there is no whole answer, or not in time.
        """
        check_reads(command)
        return self._carry_out(command, changes=False)

    def tell(self, command: Command) -> Reply:
        """Runs a command that changes the PC. It is started again only when it certainly has done nothing.

        Raises:
            NotSent, Refused, TryLater: it certainly did not start.
            Unsure: it may have had its effect.
        """
        return self._carry_out(command, changes=True)

    def put(self, path: str, data: bytes, within: timedelta = _FILE) -> None:
        """Writes *data* to the file at *path* (``C:/Windows/Temp/a.txt``), as a whole or not at all.

        Raises ``NotSent``, ``Refused`` or ``Unsure``; see :func:`connectors.ssh.files.put`.
        """
        with self._turn:
            files.put(self._line, path, data, within.total_seconds())

    @reads
    def get(self, path: str, within: timedelta = _FILE) -> bytes:
        """What the file at *path* holds. Raises ``NotSent`` or ``Refused``; see :func:`connectors.ssh.files.get`."""
        with self._turn:
            return files.get(self._line, path, within.total_seconds())

    def close(self) -> None:
        """Ends the connection; never raises for a PC that is gone."""
        self._turn.close()
        self._line.close()

    def _carry_out(self, command: Command, *, changes: bool) -> Reply:
        seconds = command.within.total_seconds()
        job = _Job(str(command), changes, said(command, UTF8), seconds, time.monotonic() + seconds)
        with self._turn:
            try:
                return self._once(job)
            except _Lost as lost:
                error = self._lost(job, lost)
                if (lost.started and changes) or job.left <= 0:
                    raise error from None
            try:
                return self._once(job)
            except _Lost as lost:
                error = self._lost(job, lost)
        raise error

    def _once(self, job: _Job) -> Reply:
        channel = self._line.channel(lambda transport: transport.open_session(timeout=self._line.host.connect_timeout))
        listener = Listener(channel, self._linger)
        try:
            with self._line.closing_after(job.left):
                self._start(job, channel)
                self._feed(job, channel)
            return self._hear(job, listener)
        finally:
            with self._line.closing_after(self._line.host.connect_timeout):
                _shut(channel)
            listener.finish()

    def _start(self, job: _Job, channel: Channel) -> None:
        """Asks for the command to be run.

        A script that was started waits for its first line, so it has done nothing even when the answer is lost; a program
        may have begun.
        """
        try:
            channel.exec_command(job.said.line)
        except BROKEN:
            refused = self._line.alive()
        else:
            return
        if refused:
            raise Refused(f"{self._line}: it runs no commands for {self._line.host.user}", "Look at ForceCommand and the shell")
        raise _Lost(started=job.said.input is None)

    def _feed(self, job: _Job, channel: Channel) -> None:
        """Brings the input and ends it, also for a program that is given nothing: it would wait for it.

        A program may end without reading it; what became of it is heard afterwards.
        """
        with suppress(*BROKEN):
            channel.sendall(job.said.input or b"")
            channel.shutdown_write()

    def _hear(self, job: _Job, listener: Listener) -> Reply:
        if not listener.ended(job.left):
            raise _late(job)
        reply = listener.reply()
        if reply is None:
            raise _Lost(started=True)
        return reply

    def _lost(self, job: _Job, lost: _Lost) -> KeyturnError:
        """What to raise for a command whose answer was lost and that is not said again."""
        if not lost.started:
            return NotSent(f"{self._line}: the line was cut before {job.name} was started")
        if job.left <= 0:
            return _late(job)
        what = "may have had its effect" if job.changes else "gave no whole answer"
        return Unsure(f"{job.name} {what}. {self._line}: the line was cut, or no exit code came", _READ_FIRST)


def _late(job: _Job) -> Unsure:
    what = f"{job.name} did not end within {job.seconds:g} s; its channel was closed, and it may still be at work"
    return Unsure(what, _READ_FIRST)


def _shut(channel: Channel) -> None:
    """Closes *channel*; it does not matter when the line is gone."""
    with suppress(*BROKEN):
        channel.close()

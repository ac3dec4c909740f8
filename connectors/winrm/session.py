"""A session on one PC: says commands, waits for their end within their time, and knows what is certain when it fails."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, retry_if_exception_type, stop_after_attempt, wait_fixed

from agent.api import Command, KeyturnError, NotSent, Reply, Secret, Unsure
from connectors.cmdline import Said, said
from connectors.rules import Turn, check_reads
from connectors.winrm.border import Border, Kind, Trouble
from connectors.winrm.faults import Reaction
from connectors.winrm.protocol import CHUNK, CheckedProtocol
from connectors.winrm.settings import CAPABILITIES, Settings
from connectors.winrm.shell import Output, RemoteShell
from connectors.winrm.transport import LoneTransport

if TYPE_CHECKING:
    from connectors.sshhost.tunnel import Tunnel

T = TypeVar("T")

_TRIES = 4
"""How often one command is started when each refusal was certain and something could be done about it."""
_CUTS = 3
"""How often the connection may break while the end of a changing command is waited for."""
_ON_THE_WAY = (Kind.LOST, Kind.NOT_SENT)
"""The kinds of trouble that come from the line and say nothing about the command."""
_PAUSES = {Reaction.MAKE_ROOM: 1.0, Reaction.WAIT: 5.0}
"""Seconds before the next try."""
_READ_FIRST = "Read how things stand before it is done again"


class _OnceMore(Exception):
    """A command that has no whole answer and may be said again. Holds what to raise when that was done already."""

    def __init__(self, error: KeyturnError) -> None:
        super().__init__(str(error))
        self.error = error


@dataclass(frozen=True, slots=True)
class _Job:
    """One command on its way.

    Attributes:
        name: The command with its secrets shown as labels.
        changes: True when it must never run twice.
        said: What is sent.
        seconds: Its total time.
        ends: When that is over, on the session's clock.
    """

    name: str
    changes: bool
    said: Said
    seconds: float
    ends: float


@dataclass
class _Heard:
    """What a command has said so far: bytes, which are joined before they are decoded.

    Attributes:
        hole: The first trouble in which output may have been lost.
    """

    stdout: bytearray = field(default_factory=bytearray)
    stderr: bytearray = field(default_factory=bytearray)
    exit_code: int = 0
    hole: Trouble | None = None

    def add(self, output: Output) -> None:
        self.stdout += output.stdout
        self.stderr += output.stderr
        if output.exit_code is not None:
            self.exit_code = output.exit_code & 0xFFFFFFFF

    def reply(self) -> Reply:
        return Reply(self.stdout.decode("utf-8", "replace"), self.stderr.decode("utf-8", "replace"), self.exit_code)


class WinRMSession:
    """A :class:`~agent.api.RemoteSession` over WinRM, for one thread.

    Opened, it is logged in and has a shell, which it keeps: what a PC does not have any more after a restart or a pause is
    made again at the next command. It repeats by itself what certainly did not happen, and once what only reads.

    Args:
        settings: How to reach the PC.
        password: Revealed for each login.
        sleep: How to wait for seconds.
        tunnel: Leads to the PC where there is no direct way; it belongs to the session.
        monotonic: The clock for time-outs; it must run with the real time, because the PC's does.
    """

    connector = "winrm"
    capabilities = CAPABILITIES

    def __init__(
        self,
        settings: Settings,
        password: Secret,
        sleep: Callable[[float], None],
        tunnel: Tunnel | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tunnel = tunnel
        dial = partial(tunnel.connect, seconds=settings.connect_timeout) if tunnel else None
        self._transport = LoneTransport(settings, password, dial)
        self._protocol = CheckedProtocol(settings, self._transport)
        self._shell = RemoteShell(self._protocol, Border(settings, self._transport))
        self._settings = settings
        self._sleep = sleep
        self._monotonic = monotonic
        self._turn = Turn("a WinRM session")

    def open(self) -> None:
        """Logs in and opens the shell, so that a PC that cannot be used is known before anything is said to it.

        Raises:
            NotSent: not reached, or not ready.
            Refused: reached, and the answer was no. :class:`~agent.api.TryLater` when it has too many shells.
        """
        with self._turn:
            try:
                self._curing(self._shell.open)
            except Trouble as trouble:
                self.close()
                raise _before_start(trouble) from None
            except BaseException:
                self.close()
                raise

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
            Unsure: it may have had its effect; also when it has ended and some of its output is lost.
        """
        return self._carry_out(command, changes=True)

    def close(self) -> None:
        """Deletes the shell and ends the connection; never raises for a PC that is gone."""
        self._turn.close()
        self._protocol.allow(self._settings.connect_timeout)
        try:
            self._shell.close()
        finally:
            self._transport.close_session()
            if self._tunnel:
                self._tunnel.close()

    def _carry_out(self, command: Command, *, changes: bool) -> Reply:
        seconds = command.within.total_seconds()
        job = _Job(str(command), changes, said(command), seconds, self._monotonic() + seconds)
        again = Retrying(retry=retry_if_exception_type(_OnceMore), stop=stop_after_attempt(2), sleep=self._sleep, reraise=True)
        with self._turn:
            try:
                return again(self._once, job)
            except _OnceMore as over:
                error = over.error
        raise error

    def _once(self, job: _Job) -> Reply:
        self._allow(job)
        try:
            command = self._curing(lambda: self._shell.start(job.said.line, piped=job.said.input is not None))
        except Trouble as trouble:
            if trouble.call == "Command" and (trouble.kind is Kind.LOST or trouble.reaction is Reaction.POLL):
                raise self._lost(job, trouble, idle=job.said.input is not None) from None
            raise _before_start(trouble) from None
        if job.said.input is not None:
            self._feed(job, command, job.said.input)
        return self._wait(job, command)

    def _feed(self, job: _Job, command: str, data: bytes) -> None:
        """Brings the input, in pieces that fit."""
        for start in range(0, max(len(data), 1), CHUNK):
            end = start + CHUNK >= len(data)
            feed = partial(self._shell.feed, command, data[start : start + CHUNK], end=end)
            try:
                self._curing(feed, Reaction.WAIT)
            except Trouble as trouble:
                self._shell.abandon(command)
                raise self._lost(job, trouble, idle=start == 0 and trouble.declined) from None

    def _wait(self, job: _Job, command: str) -> Reply:
        """Hears the command out.

        The end of a changing command is waited for even when the connection breaks on the way: what follows must not meet
        it half done. Its output has a hole then, so the result is still *unsure*.
        """
        heard = _Heard()
        again = Retrying(
            retry=retry_if_exception(lambda error: job.changes and isinstance(error, Trouble) and error.kind in _ON_THE_WAY),
            stop=stop_after_attempt(_CUTS + 1),
            wait=wait_fixed(_PAUSES[Reaction.MAKE_ROOM]),
            sleep=self._sleep,
            reraise=True,
        )
        try:
            again(self._listen, job, command, heard)
        except Trouble as trouble:
            raise self._lost(job, heard.hole or trouble) from None
        if heard.hole:
            raise self._lost(job, heard.hole)
        return heard.reply()

    def _listen(self, job: _Job, command: str, heard: _Heard) -> None:
        try:
            for output in self._outputs(job, command):
                heard.add(output)
        except Trouble as trouble:
            if trouble.kind is Kind.LOST:
                heard.hole = heard.hole or trouble
            raise

    def _outputs(self, job: _Job, command: str) -> Iterator[Output]:
        """What the command says, up to its end. Raises ``Unsure`` when its time is over; it is terminated then."""
        while job.ends > self._monotonic():
            self._allow(job)
            output = self._shell.read(command)
            if output is None:
                continue
            yield output
            if output.exit_code is not None:
                return
        self._protocol.allow(self._settings.connect_timeout)
        ended = "was terminated" if self._shell.terminate(command) else "could not be terminated"
        raise Unsure(f"{job.name} did not end within {job.seconds:g} s and {ended}", _READ_FIRST)

    def _lost(self, job: _Job, trouble: Trouble, *, idle: bool = False) -> KeyturnError | _OnceMore:
        """What to raise for a command that was started, or may have been, and has no whole answer.

        An *idle* one waits for the first line of its input, which has not been sent: the reader that runs every script does
        nothing without it. So it has changed nothing and may be started again, whatever it was to change.
        """
        self._cure(trouble)
        if job.changes and not idle:
            return Unsure(f"{job.name} may have had its effect. {trouble.text}", _READ_FIRST)
        error = _before_start(trouble) if idle else trouble.as_error()
        if trouble.kind is Kind.REFUSED or (trouble.fault and trouble.reaction is Reaction.NONE):
            return error
        return _OnceMore(error)

    def _curing(self, act: Callable[[], T], *reactions: Reaction) -> T:
        """What *act* returns, after as many tries as help where the PC refuses for a reason that can be cured."""
        curable = reactions or (Reaction.NEW_SHELL, Reaction.MAKE_ROOM, Reaction.WAIT)
        retrying = Retrying(
            retry=retry_if_exception(lambda error: isinstance(error, Trouble) and error.reaction in curable),
            stop=stop_after_attempt(_TRIES),
            wait=lambda state: _pause(_trouble(state), state.attempt_number),
            before_sleep=lambda state: self._cure(_trouble(state)),
            sleep=self._sleep,
            reraise=True,
        )
        return retrying(act)

    def _cure(self, trouble: Trouble) -> None:
        if trouble.reaction is Reaction.NEW_SHELL:
            self._shell.forget()
        elif trouble.reaction is Reaction.MAKE_ROOM:
            self._shell.close()

    def _allow(self, job: _Job) -> None:
        self._protocol.allow(job.ends - self._monotonic())


def _before_start(trouble: Trouble) -> KeyturnError:
    """What to raise when a command certainly did not start. A lost Create is that, too: an unused shell changes nothing."""
    if trouble.kind is Kind.LOST or trouble.reaction is Reaction.POLL:
        return NotSent(trouble.text, trouble.do)
    return trouble.as_error()


def _trouble(state: RetryCallState) -> Trouble:
    error = state.outcome.exception() if state.outcome else None
    if not isinstance(error, Trouble):
        raise TypeError("only trouble is cured")
    return error


def _pause(trouble: Trouble, tries: int) -> float:
    """Seconds before the next try; a pause for room doubles each time."""
    first = _PAUSES.get(trouble.reaction, 0.0)
    return first * 2 ** (tries - 1) if trouble.reaction is Reaction.MAKE_ROOM else first

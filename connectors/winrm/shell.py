"""One WinRS shell on a PC and the commands that were started in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from connectors.winrm.border import Border, Trouble
from connectors.winrm.faults import Reaction
from connectors.winrm.protocol import CheckedProtocol

LINGERING = 8
"""Finished commands that may wait for their final Signal. A shell may hold 25 (MaxProcessesPerShell)."""
_IDLE = "PT900.000S"
"""A shell whose Create was answered into the void ends by itself after a quarter of an hour, not after two hours."""


@dataclass(frozen=True, slots=True)
class Output:
    """What one Receive brought.

    Attributes:
        stdout: Raw bytes; a character may be cut in two at the end.
        stderr: Raw bytes.
        exit_code: As it came, or ``None`` while the command runs.
    """

    stdout: bytes
    stderr: bytes
    exit_code: int | None


class RemoteShell:
    """A shell with code page 65001 and without a user profile; it is opened when the first command needs it.

    A finished command must be ended with a Signal (MS-WSMV 3.1.4.14), which costs a round trip that nobody waits for. Delete
    ends all commands of a shell with it, so the Signals are sent only when several commands have gathered.
    """

    def __init__(self, protocol: CheckedProtocol, border: Border) -> None:
        self._protocol = protocol
        self._border = border
        self._identity = ""
        self._finished: list[str] = []

    def open(self) -> None:
        """Creates the shell unless there is one. Raises :class:`Trouble`."""
        if not self._identity:
            self._identity = self._border.call(
                "Create", lambda: _found(self._protocol.open_shell(noprofile=True, codepage=65001, idle_timeout=_IDLE))
            )

    def start(self, line: str, *, piped: bool) -> str:
        """Starts *line* under ``cmd.exe`` and returns the command's identity. Raises :class:`Trouble`.

        With *piped*, the program reads what :meth:`feed` brings; otherwise it has a console and nothing is brought.
        """
        self.open()
        if len(self._finished) >= LINGERING:
            self._end_finished()
        return self._border.call(
            "Command",
            lambda: _found(self._protocol.run_command(self._identity, line, console_mode_stdin=not piped)),
        )

    def feed(self, command: str, data: bytes, *, end: bool) -> None:
        """Brings *data* to a command's standard input. Raises :class:`Trouble`."""
        self._border.call("Send", lambda: self._protocol.send_command_input(self._identity, command, data, end))

    def read(self, command: str) -> Output | None:
        """What the command has said since it was last read, or ``None`` when it said nothing in time.

        Raises :class:`Trouble`; output may be lost when the trouble's kind is ``LOST``.
        """
        try:
            stdout, stderr, code, done = self._border.call(
                "Receive", lambda: self._protocol.get_command_output_raw(self._identity, command)
            )
        except Trouble as trouble:
            if trouble.reaction is Reaction.POLL:
                return None
            raise
        if done:
            self.abandon(command)
        return Output(stdout, stderr, code if done else None)

    def terminate(self, command: str) -> bool:
        """Ends a running command; False when the PC could not be told."""
        return self._quietly("Signal", lambda: self._protocol.cleanup_command(self._identity, command))

    def abandon(self, command: str) -> None:
        """Nobody waits for *command* any more; it is ended with those that have finished."""
        self._finished.append(command)

    def forget(self) -> None:
        """The PC has no such shell any more."""
        self._identity = ""
        self._finished.clear()

    def close(self) -> None:
        """Deletes the shell, and with it every command in it; never raises for a PC that is gone."""
        if self._identity:
            self._quietly("Delete", lambda: self._protocol.close_shell(self._identity, close_session=False))
        self.forget()

    def _end_finished(self) -> None:
        for command in self._finished:
            if not self.terminate(command):
                break
        self._finished.clear()

    def _quietly(self, name: str, function: Callable[[], None]) -> bool:
        try:
            self._border.call(name, function)
        except Trouble:
            return False
        return True


def _found(identity: str | None) -> str:
    if not identity:
        raise ValueError("the answer names nothing")
    return identity

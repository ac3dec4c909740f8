"""The shells and commands that the lab's WinRM server keeps for one simulated PC."""

from __future__ import annotations

import base64
import binascii
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from connectors.lab.machine import Machine, Outcome
from connectors.lab.winrm import soap
from connectors.lab.winrm.soap import Problem, Request

LONGEST_LINE = 8191
"""Characters that cmd.exe takes in one line (Microsoft Learn, "Command prompt line string limitation")."""
_STATE = f"{soap.SHELL}/CommandState"
_SIGNALS = f"{soap.SHELL}/signal/"
_SHELL_OPTIONS = {"WINRS_NOPROFILE", "WINRS_CODEPAGE"}
_COMMAND_OPTIONS = {"WINRS_CONSOLEMODE_STDIN", "WINRS_SKIP_CMD_SHELL"}


@dataclass
class Running:
    """One command from its start to its Signal.

    Attributes:
        line: The command line.
        input: What Send brought so far.
        outcome: What the program did, once it has run.
        ends: When it is done, on the server's own clock.
        unread: Output by stream name that was not fetched yet.
        ended_input: True after a Send with End.
    """

    line: str
    input: bytearray = field(default_factory=bytearray)
    outcome: Outcome | None = None
    ends: float = 0.0
    unread: dict[str, bytes] = field(default_factory=dict)
    ended_input: bool = False

    def finish(self, outcome: Outcome, now: float) -> None:
        """The program has run; its output is there when its time is over."""
        self.outcome, self.ends = outcome, now + outcome.seconds
        self.unread = {"stdout": outcome.stdout, "stderr": outcome.stderr}


@dataclass
class Shell:
    """One shell: its code page and the commands that were started in it and not ended with a Signal."""

    codepage: int
    commands: dict[str, Running] = field(default_factory=dict)


class Shells:
    """What Create, Command, Send, Receive, Signal and Delete do.

    Args:
        machine: The simulated PC.
        alive: Asked while a Receive waits; False ends the wait because the PC or the server is gone.
    """

    most_shells = 30
    """MaxShellsPerUser (Microsoft Learn, "Quotas for remote shells")."""
    most_commands = 25
    """MaxProcessesPerShell; a command counts until its final Signal."""
    longest_wait = 60.0
    """MaxTimeoutms, in seconds: no Receive waits longer, whatever the client allows."""
    chunk = 65536
    """Bytes of output in one answer."""

    def __init__(self, machine: Machine, alive: Callable[[], bool]) -> None:
        self.open: dict[str, Shell] = {}
        self._machine = machine
        self._alive = alive
        self._changed = threading.Condition()

    def forget(self) -> None:
        """The PC was restarted, or the server ends: every shell is gone and every wait is over."""
        with self._changed:
            self.open.clear()
            self._changed.notify_all()

    def serve(self, request: Request, *, lie: bool = False) -> str:
        """Carries *request* out and returns the body of the answer.

        With *lie*, a command is accepted and not run. Raises :class:`Problem` for a fault.
        """
        if request.resource != soap.CMD:
            raise Problem(0x80338000, "InvalidResourceURI", f"The resource {request.resource} is not offered.", sender=True)
        with self._changed:
            match request.name:
                case "Create":
                    return self._create(request)
                case "Delete":
                    self._shell(request)
                    del self.open[request.shell]
                    self._changed.notify_all()
                    return ""
                case "Command":
                    return self._command(request, lie=lie)
                case "Send":
                    return self._send(request)
                case "Receive":
                    return self._receive(request)
                case "Signal":
                    return self._signal(request)
        raise Problem(0x80338001, "ActionNotSupported", f"The action {request.action} is not supported.", sender=True)

    def _create(self, request: Request) -> str:
        wanted = request.body.find(f"{{{soap.SHELL}}}Shell")
        if wanted is None:
            raise soap.invalid("Create without rsp:Shell.")
        _only(request.options, _SHELL_OPTIONS)
        codepage = request.options.get("WINRS_CODEPAGE", "437")
        if not codepage.isdigit():
            raise soap.parameter("The code page is not a number.")
        if len(self.open) >= self.most_shells:
            raise too_many_shells()
        identity = str(uuid.uuid4()).upper()
        self.open[identity] = Shell(int(codepage))
        return soap.selector(identity)

    def _command(self, request: Request, *, lie: bool) -> str:
        shell = self._shell(request)
        _only(request.options, _COMMAND_OPTIONS)
        wanted = request.body.find(f"{{{soap.SHELL}}}CommandLine")
        program = "" if wanted is None else (wanted.findtext(f"{{{soap.SHELL}}}Command") or "")
        if wanted is None or not program:
            raise soap.invalid("Command without rsp:Command.")
        if len(shell.commands) >= self.most_commands:
            raise too_many_operations()
        line = " ".join([program, *(node.text or "" for node in wanted.findall(f"{{{soap.SHELL}}}Arguments"))])
        identity = str(uuid.uuid4()).upper()
        running = shell.commands[identity] = Running(line)
        if lie:
            running.finish(Outcome(), time.monotonic())
        elif len(line) > LONGEST_LINE:
            running.finish(Outcome(stderr=b"The command line is too long.\r\n", exit_code=1), time.monotonic())
        elif not self._machine.reads_input(line):
            running.finish(self._machine.run(line, b"", shell.codepage), time.monotonic())
        return f"<rsp:CommandResponse><rsp:CommandId>{identity}</rsp:CommandId></rsp:CommandResponse>"

    def _send(self, request: Request) -> str:
        shell = self._shell(request)
        node = request.body.find(f"{{{soap.SHELL}}}Send/{{{soap.SHELL}}}Stream")
        if node is None or node.get("Name") != "stdin":
            raise soap.parameter("Send goes to the stream stdin.")
        running = self._running(shell, node.get("CommandId"))
        try:
            data = base64.b64decode(node.text or "", validate=True)
        except binascii.Error:
            raise soap.invalid("The stream is not Base64.") from None
        if running.ended_input:
            raise Problem(109, "InternalError", "The pipe has been ended.")
        running.input += data
        running.ended_input = node.get("End", "").lower() in ("true", "1")
        if running.ended_input and running.outcome is None:
            running.finish(self._machine.run(running.line, bytes(running.input), shell.codepage), time.monotonic())
            self._changed.notify_all()
        return "<rsp:SendResponse/>"

    def _receive(self, request: Request) -> str:
        node = request.body.find(f"{{{soap.SHELL}}}Receive/{{{soap.SHELL}}}DesiredStream")
        if node is None or not set((node.text or "").split()) <= {"stdout", "stderr"}:
            raise soap.parameter("Receive names the streams stdout and stderr.")
        running = self._running(self._shell(request), node.get("CommandId"))
        until = time.monotonic() + min(request.wait, self.longest_wait)
        while running.outcome is None or running.ends > time.monotonic():
            now = time.monotonic()
            if now >= until or not self._alive():
                raise timed_out()
            self._changed.wait(min(until - now, running.ends - now if running.outcome else 0.05, 0.05))
            self._running(self._shell(request), node.get("CommandId"))
        return self._output(node.get("CommandId", ""), running, running.outcome)

    def _output(self, identity: str, running: Running, outcome: Outcome) -> str:
        streams, room = [], self.chunk
        for name, data in running.unread.items():
            piece, running.unread[name] = data[:room], data[room:]
            room -= len(piece)
            if piece or not running.unread[name]:
                encoded = base64.b64encode(piece).decode("ascii")
                streams.append(soap.stream(name, identity, encoded, end=not running.unread[name]))
        done = not any(running.unread.values())
        code = f"<rsp:ExitCode>{_signed(outcome.exit_code)}</rsp:ExitCode>" if done else ""
        state = f'<rsp:CommandState CommandId="{identity}" State="{_STATE}/{"Done" if done else "Running"}">{code}'
        return f"<rsp:ReceiveResponse>{''.join(streams)}{state}</rsp:CommandState></rsp:ReceiveResponse>"

    def _signal(self, request: Request) -> str:
        shell = self._shell(request)
        node = request.body.find(f"{{{soap.SHELL}}}Signal")
        code = "" if node is None else (node.findtext(f"{{{soap.SHELL}}}Code") or "")
        if node is None or not code.startswith(_SIGNALS) or code.rpartition("/")[2].lower() not in ("terminate", "ctrl_c"):
            raise soap.parameter("Signal takes terminate or ctrl_c.")
        self._running(shell, node.get("CommandId"))
        if code.lower().endswith("terminate"):
            del shell.commands[node.get("CommandId", "").upper()]
        else:
            shell.commands[node.get("CommandId", "").upper()].finish(Outcome(exit_code=0xC000013A), time.monotonic())
        self._changed.notify_all()
        return "<rsp:SignalResponse/>"

    def _shell(self, request: Request) -> Shell:
        shell = self.open.get(request.shell)
        if shell is None:
            raise unknown_shell()
        return shell

    @staticmethod
    def _running(shell: Shell, identity: str | None) -> Running:
        if not identity:
            raise soap.parameter("The CommandId is missing.")
        running = shell.commands.get(identity.upper())
        if running is None:
            raise Problem(0x8033805B, "InvalidSelectors", "The command was not found in this shell.", sender=True)
        return running


def unknown_shell() -> Problem:
    """The fault for a shell that does not exist, any more or at all."""
    return Problem(0x8033805B, "InvalidSelectors", "The shell was not found on the server.", sender=True)


def too_many_shells() -> Problem:
    """The fault of a user with too many shells."""
    return Problem(0x803381A5, "QuotaLimit", "The user has reached the number of shells allowed for it.")


def timed_out() -> Problem:
    """The fault for a request that has not ended within its OperationTimeout."""
    return Problem(0x80338029, "TimedOut", "The operation did not end within the time that was given for it.")


def too_many_operations() -> Problem:
    """The fault of a shell with too many operations, in the form in which only ``MSFT_WmiError`` has the number."""
    return Problem(0x803381A6, "QuotaLimit", "This user has reached the number of operations allowed for it.", wmi=True)


def _only(options: dict[str, str], known: set[str]) -> None:
    if unknown := set(options) - known:
        raise Problem(0x80338041, "InvalidOptions", f"Unknown option {', '.join(sorted(unknown))}.", sender=True)


def _signed(code: int) -> int:
    """An exit code as ``xs:int``, which is what the schema demands: 0xC004F050 travels as -1073418160."""
    code &= 0xFFFFFFFF
    return code - 0x1_0000_0000 if code >= 0x8000_0000 else code

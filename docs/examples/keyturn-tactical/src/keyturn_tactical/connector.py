"""The Tactical RMM connector: a device's settings become a session that has its agent run scripts.

Sources: the server's code, amidaware/tacticalrmm 1.5.1 (``agents/views.py``, ``scripts/views.py``, ``scripts/models.py``,
``tacticalrmm/auth.py``), and its agent's, amidaware/rmmagent 2.9.1 (``agent/agent_windows.go``, ``agent/rpc.go``). What no
source shows is marked in the README.
"""

from __future__ import annotations

import base64
import math
import re
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from agent.api import (
    Answer,
    Clock,
    Command,
    Device,
    NotSent,
    Refused,
    RemoteSession,
    Reply,
    Secret,
    SecretReference,
    Unsure,
    Verdict,
    Workplace,
    no,
    standalone,
    yes,
)
from connectors.cmdline import command_line
from connectors.rest import Call, Rest, Service, base_url
from connectors.rules import Turn, check_public, check_reads, looking_first
from connectors.settings import checked, resolved

CAPABILITIES = frozenset({"powershell", "cmd", "presence", "reboot"})
"""Not ``private``: the server keeps each script and its output in its audit log. It has no call that shows a message."""
_ADVICE = {
    401: "Make a new key in Settings, Global Settings, API Keys, and store it.",
    403: "Give the key's user a role that may list agents and run scripts.",
    404: "Check agent in the tactical settings: the id that the agent's own page shows in its address.",
}
_SERVER_WAITS = 300.0
"""Seconds after which the server's own web server gives up an answer; what takes longer is Unsure."""
_POWERSHELL = "& ([ScriptBlock]::Create([Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('{}'))))"
"""Base64, because the agent's file has no byte order mark and the server puts snippets in the place of ``{{name}}``."""
_BATCH = "@echo off\r\nchcp 65001>nul\r\n{}\r\nexit %errorlevel%\r\n"
_PERCENT = re.compile(r"(%\w+%)|%")
"""A variable, which stays, or a percent sign alone, which a batch file wants twice."""
_KILLED = 98
_READ_FIRST = "Read how things stand before it is done again."


class Settings(BaseModel):
    """How to reach one device: the API's address, the key as ``vault:NAME``, the agent's id, and the web page's address."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    url: Annotated[str, AfterValidator(base_url)]
    key: SecretReference
    agent: str = Field(pattern=r"^[A-Za-z0-9_-]{21,}$")
    console: Annotated[str, AfterValidator(base_url)] | None = None


class TacticalConnector:
    """Opens sessions over a Tactical RMM server."""

    name = "tactical"
    capabilities = CAPABILITIES

    def __init__(self, workplace: Workplace) -> None:
        self._workplace = workplace

    def open(self, device: Device) -> RemoteSession:
        """A session on *device*, whose agent has just answered. Nothing is run on it. Raises as the protocol says."""
        settings = checked(
            Settings, self.name, device, {**self._workplace.settings.get(self.name, {}), **device.ways[self.name]}
        )
        key = resolved(settings.key, self._workplace.secret)
        session = TacticalSession(settings, key, self._workplace.clock)
        try:
            session.be_there()
        except BaseException:
            session.close()
            raise
        return session


class TacticalSession:
    """A :class:`~agent.api.RemoteTool` over one agent, for one thread."""

    connector = TacticalConnector.name
    capabilities = CAPABILITIES

    def __init__(self, settings: Settings, key: Secret, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._rest = Rest(
            Service(
                "Tactical RMM",
                settings.url,
                auth=lambda: {"X-API-KEY": key.reveal()},
                advice=_ADVICE,
                read=_SERVER_WAITS + 10,
                within=30,
            ),
            clock,
        )
        self._turn = Turn("a Tactical RMM session")

    def ask(self, command: Command) -> Reply:
        """Runs a command that only reads; when its answer is lost it is sent again. Raises as :meth:`tell`."""
        check_reads(command)
        return self._carry_out(command)

    def tell(self, command: Command) -> Reply:
        """Runs a command that changes the device, once.

        Raises NotSent when the agent does not answer, TryLater when the server says *not now*, Refused for a secret and for
        what the server does not allow, and Unsure when there is no whole result in time.
        """
        return self._carry_out(command)

    def presence(self) -> Answer:
        """Does the agent answer now? The server asks it, up to three times."""
        with self._turn:
            return self._ping(None)

    def _ping(self, within: float | None) -> Answer:
        told = self._rest.send(Call("GET", f"/agents/{self._settings.agent}/ping/", reads=True, within=within)).json()
        if not isinstance(told, dict) or told.get("status") not in ("online", "offline"):
            raise Unsure("Tactical RMM does not say whether the agent answers", "Is the address the API's?")
        if told["status"] == "online":
            return yes(f"the agent on {told.get('name')} answers")
        return no(f"the agent on {told.get('name')} does not answer")

    def message(self, text: str) -> None:
        """Raises Refused: there is no call for it."""
        raise Refused(f"Tactical RMM shows no message ({len(text)} characters)", "Tell the user in another way.")

    def link(self) -> str:
        """Where a technician takes control, if the settings name the web page."""
        return f"{self._settings.console}/takecontrol/{self._settings.agent}" if self._settings.console else ""

    def close(self) -> None:
        """Ends the connections; nothing is left open on the server."""
        self._turn.close()
        self._rest.close()

    def be_there(self, within: float | None = None) -> None:
        """Raises NotSent unless the agent answers: what is sent to one that does not is only found out by its time."""
        with looking_first():
            answer = self._ping(within)
        if answer.verdict is Verdict.NO:
            raise NotSent(f"Tactical RMM: {answer.evidence}", "Nothing was sent.")

    def _carry_out(self, command: Command) -> Reply:
        check_public(command, "Tactical RMM")
        spoken, ends = _spoken(command), self._clock.now() + command.within
        with self._turn:
            self.be_there(self._left(ends))
            left = self._left(ends)
            seconds = max(1, math.floor(left))
            body = {**spoken, "timeout": seconds, "args": [], "env_vars": [], "run_as_user": False}
            call = Call("POST", f"/scripts/{self._settings.agent}/test/", body, reads=not command.changes, within=left)
            return _heard(command, seconds, self._rest.send(call).json())

    def _left(self, ends: datetime) -> float:
        return max(0.1, (ends - self._clock.now()).total_seconds())


def _spoken(command: Command) -> dict[str, str]:
    """The script that the agent is to run, and by which shell."""
    if command.script is not None:
        text = base64.b64encode(standalone(command).encode()).decode("ascii")
        return {"shell": "powershell", "code": _POWERSHELL.format(text)}
    line = _PERCENT.sub(lambda found: found[1] or "%%", command_line(command.parts))
    if "{{" in line:
        raise Refused(f"{command} holds two braces, which Tactical RMM may fill in", "Let another connector carry it.")
    return {"shell": "cmd", "code": _BATCH.format(line)}


def _heard(command: Command, seconds: int, told: Any) -> Reply:
    """The result as the server tells it: an object, or one word in its place."""
    match told:
        case "natsdown":
            raise NotSent("Tactical RMM: the server does not reach its own message queue", "Look at its services.")
        case {"stdout": str(), "stderr": str(said), "retcode": code} if code == _KILLED and _timed_out(said, seconds):
            raise Unsure(f"{command} did not end within {seconds} s and was ended by the agent", _READ_FIRST)
        case {"stdout": str(out), "stderr": str(err), "retcode": int(code)}:
            return Reply(out, err, code & 0xFFFFFFFF)
        case "timeout":
            raise Unsure(f"{command} has no result after {seconds} s; the agent ends it at about that time", _READ_FIRST)
    raise Unsure(f"{command} may have had its effect: what Tactical RMM answered is no result", _READ_FIRST)


def _timed_out(said: str, seconds: int) -> bool:
    return said.endswith(f"\nScript timed out after {seconds} seconds")

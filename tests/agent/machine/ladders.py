"""Connectors whose sessions do as a test says, and a device with a ladder of them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from agent.machine.health import Health
from agent.machine.route import Route
from agent.words.answer import yes
from agent.words.command import Reply, Script, ask, tell
from agent.words.device import Device
from agent.words.errors import Attended, NotSent
from agent.words.secret import Secret

READING, CHANGING = ask(Script("facts", "")), tell(Script("restart", ""))
KEYED = tell(Script("install_key", ""), Secret("NF6HC-QH89W-F8WYV-WWXV4-WFG6P", "product key"))
OPENING = tell(Script("enable_winrm", ""))
DEVICE = "FRONTDESK-07"

TOOL = ("powershell", "cmd", "message", "presence")
PRIVATE = ("powershell", "cmd", "private")
OFF = NotSent("the agent is offline")


@dataclass
class FakeSession:
    """Says ``asked`` and ``told`` unless an error is due; a session of a person raises :class:`Attended`."""

    connector: str
    capabilities: frozenset[str]
    fails: list[Exception | None] = field(default_factory=list)
    heard: list[object] = field(default_factory=list)
    said: str = "{}"
    closed: int = 0

    def _hear(self, what):
        self.heard.append(what)
        if "attended" in self.capabilities:
            raise Attended(f"a technician must look at {self.connector}")
        if self.fails and (error := self.fails.pop(0)):
            raise error

    def ask(self, command):
        self._hear(command)
        return Reply("asked", "", 0)

    def tell(self, command):
        self._hear(command)
        return Reply(self.said, "", 0)

    def presence(self):
        self._hear("presence")
        return yes(f"{self.connector} sees it")

    def message(self, text):
        self._hear(text)

    def link(self):
        return f"https://{self.connector}.example/7"

    def close(self):
        self.closed += 1


class FakeConnector:
    """Opens sessions, or raises what it is told."""

    def __init__(self, name, *capabilities, error=None):
        self.name, self.capabilities, self.error = name, frozenset(capabilities), error
        self.opened, self.sessions = 0, []
        self.fails: list[Exception | None] = []

    def open(self, device):
        self.opened += 1
        if self.error:
            raise self.error
        self.sessions.append(FakeSession(self.name, self.capabilities, self.fails))
        return self.sessions[-1]

    @property
    def heard(self):
        return [what for session in self.sessions for what in session.heard]


class FakeWinRM(FakeConnector):
    """One that can be switched on over another way."""

    def opening(self):
        return OPENING


def tool(name="screenconnect", **given):
    """A vendor's remote tool."""
    return FakeConnector(name, *TOOL, **given)


def winrm(**given):
    """A private way that can be switched on."""
    return FakeWinRM("winrm", *PRIVATE, **given)


@dataclass
class Rungs:
    """Routes over one ladder, with what they noted; each route is one run."""

    clock: object
    health: Health = field(init=False)
    notes: list = field(default_factory=list)

    def __post_init__(self):
        self.health = Health(self.clock)

    def route(self, *connectors, ways=None, settings=None, dry=False):
        names = {connector.name: {} for connector in connectors} if ways is None else ways
        device = Device(DEVICE, "Contoso", ways=names if isinstance(names, dict) else {name: {} for name in names})
        found = {connector.name: connector for connector in connectors}
        return Route(device, found, self.health, self._note, settings or {}, dry)

    def _note(self, kind, text, facts):
        self.notes.append((kind, text, dict(facts)))

    def texts(self):
        return [text for _, text, _ in self.notes]


def told_of(**facts):
    """What a script answers."""
    return json.dumps(facts)

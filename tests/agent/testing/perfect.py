"""Connectors without any protocol that keep every promise, one of each kind, and their rig; mutants break one promise each."""

from __future__ import annotations

import subprocess

from agent.api import (
    COMMAND_LINE,
    Attended,
    Device,
    Misuse,
    NotSent,
    Refused,
    Reply,
    Script,
    Secret,
    Unsure,
    no,
    standard_input,
    tell,
    yes,
)
from agent.testing.clock import SimulatedClock
from agent.testing.rig import Rig
from agent.testing.witness import Witness
from connectors.lab.windows.pc import Pc
from connectors.lab.windows.world import World
from connectors.rules import Turn

PASSWORD, WRONG = "hunter2-and-a-half", "another-hunter"
READ = "Read how things stand before it is done again"
KINDS = {
    "direct": {"powershell", "cmd", "private", "reboot"},
    "tool": {"powershell", "cmd", "presence", "message"},
    "person": {"attended", "presence"},
}


class Session:
    """One session of any kind; each of its methods is one promise."""

    def __init__(self, rig) -> None:
        self.rig = rig
        self.connector = rig.connector.name
        self.capabilities = rig.connector.capabilities
        self.turn = Turn("a perfect session")

    def ask(self, command):
        if command.changes:
            raise ValueError("it changes something")
        return self.carried(command)

    def tell(self, command):
        return self.carried(command)

    def carried(self, command):
        if "attended" in self.capabilities:
            raise Attended("only a person can do this", "Join the session")
        if "private" in command.needs and "private" not in self.capabilities:
            self.unsafe(command)
        with self.turn:
            if self.rig.away:
                self.absent(command)
            if self.rig.password != PASSWORD:
                self.withdrawn(command)
            if self.rig.garbled:
                return self.nonsense(command)
            return self.heard(command, self.sent(command))

    def unsafe(self, command):
        raise Refused("it holds a secret", "Let WinRM carry it")

    def absent(self, command):
        raise NotSent("the device is away")

    def withdrawn(self, command):
        raise Refused("the password is not valid any more", "Check it")

    def nonsense(self, command):
        raise Unsure("the answer cannot be read", READ)

    def sent(self, command):
        if command.script:
            self.rig.log.append("a script")
            return self.rig.pc.run(COMMAND_LINE, self.input(command).encode(), 65001)
        line = " ".join(self.quoted(part) for part in command.parts)
        self.rig.log.append(line)
        return self.rig.pc.run(line, b"", 65001)

    def input(self, command):
        return standard_input(command)

    def quoted(self, part):
        return subprocess.list2cmdline([part.reveal() if isinstance(part, Secret) else part])

    def heard(self, command, outcome):
        if outcome.seconds > command.within.total_seconds():
            self.overdue(command, outcome)
        self.rig.clock.sleep(outcome.seconds)
        if self.rig.drops:
            self.rig.drops = False
            return self.dropped(command)
        if self.rig.loses:
            self.rig.loses = False
            return self.lost(command)
        return self.reply(command, outcome)

    def overdue(self, command, outcome):
        self.rig.clock.sleep(command.within.total_seconds())
        self.end()
        raise Unsure("it did not end in time", READ)

    def end(self):
        self.rig.has_ended = True

    def dropped(self, command):
        raise Unsure("the line was dropped", READ)

    def lost(self, command):
        raise Unsure("the answer was lost", READ)

    def reply(self, command, outcome):
        return Reply(self.decoded(outcome.stdout), self.decoded(outcome.stderr), outcome.exit_code & 0xFFFFFFFF)

    def decoded(self, data):
        return data.decode()

    def presence(self):
        return no("it is away") if self.rig.away else yes("it is there")

    def message(self, text):
        if "message" not in self.capabilities:
            raise Refused("it shows no messages", "Call the user")
        if self.rig.away:
            raise NotSent("the device is away")
        self.rig.messages.append(text)

    def link(self):
        return "https://perfect.example/7"

    def close(self):
        self.turn.close()


class Connector:
    """Opens sessions of the class that the rig names."""

    name = "perfect"

    def __init__(self, rig) -> None:
        self.rig = rig
        self.capabilities = frozenset(KINDS[rig.kind])

    def open(self, device):
        if self.rig.away:
            raise NotSent("the device is away")
        if self.rig.garbled:
            raise NotSent("the answer cannot be read")
        if self.rig.password != PASSWORD:
            self.refused()
        return self.rig.makes(self.rig)

    def refused(self):
        raise Refused("wrong password", "Check it")

    def check(self, device):
        if self.rig.password != PASSWORD:
            raise Refused("wrong password", "Check it")

    groups = ("site",)

    def members(self, kind, group, devices):
        if self.rig.password != PASSWORD:
            raise Refused("wrong password", "Check it")
        raise Misuse(f"nobody is in the {kind} {group}", "Look it up")

    def opening(self):
        return tell(Script("open.ps1", "…"))


class PerfectRig(Rig):
    """A rig on which the other side is this very object.

    Args:
        kind: ``direct``, ``tool`` or ``person``.
        session: What differs in its sessions, by the name of the attribute.
        connector: What differs in the connector.
    """

    credentials = (PASSWORD, WRONG)

    def __init__(self, kind, session=None, connector=None) -> None:
        self.kind = kind
        self.away = self.garbled = self.drops = self.loses = self.has_ended = False
        self.password = PASSWORD
        self.log, self.messages = [], []
        self.left = []
        """What ends that which a mutant leaves behind."""
        self.clock = SimulatedClock()
        self.pc = Witness(Pc("FRONTDESK-07", world=World(self.clock)))
        self.makes = type("Session", (Session,), session or {})
        self.connector = type("Connector", (Connector,), connector or {})(self)
        self.device = Device("FRONTDESK-07", "Contoso", ways={self.connector.name: {}})

    def offline(self):
        self.away = True

    def online(self):
        self.away = False

    def refuse(self):
        self.password = WRONG

    def drop(self):
        self.drops = True

    def lose(self):
        self.loses = True

    def garble(self):
        self.garbled = True

    def ended(self):
        return self.has_ended

    def sent(self):
        return "\n".join(self.log)

    def shown(self):
        return self.messages

"""Every connector of ours on the bench: the lab's own servers in front of one simulated PC, and how trouble is caused there."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

from agent.api import Device, Secret, Workplace
from agent.testing.clock import SimulatedClock
from agent.testing.rig import Rig
from agent.testing.witness import Witness
from connectors.kaseya.connector import Vsa9Connector, VsaXConnector
from connectors.lab.fronts import fronts
from connectors.lab.site_faults import Fault
from connectors.lab.splashtop import Splashtop
from connectors.lab.windows.pc import Pc
from connectors.lab.windows.world import World
from connectors.lab.winrm.faults import Fault as WinRMFault
from connectors.screenconnect.connector import ScreenConnectConnector
from connectors.splashtop.connector import SplashtopConnector
from connectors.ssh.connector import SSHConnector
from connectors.winrm.connector import WinRMConnector

NAME, LOGIN, PASSWORD, WRONG = "FRONTDESK-07", "keyturn", "An0ther päss/wörd+1", "qu1te-an0ther-s3cret"
ALWAYS = 10_000


class LabRig(Rig):
    """A connector in front of the lab's server for it; use it in ``with``.

    Args:
        folder: The data folder.
    """

    front: ClassVar[str]
    makes: ClassVar[type]
    way: ClassVar[dict[str, object]] = {}

    def __init__(self, folder) -> None:
        self.clock = SimulatedClock()
        self.pc = Witness(Pc(NAME, world=World(self.clock), users={LOGIN: PASSWORD}))
        self._stack = ExitStack()
        door = self._stack.enter_context(fronts([self.front], [self.pc], "vault:lab"))[self.front]
        self.door, self.server = door, door.servers[NAME]
        self.secrets = dict(door.secrets)
        self.credentials = (*self.secrets.values(), WRONG)
        way = {**door.ways[NAME], **self.way}
        shared = {name: value for name, value in way.items() if name != "session"}
        known = {door.connector: shared}
        self.connector = self.makes(
            Workplace(folder, known, self.clock, lambda name: Secret(self.secrets[name], "secret", name))
        )
        self.device = Device(NAME, "Lab", ways={door.connector: way})

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def refuse(self) -> None:
        self.secrets = dict.fromkeys(self.secrets, WRONG)


class WinRMRig(LabRig):
    """WinRM: its time is the real one, and what is sent is sealed."""

    front, makes = "winrm", WinRMConnector
    short = timedelta(seconds=0.3)

    def online(self) -> None:
        self.server.faults.clear()
        super().online()

    def drop(self) -> None:
        self.server.faults.add(WinRMFault("cut", on="Receive"))

    def lose(self) -> None:
        self.server.faults.add(WinRMFault("cut", on="Command"))

    def garble(self) -> None:
        self.server.faults.add(WinRMFault("garble", on="*", times=None))

    def ended(self) -> bool:
        return "Signal" in [action for action, _ in self.server.log]


class JumpRig(WinRMRig):
    """WinRM through an SSH host."""

    front = "winrm-jump"


class SSHRig(LabRig):
    """SSH: its time is the real one, and what is sent is encrypted."""

    front, makes = "ssh", SSHConnector
    short = timedelta(seconds=0.3)
    cannot: ClassVar = {"ended": "OpenSSH leaves a program alone whose channel is closed"}

    def drop(self) -> None:
        self.server.faults.add("drop")

    def lose(self) -> None:
        self.server.faults.add("cut")

    def garble(self) -> None:
        other = self._stack.enter_context(Splashtop(self.clock))
        port = int(other.url.rpartition(":")[2])
        self.device = replace(self.device, ways={"ssh": {**self.device.ways["ssh"], "port": port}})


class SiteRig(LabRig):
    """A vendor's site: its time is the clock's, and it could keep everything that is sent."""

    run: ClassVar[str]

    def lose(self) -> None:
        self.server.mishaps.add(Fault("cut", self.run))

    def garble(self) -> None:
        self.server.mishaps.add(Fault("garble", "*", times=ALWAYS))

    def sent(self) -> str:
        return "\n".join(f"{one.method} {one.path} {one.query} {one.body}" for one in self.door.log)

    def shown(self) -> list[str]:
        self.clock.sleep(5)
        self.server.settle()
        return [effect.detail["text"] for effect in self.pc.world.ledger.effects("message")]


class ExtensionRig(SiteRig):
    """ScreenConnect, by the RESTful API Manager extension."""

    front, makes, run = "screenconnect", ScreenConnectConnector, "SendCommandToSession"
    way: ClassVar = {"max_length": 4_000_000}
    cannot: ClassVar = {"streams": "ScreenConnect joins what a program says on both"}

    def online(self) -> None:
        self.server.guest(NAME).held_off = None
        super().online()
        self.server.settle()

    def drop(self) -> None:
        self.server.instance.tricks.plan("drop")

    def ended(self) -> bool:
        self.clock.sleep(30)
        self.server.settle()
        return any("Killed after" in event.data for event in self.server.guest(NAME).events)


class BuiltInRig(ExtensionRig):
    """ScreenConnect, by the services of the instance itself."""

    front, run = "screenconnect-built-in", "AddSessionEvents"


class VsaXRig(SiteRig):
    """VSA X."""

    front, makes, run = "vsax", VsaXConnector, "run script"

    def drop(self) -> None:
        self.pc.meanwhile(self._restart)

    def ended(self) -> bool:
        self.clock.sleep(30)
        self.server.settle()
        (agent,) = self.server.agents.values()
        return '"exit":null' in agent.runs[-1].output

    def _restart(self) -> None:
        self.pc.switch(on=False)
        self.pc.switch(on=True)


class Vsa9Rig(VsaXRig):
    """VSA 9, by the procedure log."""

    front, makes, run = "vsa9", Vsa9Connector, "runnowgetid"


class Vsa9FieldRig(Vsa9Rig):
    """VSA 9, by a custom field."""

    way: ClassVar = {"result": "field", "field": "keyturn"}


class SplashtopRig(SiteRig):
    """Splashtop, where a person acts."""

    front, makes, run = "splashtop", SplashtopConnector, "create"

    def offline(self) -> None:
        self.server.close()

    def online(self) -> None:
        for number in self.server.sessions:
            self.server.join(number, NAME)

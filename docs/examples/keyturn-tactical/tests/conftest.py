"""What the tests are given: the suite of keyturn, and a rig with the server of this folder."""

from __future__ import annotations

import pytest
from keyturn_tactical.connector import TacticalConnector
from server import Tactical

from agent.api import Device, Secret, Workplace
from agent.testing.clock import SimulatedClock
from agent.testing.rig import Rig
from agent.testing.witness import Witness
from connectors.lab.site_faults import Fault
from connectors.lab.windows.pc import Pc
from connectors.lab.windows.world import World

pytest_plugins = ["agent.testing.plugin"]

NAME, AGENT, KEY = "FRONTDESK-07", "a" * 40, "made-up-key-of-nobody"


class TacticalRig(Rig):
    """The connector, the server and the PC behind it."""

    credentials = (KEY,)

    def __init__(self, folder):
        self.clock = SimulatedClock()
        self.pc = Witness(Pc(NAME, world=World(self.clock)))
        self.server = Tactical(self.pc, AGENT, KEY)
        self.connector = TacticalConnector(Workplace(folder, {}, self.clock, lambda name: Secret(KEY, "key", name)))
        way = {"url": self.server.url, "key": "vault:tactical", "agent": AGENT, "console": "https://rmm.example"}
        self.device = Device(NAME, "Contoso", ways={"tactical": way})

    def refuse(self):
        self.server.key = "another key"

    def drop(self):
        self.pc.meanwhile(self._restart)

    def lose(self):
        self.server.mishaps.add(Fault("cut", "run"))

    def garble(self):
        self.server.mishaps.add(Fault("garble", "*", times=100))

    def ended(self):
        return self.server.killed == 1

    def sent(self):
        return "\n".join([*self.server.log_book, *(f"{one.path} {one.body}" for one in self.server.log)])

    def _restart(self):
        self.pc.switch(on=False)
        self.pc.switch(on=True)


@pytest.fixture
def rig(tmp_path):
    rig = TacticalRig(tmp_path)
    with rig.server:
        yield rig

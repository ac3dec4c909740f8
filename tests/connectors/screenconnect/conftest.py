"""One simulated PC behind an instance, reached by each of the two roads; time only moves when somebody waits."""

from __future__ import annotations

import pytest

from agent.api import Device, Secret, Workplace
from connectors.lab.screenconnect.server import Person, ScreenConnect
from connectors.lab.site_faults import Fault
from connectors.lab.windows.pc import Pc
from connectors.lab.windows.world import World
from connectors.screenconnect.connector import ScreenConnectConnector

NAME = "FRONTDESK-07"
SECRETS = {
    "vault:sc/secret": "r4w-sh4red-s3cret",
    "vault:sc/user": "Pässwort:1",
    "vault:sc/otp": "ms:GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
}
ROADS = {
    "extension": {"road": "extension", "secret": "vault:sc/secret"},
    "built-in": {"road": "built-in", "user": "agent", "password": "vault:sc/user", "otp": "vault:sc/otp"},
}
CALLS = {
    "extension": {"list": "GetSessionsByFilter", "details": "GetSessionDetailsBySessionID", "command": "SendCommandToSession"}
    | {"message": "SendMessageToSession"},
    "built-in": {"list": "GetLiveData", "details": "GetSessionDetails", "command": "AddSessionEvents"}
    | {"message": "AddSessionEvents"},
}


class Shop:
    """The instance, the PC, and how sessions on it are opened by one road.

    Attributes:
        calls: The names of this road's calls: ``list``, ``details``, ``command``, ``message``.
    """

    def __init__(self, road, folder, clock):
        self.road, self.folder, self.clock = road, folder, clock
        self.pc = Pc(NAME, world=World(clock))
        person = Person("agent", SECRETS["vault:sc/user"], SECRETS["vault:sc/otp"].removeprefix("ms:"))
        self.site = ScreenConnect([self.pc], SECRETS["vault:sc/secret"], person)
        self.calls = CALLS[road]
        self.section = {"url": self.site.url} | ROADS[road]
        self.secrets = {name: Secret(value, "secret", name) for name, value in SECRETS.items()}
        self._opened = []

    @property
    def guest(self):
        return self.site.guest(NAME)

    @property
    def instance(self):
        return self.site.instance

    @property
    def ledger(self):
        return self.pc.world.ledger

    def open(self, **way):
        workplace = Workplace(self.folder, {"screenconnect": self.section}, self.clock, self.secrets.__getitem__)
        ways = {"screenconnect": way or {"session": str(self.guest.id)}}
        session = ScreenConnectConnector(workplace).open(Device(NAME, "Contoso", ways=ways))
        self._opened.append(session)
        return session

    def mishap(self, kind, on, **more):
        self.site.mishaps.add(Fault(kind, self.calls[on], **more))

    def trick(self, name, times=1):
        self.instance.tricks.plan(name, times)

    def sent(self):
        """How often a command arrived."""
        return sum(event.what == 44 for guest in self.instance.guests for event in guest.events)

    def close(self):
        for session in self._opened:
            session.close()
        self.site.close()


@pytest.fixture(params=list(ROADS))
def shop(request, tmp_path, clock):
    shop = Shop(request.param, tmp_path, clock)
    with shop.site:
        yield shop
        shop.close()


@pytest.fixture
def session(shop):
    return shop.open()

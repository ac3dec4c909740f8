"""One simulated PC behind each of the two products, and sessions on it; time only moves when somebody waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from agent.api import Device, Secret, Workplace
from connectors.kaseya.connector import Vsa9Connector, VsaXConnector
from connectors.lab.kaseya.agent import Agent
from connectors.lab.kaseya.vsa9 import PROCEDURE, Vsa9
from connectors.lab.kaseya.vsax import SCRIPT, VARIABLE, VsaX
from connectors.lab.site import Site
from connectors.lab.site_faults import Fault
from connectors.lab.windows.pc import Pc
from connectors.lab.windows.world import World

NAME = "FRONTDESK-07"


@dataclass
class Shop:
    """One product in front of one PC.

    Attributes:
        run: The name of the call that orders a run.
        look: The name of the call that looks at it.
        there: The name of the call that asks whether the PC is connected.
    """

    site: Site
    pc: Pc
    clock: Any
    connector: Any
    way: dict[str, object]
    run: str
    look: str
    there: str

    @property
    def agent(self) -> Agent:
        return next(iter(self.site.agents.values()))

    def open(self, **settings: object):
        device = Device(NAME, "Contoso", ways={self.connector.name: self.way | settings})
        return self.connector.open(device)

    def mishap(self, kind: str, on: str, **more: int) -> None:
        self.site.mishaps.add(Fault(kind, on, **more))

    def bodies(self) -> str:
        return "\n".join(exchange.body for exchange in self.site.log)


def workplace(folder, clock, secrets: dict[str, str]) -> Workplace:
    return Workplace(folder, {}, clock, lambda name: Secret(secrets[name], "token", name))


def vsax(folder, clock, pc) -> Shop:
    site = VsaX([pc], ("lab-id", "lab-secret"))
    connector = VsaXConnector(workplace(folder, clock, {"vault:vsax/id": "lab-id", "vault:vsax/secret": "lab-secret"}))
    way = {"url": site.url, "token_id": "vault:vsax/id", "token_secret": "vault:vsax/secret", "script": SCRIPT}
    return Shop(site, pc, clock, connector, way | {"variable": VARIABLE}, "run script", "execution", "device")


def vsa9(folder, clock, pc, **more: object) -> Shop:
    site = Vsa9([pc], ("api", "the-pat"))
    connector = Vsa9Connector(workplace(folder, clock, {"vault:vsa9/pat": "the-pat"}))
    way = {"url": site.url, "user": "api", "pat": "vault:vsa9/pat", "procedure": PROCEDURE, **more}
    return Shop(site, pc, clock, connector, way, "runnowgetid", "field" if more else "procedure log", "agent")


def vsa9_field(folder, clock, pc) -> Shop:
    return vsa9(folder, clock, pc, result="field", field="keyturn")


@pytest.fixture
def pc(clock):
    return Pc(NAME, world=World(clock))


SHOPS = {"vsax": vsax, "vsa9-log": vsa9, "vsa9-field": vsa9_field}


@pytest.fixture(params=SHOPS)
def shop(request, tmp_path, clock, pc):
    made = SHOPS[request.param](tmp_path, clock, pc)
    with made.site:
        yield made


@pytest.fixture
def session(shop):
    session = shop.open()
    yield session
    session.close()

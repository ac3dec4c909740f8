"""On a device's ladder: Kaseya for what it may carry, Splashtop when Kaseya is not working, and never a key over either."""

from __future__ import annotations

import pytest

from agent.api import Attended, Device, NeedsPerson, Secret, Unreached, Workplace, ask, tell
from agent.machine.health import Health
from agent.machine.route import Route
from connectors.kaseya.plugin import keyturn_connectors
from connectors.lab.kaseya.vsax import SCRIPT, VARIABLE, VsaX
from connectors.lab.site_faults import Fault
from connectors.lab.splashtop import Splashtop
from connectors.splashtop.plugin import keyturn_connectors as keyturn_splashtop

KEY = "W269N-WFGWX-YVC9B-4J6C9-T83GX"


@pytest.fixture
def sites(clock, pc):
    with VsaX([pc], ("id", "secret")) as vsax, Splashtop(clock, "token") as splashtop:
        yield vsax, splashtop


@pytest.fixture
def route(sites, clock, folder):
    values = {"vault:id": "id", "vault:secret": "secret", "vault:token": "token"}
    workplace = Workplace(folder, {}, clock, lambda name: Secret(values[name], "token", name))
    connectors = {one.name: one for one in [*keyturn_connectors(workplace), *keyturn_splashtop(workplace)]}
    assert set(connectors) == {"vsax", "vsa9", "splashtop"}
    vsax = {"url": sites[0].url, "token_id": "vault:id", "token_secret": "vault:secret", "script": SCRIPT, "variable": VARIABLE}
    ways = {"vsax": vsax, "splashtop": {"token": "vault:token", "url": sites[1].url}}
    route = Route(Device("FRONTDESK-07", "Contoso", ways=ways), connectors, Health(clock), lambda *_: None)
    yield route
    route.close()


def test_what_works_carries_and_splashtop_is_left_alone(route, sites):
    assert route.ask(ask("hostname")).stdout.strip() == "FRONTDESK-07"
    assert route.presence().is_yes
    route.message("hello")
    assert sites[1].log == []


def test_a_key_is_nobodys_but_a_persons(route, sites):
    with pytest.raises(NeedsPerson):
        route.tell(tell("slmgr", "/ipk", Secret(KEY, "product key")))
    assert all(KEY not in exchange.body for site in sites for exchange in site.log)
    assert sites[0].calls_of("run script") == 0


def test_a_pc_that_kaseya_does_not_see_is_a_persons_by_splashtop(route, sites, pc):
    pc.switch(on=False)
    with pytest.raises(Attended, match="by a person in the Splashtop session"):
        route.ask(ask("hostname"))
    assert len(sites[1].sessions) == 1


def test_a_kaseya_that_refuses_would_refuse_the_person_as_well(route, sites):
    sites[0].mishaps.add(Fault("forbidden", "devices", times=9))
    with pytest.raises(Unreached, match="403"):
        route.ask(ask("hostname"))
    assert sites[1].log == []

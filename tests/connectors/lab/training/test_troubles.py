"""Whatever the lab says can go wrong at a vendor's does happen to keyturn's own connector, and an agent can be offline."""

from __future__ import annotations

from contextlib import suppress

import pytest

from agent.api import Device, KeyturnError, NotSent, Secret, Workplace, ask, no
from agent.machine.plugins import load
from connectors.lab.fronts import FRONTS, fronts
from connectors.lab.site import Site
from connectors.lab.training.seen import holds
from connectors.lab.training.troubles import requests_of, troubles
from connectors.lab.windows.pc import Pc
from connectors.lab.windows.world import World
from playbooks.windows.powershell import script

PC = "FRONTDESK-07"
FACTS = ask(script("facts"))
SITES = ["screenconnect", "screenconnect-built-in", "vsax", "vsa9", "splashtop"]


@pytest.fixture
def front(way, clock):
    with fronts([way], [Pc(PC, world=World(clock))], "vault:lab") as doors:
        yield doors[way]


@pytest.fixture
def opened(front, tmp_path, clock):
    """Opens a session by the front."""
    workplace = Workplace(tmp_path, {}, clock, lambda name: Secret(front.secrets[name], "secret", name))
    found = {one.name: one for each in load().hook.keyturn_connectors(workplace=workplace) for one in each}
    return lambda: found[front.connector].open(Device(PC, "Lab", ways={front.connector: front.ways[PC]}))


def planned(site: Site) -> int:
    """How much is still to happen."""
    tricks = site.instance.tricks._planned.total() if hasattr(site, "instance") else 0
    return tricks + sum(fault.times for fault in site.mishaps._faults)


@pytest.mark.parametrize("way", SITES)
def test_each_trouble_happens(front, way, opened):
    site = front.servers[PC]
    for name, trouble in troubles({way: front}, PC)[front.connector].items():
        trouble.plan(trouble.on.get(trouble.usual, ""), 1)
        assert planned(site) == 1, name
        with suppress(KeyturnError):
            session = opened()
            try:
                for command in (FACTS, ask("hostname"), FACTS):
                    with suppress(KeyturnError):
                        session.ask(command)
            finally:
                session.close()
        assert planned(site) == 0, name
        if hasattr(site, "instance"):
            site.guest(PC).held_off = None


@pytest.mark.parametrize("way", FRONTS)
def test_requests_are_those_that_the_way_has(front, way):
    found = {name: list(requests_of(those)) for name, those in troubles({way: front}, PC).items()}
    if way in ("winrm", "winrm-jump"):
        assert found["winrm"] == ["Command", "Create", "Delete", "Login", "Receive", "Send", "Signal", "any"]
    assert found.get("jump", []) == found.get("ssh", []) == []
    if way.startswith("screenconnect"):
        assert ("SendCommandToSession" in found["screenconnect"]) is (way == "screenconnect")
        assert ("AddEventToSessions" in found["screenconnect"]) is (way == "screenconnect-built-in")


@pytest.mark.parametrize("way", [site for site in SITES if site != "splashtop"])
def test_an_agent_is_offline_while_the_pc_is_up(front, opened, clock):
    site = front.servers[PC]
    agents = [site.guest(PC)] if hasattr(site, "guest") else list(site.agents.values())
    session = opened()
    for agent in agents:
        agent.away = True
    assert session.presence().verdict is no("").verdict
    with pytest.raises(NotSent):
        opened()
    for agent in agents:
        agent.away = False
    assert opened().ask(ask("hostname")).stdout.strip() == PC


@pytest.mark.parametrize("text", ["", "{}", "W269N", "not a key: !!!=", "A" * 40])
def test_no_key_is_seen_where_there_is_none(text):
    assert not holds(text, "W269N-WFGWX-YVC9B-4J6C9-T83GX")

"""Every front lets its own connector in, by nothing but the settings that it gives."""

from __future__ import annotations

import pytest

from agent.api import Attended, Device, NotSent, Refused, Secret, Workplace, ask
from agent.machine.plugins import load
from connectors.lab.fronts import FRONTS, fronts
from connectors.lab.windows.pc import Pc
from connectors.lab.windows.world import World
from playbooks.windows.powershell import script

ROOT = "vault:lab/one"
FACTS = ask(script("facts"))


@pytest.fixture
def pcs(clock):
    world = World(clock)
    return [Pc(name, world=world, users={"keyturn": "An0ther päss/wörd+1"}) for name in ("FRONTDESK-07", "RECEPTION-02")]


def connector(front, folder, clock, known=None):
    secrets = front.secrets if known is None else known
    workplace = Workplace(folder, {}, clock, lambda name: Secret(secrets[name], "secret", name))
    return {one.name: one for found in load().hook.keyturn_connectors(workplace=workplace) for one in found}[front.connector]


def device(pc, front):
    return Device(pc.name, "Lab", ways={front.connector: front.ways[pc.name]})


def test_each_connector_has_a_front(tmp_path, clock):
    workplace = Workplace(tmp_path, {}, clock, lambda name: Secret("x", "secret", name))
    installed = {one.name for found in load().hook.keyturn_connectors(workplace=workplace) for one in found}
    with fronts(FRONTS, [Pc("FRONTDESK-07", world=World(clock))], ROOT) as doors:
        assert {door.connector for door in doors.values()} == installed


@pytest.mark.parametrize("name", FRONTS)
def test_it_leads_to_each_pc(name, pcs, tmp_path, clock):
    with fronts([name], pcs, ROOT) as doors:
        front = doors[name]
        assert all(reference.startswith(ROOT) for reference in front.secrets)
        for pc in pcs:
            session = connector(front, tmp_path, clock).open(device(pc, front))
            if "attended" in session.capabilities:
                with pytest.raises(Attended):
                    session.ask(FACTS)
            else:
                assert session.ask(FACTS).json()["name"] == pc.name
            session.close()
        assert bool(front.log) is (name not in ("winrm", "winrm-jump", "ssh"))


@pytest.mark.parametrize("name", FRONTS)
def test_nobody_comes_in_with_another_secret(name, pcs, tmp_path, clock):
    with fronts([name], pcs, ROOT) as doors:
        front = doors[name]
        strange = dict.fromkeys(front.secrets, "another-s3cret")
        with pytest.raises(Refused):
            connector(front, tmp_path, clock, strange).open(device(pcs[0], front)).ask(FACTS)


@pytest.mark.parametrize("name", ["winrm", "winrm-jump"])
def test_winrm_may_speak_https(name, pcs, tmp_path, clock):
    with fronts([name], pcs, ROOT, tls=True) as doors:
        front = doors[name]
        assert front.ways["RECEPTION-02"]["scheme"] == "https"
        session = connector(front, tmp_path, clock).open(device(pcs[1], front))
        assert session.ask(FACTS).json()["name"] == "RECEPTION-02"
        session.close()


def test_the_host_before_a_pc_is_up_while_the_pc_is_not(pcs, tmp_path, clock):
    with fronts(["winrm-jump"], pcs, ROOT) as doors:
        front = doors["winrm-jump"]
        pcs[0].switch(on=False)
        with pytest.raises(NotSent):
            connector(front, tmp_path, clock).open(device(pcs[0], front)).ask(FACTS)
        assert front.gateway.log == ["login", "direct-tcpip"]


def test_only_the_host_before_a_pc_looks_its_name_up(pcs, tmp_path, clock):
    with fronts(["winrm-jump"], pcs, ROOT) as doors:
        assert doors["winrm-jump"].ways["FRONTDESK-07"]["host"] == "FRONTDESK-07"
        assert doors["winrm-jump"].gateway.names == {"frontdesk-07": "127.0.0.1", "reception-02": "127.0.0.1"}


def test_a_name_that_is_none_is_said(pcs):
    with pytest.raises(KeyError, match="telnet"), fronts(["telnet"], pcs, ROOT):
        pass

"""A whole survey of a company: the instance says who is in it, the desk's devices are seen, the others are told."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from agent.api import Device
from agent.cli.call import Call
from agent.cli.main import keyturn
from agent.machine import plugins
from connectors.lab.screenconnect.server import ScreenConnect
from connectors.lab.windows.pc import Pc
from connectors.lab.windows.world import World
from connectors.local.customers import Customer, Customers
from connectors.local.desk import Desk
from connectors.local.devices import DeskDevices


@pytest.fixture
def site(clock):
    world = World(clock)
    with ScreenConnect([Pc(f"PC-{number}", world=world) for number in range(4)], "r4w-sh4red-s3cret") as site:
        for guest, company in zip(site.instance.guests, ("Contoso", "Contoso", "Contoso", "Fabrikam"), strict=True):
            guest.properties[0] = company
        yield site


def test_a_company(site, folder, clock):
    folder.mkdir(mode=0o700)
    (folder / "keyturn.toml").write_text(f'[screenconnect]\nurl = "{site.url}"\nsecret = "vault:screenconnect"\n')
    call = Call(plugins=plugins.load(), clock=clock, folder=folder)
    call.home.vault.put("screenconnect", "r4w-sh4red-s3cret", kind="password", at=clock.now())
    ids = [str(guest.id) for guest in site.instance.guests]
    desk = Desk.of(call.workplace())
    for name in ("Contoso", "Fabrikam"):
        Customers(desk).add(Customer(name, "core"))
    devices = DeskDevices(desk)
    devices.add(Device("FRONT", "Contoso", ways={"screenconnect": {"session": ids[0]}}))
    devices.add(Device("BACK", "Contoso", ways={"screenconnect": {"name": "pc-1"}}))
    devices.add(Device("THEIRS", "Fabrikam", ways={"screenconnect": {"session": ids[3]}}))
    result = CliRunner().invoke(keyturn, ["survey", "--threads", "1", "--group", "screenconnect:Contoso", "--json"], obj=call)
    assert result.exit_code == 4, result.output
    told = {row["device"]: (row["how"], row["way"]) for row in json.loads(result.stdout)["devices"]}
    assert told == {
        "FRONT": ("seen", "screenconnect"),
        "BACK": ("seen", "screenconnect"),
        f"PC-2 ({ids[2]})": ("not in desk", "screenconnect"),
    }

"""The connector joins keyturn as any plug-in does, and leaves nothing behind when opening fails."""

from __future__ import annotations

import pytest

from agent.api import Device, Misuse, Secret, Workplace
from connectors.lab.winrm.faults import Fault
from connectors.winrm.plugin import keyturn_connectors


def workplace(desk, secret=lambda name: Secret("S3cret-päss/wörd", "password", name)):
    return Workplace(desk.folder, {"winrm": {"user": "admin", "password": "vault:everywhere"}}, desk.clock, secret)


def test_the_plug_in_brings_one_connector(desk, server):
    (connector,) = keyturn_connectors(workplace(desk))
    assert connector.name == "winrm"
    session = connector.open(Device("PC", "Contoso", ways={"winrm": {"host": "127.0.0.1", "port": server.port}}))
    session.close()
    assert server.shells == {}


def test_a_vault_that_cannot_be_read_says_so_itself(desk, server):
    def locked() -> str:
        raise Misuse("the vault is locked")

    (connector,) = keyturn_connectors(workplace(desk, lambda name: Secret(locked, "password", name)))
    with pytest.raises(Misuse, match="the vault is locked"):
        connector.open(Device("PC", "Contoso", ways={"winrm": {"host": "127.0.0.1", "port": server.port}}))
    assert server.log == []


def test_a_device_without_settings_is_told_what_is_missing(desk):
    (connector,) = keyturn_connectors(workplace(desk))
    with pytest.raises(Misuse, match="host is missing"):
        connector.open(Device("PC", "Contoso"))


def test_an_interruption_while_opening_leaves_no_connection(desk, server):
    server.faults.add(Fault("quota of shells", on="Create"))

    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    desk.clock.sleep = interrupted
    with pytest.raises(KeyboardInterrupt):
        desk.open(desk.way(server))
    assert server.shells == {}

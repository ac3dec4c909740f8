"""keyturn's Windows upgrade as it ships, over this connector; only what holds the product key takes another way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import AGENT, KEY, NAME
from server import Tactical

from connectors.lab.fronts import fronts
from connectors.lab.windows.pc import Pc
from connectors.lab.windows.power import Pace
from connectors.lab.windows.state import Backup
from connectors.lab.windows.world import World

CUSTOMER, USER, TICKET = "Contoso", "Jane Roe", "5531"
LOGIN, PASSWORD = "keyturn", "An0ther pass/word+1"
WAITING = 3
"""The exit code of a run that waits, here for the user's back-up."""


@pytest.fixture
def keyturn(tmp_path):
    """Types one command; what is piped in is a secret."""
    program = Path(sys.executable).with_name("keyturn")
    settings = {**os.environ, "KEYTURN_HOME": str(tmp_path / "home"), "NO_COLOR": "1"}

    def keyturn(*words, piped="", code=0):
        done = subprocess.run([program, *words], input=piped.encode(), capture_output=True, env=settings, timeout=60)
        assert done.returncode == code, (done.stdout + done.stderr).decode()
        return done.stdout.decode()

    return keyturn


def ways(doors, server):
    """The ladder: this connector first, WinRM below it."""
    for name, value in {"url": server.url, "key": "vault:tactical", "agent": AGENT}.items():
        yield from ("--way", f"tactical.{name}={value}")
    for name, value in doors["winrm"].ways[NAME].items():
        yield from ("--way", f"winrm.{name}={value}")


def test_the_playbook_as_it_ships(keyturn):
    world = World(pace=Pace(notice=0.005, down=0.2, starting=0.2))
    pc = Pc(NAME, world=world, users={LOGIN: PASSWORD})
    key = world.keys.make("Education")
    with fronts(["winrm"], [pc], "vault:lab") as doors, Tactical(pc, AGENT, KEY) as server:
        keyturn("key", "add", "tactical", "--kind", "password", piped=KEY)
        keyturn("key", "add", "lab/password", "--kind", "password", piped=PASSWORD)
        keyturn("key", "add", "contoso/win", piped=key.value)
        keyturn("customer", "add", CUSTOMER, "--package", "core", "--mail", "it@contoso.example")
        keyturn("device", "add", NAME, "--customer", CUSTOMER, "--user", USER, *ways(doors, server))
        keyturn("licence", "add", "LIC-1", "--customer", CUSTOMER, "--edition", "Education")
        keyturn("ticket", "add", "--customer", CUSTOMER, "--type", "windows licence upgrade", "--number", TICKET)
        order = {"ticket": TICKET, "customer": CUSTOMER, "user": USER, "contact": "it@contoso.example", "device": NAME}
        order |= {"current": "pro", "edition": "education", "licence": "LIC-1", "key": "vault:contoso/win", "technician": "Sam"}
        run = ("run", "windows-upgrade", "--unattended", *(word for name in order for word in (f"--{name}", order[name])))
        keyturn(*run, code=WAITING)
        pc.state.backups.append(Backup(world.clock.now()))
        keyturn("resume", "1", "--unattended")
        told = json.loads(keyturn("show", "2", "--json"))
    reached = [event["facts"]["connector"] for event in told["events"] if event["kind"] == "reached"]
    assert reached == ["tactical", "winrm"]
    assert (pc.state.edition, world.ledger.count("key installed"), world.ledger.count("activated")) == ("Education", 1, 1)
    assert server.calls_of("run") > 0
    assert key.value not in "\n".join([*server.log_book, *(exchange.body for exchange in server.log)])

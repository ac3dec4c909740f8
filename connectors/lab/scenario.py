"""The lab's simulated customer for the Windows licence upgrade: a desk to fill, one PC, and somebody who backs it up."""

from __future__ import annotations

import secrets

from agent.api import Scenario, Secret
from connectors.lab.ledger import Effect
from connectors.lab.windows.pc import Pc
from connectors.lab.windows.power import Pace
from connectors.lab.windows.state import Backup, State
from connectors.lab.windows.world import World
from connectors.lab.winrm.server import WinRMServer

CUSTOMER = "Willow Street Dental"
DEVICE = "FRONTDESK-07"
CONTACT = "office@willowstreet.example"
USER = "Anna Berg"
LOGIN = "keyturn"
KEY = "willowstreet/win-education"
PASSWORD = "willowstreet/frontdesk"  # noqa: S105 - the name under which the vault keeps it


def windows_upgrade() -> Scenario:
    """Starts the simulated customer: a Windows 11 Pro PC with a licence for Education to be installed, behind WinRM.

    Pro to Education is a change that needs a restart, so that the restart is seen too (Microsoft Learn, "Windows edition
    upgrade").
    """
    world = World(pace=Pace(notice=0.01, down=0.8, starting=0.6), seed=secrets.randbits(64))
    password = secrets.token_urlsafe(15)
    pc = Pc(DEVICE, State(), world, {LOGIN: password})
    pc.faults.delay("activate", 0.8)
    key = world.keys.make("Education", "Retail")
    server = WinRMServer(pc, switched_on=lambda: pc.state.winrm)
    server.__enter__()

    def act() -> str:
        pc.state.backups.append(Backup(world.clock.now()))
        return f"{USER} backs {DEVICE} up to the network, as the instructions say."

    return Scenario(
        title=f"{CUSTOMER}: one Windows 11 Pro PC, to become Windows 11 Education",
        secrets={KEY: Secret(key.value, "product key"), PASSWORD: Secret(password, "password")},
        setup=_setup(server.port),
        run=_run(),
        act=act,
        effects=lambda: [_line(effect) for effect in world.ledger.effects()],
        close=server.close,
    )


def _setup(port: int) -> tuple[tuple[str, ...], ...]:
    login = ("--login", LOGIN, "--password-ref", f"vault:{PASSWORD}")
    return (
        ("customer", "add", CUSTOMER, "--package", "core", "--mail", CONTACT),
        ("device", "add", DEVICE, "--customer", CUSTOMER, "--user", USER, "--winrm", f"127.0.0.1:{port}", *login),
        ("licence", "add", "WS-EDU", "--customer", CUSTOMER, "--edition", "Education", "--seats", "5"),
        ("ticket", "add", "--customer", CUSTOMER, "--type", "windows licence upgrade", "--number", "5531"),
    )


def _run() -> tuple[str, ...]:
    order = {
        "ticket": "5531",
        "customer": CUSTOMER,
        "user": USER,
        "contact": CONTACT,
        "device": DEVICE,
        "current": "pro",
        "edition": "education",
        "licence": "WS-EDU",
        "key": f"vault:{KEY}",
        "technician": "Sam",
    }
    return ("run", "windows-upgrade", *(part for name, value in order.items() for part in (f"--{name}", value)))


def _line(effect: Effect) -> str:
    detail = ", ".join(f"{name} {value}" for name, value in effect.detail.items() if name != "text")
    return f"{effect.effect}{f' ({detail})' if detail else ''}"

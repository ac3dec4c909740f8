"""How the ways to a PC are made to fail, and made well again: the words in which the fault table is written."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from agent.words.errors import Exit
from agent.words.event import Kind
from connectors.lab import site_faults
from connectors.lab.winrm import faults as winrm_faults
from connectors.lab.winrm.server import WinRMServer
from tests.playbooks.upgrade.office import DEVICE, ROOT, Office

Deed = Callable[[Office, str], object]
"""Makes something go wrong, given the office and the name of the front that it is about."""
ALWAYS = 10**6
STARTS = {
    "vsax": "run script",
    "vsa9": "runnowgetid",
    "screenconnect": "SendCommandToSession",
    "screenconnect-built-in": "AddSessionEvents",
}
"""The call of each tool that gives the PC a command."""
SEES = {"vsax": "device", "vsa9": "agent"}
"""The call of each Kaseya that says whether the PC is there."""
LISTS = {"screenconnect": "GetSessionsByFilter", "screenconnect-built-in": "GetLiveData"}
"""The call of each road into ScreenConnect that lists sessions."""
ITSELF, NOBODY, PERSON = "itself", "nobody", "splashtop"


@dataclass(frozen=True)
class Row:
    """One line of the fault table.

    Attributes:
        what: What goes wrong.
        behind: The fronts behind the faulty one on the ladder, with ``>`` between them.
        deed: Makes it go wrong, before the run that is watched.
        then: The connector that answers the next reading; :data:`ITSELF`, :data:`NOBODY` or a :data:`PERSON` else.
        why: The kind of the error and a part of what the record says; empty where nothing had to be recorded.
        exit: The exit code of that run.
        keys: How often the key was installed when that run has ended: never, unless it says so or the order is done.
    """

    what: str
    behind: str
    deed: Deed
    then: str
    why: str
    exit: Exit
    keys: int = 0

    @property
    def installed(self) -> int:
        """How often the key was installed when the run has ended."""
        return 1 if self.exit is Exit.DONE else self.keys


@dataclass(frozen=True)
class Section:
    """The lines about one way.

    Attributes:
        about: What people call it.
        fronts: Its fronts; every line holds for each of them.
        rows: The lines.
        before: The fronts before it on the ladder, whose agents are away.
    """

    about: str
    fronts: tuple[str, ...]
    rows: tuple[Row, ...]
    before: tuple[str, ...] = ()

    def ladder(self, front: str, row: Row) -> tuple[str, ...]:
        """The fronts of one line, in order."""
        return (*self.before, front, *filter(None, row.behind.split(" > ")))


def connector(front: str) -> str:
    """The name of the connector that uses the front of that name."""
    return front.removesuffix("-built-in").removesuffix("-jump")


def site(office: Office, front: str) -> Any:
    """The server behind a front."""
    return office.fronts[front].servers[DEVICE]


# In the settings


def settings(**given: Any) -> Deed:
    """The device's settings say something else."""
    return lambda office, front: office.way(connector(front), **given)


def wrong_secret(office: Office, front: str) -> None:
    """What the way logs in with is no longer right."""
    office.home.vault.put(f"{ROOT}/wrong", "another-s3cret", kind="password", at=office.clock.now())
    known = office.fronts[front].secrets
    named = [name for name, value in office.home.device(DEVICE).ways[connector(front)].items() if value in known]
    office.way(connector(front), **dict.fromkeys(named, f"vault:{ROOT}/wrong"))


def closed_port(office: Office, front: str) -> None:
    """Nothing listens where the way leads to."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    office.way(connector(front), port=port)


def mute_port(office: Office, front: str) -> None:
    """Something listens there and never says a word."""
    listener = office.stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    office.way(connector(front), port=listener.getsockname()[1], connect_timeout=0.2, operation_timeout=1)


def strange_certificate(office: Office, front: str) -> None:
    """The PC's certificate is not the one that is known."""
    server = office.stack.enter_context(WinRMServer(office.pc, tls=True))
    office.way(connector(front), port=server.port, scheme="https", fingerprint="ab" * 32)


def no_such_script(office: Office, front: str) -> None:
    """The stored script is not there any more."""
    office.way(front, **{"script": "99"} if front == "vsax" else {"procedure": 9999})


def no_such_session(office: Office, front: str) -> None:
    """The session was deleted, and the agent installed anew."""
    office.way(connector(front), session=str(uuid4()))


def two_sessions(office: Office, front: str) -> None:
    """Two sessions have the name of the PC."""
    site(office, front).instance.join(office.pc)
    office.way(connector(front), session=None, name=DEVICE)


def alone(office: Office, front: str) -> None:
    """Nothing may stand in for this tool."""
    (office.home.folder / "keyturn.toml").write_text(f'[ladder]\nalone = ["{connector(front)}"]\n', "utf-8")
    vars(office.home).pop("settings", None)


# At the vendor and on the line


def mishap(kind: str, on: dict[str, str] | str = site_faults.ANY, times: int = ALWAYS, after: int = 0) -> Deed:
    """Something goes wrong at a vendor's site; *on* may name the call by the front."""

    def plan(office: Office, front: str) -> None:
        call = on if isinstance(on, str) else on[front]
        site(office, front).mishaps.add(site_faults.Fault(kind, call, times, after))

    return plan


def trick(name: str, times: int = ALWAYS) -> Deed:
    """Something goes wrong behind a ScreenConnect instance."""
    return lambda office, front: site(office, front).instance.tricks.plan(name, times)


def other_origin(office: Office, front: str) -> None:
    """ScreenConnect's extension takes requests from another origin only."""
    site(office, front).allowed_origin = "https://elsewhere.example"


def away(office: Office, front: str) -> None:
    """The agent on the PC is not connected to the vendor."""
    for agent in _agents(office, front):
        agent.away = True


def on_winrm(kind: str, on: str = "*", times: int | None = None, after: int = 0) -> Deed:
    """Something goes wrong between us and the WinRM listener."""
    return lambda office, front: site(office, front).faults.add(winrm_faults.Fault(kind, on, times, after))


def on_ssh(kind: str, times: int = ALWAYS) -> Deed:
    """Something goes wrong between us and the SSH server."""
    return lambda office, front: site(office, front).faults.add(kind, times)


def on_gateway(kind: str, times: int = ALWAYS) -> Deed:
    """Something goes wrong between us and the SSH host before the PC."""
    return lambda office, front: office.fronts[front].gateway.faults.add(kind, times)


def gateway_gone(office: Office, front: str) -> None:
    """The SSH host before the PC goes away, with every connection through it."""
    office.fronts[front].gateway.faults.add("refuse", ALWAYS)
    office.fronts[front].gateway.cut()


def leads_nowhere(office: Office, front: str) -> None:
    """The SSH host before the PC forwards nothing."""
    office.fronts[front].gateway.leads_on = False


def gateway_settings(**given: Any) -> Deed:
    """The settings of the SSH host before the PC say something else."""

    def change(office: Office, front: str) -> None:
        jump = office.home.device(DEVICE).ways["winrm"]["jump"]
        office.way("winrm", jump={**jump, **given})

    return change


def off(office: Office, front: str) -> None:
    """WinRM is switched off on the PC."""
    office.pc.state.winrm = False


def a_day_ago(office: Office, front: str) -> None:
    """A run before has made a support session, which nobody joined."""
    office.run()
    office.clock.sleep(25 * 3600)


# When


def at(step: str, *deeds: Deed) -> Deed:
    """All of it goes wrong at the moment when *step* is begun."""

    def plan(office: Office, front: str) -> None:
        office.at[Kind.BEGUN, step] = lambda: [deed(office, front) for deed in deeds]

    return plan


def when(effect: str, *deeds: Deed) -> Deed:
    """All of it goes wrong at the moment when *effect* has happened on the PC."""

    def plan(office: Office, front: str) -> None:
        ledger = office.world.ledger
        add = ledger.add

        def adding(machine: str, name: str, **detail: Any) -> None:
            add(machine, name, **detail)
            if name == effect:
                ledger.add = add
                for deed in deeds:
                    deed(office, front)

        ledger.add = adding

    return plan


def both(*deeds: Deed) -> Deed:
    """One after the other."""
    return lambda office, front: [deed(office, front) for deed in deeds]


def of(front: str, deed: Deed) -> Deed:
    """What goes wrong with another front than the first one."""
    return lambda office, _front: deed(office, front)


# Well again


def cure(office: Office) -> None:
    """All is well again, and two minutes have passed."""
    for name, front in office.fronts.items():
        server = front.servers[DEVICE]
        for reference, value in front.secrets.items():
            office.home.vault.put(reference.removeprefix("vault:"), value, kind="password", at=office.clock.now())
        office.way(front.connector, **dict.fromkeys(office.home.device(DEVICE).ways[front.connector]))
        office.way(front.connector, **front.ways[DEVICE])
        for faults in (getattr(server, "faults", None), front.gateway and front.gateway.faults):
            if faults:
                faults.clear()
        if front.gateway:
            front.gateway.leads_on = True
        if hasattr(server, "mishaps"):
            server.mishaps = site_faults.Mishaps()
        if front.connector == "screenconnect":
            server.instance.tricks._planned.clear()
            server.allowed_origin = ""
            server.guest(DEVICE).held_off = None
        for agent in _agents(office, name):
            agent.away = False
    (office.home.folder / "keyturn.toml").unlink(missing_ok=True)
    vars(office.home).pop("settings", None)
    office.pc.state.winrm = True
    office.clock.sleep(120)


def _agents(office: Office, front: str) -> list[Any]:
    match connector(front):
        case "screenconnect":
            return [site(office, front).guest(DEVICE)]
        case "vsax" | "vsa9":
            return list(site(office, front).agents.values())
    return []

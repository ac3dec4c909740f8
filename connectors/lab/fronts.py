"""The lab's front doors: which servers stand before its PCs, and what a device's settings say to come in by each.

with fronts(("screenconnect", "winrm"), [pc], "vault:lab") as doors:
    ways = {door.connector: door.ways[pc.name] for door in doors.values()}
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from connectors.lab.kaseya.vsa9 import PROCEDURE, Vsa9
from connectors.lab.kaseya.vsax import SCRIPT, VARIABLE, VsaX
from connectors.lab.screenconnect.server import Person, ScreenConnect
from connectors.lab.site import Exchange, Site
from connectors.lab.splashtop import Splashtop
from connectors.lab.ssh.server import SSHServer
from connectors.lab.windows.pc import Pc
from connectors.lab.winrm.server import WinRMServer

GATEWAY = "GATEWAY-01"
"""The SSH host before the PCs."""
Way = Mapping[str, Any]


@dataclass(frozen=True)
class Front:
    """One way in, with its servers running.

    Attributes:
        connector: The connector that uses it: its name in a device's ``ways``.
        servers: What answers: one for each PC where PCs listen themselves, one for all where a vendor does. By PC's name.
        ways: The settings of each PC, by its name. Secrets in them are references below the lab's root.
        secrets: What those references stand for: reference to value.
        gateway: The SSH host that the PCs are behind, where they are behind one.
    """

    connector: str
    servers: Mapping[str, Any]
    ways: Mapping[str, Way]
    secrets: Mapping[str, str]
    gateway: SSHServer | None = None

    @property
    def log(self) -> list[Exchange]:
        """Every request that a vendor's site took, in order; of a PC that listens itself there is none."""
        sites = {id(server): server for server in self.servers.values() if isinstance(server, Site)}
        return [exchange for site in sites.values() for exchange in site.log]


@dataclass(frozen=True)
class Ground:
    """What fronts are built on.

    Attributes:
        pcs: At least one; all have the same users, the first of which is the one that logs in.
        root: What references begin with, such as ``vault:lab``.
        stack: What closes the servers.
        tls: Whether the PCs' WinRM speaks HTTPS.
        latency: Seconds that each WinRM request takes longer.
    """

    pcs: Sequence[Pc]
    root: str
    stack: ExitStack
    tls: bool = False
    latency: float = 0.0

    @property
    def names(self) -> list[str]:
        """The PCs' names."""
        return [pc.name for pc in self.pcs]

    @property
    def login(self) -> dict[str, str]:
        """The settings of whoever logs in."""
        return {"user": next(iter(self.pcs[0].users)), "password": f"{self.root}/password"}

    @property
    def passwords(self) -> dict[str, str]:
        """What the reference in :attr:`login` stands for."""
        return {self.login["password"]: next(iter(self.pcs[0].users.values()))}


Opened = Callable[[Ground], Front]


@contextmanager
def fronts(
    names: Iterable[str], pcs: Sequence[Pc], root: str, *, tls: bool = False, latency: float = 0.0
) -> Iterator[dict[str, Front]]:
    """Opens the fronts called *names* (see :data:`FRONTS`), in the order of the ladder, before *pcs*.

    What the other arguments are says :class:`Ground`; all is closed with the ``with`` block.
    Raises :class:`KeyError` for a name that is none.
    """
    with ExitStack() as stack:
        ground = Ground(pcs, root, stack, tls, latency)
        yield {name: FRONTS[name](ground) for name in names}


def _winrm(on: Ground) -> Front:
    servers = {pc.name: on.stack.enter_context(_listener(on, pc)) for pc in on.pcs}
    ways = {name: {"host": "127.0.0.1", "port": server.port, **_trust(server), **on.login} for name, server in servers.items()}
    return Front("winrm", servers, ways, on.passwords)


def _listener(on: Ground, pc: Pc) -> WinRMServer:
    return WinRMServer(pc, tls=on.tls, latency=on.latency, switched_on=lambda: pc.state.winrm)


def _trust(server: WinRMServer) -> dict[str, str]:
    return {"scheme": "https", "fingerprint": server.fingerprint} if server.secure else {}


def _jump(on: Ground) -> Front:
    """WinRM to PCs behind an SSH host, which is up whether they are or not, knows the same users and looks their names up."""
    behind, first = _winrm(on), on.pcs[0]
    host = on.stack.enter_context(SSHServer(Pc(GATEWAY, world=first.world, users=first.users), leads_on=True))
    host.names.update({name.lower(): "127.0.0.1" for name in on.names})
    jump = {"host": "127.0.0.1", "port": host.port, "fingerprint": host.fingerprint, **on.login}
    ways = {name: {**way, "host": name, "jump": jump} for name, way in behind.ways.items()}
    return Front("winrm", behind.servers, ways, behind.secrets, host)


def _ssh(on: Ground) -> Front:
    servers = {pc.name: on.stack.enter_context(SSHServer(pc)) for pc in on.pcs}
    ways = {
        name: {"host": "127.0.0.1", "port": server.port, "fingerprint": server.fingerprint, **on.login}
        for name, server in servers.items()
    }
    return Front("ssh", servers, ways, on.passwords)


def _screenconnect(on: Ground) -> Front:
    reference, value = f"{on.root}/screenconnect", secrets.token_urlsafe(18)
    site = on.stack.enter_context(ScreenConnect(on.pcs, value))
    ways = {name: {"url": site.url, "secret": reference, "session": str(site.guest(name).id)} for name in on.names}
    return _site("screenconnect", site, ways, {reference: value})


def _built_in(on: Ground) -> Front:
    reference, value = f"{on.root}/screenconnect", secrets.token_urlsafe(18)
    site = on.stack.enter_context(ScreenConnect(on.pcs, secrets.token_urlsafe(18), Person("agent", value)))
    way = {"url": site.url, "road": "built-in", "user": "agent", "password": reference}
    ways = {name: way | {"session": str(site.guest(name).id)} for name in on.names}
    return _site("screenconnect", site, ways, {reference: value})


def _vsax(on: Ground) -> Front:
    token, secret = f"{on.root}/vsax-id", f"{on.root}/vsax-secret"
    known = {token: "lab-token", secret: secrets.token_urlsafe(18)}
    site = on.stack.enter_context(VsaX(on.pcs, (known[token], known[secret])))
    way = {"url": site.url, "token_id": token, "token_secret": secret, "script": SCRIPT, "variable": VARIABLE}
    return _site("vsax", site, dict.fromkeys(on.names, way), known)


def _vsa9(on: Ground) -> Front:
    reference, value = f"{on.root}/vsa9", secrets.token_urlsafe(18)
    site = on.stack.enter_context(Vsa9(on.pcs, ("api", value)))
    way = {"url": site.url, "user": "api", "pat": reference, "procedure": PROCEDURE}
    return _site("vsa9", site, dict.fromkeys(on.names, way), {reference: value})


def _splashtop(on: Ground) -> Front:
    reference, value = f"{on.root}/splashtop", secrets.token_urlsafe(24)
    site = on.stack.enter_context(Splashtop(on.pcs[0].world.clock, value))
    way = {"url": site.url, "token": reference}
    return _site("splashtop", site, dict.fromkeys(on.names, way), {reference: value})


def _site(connector: str, site: Site, ways: Mapping[str, Way], known: Mapping[str, str]) -> Front:
    return Front(connector, dict.fromkeys(ways, site), ways, known)


FRONTS: Mapping[str, Opened] = MappingProxyType(
    {
        "winrm": _winrm,
        "winrm-jump": _jump,
        "ssh": _ssh,
        "screenconnect": _screenconnect,
        "screenconnect-built-in": _built_in,
        "vsax": _vsax,
        "vsa9": _vsa9,
        "splashtop": _splashtop,
    }
)
"""The ways in that the lab has, by name."""

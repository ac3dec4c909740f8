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

Way = Mapping[str, Any]


@dataclass(frozen=True)
class Front:
    """One way in, with its servers running.

    Attributes:
        connector: The connector that uses it: its name in a device's ``ways``.
        servers: What answers: one for each PC where PCs listen themselves, one for all where a vendor does. By PC's name.
        ways: The settings of each PC, by its name. Secrets in them are references below the lab's root.
        secrets: What those references stand for: reference to value.
    """

    connector: str
    servers: Mapping[str, Any]
    ways: Mapping[str, Way]
    secrets: Mapping[str, str]

    @property
    def log(self) -> list[Exchange]:
        """Every request that a vendor's site took, in order; of a PC that listens itself there is none."""
        sites = {id(server): server for server in self.servers.values() if isinstance(server, Site)}
        return [exchange for site in sites.values() for exchange in site.log]


Opened = Callable[[Sequence[Pc], str, ExitStack], Front]


@contextmanager
def fronts(names: Iterable[str], pcs: Sequence[Pc], root: str) -> Iterator[dict[str, Front]]:
    """Opens the fronts called *names* (see :data:`FRONTS`) before *pcs*; all are closed with the ``with`` block.

    Args:
        names: In the order of the ladder.
        pcs: At least one; all have the same users, the first of which is the one that logs in.
        root: What references begin with, such as ``vault:lab``.

    Raises :class:`KeyError` for a name that is none.
    """
    with ExitStack() as stack:
        yield {name: FRONTS[name](pcs, root, stack) for name in names}


def _winrm(pcs: Sequence[Pc], root: str, stack: ExitStack) -> Front:
    servers = {pc.name: stack.enter_context(WinRMServer(pc, switched_on=_switched_on(pc))) for pc in pcs}
    ways = {name: {"host": "127.0.0.1", "port": server.port} | _login(pcs, root) for name, server in servers.items()}
    return Front("winrm", servers, ways, _passwords(pcs, root))


def _jump(pcs: Sequence[Pc], root: str, stack: ExitStack) -> Front:
    """WinRM to PCs behind an SSH host, which is the first PC's neighbour and knows the same users."""
    behind = _winrm(pcs, root, stack)
    host = stack.enter_context(SSHServer(pcs[0], leads_on=True))
    jump = {"host": "127.0.0.1", "port": host.port, "fingerprint": host.fingerprint} | _login(pcs, root)
    return Front("winrm", behind.servers, {name: {**way, "jump": jump} for name, way in behind.ways.items()}, behind.secrets)


def _ssh(pcs: Sequence[Pc], root: str, stack: ExitStack) -> Front:
    servers = {pc.name: stack.enter_context(SSHServer(pc)) for pc in pcs}
    ways = {
        name: {"host": "127.0.0.1", "port": server.port, "fingerprint": server.fingerprint} | _login(pcs, root)
        for name, server in servers.items()
    }
    return Front("ssh", servers, ways, _passwords(pcs, root))


def _screenconnect(pcs: Sequence[Pc], root: str, stack: ExitStack) -> Front:
    reference, value = f"{root}/screenconnect", secrets.token_urlsafe(18)
    site = stack.enter_context(ScreenConnect(pcs, value))
    ways = {pc.name: {"url": site.url, "secret": reference, "session": str(site.guest(pc.name).id)} for pc in pcs}
    return _site("screenconnect", site, ways, {reference: value})


def _built_in(pcs: Sequence[Pc], root: str, stack: ExitStack) -> Front:
    reference, value = f"{root}/screenconnect", secrets.token_urlsafe(18)
    site = stack.enter_context(ScreenConnect(pcs, secrets.token_urlsafe(18), Person("agent", value)))
    way = {"url": site.url, "road": "built-in", "user": "agent", "password": reference}
    ways = {pc.name: way | {"session": str(site.guest(pc.name).id)} for pc in pcs}
    return _site("screenconnect", site, ways, {reference: value})


def _vsax(pcs: Sequence[Pc], root: str, stack: ExitStack) -> Front:
    known = {f"{root}/vsax-id": "lab-token", f"{root}/vsax-secret": secrets.token_urlsafe(18)}
    site = stack.enter_context(VsaX(pcs, (known[f"{root}/vsax-id"], known[f"{root}/vsax-secret"])))
    way = {"url": site.url, "token_id": f"{root}/vsax-id", "token_secret": f"{root}/vsax-secret"}
    return _site("vsax", site, dict.fromkeys(_names(pcs), way | {"script": SCRIPT, "variable": VARIABLE}), known)


def _vsa9(pcs: Sequence[Pc], root: str, stack: ExitStack) -> Front:
    reference, value = f"{root}/vsa9", secrets.token_urlsafe(18)
    site = stack.enter_context(Vsa9(pcs, ("api", value)))
    way = {"url": site.url, "user": "api", "pat": reference, "procedure": PROCEDURE}
    return _site("vsa9", site, dict.fromkeys(_names(pcs), way), {reference: value})


def _splashtop(pcs: Sequence[Pc], root: str, stack: ExitStack) -> Front:
    reference, value = f"{root}/splashtop", secrets.token_urlsafe(24)
    site = stack.enter_context(Splashtop(pcs[0].world.clock, value))
    way = {"url": site.url, "token": reference}
    return _site("splashtop", site, dict.fromkeys(_names(pcs), way), {reference: value})


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


def _site(connector: str, site: Site, ways: Mapping[str, Way], known: Mapping[str, str]) -> Front:
    return Front(connector, dict.fromkeys(ways, site), ways, known)


def _names(pcs: Sequence[Pc]) -> list[str]:
    return [pc.name for pc in pcs]


def _switched_on(pc: Pc) -> Callable[[], bool]:
    return lambda: pc.state.winrm


def _login(pcs: Sequence[Pc], root: str) -> dict[str, str]:
    return {"user": next(iter(pcs[0].users)), "password": f"{root}/password"}


def _passwords(pcs: Sequence[Pc], root: str) -> dict[str, str]:
    return {f"{root}/password": next(iter(pcs[0].users.values()))}

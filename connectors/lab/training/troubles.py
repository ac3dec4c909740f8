"""What can be made to go wrong on each way into the lab, by name, and on which requests."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from connectors.lab import site_faults
from connectors.lab.fronts import Front
from connectors.lab.screenconnect.builtin import SERVICES
from connectors.lab.screenconnect.extension import METHODS
from connectors.lab.screenconnect.server import ScreenConnect
from connectors.lab.screenconnect.tricks import Trick
from connectors.lab.site import Site
from connectors.lab.ssh import faults as ssh_faults
from connectors.lab.ssh.server import SSHServer
from connectors.lab.winrm import faults as winrm_faults
from connectors.lab.winrm.server import WinRMServer
from connectors.lab.winrm.soap import ACTIONS

SLOW = 3.0
"""Seconds that ``fault slow`` holds an answer back."""
ANY = "any"


@dataclass(frozen=True)
class Trouble:
    """One thing that can go wrong.

    Attributes:
        plan: Given the request that it is to happen to and how often, plans it.
        on: The requests that it can happen to, as typed in small letters, with what they are called; none for all alike.
        usual: What is typed for the request when none is.
    """

    plan: Callable[[str, int], None]
    on: Mapping[str, str] = field(default_factory=dict)
    usual: str = ""


Troubles = Mapping[str, Trouble]
"""By name as it is typed."""


def troubles(doors: Mapping[str, Front], pc: str) -> dict[str, Troubles]:
    """By the way as it is typed: the connector's name, or ``jump`` for the SSH host before the PC called *pc*."""
    found: dict[str, Troubles] = {}
    for name, front in doors.items():
        match server := front.servers[pc]:
            case WinRMServer():
                found[front.connector] = _winrm(server)
            case SSHServer():
                found[front.connector] = _ssh(server)
            case ScreenConnect():
                found[front.connector] = _screenconnect(server, built_in=name != "screenconnect")
            case Site():
                found[front.connector] = _site(server, (call.name for call in server.calls))
        if front.gateway:
            found["jump"] = _ssh(front.gateway)
    return found


def requests_of(those: Troubles) -> Sequence[str]:
    """The names of the requests that any of *those* can happen to, as they are typed; ``any`` is the last one."""
    longest = max((trouble.on for trouble in those.values()), key=len)
    return [typed(name) for name in [*sorted(set(longest.values()) - _EVERY, key=str.lower), *([ANY] if longest else [])]]


def typed(name: str) -> str:
    """A name as it is typed: without blanks."""
    return name.replace(" ", "-")


_EVERY = {winrm_faults.ANY, site_faults.ANY}
_BUILT_IN = ["page", *(method.name for methods in SERVICES.values() for method in methods), "report"]


def _requests(names: Iterable[str], every: str) -> dict[str, str]:
    return {typed(name).lower(): name for name in names} | {ANY: every}


def _winrm(server: WinRMServer) -> Troubles:
    on = _requests((*ACTIONS.values(), "Login"), winrm_faults.ANY)

    def planner(kind: winrm_faults.Mishap) -> Callable[[str, int], None]:
        return lambda request, count: server.faults.add(winrm_faults.Fault(kind, request, count, seconds=SLOW))

    return {typed(kind.value): Trouble(planner(kind), on, "Command") for kind in winrm_faults.Mishap}


def _ssh(server: SSHServer) -> Troubles:
    def planner(kind: ssh_faults.Mishap) -> Callable[[str, int], None]:
        return lambda _request, count: server.faults.add(kind, count)

    return {typed(kind.value): Trouble(planner(kind)) for kind in ssh_faults.Mishap}


def _site(site: Site, calls: Iterable[str]) -> dict[str, Trouble]:
    def planner(kind: site_faults.Mishap) -> Callable[[str, int], None]:
        return lambda call, count: site.mishaps.add(site_faults.Fault(kind, call, count))

    every = site_faults.ANY
    on, runs = _requests(calls, every), _requests(site.starts, every)
    found = {typed(kind.value): Trouble(planner(kind), on, ANY) for kind in (*site_faults.LINE, *site.own)}
    if site.starts:
        found |= {typed(kind.value): Trouble(planner(kind), runs, ANY) for kind in site_faults.RUN}
    return found


def _screenconnect(site: ScreenConnect, *, built_in: bool) -> Troubles:
    """Trouble of the line, and the tricks of the instance and its agent; each road has calls of its own."""

    def planner(trick: Trick) -> Callable[[str, int], None]:
        return lambda _request, count: site.instance.tricks.plan(trick, count)

    tricks = [trick for trick in Trick if built_in or trick is not Trick.STALE_TOKEN]
    calls = _BUILT_IN if built_in else [method.name for method in METHODS]
    return _site(site, calls) | {typed(trick.value): Trouble(planner(trick)) for trick in tricks}

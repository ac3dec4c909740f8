"""The words that act on the ways to the simulated PC: switches, agents, mishaps, support sessions, and what vendors saw."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from connectors.lab.fronts import Front
from connectors.lab.kaseya.vsa9 import Vsa9
from connectors.lab.kaseya.vsax import VsaX
from connectors.lab.screenconnect.server import ScreenConnect
from connectors.lab.site import Site
from connectors.lab.splashtop import Splashtop, Support
from connectors.lab.training.seen import shows
from connectors.lab.training.troubles import ANY, Trouble, Troubles, requests_of, troubles
from connectors.lab.training.words import Names, Slip, Word, chosen, counted, times
from connectors.lab.windows.pc import Pc

TECHNICIAN = "sam@msp.example"
_SWITCH: Mapping[str, bool] = {"on": True, "off": False}


class WayWords:
    """What can be done to the *doors* before *pc*, which must not be shown *key*."""

    def __init__(self, pc: Pc, doors: Mapping[str, Front], key: str) -> None:
        self._pc, self._key = pc, key
        self._troubles = troubles(doors, pc.name)
        self._servers = {front.connector: front.servers[pc.name] for front in doors.values()}
        self._sites = {name: server for name, server in self._servers.items() if isinstance(server, Site)}
        self._agents = {name: site for name, site in self._sites.items() if not isinstance(site, Splashtop)}

    def words(self) -> dict[str, Word]:
        """The words that concern these ways."""
        several = len(self._troubles) > 1
        fault = "WAY NAME [REQUEST] [TIMES]" if several else "NAME [REQUEST] [TIMES]"
        found = {"fault": Word(fault, 3 + several, "a mishap on the line, or behind it", self._fault)}
        if "winrm" in self._servers:
            found["winrm"] = Word("on|off", 1, "somebody switches the PC's WinRM on or off", self._winrm)
        if self._agents:
            about = "the agent loses its vendor, or finds it again; the PC stays up"
            found["agent"] = Word("on|off" if len(self._agents) == 1 else "on|off [WAY]", 2, about, self._agent)
        if "splashtop" in self._sites:
            found["join"] = Word("", 0, "the end user opens the link of the support session", self._join)
            found["connect"] = Word("", 0, "a technician joins the support session", self._connect)
        if self._sites:
            about = "what vendors were asked, and whether the key was in it"
            found["requests"] = Word("" if len(self._sites) == 1 else "[WAY]", 1, about, self._requests)
        return found

    def names(self) -> list[Names]:
        """What can stand for NAME and REQUEST."""
        several = len(self._troubles) > 1
        found = []
        for way, those in self._troubles.items():
            found.append(Names(f"NAME for {way}" if several else "NAME of a fault", list(those)))
            if requests := requests_of(those):
                found.append(Names(f"REQUEST for {way}" if several else "REQUEST", requests))
        return found

    def _fault(self, *given: str) -> str:
        way, kind, *when = given if len(self._troubles) > 1 else (*self._troubles, *given)
        those = chosen("way", way, self._troubles)
        trouble = chosen("fault", kind, those)
        request = when.pop(0) if trouble.on and when and not when[0].isdecimal() else trouble.usual
        if len(when) > 1 or (when and not trouble.on and not when[0].isdecimal()):
            raise Slip(f"give {kind.lower()} {'a REQUEST and how often' if trouble.on else 'only how often'}.")
        count = times(when[0]) if when else 1
        return f"{kind.lower()} will happen {self._planned(trouble, request, count, those)}."

    @staticmethod
    def _planned(trouble: Trouble, request: str, count: int, those: Troubles) -> str:
        """Plans it, and says when it will happen."""
        if not trouble.on:
            trouble.plan("", count)
            return f"at the next {counted(count, 'occasion')}"
        if request.lower() not in trouble.on and any(request.lower() in other.on for other in those.values()):
            raise Slip(f"that happens to {' and '.join(trouble.on)} only.")
        on = chosen("request", request, trouble.on)
        trouble.plan(on, count)
        return f"to the next {counted(count, 'request' if request.lower() == ANY else f'{on} request')}"

    def _winrm(self, to: str) -> str:
        self._pc.state.winrm = _switched(to)
        if self._pc.state.winrm:
            return f"{self._pc.name} has its WinRM switched on."
        opened = f"\nkeyturn device change {self._pc.name} --way winrm.open=true   (lets keyturn switch it on over {{}})"
        return f"{self._pc.name} has its WinRM switched off.{opened.format(' or '.join(self._agents)) if self._agents else ''}"

    def _agent(self, to: str, way: str = "") -> str:
        on = _switched(to)
        those = {way.lower(): chosen("way", way, self._agents)} if way else self._agents
        for site in those.values():
            if isinstance(site, ScreenConnect):
                site.guest(self._pc.name).away = not on
            elif isinstance(site, VsaX | Vsa9):
                for agent in site.agents.values():
                    agent.away = not on
        return f"To {' and '.join(those)}, {self._pc.name} is {'there again' if on else 'offline, whatever it is itself'}."

    def _join(self) -> str:
        site, one = self._support()
        site.join(one.id, self._pc.name)
        return f"The end user opened the link of support session {one.id} on {self._pc.name}."

    def _connect(self) -> str:
        site, one = self._support()
        if not one.associated_at:
            raise Slip("the end user has not opened the link yet. Type join first.")
        site.connect(one.id, TECHNICIAN)
        return f"{TECHNICIAN} joined support session {one.id}."

    def _support(self) -> tuple[Splashtop, Support]:
        """The newest support session that is open."""
        site = self._sites["splashtop"]
        assert isinstance(site, Splashtop)  # noqa: S101 - what the front of that name has
        found = [one for one in list(site.sessions.values()) if one.status == "open"]
        if not found:
            raise Slip("no support session is open. A run makes one.")
        return site, found[-1]

    def _requests(self, way: str = "") -> str:
        those = {way.lower(): chosen("way", way, self._sites)} if way else self._sites
        log = [(name, exchange) for name, site in those.items() for exchange in site.log]
        if not log:
            return "Nothing was asked yet."
        told = []
        for (name, call, status), group in groupby(log, lambda one: (one[0], one[1].call, one[1].status)):
            count = len(list(group))
            told.append(f"{name}  {call}  {status or 'no answer'}{f'  {count} times' if count > 1 else ''}")
        shown = sum(shows(exchange, self._key) for _, exchange in log)
        return "\n".join([*told, f"The product key was in {shown or 'none'} of these {counted(len(log), 'request')}."])


def _switched(to: str) -> bool:
    if to.lower() not in _SWITCH:
        raise Slip(f"say on or off, not {to!r}.")
    return _SWITCH[to.lower()]

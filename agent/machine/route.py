"""The route to a device: for each command the first rung of the device's ladder that can carry it, and why others were not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from agent.machine.health import Health
from agent.words.answer import Answer, no, unsure, yes
from agent.words.command import Command, Reply
from agent.words.device import Connector, Device, Openable
from agent.words.errors import KeyturnError, NeedsPerson, NotSent, Refused, Unreached
from agent.words.event import Kind
from agent.words.ports import RemoteSession, RemoteTool

Note = Callable[[Kind, str, Mapping[str, str]], None]


@dataclass
class Route:
    """A session that is made of all the ways to one device.

    The ladder is the order of the device's ways. A command goes over the first one that can carry it (``command.needs``)
    and gets through. A reading goes on to the next rung when one does not answer; a change never does, because it might then
    happen twice. A rung where a person sits (``attended``) is used only when every remote tool above it is not working;
    one that refuses would refuse the person as well.

    Attributes:
        device: Which device, and its ways in order.
        connectors: The connectors there are, by name.
        health: Which ways were down a moment ago.
        note: Called with (kind, text, facts) when a connector is passed over or a session is open.
    """

    device: Device
    connectors: Mapping[str, Connector]
    health: Health
    note: Note
    _sessions: dict[str, RemoteSession] = field(default_factory=dict, init=False)
    _refusals: dict[str, Refused] = field(default_factory=dict, init=False)
    _why: dict[str, str] = field(default_factory=dict, init=False)
    _told: set[str] = field(default_factory=set, init=False)
    _last: str = field(default="", init=False)

    @property
    def connector(self) -> str:
        """The name of the connector that was used last, or an empty text."""
        return self._last

    @property
    def capabilities(self) -> frozenset[str]:
        """What the device's ways can do together, as far as their connectors are installed."""
        found = (self.connectors[name].capabilities for name in self.device.ways if name in self.connectors)
        return frozenset().union(*found)

    def ask(self, command: Command) -> Reply:
        """Runs a reading command over the first way that answers.

        Raises:
            Unreached: no way got through.
            NeedsPerson: only a person in the session can see this.
            NotSent: the ways that were open no longer answer.
            ValueError: *command* would change something.
        """
        if command.changes:
            raise ValueError(f"{command} changes something; it is told, not asked")
        lost: NotSent | None = None
        for session in self._carriers(command.needs):
            try:
                return self._using(session).ask(command)
            except NotSent as error:
                lost = lost or error
                self._pass_over(session.connector, error)
        raise lost or self._nobody(command.needs)

    def tell(self, command: Command) -> Reply:
        """Runs a changing command over the first way that can carry it, and over no other.

        Raises as :meth:`ask`, and ``NeedsPerson`` when the only ways that get through would keep a secret in a vendor's log.
        """
        for session in self._carriers(command.needs):
            return self._using(session).tell(command)
        raise self._nobody(command.needs)

    def carries(self, command: Command) -> Answer:
        """Is there a way that could carry *command* now? Opens it, and sends nothing."""
        for session in self._carriers(command.needs):
            return yes(f"{self.device.name} is reached by {session.connector}", connector=session.connector)
        error = self._nobody(command.needs)
        return unsure(str(error)) if isinstance(error, Unreached) else no(str(error), person="technician")

    def open_way(self) -> None:
        """Sends, over a way that works, what makes another way of the ladder usable, where the device's settings allow that.

        Raises ``NeedsPerson`` when no way may be opened like this, and what :meth:`tell` raises.
        """
        for name in self._openable():
            if name not in self._sessions:
                reply = self.tell(self.connectors[name].opening())  # type: ignore[attr-defined]  # it is Openable
                if reply.json().get("ok") is not True:
                    raise Refused(f"{name} could not be switched on: {reply.json().get('message')}", "Switch it on by hand.")
                self.health.note(self.device.name, name, None)
                self._refusals.pop(name, None)
                return
        raise NeedsPerson(
            f"no way to {self.device.name} may be opened from here",
            "Switch WinRM on by hand, or allow it with 'keyturn device change --way winrm.open=true'.",
        )

    @property
    def may_open_way(self) -> bool:
        """True when the device's settings allow that one of its ways is switched on over another one."""
        return bool(self._openable())

    def presence(self) -> Answer:
        """Is the device there, as its remote tool sees it?"""
        tool = self._tool("presence")
        return tool.presence() if tool else unsure(f"no remote tool of {self.device.name} answers")

    def message(self, text: str) -> None:
        """Shows *text* to the user through the remote tool. Raises ``Unreached`` when there is none that works."""
        tool = self._tool("message")
        if tool is None:
            raise Unreached(f"no remote tool of {self.device.name} answers, so its user could not be told")
        tool.message(text)

    def link(self) -> str:
        """The address with which a technician joins the first remote tool that works, or an empty text."""
        tool = self._tool("presence")
        return tool.link() if tool else ""

    def close(self) -> None:
        """Closes every session that is open."""
        while self._sessions:
            self._sessions.popitem()[1].close()

    def _openable(self) -> list[str]:
        """The ways that may be opened over another one."""
        ways = self.device.ways.items()
        return [name for name, settings in ways if settings.get("open") and isinstance(self.connectors.get(name), Openable)]

    def _carriers(self, needs: frozenset[str]) -> Iterator[RemoteSession]:
        """Open sessions that can carry a command with these *needs*, the ladder's order, each opened when it is wanted."""
        for name in self.device.ways:
            connector = self.connectors.get(name)
            if connector is None:
                self._pass_over(name, Refused("no such connector is installed"))
            elif "attended" in connector.capabilities:
                if self._person_may_help(name) and (session := self._open(name)):
                    yield session
            elif lacking := needs - connector.capabilities:
                self._pass_over(name, Refused(f"it cannot do {', '.join(sorted(lacking))}"))
            elif session := self._open(name):
                yield session

    def _person_may_help(self, name: str) -> bool:
        """True when each remote tool above the rung *name* is not working; says why not otherwise."""
        above = list(self.device.ways)[: list(self.device.ways).index(name)]
        for tool in (rung for rung in above if self._can(rung, "presence")):
            if self._open(tool):
                self._pass_over(name, Refused(f"{tool} is working"))
                return False
            if refusal := self._refusals.get(tool):
                self._pass_over(name, Refused(f"{tool} refused, which a person in the session would not change: {refusal}"))
                return False
        return True

    def _open(self, name: str) -> RemoteSession | None:
        """The session of the rung *name*; ``None`` when it refused in this run or was not working a moment ago."""
        if name in self._sessions:
            return self._sessions[name]
        if name in self._refusals:
            return None
        if reason := self.health.down(self.device.name, name):
            self._pass_over(name, reason)
            return None
        try:
            self._sessions[name] = self.connectors[name].open(self.device)
        except NotSent as error:
            self.health.note(self.device.name, name, error)
            self._pass_over(name, error)
            return None
        except Refused as error:
            self._refusals[name] = error
            self._pass_over(name, error)
            return None
        self.health.note(self.device.name, name, None)
        return self._sessions[name]

    def _using(self, session: RemoteSession) -> RemoteSession:
        """Notes once in a run that *session* is in use."""
        self._last = session.connector
        self._say(Kind.REACHED, session.connector, f"{self.device.name} is reached by {session.connector}")
        return session

    def _pass_over(self, name: str, error: KeyturnError) -> None:
        self._why[name] = str(error)
        self._say(Kind.PASSED_OVER, name, f"{name} was passed over: {error}", reason=type(error).__name__)

    def _say(self, kind: Kind, name: str, text: str, **facts: str) -> None:
        """Notes an event, the same one only once in a run."""
        if text not in self._told:
            self._told.add(text)
            self.note(kind, text, {"connector": name, **facts})

    def _nobody(self, needs: frozenset[str]) -> KeyturnError:
        """Why nothing carries a command with these *needs*."""
        talkative = [name for name in self._sessions if self._can(name, *(needs - {"private"}))]
        if "private" in needs and talkative:
            return NeedsPerson(
                f"only {', '.join(talkative)} gets through to {self.device.name}, and what is sent there stays in its log",
                f"Do this step by hand in the session{f' at {self.link()}' if self.link() else ''}.",
            )
        told = (
            "; ".join(f"{name}: {why}" for name, why in self._why.items())
            or "it has no way in; add one with 'keyturn device add'"
        )
        return Unreached(f"{self.device.name} was not reached: {told}")

    def _can(self, name: str, *capabilities: str) -> bool:
        connector = self.connectors.get(name)
        return connector is not None and set(capabilities) <= connector.capabilities

    def _tool(self, capability: str) -> RemoteTool | None:
        """The first remote tool of the ladder that works and has *capability*."""
        for name in self.device.ways:
            if self._can(name, capability, "presence") and (session := self._open(name)):
                return session  # type: ignore[return-value]  # the capability presence says that it is a RemoteTool
        return None

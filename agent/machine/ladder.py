"""The ladder of one device: its ways in order, each opened when it is wanted, and why one was passed over."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import cast

from agent.machine.health import Health
from agent.words.device import Connector, Device
from agent.words.errors import Attended, KeyturnError, NotSent, Refused, TryLater, Unsure
from agent.words.event import Kind
from agent.words.ports import RemoteSession, RemoteTool, Rung

Note = Callable[[Kind, str, Mapping[str, str]], None]


@dataclass
class Ladder:
    """The rungs to one device within one run.

    A rung that refused is not asked again in this run. One that was not working is tried after the others: it may come
    back, and until the state was read over another one, two changes take the same way. A person (``attended``) comes last,
    wherever that rung stands, and only while every remote tool is not working: one that refuses would refuse a person too.
    A tool of which a session can be had, and whose readings do not arrive, is not working either.

    Attributes:
        device: Which device, and its ways in order.
        connectors: The connectors there are, by name.
        health: Which ways were down a moment ago.
        note: Called with (kind, text, facts) when a rung is passed over or in use, once for each text.
        alone: Remote tools for which, where a device has them, no rung below stands in.
        dry: Whether to leave people alone: a dry run makes no attended session.
        sessions: What is open, by rung.
        refusals: What refused in this run, by rung.
        silent: What was not working when it was last tried, by rung.
        answered: The rungs over which the device has answered in this run.
    """

    device: Device
    connectors: Mapping[str, Connector]
    health: Health
    note: Note
    alone: Collection[str] = ()
    dry: bool = False
    sessions: dict[str, RemoteSession] = field(default_factory=dict, init=False)
    refusals: dict[str, Refused] = field(default_factory=dict, init=False)
    silent: dict[str, KeyturnError] = field(default_factory=dict, init=False)
    answered: set[str] = field(default_factory=set, init=False)
    _why: dict[str, KeyturnError] = field(default_factory=dict, init=False)
    _told: dict[str, _Told] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        down = {name: self.health.down(self.device.name, name) for name in self.device.ways}
        self.silent = {name: reason for name, reason in down.items() if reason}
        missing = [name for name in self.device.ways if name not in self.connectors]
        self.refusals = {name: Refused("no such connector is installed") for name in missing}

    def can(self, name: str, *capabilities: str) -> bool:
        """Whether the connector *name* has all *capabilities*; one that is not installed has none."""
        return set(capabilities) <= (self.connectors[name].capabilities if name in self.connectors else frozenset())

    def carriers(self, needs: Collection[str]) -> Iterator[str]:
        """Rungs that can carry a command with these *needs*, in order, each opened when it is reached.

        Raises :class:`Attended` in a dry run where a person would be called.
        """
        tried: set[str] = set()
        for name in sorted(self.device.ways, key=self._late):
            if obstacle := self._obstacle(name, needs, tried):
                self.pass_over(name, Refused(obstacle))
                continue
            if self.dry and self.can(name, "attended"):
                raise Attended(f"only a person in a session of {name} can do this, and a dry run makes none")
            tried.add(name)
            if self._open(name):
                yield name

    def remote(self, *capabilities: str, without: str = "attended") -> Iterator[str]:
        """Rungs that have these *capabilities*, not *without* and no person, each opened when it is reached."""
        for name in sorted(self.device.ways, key=self._late):
            fits = self.can(name, *capabilities) and not self.can(name, without) and not self.can(name, "attended")
            if fits and not self._obstacle(name, capabilities, set()) and self._open(name):
                yield name

    def use(self, name: str) -> None:
        """Notes once in a run that the open rung *name* is in use, and where a technician finds its session."""
        text = f"{self.device.name} is reached by {name}"
        if text not in self._told:
            link = self._link(name)
            self._say(Kind.REACHED, name, text, link, **({"link": link} if link else {}))

    def heard(self, name: str) -> None:
        """The device has answered over the rung *name*."""
        self.answered.add(name)
        self.speaks(name)

    def speaks(self, name: str) -> None:
        """The rung *name* works."""
        self.silent.pop(name, None)
        self.health.note(self.device.name, name, None)

    def lost(self, name: str, error: NotSent | Unsure | Refused) -> None:
        """The rung *name* is not working, or its session gave no answer; the session is kept, because it may come back."""
        self.silent[name] = self._why[name] = error
        if isinstance(error, NotSent):
            self.health.note(self.device.name, name, error)

    def pass_over(self, name: str, error: KeyturnError) -> None:
        """Notes once for each reason that the rung *name* was not used."""
        self._why[name] = error
        self._say(Kind.PASSED_OVER, name, f"{name} was passed over: {error}", str(error), reason=error.kind)

    def rungs(self) -> tuple[Rung, ...]:
        """How each rung fared of which something was noted, in their order."""
        found = []
        for name in self.device.ways:
            told = [one for one in self._told.values() if one.name == name]
            used = [one.what for one in told if one.kind is Kind.REACHED]
            if told:
                passed = tuple(one.what for one in told if one.kind is Kind.PASSED_OVER)
                found.append(Rung(name, bool(used), "".join(used), passed))
        return tuple(found)

    def reasons(self, *capabilities: str) -> str:
        """Why each rung with these *capabilities* was passed over last."""
        return "; ".join(f"{name}: {why}" for name, why in self._why.items() if self.can(name, *capabilities))

    def kinds(self) -> dict[str, str]:
        """The kind of error for which each rung was passed over last, such as ``NotSent``."""
        return {name: error.kind for name, error in self._why.items()}

    def close(self) -> None:
        """Closes every session, each one whatever becomes of the others; only a bug is raised."""
        with ExitStack() as stack:
            for session in self.sessions.values():
                stack.enter_context(suppress(KeyturnError))
                stack.callback(session.close)
            self.sessions.clear()

    def _late(self, name: str) -> tuple[bool, bool]:
        """How far behind a rung is tried: a person after all others, and before that what was not working."""
        return self.can(name, "attended"), name in self.silent

    def _obstacle(self, name: str, needs: Collection[str], tried: Collection[str]) -> str:
        """Why the rung *name* is not even tried for these *needs*, or an empty text; *tried* are the rungs before it."""
        ladder, attended = list(self.device.ways), self.can(name, "attended")
        above = [rung for rung in ladder[: ladder.index(name)] if rung in self.alone]
        if above and (attended or self.can(name, "presence")):
            return f"nothing stands in for {above[0]}"
        if attended:
            return self._no_person(tried)
        lacking = set(needs) - self.connectors[name].capabilities if name in self.connectors else set()
        return f"it cannot do {', '.join(sorted(lacking))}" if lacking else ""

    def _no_person(self, tried: Collection[str]) -> str:
        """Why no person is called: a remote tool (any way, where the device has no tool) works or refuses. Else empty."""
        others = [rung for rung in self.device.ways if not self.can(rung, "attended")]
        tools = [rung for rung in others if rung not in self.connectors or self.can(rung, "presence")]
        for tool in tools or others:
            if tool not in tried:
                self._open(tool)
            standing = self.refusals.get(tool) or self.silent.get(tool)
            if isinstance(standing, Unsure):
                return f"{tool} may have been heard: {standing.what}"
            if isinstance(standing, TryLater):
                return f"{tool} asked us to come back later, so no person is called: {standing.what}"
            if standing and not isinstance(standing, NotSent):
                return f"{tool} refused, which a person in the session would not change: {standing.what}"
        # What was lost on the way may be a restart, which no person need watch: the next run knocks at all doors again.
        works = [rung for rung in others if rung in self.answered or (rung in self.sessions and rung not in self.silent)]
        return f"{works[0]} has reached {self.device.name} in this run" if works else ""

    def _open(self, name: str) -> bool:
        """Whether the rung *name* has a session now."""
        if name in self.sessions:
            return True
        try:
            if name in self.refusals:
                raise self.refusals[name]
            self.sessions[name] = self.connectors[name].open(self.device)
        except (NotSent, TryLater) as error:
            self.lost(name, error)
            self.pass_over(name, error)
            return False
        except Refused as error:
            self.refusals[name] = error
            self.pass_over(name, error)
            return False
        self.speaks(name)
        return True

    def _link(self, name: str) -> str:
        """Where the session of *name* is found at the vendor, where that is a remote tool which says so."""
        if self.can(name, "presence"):
            with suppress(KeyturnError):
                return cast("RemoteTool", self.sessions[name]).link()
        return ""

    def _say(self, kind: Kind, name: str, text: str, what: str, **facts: str) -> None:
        """Notes an event, the same one only once in a run; *what* is its gist, for :meth:`rungs`."""
        if text not in self._told:
            self._told[text] = _Told(kind, name, what)
            self.note(kind, text, {"connector": name, **facts})


@dataclass(frozen=True, slots=True)
class _Told:
    """One event that was noted: its kind, the rung, and why that was passed over or where its session is."""

    kind: Kind
    name: str
    what: str

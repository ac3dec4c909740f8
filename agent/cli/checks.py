"""What ``doctor`` checks: this installation, and each way to a device with what is found at its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import cast

from agent.machine.health import Health
from agent.machine.home import Home
from agent.machine.latch import Guard, Latch
from agent.machine.route import Route
from agent.words.answer import Answer, Verdict, no, unsure, yes
from agent.words.command import Command, Script, ask, tell
from agent.words.device import Checkable, Connector, Device
from agent.words.errors import KeyturnError
from agent.words.event import Kind
from agent.words.ports import Clock, People, RemoteDevice, RemoteSession, RemoteTool
from agent.words.secret import Secret


@dataclass(frozen=True, slots=True)
class Finding:
    """One check.

    Attributes:
        place: ``here``, or the connector over which it was asked.
        name: What was checked.
        answer: What was found.
        do: What to do about it, where something must be done.
    """

    place: str
    name: str
    answer: Answer
    do: str = ""


def here(home: Home) -> Iterator[Finding]:
    """The checks of this installation."""
    yield _asked("clock", lambda: _clock(home))
    yield _asked("vault", lambda: _vault(home))
    yield _asked("journal", lambda: _journal(home))
    yield _asked("plug-ins", lambda: _plugins(home))
    for name in home.playbooks:
        yield _asked(f"playbook {name}", lambda name=name: _playbook(home, name))  # type: ignore[misc]


@dataclass
class Ways:
    """The checks of each way to *device*, and of its ladder; *reached* tells afterwards whether any of them got through."""

    home: Home
    device: Device
    reached: bool = False
    _opened: dict[str, Connector] = field(default_factory=dict, init=False)

    def findings(self) -> Iterator[Finding]:
        """Each way: is its connector installed, does it open, what is found behind it. Then: which one would carry what."""
        if not self.device.ways:
            yield Finding(
                "here", f"ways to {self.device.name}", no("it has no way in"), "Add one with 'keyturn device change'."
            )
        with ExitStack() as stack:
            for name in self.device.ways:
                yield from self._way(stack, name)
            if self.reached:
                for what, command in _PROBES.items():
                    yield self._carried(what, command)

    def _way(self, stack: ExitStack, name: str) -> Iterator[Finding]:
        connector = self.home.connectors.get(name)
        if connector is None:
            yield Finding(
                name,
                "connector",
                no("no such connector is installed"),
                f"Install its plug-in, or take the way out: keyturn device change {self.device.name} --without {name}.",
            )
            return
        session: RemoteSession | None = None
        try:
            if isinstance(connector, Checkable):  # a diagnosis leaves nothing behind
                connector.check(self.device)
            else:
                session = connector.open(self.device)
                stack.callback(session.close)
        except KeyturnError as error:
            self._opened[name] = _Opened(name, connector.capabilities, error)
            yield Finding(name, "opens", no(error.what), error.do)
            return
        self._opened[name] = _Opened(name, connector.capabilities, session)
        self.reached = True
        if session is None:
            yield Finding(name, "credentials", yes("they are good; that a session can be made was not tried"))
        else:
            yield Finding(name, "opens", yes(f"it can do {', '.join(sorted(connector.capabilities))}"))
        if session is not None and "attended" not in session.capabilities:  # nobody is asked to look for a diagnosis
            yield from self._seen_by_tool(name, session)
            yield from self._diagnosed(name, session)

    def _seen_by_tool(self, name: str, session: RemoteSession) -> Iterator[Finding]:
        """What a remote tool says about the device."""
        if "presence" in session.capabilities:
            yield _asked("presence", Guard(session, RemoteTool, Latch()).presence, name)

    def _diagnosed(self, name: str, session: RemoteSession) -> Iterator[Finding]:
        """What the plug-ins find; they get the session behind a latch that never opens."""
        guarded = Guard(session, RemoteSession, Latch())
        for implementation in self.home.hooks.hook.keyturn_diagnose.get_hookimpls():
            try:
                found: list[tuple[str, Answer]] = implementation.function(guarded)  # type: ignore[assignment]
            except KeyturnError as error:
                yield Finding(name, implementation.plugin_name, unsure(error.what), error.do)
                continue
            for check, answer in found:
                yield Finding(name, check, answer, str(answer.facts.get("do", "")))

    def _carried(self, what: str, command: Command) -> Finding:
        """Which rung of the ladder would carry *command*, and why not those before it; what was opened above is used."""
        passed: list[str] = []

        def note(_kind: Kind, text: str, _facts: Mapping[str, str]) -> None:
            passed.append(text.rstrip("."))

        route = Route(self.device, self._opened, Health(self.home.clock), note, self.home.settings)
        answer = route.carries(command)
        evidence = "; ".join([answer.evidence, *passed]) if answer.is_yes else answer.evidence
        return Finding("ladder", what, replace(answer, evidence=evidence), str(answer.facts.get("do", "")))


_PROBES = {
    "carries a reading": ask(Script("a reading", "")),
    "carries a product key": tell(Script("a product key", ""), Secret("-", "product key")),
}
"""What the ladder is asked for; nothing of it is sent."""


@dataclass
class _Opened:
    """A connector whose way was tried already: its session (none where it was only checked), or what it raised."""

    name: str
    capabilities: frozenset[str]
    found: RemoteSession | KeyturnError | None

    def open(self, device: Device) -> RemoteSession:  # noqa: ARG002 - it was opened for this device
        """What was found; nothing is sent over it any more."""
        if isinstance(self.found, KeyturnError):
            raise self.found
        return cast("RemoteSession", self.found)


def _asked(name: str, probe: Callable[[], Answer], place: str = "here") -> Finding:
    try:
        answer = probe()
    except KeyturnError as error:
        return Finding(place, name, no(error.what), error.do)
    return Finding(place, name, answer, str(answer.facts.get("do", "")))


def _clock(home: Home) -> Answer:
    now, latest = home.clock.now(), home.journal.runs(1)
    if latest and latest[0].started > now:
        told = f"it is {now:%Y-%m-%d %H:%M} UTC, but run {latest[0].id} began at {latest[0].started:%Y-%m-%d %H:%M}"
        return no(told, do="Set this computer's clock.")
    return yes(f"it is {now:%Y-%m-%d %H:%M} UTC, later than everything in the journal")


def _vault(home: Home) -> Answer:
    entries = home.vault.entries()
    for entry in entries:
        home.vault.secret(f"vault:{entry.name}").tail()
    return yes(f"each of its {len(entries)} entries can be read")


def _journal(home: Home) -> Answer:
    audit = home.journal.audit()
    if audit.broken:
        return no(audit.broken, do="Compare journal.db with a back-up.")
    return yes(f"{audit.events} events, and the chain holds")


def _plugins(home: Home) -> Answer:
    names = [name for name, plugin in home.hooks.list_name_plugin() if plugin]
    told = f"{', '.join(sorted(names)) or 'none'}; connectors: {', '.join(sorted(home.connectors)) or 'none'}"
    return yes(told) if names else no(told, do="Install keyturn anew: pip install --force-reinstall keyturn.")


def _playbook(home: Home, name: str) -> Answer:
    """Whether every system that the playbook needs is set up."""
    wanted = set(home.playbooks[name].ports.values()) - {Clock, People, RemoteDevice, RemoteSession}
    if missing := sorted(kind.__name__ for kind in wanted if kind not in home.ports):
        return no(f"no plug-in offers {', '.join(missing)}", do="Install one, or enable the local desk.")
    return yes("every system that it needs is set up")


def worst(findings: list[Finding]) -> Verdict:
    """``NO`` when something does not work, ``UNSURE`` when something could not be told, else ``YES``."""
    verdicts = {finding.answer.verdict for finding in findings}
    return next((verdict for verdict in (Verdict.NO, Verdict.UNSURE) if verdict in verdicts), Verdict.YES)

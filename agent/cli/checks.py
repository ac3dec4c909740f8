"""What ``doctor`` checks: this installation, and each way to a device with what is found at its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass

from agent.machine.home import Home
from agent.machine.latch import Guard, Latch
from agent.words.answer import Answer, Verdict, no, unsure, yes
from agent.words.device import Device
from agent.words.errors import KeyturnError
from agent.words.ports import Clock, People, RemoteSession


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
    """The checks of each way to *device*; *reached* tells afterwards whether any of them got through."""

    home: Home
    device: Device
    reached: bool = False

    def findings(self) -> Iterator[Finding]:
        """Each way: is its connector installed, does it open, and what is found behind it."""
        if not self.device.ways:
            yield Finding(
                "here", f"ways to {self.device.name}", no("it has no way in"), "Add one with 'keyturn device change'."
            )
        for name in self.device.ways:
            yield from self._way(name)

    def _way(self, name: str) -> Iterator[Finding]:
        connector = self.home.connectors.get(name)
        if connector is None:
            yield Finding(
                name,
                "connector",
                no("no such connector is installed"),
                f"Install its plug-in, or take the way out: keyturn device change {self.device.name} --without {name}.",
            )
            return
        try:
            session = connector.open(self.device)
        except KeyturnError as error:
            yield Finding(name, "opens", no(error.what), error.do)
            return
        self.reached = True
        with closing(session):
            yield Finding(name, "opens", yes(f"it can do {', '.join(sorted(session.capabilities))}"))
            yield from self._diagnosed(name, session)

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


def _asked(name: str, probe: Callable[[], Answer]) -> Finding:
    try:
        answer = probe()
    except KeyturnError as error:
        return Finding("here", name, no(error.what), error.do)
    return Finding("here", name, answer, str(answer.facts.get("do", "")))


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
    wanted = set(home.playbooks[name].ports.values()) - {Clock, People, RemoteSession}
    if missing := sorted(kind.__name__ for kind in wanted if kind not in home.ports):
        return no(f"no plug-in offers {', '.join(missing)}", do="Install one, or enable the local desk.")
    return yes("every system that it needs is set up")


def worst(findings: list[Finding]) -> Verdict:
    """``NO`` when something does not work, ``UNSURE`` when something could not be told, else ``YES``."""
    verdicts = {finding.answer.verdict for finding in findings}
    return next((verdict for verdict in (Verdict.NO, Verdict.UNSURE) if verdict in verdicts), Verdict.YES)

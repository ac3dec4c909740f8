"""One simulated PC that a person plays with: what it is, how to reach it, and what may be done to it meanwhile."""

from __future__ import annotations

import secrets
import shlex
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connectors.lab.keys import LabKey
from connectors.lab.pc import Pc
from connectors.lab.pc_power import Pace
from connectors.lab.pc_state import Backup, Held, State, home, server
from connectors.lab.pc_world import World
from connectors.lab.wire import WinRMServer
from connectors.lab.wire_faults import Fault

LOGIN = "keyturn"
IDS = {
    "home": "Core",
    "pro": "Professional",
    "enterprise": "Enterprise",
    "education": "Education",
    "server-standard": "ServerStandard",
    "server-datacenter": "ServerDatacenter",
    "server-evaluation": "ServerStandardEval",
}
"""What a person types, to EditionID."""


def _state(edition: str, language: str) -> State:
    name = IDS[edition]
    if edition == "home":
        state = home()
    elif name.startswith("Server"):
        state = server(name)
    else:
        state = State(edition=name, held=Held(family=name))
    state.language = language
    return state


@dataclass
class Training:
    """A simulated PC, its listener, and a key for it.

    Attributes:
        pc: The PC.
        server: Its WinRM listener.
        key: A key that the lab's activation service accepts.
        target: The edition that the key is for, as typed.
        folder: Where the key and the password lie as private files, as long as the lab runs.
    """

    pc: Pc
    server: WinRMServer
    key: LabKey
    target: str
    folder: Path

    def introduction(self) -> str:
        """What to type in another terminal."""
        name, low = self.pc.name, self.pc.name.lower()
        reach = ["--winrm", self.server.url.removesuffix("/wsman"), "--login", LOGIN, "--password-ref", f"vault:lab/{low}"]
        if self.server.fingerprint:
            reach += ["--fingerprint", self.server.fingerprint]
        lines = (
            ("key", "add", f"lab/{low}", "--kind", "password", "--file", str(self.folder / "password")),
            ("key", "add", "lab/key", "--file", str(self.folder / "key")),
            ("customer", "add", "Lab", "--package", "core", "--mail", "lab@lab.example"),
            ("device", "add", name, "--customer", "Lab", "--user", "Anna", *reach),
            ("licence", "add", "LAB", "--customer", "Lab", "--edition", IDS[self.target]),
            ("ticket", "add", "--customer", "Lab", "--type", "windows licence upgrade", "--number", "1"),
            ("doctor", name),
            ("run", "windows-upgrade", *(part for pair in self._order().items() for part in pair)),
        )
        typed = "\n".join(f"  keyturn {shlex.join(line)}" for line in lines)
        return (
            f"{name} runs {self.pc.state.edition} and answers at {self.server.url}; the key ends in {self.key.last5} and is "
            f"for {self.target}.\nIn another terminal:\n{typed}\nHere: {', '.join(sorted(self._deeds()))}, quit."
        )

    def _order(self) -> Mapping[str, str]:
        return {
            "--ticket": "1",
            "--customer": "Lab",
            "--user": "Anna",
            "--contact": "lab@lab.example",
            "--device": self.pc.name,
            "--current": self.pc.state.edition,
            "--edition": IDS[self.target],
            "--licence": "LAB",
            "--key": "vault:lab/key",
            "--technician": "Sam",
        }

    def do(self, words: list[str]) -> str:
        """Carries out what a person typed and returns a line about it; a word it does not know changes nothing."""
        deed = self._deeds().get(words[0])
        if deed is None:
            return f"{words[0]}: not known. There are: {', '.join(sorted(self._deeds()))}, quit."
        try:
            return deed(*words[1:])
        except (ValueError, TypeError) as error:
            return f"{words[0]}: {error}"

    def _deeds(self) -> Mapping[str, Callable[..., str]]:
        return {
            "backup": self._backup,
            "restart": self._restart,
            "plug": lambda: self._switch(on=True),
            "unplug": lambda: self._switch(on=False),
            "user": self._user,
            "fault": self._fault,
            "fail": self._fail,
            "ledger": self._ledger,
        }

    def _backup(self) -> str:
        self.pc.state.backups.append(Backup(self.pc.world.clock.now()))
        return "backed up to the network"

    def _restart(self) -> str:
        self._switch(on=False)
        return self._switch(on=True)

    def _switch(self, *, on: bool) -> str:
        self.pc.switch(on=on)
        return "the PC is on" if on else "the PC is off"

    def _user(self, name: str = "") -> str:
        self.pc.state.user = name or None
        return f"{name} is logged on" if name else "nobody is logged on"

    def _fault(self, kind: str, action: str = "Command", times: str = "1") -> str:
        self.server.faults.add(Fault(kind.replace("-", " "), action, int(times)))
        return f"{kind} will happen to the next {action}"

    def _fail(self, script: str, code: str, times: str = "1") -> str:
        self.pc.faults.fail(script, int(code, 0), int(times))
        return f"the next {script} ends with {code}"

    def _ledger(self) -> str:
        effects = self.pc.world.ledger.effects()
        return "\n".join(f"{one.at:%H:%M:%S} {one.effect} {dict(one.detail)}" for one in effects) or "nothing was changed yet"


@contextmanager
def opened(options: Mapping[str, Any]) -> Iterator[Training]:
    """A training for the options of ``keyturn lab``; the PC, its listener and the files end with the ``with`` block."""
    world = World(pace=Pace(notice=0.05, down=3, starting=2), seed=secrets.randbits(64))
    password = secrets.token_urlsafe(15)
    pc = Pc(options["name"], _state(options["edition"], options["language"]), world, {LOGIN: password})
    key = world.keys.make(IDS[options["target"]], limit=1)
    with tempfile.TemporaryDirectory(prefix="keyturn-lab-") as name:
        folder = Path(name)
        for file, text in (("key", key.value), ("password", password)):
            (folder / file).write_text(text + "\n", encoding="ascii")
        with WinRMServer(pc, tls=options["tls"], latency=options["latency"], switched_on=lambda: pc.state.winrm) as listener:
            yield Training(pc, listener, key, options["target"], folder)

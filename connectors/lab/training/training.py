"""One simulated PC that a person plays with: what it is, how to reach it, and what may be done to it meanwhile."""

from __future__ import annotations

import secrets
import shlex
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connectors.lab.training.words import Words
from connectors.lab.windows.keys import LabKey
from connectors.lab.windows.pc import Pc
from connectors.lab.windows.power import Pace
from connectors.lab.windows.state import Held, State, home, server
from connectors.lab.windows.world import World
from connectors.lab.winrm.server import WinRMServer

LOGIN = "keyturn"
USER = "Anna"
CONTACT = "lab@lab.example"
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
        stem: What the names of everything that is entered for this PC begin with; no other lab has the same.
    """

    pc: Pc
    server: WinRMServer
    key: LabKey
    target: str
    folder: Path
    stem: str

    def __post_init__(self) -> None:
        self._words = Words(self.pc, self.server)

    def introduction(self, program: str) -> str:
        """What to type in another terminal, where keyturn is called as *program*."""
        name = self.pc.name
        typed = "\n".join(f"  {shlex.join((program, *line))}" for line in self._lines())
        return (
            f"{name} runs {self.pc.state.edition} and answers at {self.server.url}; the key ends in {self.key.last5} and is "
            f"for {self.target}.\n\nType in another terminal, in the same folder:\n\n{typed}\n\n"
            f"The run stops where it waits for a back-up. Type backup here; then type there\n"
            f"the line that it called next.\n{self._known_name()}\nWhat may be typed here:\n\n{self._words.help()}\n"
        )

    def _known_name(self) -> str:
        """What to do where the desk has a PC of that name already; a name that was drawn is new."""
        if self.stem == self.pc.name.lower():
            return ""
        return f"Is {self.pc.name} in your desk already? Then it is device change, without --customer.\n"

    def do(self, line: str) -> str:
        """Carries out what a person typed and returns what to say about it."""
        return self._words.do(line)

    def _lines(self) -> tuple[tuple[str, ...], ...]:
        """The command lines from an empty desk to the run."""
        name, stem, customer = self.pc.name, self.stem, self._order()["--customer"]
        address = self.server.url.removesuffix("/wsman")
        reach = ("--winrm", address, "--login", LOGIN, "--password-ref", f"vault:lab/{stem}/password")
        trust = ("--fingerprint", self.server.fingerprint) if self.server.secure else ()
        return (
            ("key", "add", f"lab/{stem}/password", "--kind", "password", "--file", str(self.folder / "password")),
            ("key", "add", f"lab/{stem}/key", "--file", str(self.folder / "key")),
            ("customer", "add", customer, "--package", "core", "--mail", CONTACT),
            ("device", "add", name, "--customer", customer, "--user", USER, *reach, *trust),
            ("licence", "add", stem.upper(), "--customer", customer, "--edition", IDS[self.target]),
            ("ticket", "add", "--customer", customer, "--type", "windows licence upgrade", "--number", stem.upper()),
            ("doctor", name),
            ("run", "windows-upgrade", *(part for pair in self._order().items() for part in pair)),
        )

    def _order(self) -> Mapping[str, str]:
        return {
            "--ticket": self.stem.upper(),
            "--customer": f"Lab {self.stem}",
            "--user": USER,
            "--contact": CONTACT,
            "--device": self.pc.name,
            "--current": self.pc.state.edition,
            "--edition": IDS[self.target],
            "--licence": self.stem.upper(),
            "--key": f"vault:lab/{self.stem}/key",
            "--technician": "Sam",
        }


def program(called: str, path: str | None = None) -> str:
    """How keyturn is called again: its name where the shell finds it on *path*, else as it was *called*."""
    found = shutil.which(Path(called).name, path=path)
    return Path(called).name if found and Path(found).resolve() == Path(called).resolve() else called


@contextmanager
def opened(options: Mapping[str, Any]) -> Iterator[Training]:
    """A training for the options of ``keyturn lab``; the PC, its listener and the files end with the ``with`` block."""
    tag = secrets.token_hex(2)
    named = str(options["name"] or f"LAB-{tag.upper()}")
    stem = f"{named}-{tag}".lower() if options["name"] else named.lower()
    world = World(pace=Pace(notice=0.03, down=2, starting=1), seed=secrets.randbits(64))
    password = secrets.token_urlsafe(15)
    pc = Pc(named, _state(options["edition"], options["language"]), world, {LOGIN: password})
    key = world.keys.make(IDS[options["target"]], limit=1)
    with tempfile.TemporaryDirectory(prefix="keyturn-lab-") as name:
        folder = Path(name)
        for file, text in (("key", key.value), ("password", password)):
            (folder / file).write_text(text + "\n", encoding="ascii")
        with WinRMServer(pc, tls=options["tls"], latency=options["latency"], switched_on=lambda: pc.state.winrm) as listener:
            yield Training(pc, listener, key, options["target"], folder, stem)

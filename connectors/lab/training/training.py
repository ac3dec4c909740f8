"""One simulated PC that a person plays with: what it is, how to reach it, and what may be done to it meanwhile."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.api import Clock
from connectors.lab.fronts import Front, fronts
from connectors.lab.training.guide import CONFIGURATION, Guide
from connectors.lab.training.pc_words import NAMES, PcWords
from connectors.lab.training.way_words import WayWords
from connectors.lab.training.words import Words
from connectors.lab.windows.keys import LabKey
from connectors.lab.windows.pc import Pc
from connectors.lab.windows.power import Pace
from connectors.lab.windows.state import Held, State, home, server
from connectors.lab.windows.world import World

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
    """A simulated PC, what stands before it, and a key for it.

    Attributes:
        pc: The PC.
        doors: The ways to it, in the order of the ladder.
        key: A key that the lab's activation service accepts.
        target: The edition that the key is for, as typed.
        guide: What to type in another terminal.
    """

    pc: Pc
    doors: Mapping[str, Front]
    key: LabKey
    target: str
    guide: Guide

    def __post_init__(self) -> None:
        on_pc, on_ways = PcWords(self.pc, self.key.value), WayWords(self.pc, self.doors, self.key.value)
        self._words = Words({**on_pc.words(), **on_ways.words()}, [*on_ways.names(), *NAMES])

    def introduction(self, program: str) -> str:
        """What to type in another terminal, where keyturn is called as *program*, and what may be typed here."""
        key = f"the key ends in {self.key.last5} and is for {self.target}"
        blocks = [
            f"{self.pc.name} runs {self.pc.state.edition}; {key}. It answers at:\n\n{_indented(self.guide.addresses())}",
            f"Type in another terminal, in the same folder:\n\n{_indented(self.guide.typed(program))}",
            *self._jump(),
            self.guide.outlook() + self._known_name(),
            f"What may be typed here:\n\n{self._words.help()}\n",
        ]
        return "\n\n".join(blocks)

    def do(self, line: str) -> str:
        """Carries out what a person typed and returns what to say about it."""
        return self._words.do(line)

    def _jump(self) -> Iterator[str]:
        """What the line with ``cat`` does."""
        if lines := self.guide.configuration().splitlines():
            shown = "\n".join(f"    {line}" for line in lines)
            yield f"The line with cat adds the SSH host before the PC to keyturn.toml:\n\n{shown}"

    def _known_name(self) -> str:
        """What to do where the desk has a PC of that name already; a name that was drawn is new."""
        if self.guide.stem == self.pc.name.lower():
            return ""
        again = "device change, without --customer and with --without for what led to it before"
        return f"\nIs {self.pc.name} in your desk already? Then it is {again}."


def _indented(lines: list[str]) -> str:
    return "\n".join(f"  {line}" for line in lines)


def program(called: str, path: str | None = None) -> str:
    """How keyturn is called again: its name where the shell finds it on *path*, else as it was *called*."""
    found = shutil.which(Path(called).name, path=path)
    return Path(called).name if found and Path(found).resolve() == Path(called).resolve() else called


@contextmanager
def opened(options: Mapping[str, Any], clock: Clock | None = None) -> Iterator[Training]:
    """A training for the options of ``keyturn lab``; the PC, its servers and the files end with the ``with`` block.

    Args:
        options: By the names of their parameters.
        clock: The time; the real one unless given.
    """
    tag = secrets.token_hex(2)
    named = str(options["name"] or f"LAB-{tag.upper()}")
    stem = f"{named}-{tag}".lower() if options["name"] else named.lower()
    world = World(clock, Pace(notice=0.03, down=2, starting=1), secrets.randbits(64))
    pc = Pc(named, _state(options["edition"], options["language"]), world, {LOGIN: secrets.token_urlsafe(15)})
    key, target = world.keys.make(IDS[options["target"]], limit=1), options["target"]
    listening = {"tls": options["tls"], "latency": options["latency"]}
    with (
        tempfile.TemporaryDirectory(prefix="keyturn-lab-") as folder,
        fronts(options["ways"], [pc], f"vault:lab/{stem}", **listening) as doors,
    ):
        guide = Guide(pc, doors, IDS[target], Path(folder), stem)
        _lay_out(guide, key)
        yield Training(pc, doors, key, target, guide)


def _lay_out(guide: Guide, key: LabKey) -> None:
    """Writes what the lines of the guide take from files."""
    files = {reference.rpartition("/")[2]: value for reference, value in guide.secrets().items()}
    for name, text in {**files, "key": key.value, CONFIGURATION: guide.configuration()}.items():
        if text:
            (guide.folder / name).write_text(f"{text}\n", encoding="ascii")

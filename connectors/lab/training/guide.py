"""What to type in another terminal to reach the simulated PC, from an empty desk to the run, and where that run stops."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

from connectors.lab.fronts import Front
from connectors.lab.windows.pc import Pc

USER = "Anna"
CONTACT = "lab@lab.example"
PRIVATE = frozenset({"winrm", "ssh"})
"""The connectors that a product key may take."""
CONFIGURATION = "jump.toml"
"""The file with the lines for the configuration, in the lab's own folder."""

_WAITS = """\
The run stops where it waits for a back-up. Type backup here; then type there
the line that it called next (resume)."""
_BY_HAND = """\
It stops again at the product key, which would stay in a vendor's log. Somebody
types it on the PC: type slmgr /ipk KEY here. Then resume there once more."""
_ATTENDED = """\
Only a person acts over Splashtop, so the run stops at once and asks for one.
Type join and connect here, look at the PC with type slmgr /dli, and state there
what was seen, with the line that it called next (answer)."""
Line = tuple[str, ...]


@dataclass(frozen=True)
class Guide:
    """The lines for one lab.

    Attributes:
        pc: The PC.
        doors: What stands before it, in the order of the ladder.
        target: EditionID of what the key is for.
        folder: Where the secrets lie as private files, named as the last part of their references.
        stem: What the names of everything that is entered for this PC begin with.
    """

    pc: Pc
    doors: Mapping[str, Front]
    target: str
    folder: Path
    stem: str

    @property
    def root(self) -> str:
        """What the references of this lab begin with."""
        return f"vault:lab/{self.stem}"

    def secrets(self) -> dict[str, str]:
        """What the ways need: reference to value."""
        return {reference: value for front in self.doors.values() for reference, value in front.secrets.items()}

    def configuration(self) -> str:
        """What belongs into keyturn.toml: the SSH host before the PC; nothing where there is none."""
        hosts = [way["jump"] for way in self._ways().values() if "jump" in way]
        lines = [f"{name} = {json.dumps(value)}" for host in hosts for name, value in host.items()]
        return "\n".join([f"[ssh.hosts.{self.stem}]", *lines, ""]) if hosts else ""

    def typed(self, program: str) -> list[str]:
        """The lines, each as a shell takes it, where keyturn is called as *program*."""
        first, rest = self._secrets(), self._rest()
        return [
            *(shlex.join((program, *line)) for line in first),
            *self._configured(),
            *(shlex.join((program, *line)) for line in rest),
        ]

    def addresses(self) -> list[str]:
        """Each way with where it leads."""
        width = max(map(len, self.doors))
        return [f"{name:<{width}}  {self._address(front)}" for name, front in self.doors.items()]

    def outlook(self) -> str:
        """Where the run stops, and what to do then."""
        connectors = {front.connector for front in self.doors.values()}
        if connectors == {"splashtop"}:
            return _ATTENDED
        return _WAITS if connectors & PRIVATE else f"{_WAITS}\n{_BY_HAND}"

    def _ways(self) -> dict[str, Mapping[str, Any]]:
        return {front.connector: front.ways[self.pc.name] for front in self.doors.values()}

    def _address(self, front: Front) -> str:
        server = front.servers[self.pc.name]
        return f"{server.url} behind {front.gateway.url}" if front.gateway else str(server.url)

    def _secrets(self) -> Iterator[Line]:
        for reference in self.secrets():
            name = reference.removeprefix("vault:")
            yield ("key", "add", name, "--kind", "password", "--file", str(self.folder / name.rpartition("/")[2]))
        yield ("key", "add", f"lab/{self.stem}/key", "--file", str(self.folder / "key"))

    def _configured(self) -> Iterator[str]:
        """The line that adds :meth:`configuration` where the other terminal's keyturn reads it."""
        if self.configuration():
            usual = platformdirs.user_data_path("keyturn", appauthor=False)
            yield f'cat {shlex.quote(str(self.folder / CONFIGURATION))} >> "${{KEYTURN_HOME:-{usual}}}/keyturn.toml"'

    def _rest(self) -> Iterator[Line]:
        customer, ticket = self.order()["customer"], self.order()["ticket"]
        yield ("customer", "add", customer, "--package", "core", "--mail", CONTACT)
        yield ("device", "add", self.pc.name, "--customer", customer, "--user", USER, *self._reach())
        yield ("licence", "add", ticket, "--customer", customer, "--edition", self.target)
        yield ("ticket", "add", "--customer", customer, "--type", "windows licence upgrade", "--number", ticket)
        yield ("doctor", self.pc.name)
        yield ("run", "windows-upgrade", *(part for name, value in self.order().items() for part in (f"--{name}", value)))

    def _reach(self) -> Iterator[str]:
        """The options of the device: the short ones where there is only WinRM."""
        ways = self._ways()
        if list(self.doors) == ["winrm"]:
            server, way = self.doors["winrm"].servers[self.pc.name], ways["winrm"]
            yield from ("--winrm", server.url.removesuffix("/wsman"), "--login", way["user"], "--password-ref", way["password"])
            yield from ("--fingerprint", way["fingerprint"]) if "fingerprint" in way else ()
            return
        for connector, way in ways.items():
            for setting, value in way.items():
                yield from ("--way", f"{connector}.{setting}={self.stem if setting == 'jump' else value}")

    def order(self) -> dict[str, str]:
        """The order, field by field."""
        return {
            "ticket": self.stem.upper(),
            "customer": f"Lab {self.stem}",
            "user": USER,
            "contact": CONTACT,
            "device": self.pc.name,
            "current": self.pc.state.edition,
            "edition": self.target,
            "licence": self.stem.upper(),
            "key": f"{self.root}/key",
            "technician": "Sam",
        }

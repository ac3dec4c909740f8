"""The home of one keyturn: its data folder, and everything that is opened from it when it is first needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pluggy

from agent.machine import plugins
from agent.machine.claims import Claims
from agent.machine.clock import SystemClock
from agent.machine.config import read_settings
from agent.machine.health import Health
from agent.machine.journal import Journal
from agent.machine.scrub import Scrub
from agent.machine.vault import Vault
from agent.words.device import Connector, Device, Devices, Workplace
from agent.words.errors import Misuse
from agent.words.playbook import Playbook
from agent.words.ports import Clock


@dataclass
class Home:
    """What a run, a command or a service works with.

    Attributes:
        folder: The data folder.
        hooks: The plug-ins.
        clock: Time and sleep.
    """

    folder: Path
    hooks: pluggy.PluginManager
    clock: Clock

    @classmethod
    def at(cls, folder: Path, clock: Clock | None = None) -> Home:
        """The home in *folder* with all installed plug-ins. Raises :class:`Misuse` when a plug-in cannot be loaded."""
        return cls(folder, plugins.load(), clock or SystemClock())

    @cached_property
    def settings(self) -> Mapping[str, Mapping[str, Any]]:
        """The configuration file's sections."""
        return read_settings(self.folder)

    @cached_property
    def vault(self) -> Vault:
        """The vault."""
        return Vault(self.folder, self.settings.get("vault", {}))

    @cached_property
    def journal(self) -> Journal:
        """The journal."""
        return Journal(self.folder / "journal.db")

    @cached_property
    def claims(self) -> Claims:
        """The claims, kept in the journal's file."""
        return Claims(self.journal.database)

    @cached_property
    def health(self) -> Health:
        """Which ways were down a moment ago."""
        return Health(self.clock)

    @cached_property
    def scrub(self) -> Scrub:
        """Takes out what the vault has revealed, and anything shaped like a product key."""
        return Scrub(lambda: tuple(self.vault.revealed))

    @cached_property
    def playbooks(self) -> dict[str, Playbook]:
        """The playbooks by name."""
        return plugins.by_name(self.hooks.hook.keyturn_playbooks(), "playbook")

    @cached_property
    def connectors(self) -> dict[str, Connector]:
        """The connectors by name."""
        return plugins.by_name(self.hooks.hook.keyturn_connectors(workplace=self.workplace()), "connector")

    @cached_property
    def ports(self) -> dict[Any, object]:
        """The outside systems by port type."""
        offered = self.hooks.hook.keyturn_ports(workplace=self.workplace())
        found = plugins.by_name([ports.items() for ports in offered], "port", lambda item: item[0].__name__)
        return dict(found.values())

    def workplace(self) -> Workplace:
        """What plug-ins are given."""
        return Workplace(self.folder, self.settings, self.clock, lambda reference: self.vault.secret(reference))

    def playbook(self, name: str) -> Playbook:
        """The playbook called *name*. Raises :class:`Misuse`, listing those there are."""
        if name not in self.playbooks:
            raise Misuse(f"there is no playbook called {name}", f"There are: {', '.join(sorted(self.playbooks)) or 'none'}.")
        return self.playbooks[name]

    def port(self, kind: Any) -> Any:
        """The outside system for port *kind*. Raises :class:`Misuse` when no plug-in offers one."""
        if kind not in self.ports:
            raise Misuse(f"no plug-in offers {kind.__name__}", "Install one, or enable the local desk.")
        return self.ports[kind]

    def device(self, name: str) -> Device:
        """The device called *name*. Raises :class:`Misuse` when the desk does not know it."""
        device = self.port(Devices).find(name)
        assert isinstance(device, Device)  # noqa: S101 - what the port promises
        return device

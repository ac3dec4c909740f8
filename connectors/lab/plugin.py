"""What the lab brings to keyturn: a simulated customer to demonstrate on, and the command that serves a simulated PC."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.api import hookimpl

if TYPE_CHECKING:
    import click

    from agent.api import Scenario


@hookimpl
def keyturn_scenario(name: str) -> Scenario | None:
    """The simulated customer for the playbook *name*."""
    from connectors.lab.scenario import windows_upgrade

    return windows_upgrade() if name == "windows-upgrade" else None


@hookimpl
def keyturn_commands() -> list[click.Command]:
    """The command ``lab``."""
    from connectors.lab.command import lab

    return [lab]

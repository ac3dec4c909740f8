"""Brings the SSH connector to keyturn; nothing heavy is imported before a device is reached."""

from __future__ import annotations

from agent.api import Connector, Workplace, hookimpl


@hookimpl
def keyturn_connectors(workplace: Workplace) -> list[Connector]:
    """The SSH connector, with the defaults of the section ``ssh`` of the configuration."""
    from connectors.ssh.connector import SSHConnector

    return [SSHConnector(workplace)]

"""Brings the Tactical RMM connector to keyturn; nothing heavy is imported before a device is reached."""

from __future__ import annotations

from agent.api import Connector, Workplace, hookimpl


@hookimpl
def keyturn_connectors(workplace: Workplace) -> list[Connector]:
    """The connector, with the defaults of the section ``tactical`` of the configuration."""
    from keyturn_tactical.connector import TacticalConnector

    return [TacticalConnector(workplace)]

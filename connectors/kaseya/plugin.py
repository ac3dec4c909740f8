"""Brings the connectors for both Kaseya products to keyturn; nothing heavy is imported before a device is reached."""

from __future__ import annotations

from agent.api import Connector, Workplace, hookimpl


@hookimpl
def keyturn_connectors(workplace: Workplace) -> list[Connector]:
    """VSA X and VSA 9, with the defaults of the sections ``vsax`` and ``vsa9`` of the configuration."""
    from connectors.kaseya.connector import Vsa9Connector, VsaXConnector

    return [VsaXConnector(workplace), Vsa9Connector(workplace)]

"""Brings the ScreenConnect connector to keyturn; nothing heavy is imported before a device is reached."""

from __future__ import annotations

from agent.api import Connector, Workplace, hookimpl


@hookimpl
def keyturn_connectors(workplace: Workplace) -> list[Connector]:
    """The ScreenConnect connector, with the defaults of the section ``screenconnect`` of the configuration."""
    from connectors.screenconnect.connector import ScreenConnectConnector

    return [ScreenConnectConnector(workplace)]

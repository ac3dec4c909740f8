"""Brings the Splashtop connector to keyturn; nothing heavy is imported before a device is reached."""

from __future__ import annotations

from agent.api import Connector, Workplace, hookimpl


@hookimpl
def keyturn_connectors(workplace: Workplace) -> list[Connector]:
    """The Splashtop connector, with the defaults of the section ``splashtop`` of the configuration."""
    from connectors.splashtop.connector import SplashtopConnector

    return [SplashtopConnector(workplace)]

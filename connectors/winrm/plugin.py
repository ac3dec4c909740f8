"""Brings the WinRM connector to keyturn; nothing heavy is imported before a device is reached."""

from __future__ import annotations

from agent.api import Connector, Workplace, hookimpl


@hookimpl
def keyturn_connectors(workplace: Workplace) -> list[Connector]:
    """The WinRM connector, with the defaults of the section ``winrm`` of the configuration."""
    from connectors.winrm.connector import WinRMConnector

    return [WinRMConnector(workplace)]

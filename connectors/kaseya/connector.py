"""The Kaseya connectors: from a device's settings to a session that is known to reach it."""

from __future__ import annotations

from typing import Any

from agent.api import Device, RemoteSession, Secret, Workplace
from connectors.kaseya.session import CAPABILITIES, Console, KaseyaSession, be_there
from connectors.kaseya.settings import Tenant, Vsa9Settings, VsaXSettings
from connectors.kaseya.vsa9 import Vsa9
from connectors.kaseya.vsax import VsaX
from connectors.settings import checked


class VsaXConnector:
    """Opens sessions over VSA X.

    Args:
        workplace: The section ``vsax`` of its settings holds defaults for all devices.
    """

    name = "vsax"
    capabilities = CAPABILITIES

    def __init__(self, workplace: Workplace) -> None:
        self._workplace = workplace

    def open(self, device: Device) -> RemoteSession:
        """A session on *device*, which was seen to be connected. Nothing is run on it.

        Raises:
            Misuse: the settings cannot be used.
            NotSent: the server does not answer, or the device is not connected to it.
            Refused: the server refused the token, or does not know the device.
        """
        settings = checked(VsaXSettings, self.name, device, _given(self._workplace, self.name, device))
        token = (_resolved(self._workplace, settings.token_id), _resolved(self._workplace, settings.token_secret))
        return _session(VsaX(settings, token, self._workplace.clock), settings, self._workplace)


class Vsa9Connector:
    """Opens sessions over VSA 9.

    Args:
        workplace: The section ``vsa9`` of its settings holds defaults for all devices.
    """

    name = "vsa9"
    capabilities = CAPABILITIES

    def __init__(self, workplace: Workplace) -> None:
        self._workplace = workplace

    def open(self, device: Device) -> RemoteSession:
        """A session on *device*, logged in, which was seen to be connected. Nothing is run on it. Raises as VSA X does."""
        settings = checked(Vsa9Settings, self.name, device, _given(self._workplace, self.name, device))
        pat = _resolved(self._workplace, settings.pat)
        return _session(Vsa9(settings, pat, self._workplace.clock), settings, self._workplace)


def _given(workplace: Workplace, connector: str, device: Device) -> dict[str, Any]:
    """The settings of *device* over those for all devices; the name at the vendor is its own unless another is given."""
    return {"name": device.name, **workplace.settings.get(connector, {}), **device.ways.get(connector, {})}


def _resolved(workplace: Workplace, secret: Secret) -> Secret:
    """The secret behind a reference; a vault that cannot be read says so here, before anything is sent."""
    found = secret if secret.reference is None else workplace.secret(secret.reference)
    found.reveal()
    return found


def _session(console: Console, settings: Tenant, workplace: Workplace) -> KaseyaSession:
    """A session on *console*, or what stands against it; whatever was opened on the way is closed then."""
    try:
        be_there(console)
    except BaseException:
        console.close()
        raise
    return KaseyaSession(console, settings, workplace.clock)

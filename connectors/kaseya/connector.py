"""The Kaseya connectors: from a device's settings to a session that is known to reach it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from contextlib import closing
from typing import Any, TypeVar

from agent.api import Device, Member, RemoteSession, Secret, Workplace
from connectors.groups import meant
from connectors.kaseya import vsa9, vsax
from connectors.kaseya.group import Kind, key, members
from connectors.kaseya.session import CAPABILITIES, Console, KaseyaSession, be_there
from connectors.kaseya.settings import Tenant, Vsa9Settings, Vsa9Tenant, VsaXSettings, VsaXTenant
from connectors.kaseya.vsa9 import Vsa9, Vsa9TenantCalls
from connectors.kaseya.vsax import VsaX, VsaXTenantCalls
from connectors.settings import checked, checked_section, resolved

Own = TypeVar("Own", bound=Tenant)


class VsaXConnector:
    """Opens sessions over VSA X.

    Args:
        workplace: The section ``vsax`` of its settings holds defaults for all devices.
    """

    name = "vsax"
    capabilities = CAPABILITIES
    groups = ("organization", "site", "group")

    def __init__(self, workplace: Workplace) -> None:
        self._workplace = workplace

    def open(self, device: Device) -> RemoteSession:
        """A session on *device*, which was seen to be connected. Nothing is run on it.

        Raises:
            Misuse: the settings cannot be used.
            NotSent: the server does not answer, or the device is not connected to it.
            TryLater: the server says *not now*.
            Refused: the server refused the token, or does not know the device.
        """
        settings = self._settings(device)
        return _session(VsaX(settings, self._token(settings), self._workplace.clock), settings, self._workplace)

    def members(self, kind: str, group: str, devices: Sequence[Device]) -> Sequence[Member]:
        """Every device in an organization, site or group of the tenant that the section describes. Nothing is run on any.

        Raises as :meth:`open`, and ``Misuse`` for a group that nobody is in.
        """
        tenant = checked_section(VsaXTenant, self.name, self._workplace.settings.get(self.name, {}))
        with closing(VsaXTenantCalls(tenant, self._token(tenant), self._workplace.clock)) as calls:
            rows = calls.devices()
        said = meant(self.name, devices, _key(tenant, self._settings, lambda own: own.device))
        field: str = getattr(tenant, kind)
        return members(vsax.FIELDS, rows, Kind(kind, field, f"{self.name}.{kind}"), group, said)

    def _settings(self, device: Device) -> VsaXSettings:
        return checked(VsaXSettings, self.name, device, _given(self._workplace, self.name, device))

    def _token(self, settings: VsaXTenant) -> tuple[Secret, Secret]:
        vault = self._workplace.secret
        return resolved(settings.token_id, vault), resolved(settings.token_secret, vault)


class Vsa9Connector:
    """Opens sessions over VSA 9.

    Args:
        workplace: The section ``vsa9`` of its settings holds defaults for all devices.
    """

    name = "vsa9"
    capabilities = CAPABILITIES
    groups = ("organization", "group")

    def __init__(self, workplace: Workplace) -> None:
        self._workplace = workplace

    def open(self, device: Device) -> RemoteSession:
        """A session on *device*, logged in, which was seen to be connected. Nothing is run on it. Raises as VSA X does."""
        settings = self._settings(device)
        pat = resolved(settings.pat, self._workplace.secret)
        return _session(Vsa9(settings, pat, self._workplace.clock), settings, self._workplace)

    def members(self, kind: str, group: str, devices: Sequence[Device]) -> Sequence[Member]:
        """Every agent in an organization or machine group of the tenant that the section describes. Raises as VSA X does."""
        tenant = checked_section(Vsa9Tenant, self.name, self._workplace.settings.get(self.name, {}))
        with closing(Vsa9TenantCalls(tenant, resolved(tenant.pat, self._workplace.secret), self._workplace.clock)) as calls:
            rows = calls.agents()
        said = meant(self.name, devices, _key(tenant, self._settings, lambda own: own.agent))
        read = _organization if kind == "organization" else str
        return members(vsa9.FIELDS, rows, Kind(kind, tenant.machine_group, f"{self.name}.machine_group", read), group, said)

    def _settings(self, device: Device) -> Vsa9Settings:
        return checked(Vsa9Settings, self.name, device, _given(self._workplace, self.name, device))


def _organization(machine_group: str) -> str:
    """The organization of a machine group: ``contoso`` of ``root.contoso``."""
    return machine_group.rpartition(".")[2]


def _key(
    tenant: Tenant, settings: Callable[[Device], Own], number: Callable[[Own], str]
) -> Callable[[Device], Hashable | None]:
    """Reads what a device says of itself; nothing of one that is with another tenant."""

    def read(device: Device) -> Hashable | None:
        own = settings(device)
        return key(number(own), own.name) if own.url == tenant.url else None

    return read


def _given(workplace: Workplace, connector: str, device: Device) -> dict[str, Any]:
    """The settings of *device* over those for all devices; the name at the vendor is its own unless another is given."""
    return {"name": device.name, **workplace.settings.get(connector, {}), **device.ways.get(connector, {})}


def _session(console: Console, settings: Tenant, workplace: Workplace) -> KaseyaSession:
    """A session on *console*, or what stands against it; whatever was opened on the way is closed then."""
    try:
        be_there(console)
    except BaseException:
        console.close()
        raise
    return KaseyaSession(console, settings, workplace.clock)

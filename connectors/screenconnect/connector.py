"""The ScreenConnect connector: from a device's settings to a session whose agent is known to be connected."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from agent.api import Clock, Device, Member, RemoteSession, Secret, Workplace
from connectors.rules import looking_first
from connectors.screenconnect.capabilities import CAPABILITIES

if TYPE_CHECKING:
    from connectors.screenconnect.road import Road
    from connectors.screenconnect.settings import Instance


class ScreenConnectConnector:
    """Opens sessions over a ScreenConnect instance.

    ``private`` is not among its capabilities: the instance keeps every command.

    Args:
        workplace: The section ``screenconnect`` of its settings describes the instance.
    """

    name = "screenconnect"
    capabilities = CAPABILITIES
    groups = ("company", "group")
    """A company as the custom property names it, or a session group."""

    def __init__(self, workplace: Workplace) -> None:
        self._workplace = workplace

    def open(self, device: Device) -> RemoteSession:
        """A session on *device*, whose agent was seen to be connected. Nothing is sent to it.

        Raises:
            Misuse: the settings cannot be used.
            NotSent: the instance does not answer, or the device is not connected to it.
            TryLater: the instance says *not now*.
            Refused: the instance refused the secret, does not know the device, or knows more than one that may be meant.
        """
        from connectors.screenconnect.finding import Finder
        from connectors.screenconnect.session import ScreenConnectSession
        from connectors.screenconnect.settings import settings_of

        settings = settings_of(device, self._workplace)
        clock = self._workplace.clock
        road = self._road(settings, clock)
        try:
            with looking_first():
                seat = Finder(road, settings, clock.sleep).seat()
        except BaseException:
            road.close()
            raise
        return ScreenConnectSession(road, settings, seat, clock)

    def members(self, kind: str, group: str, devices: Sequence[Device]) -> Sequence[Member]:
        """Every machine in a company or session group of the instance that the section describes. Nothing is sent to any.

        Raises as :meth:`open`, and ``Misuse`` for a group that nobody is in.
        """
        from connectors.screenconnect.group import Group
        from connectors.screenconnect.settings import instance_of

        instance = instance_of(self._workplace)
        with closing(self._road(instance, self._workplace.clock)) as road:
            return Group(road, instance, self._workplace).members(kind, group, devices)

    def _road(self, settings: Instance, clock: Clock) -> Road:
        from connectors.screenconnect.builtin import BuiltIn, Login
        from connectors.screenconnect.extension import Extension

        if settings.secret is not None and settings.road == "extension":
            return Extension(settings, self._resolved(settings.secret), clock)
        if settings.user is None or settings.password is None:
            raise ValueError("these settings were not checked")
        otp = self._resolved(settings.otp) if settings.otp is not None else None
        return BuiltIn(settings, Login(settings.user, self._resolved(settings.password), otp), clock)

    def _resolved(self, secret: Secret) -> Secret:
        from connectors.settings import resolved

        return resolved(secret, self._workplace.secret)

"""The Splashtop connector: the last rung, where a person acts in a support session that keyturn makes and finds again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from typing import Any

from agent.api import Device, Refused, RemoteSession, Unsure, Workplace
from connectors.rules import looking_first
from connectors.settings import checked, resolved
from connectors.splashtop.notebook import Made, Notebook, reference
from connectors.splashtop.openapi import NOT_FOUND, OpenApi, Us
from connectors.splashtop.session import CAPABILITIES, OVER, SplashtopSession
from connectors.splashtop.settings import Settings


class SplashtopConnector:
    """Opens attended sessions.

    Args:
        workplace: The section ``splashtop`` of its settings holds defaults for all devices; the numbers of the support
            sessions are kept in the folder ``splashtop``.
    """

    name = "splashtop"
    capabilities = CAPABILITIES

    def __init__(self, workplace: Workplace) -> None:
        self._workplace = workplace
        self._notebook = Notebook(workplace.folder / self.name)

    def open(self, device: Device) -> RemoteSession:
        """The open support session for *device*, or a fresh one. Nothing happens on the device.

        Raises:
            Misuse: the settings cannot be used.
            NotSent: Splashtop does not answer as it should.
            TryLater: Splashtop says *not now*.
            Refused: Splashtop refused the token, its scope, the channel or the region.
        """
        settings = self._settings(device)
        with self._answering(settings) as api, ExitStack() as stack:
            stack.callback(api.close)
            us = api.us()
            made = self._found(api, us, device) or self._made(api, us, device, settings)
            stack.pop_all()
            return SplashtopSession(api, made, settings.technician or us.email)

    def check(self, device: Device) -> None:
        """Whether Splashtop answers and the token is good. That a session can be made is not tried. Raises as :meth:`open`."""
        with self._answering(self._settings(device)) as api, closing(api):
            api.us()

    def _settings(self, device: Device) -> Settings:
        given = {**self._workplace.settings.get(self.name, {}), **device.ways.get(self.name, {})}
        return checked(Settings, self.name, device, given)

    @contextmanager
    def _answering(self, settings: Settings) -> Iterator[OpenApi]:
        """The Open API. As long as nothing is made on a device, what it does not answer was not sent."""
        token = resolved(settings.token, self._workplace.secret)
        with looking_first():
            yield OpenApi(settings, token, self._workplace.clock)

    def _found(self, api: OpenApi, us: Us, device: Device) -> Made | None:
        """The support session that was made before, as long as it can be joined."""
        made = self._notebook.made(device)
        if made is None or made.team != us.team:
            return None
        try:
            told = api.session(made.team, made.session)
        except Refused as error:
            if error.facts.get("result") == NOT_FOUND:
                return None
            raise
        return None if str(told.get("status") or "").lower() in OVER else made

    def _made(self, api: OpenApi, us: Us, device: Device, settings: Settings) -> Made:
        """A fresh support session, noted. One whose making was not answered has a link that nobody knows, and expires."""
        ours = reference(device)
        issue = f"keyturn {ours}: {device.name} of {device.customer}"
        made = _made_of(us.team, api.create(us.team, f"{device.name}, {device.customer}", issue), settings)
        self._notebook.note(device, made)
        return made


def _made_of(team: str, told: Mapping[str, Any], settings: Settings) -> Made:
    number, code = str(told.get("id") or ""), str(told.get("code") or "")
    if not number or not code.isdecimal():
        raise Unsure("Splashtop made a support session and did not say its number and code")
    link = str(told.get("support_portal_link") or "")
    return Made(team, number, code, link if link.startswith("https://") else settings.portal(code))

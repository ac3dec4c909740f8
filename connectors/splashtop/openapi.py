"""Splashtop's Open API as far as it serves a support session: who we are, making one, looking at one.

Sources: Splashtop, "Splashtop Open APIs" (reference PDF v1.2, sections 5.1 and 5.8.1). There is no call in it that runs a
command, shows a message or restarts a PC.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agent.api import Clock, KeyturnError, Refused, Secret, TryLater, Unsure
from connectors.rest import Call, Heard, Rest, Service
from connectors.splashtop.settings import Settings

OK = 20200
NOT_FOUND = 40404
LONGEST_NAME = 64
_WORDS: Mapping[int, tuple[str, str]] = {
    40100: ("the token is not accepted", "Make a new API token (Management, Settings, API) and store it."),
    40101: ("the token has ended", "Make a new API token (Management, Settings, API) and store it."),
    40300: ("the token may not do this", "Give the token the scope psa; its owner must be owner or super admin."),
    40403: (
        "not allowed: scope, plan, channel, region or role",
        "Check region and channel in the settings, and the scope psa.",
    ),
    NOT_FOUND: ("there is no such thing", ""),
    40422: ("it did not like a parameter", "Check the channel in the splashtop settings."),
    41406: ("the token is not in its form", "Store it again without quotes or line breaks."),
}
"""The results that a public client states that it saw, in words."""


@dataclass(frozen=True, slots=True)
class Us:
    """Who the token belongs to: the team, and the mail address with which its owner logs in."""

    team: str
    email: str


class OpenApi:
    """The Open API, for one thread.

    Args:
        settings: Where it is.
        token: The API token, revealed at each call.
        clock: Time and sleep.
    """

    def __init__(self, settings: Settings, token: Secret, clock: Clock) -> None:
        self._channel = settings.channel
        service = Service(
            "Splashtop",
            f"{settings.address}/api/open/v1",
            auth=lambda: {"Authorization": f"Bearer {token.reveal()}"},
            judge=_judge,
            ca=settings.ca,
        )
        self.rest = Rest(service, clock)

    def us(self) -> Us:
        """Who we are. Raises ``Refused`` when the token lacks the scope for support sessions."""
        told = self._data(self.rest.send(Call("GET", "/users/basic_info", reads=True)))
        scopes = told.get("scopes")
        psa = scopes.get("psa") if isinstance(scopes, dict) else None
        team = psa.get("team_id") if isinstance(psa, dict) else None
        if team is None:
            raise Refused("Splashtop: the token lacks the scope psa", "Make one with it (Management, Settings, API).")
        return Us(str(team), str(told.get("email") or ""))

    def create(self, team: str, name: str, issue: str) -> dict[str, Any]:
        """Makes a support session; *name* is cut to :data:`LONGEST_NAME` characters. ``Unsure`` when it may have been made."""
        body = {"channel_id": self._channel, "customer_name": name[:LONGEST_NAME], "customer_issue": issue}
        call = Call("POST", f"/teams/{team}/psa/support_sessions", body)
        try:
            heard = self.rest.send(call)
        except Unsure as error:
            said = "".join(f" ({name} {value})" for name, value in error.facts.items())
            raise Unsure(
                f"Splashtop: a support session may have been made; nothing was done on the device{said}",
                "Its link is lost, and it expires by itself. The next run makes another one.",
                **error.facts,
            ) from None
        return self._support(heard)

    def session(self, team: str, number: str) -> dict[str, Any]:
        """One support session. Raises ``Refused`` with ``facts["result"]`` 40404 when it is gone."""
        return self._support(self.rest.send(Call("GET", f"/teams/{team}/psa/support_sessions/{number}", reads=True)))

    def close(self) -> None:
        """Ends the connections."""
        self.rest.close()

    def _support(self, heard: Heard) -> dict[str, Any]:
        found = self._data(heard).get("support_session")
        if not isinstance(found, dict):
            raise Unsure(f"the answer of Splashtop to {heard.call} holds no support session")
        return found

    def _data(self, heard: Heard) -> dict[str, Any]:
        told = heard.json()
        data = told.get("data") if isinstance(told, dict) else None
        if not isinstance(data, dict):
            raise Unsure(f"the answer of Splashtop to {heard.call} holds no data", "Is the address right?")
        return data


def _judge(heard: Heard) -> KeyturnError | None:
    """The error inside an answer, whatever its HTTP status: ``result`` is 20200 when all is well."""
    try:
        told = json.loads(heard.text)
    except ValueError:
        return None
    result = told.get("result") if isinstance(told, dict) else None
    if not isinstance(result, int) or result == OK or heard.status == 429:
        return None
    words, advice = _WORDS.get(result, ("it gives no reason that is known", ""))
    said = f"Splashtop: {heard.call} was answered with result {result}: {words}"
    if result // 100 == 429:
        return TryLater(said, "Try again later.", result=result)
    if result // 10000 == 5:
        return Unsure(said, advice, result=result)
    return Refused(said, advice, result=result)

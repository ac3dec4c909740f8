"""The road through the services of the instance itself, for instances without the extension.

They are not documented and differ between versions; the shapes are those of public clients of 2024.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from agent.api import Clock, KeyturnError, Misuse, Refused, Secret, Unsure
from connectors.rest import Call, Heard, Rest, Service
from connectors.screenconnect.onetime import one_time_password
from connectors.screenconnect.road import (
    LARGEST,
    QUEUED_COMMAND,
    QUEUED_MESSAGE,
    Details,
    Seat,
    details_in,
    seats_in,
    whole,
)
from connectors.screenconnect.settings import Instance

_TOKEN = re.compile(r'"antiForgeryToken"\s*:\s*"([^"\s]+)"')
_FRESH = timedelta(minutes=15)
"""How long a token is used. Its life is not published; public clients saw between 20 minutes and two hours."""
_LIMIT = 50
_ACCESS = 2
"""SessionType of unattended machines."""
_PAGE = "/Services/PageService.ashx"
_ADVICE = {
    401: "Check the user, the password, the one-time-password secret and the rights of the user's role: "
    "the instance does not say which.",
    404: "Is it the address of the instance, and is this version one that was tried?",
}


class _Stale(Refused):
    """The instance does not take this anti-forgery token: nothing was done."""


@dataclass(frozen=True, slots=True)
class Login:
    """A user of the instance: name, password, and the secret for one-time passwords where the instance wants them."""

    user: str
    password: Secret
    otp: Secret | None = None


class BuiltIn:
    """A :class:`~connectors.screenconnect.road.Road`: Basic, a one-time password, and an anti-forgery token with its cookie.

    Args:
        settings: How to reach the instance.
        login: Who logs in; its secrets are revealed for each request.
        clock: Time and sleep.
    """

    def __init__(self, settings: Instance, login: Login, clock: Clock) -> None:
        self._login = login
        self._clock = clock
        self._group = settings.group
        self._token = ""
        self._since = clock.now()
        service = Service(
            "ScreenConnect",
            settings.url,
            headers={"Origin": settings.origin_sent},
            auth=self._headers,
            advice=_ADVICE,
            judge=_judge,
            ca=settings.ca,
        )
        self.rest = Rest(service, clock)

    def seats(self, where: str) -> list[Seat]:
        """The sessions of unattended machines that match a filter expression, fifty at most."""
        return self._listed(self._group, where, _LIMIT)[0]

    def all(self, where: str, group: str = "") -> list[Seat]:
        """All sessions that match. An instance that does not say which session group it listed is not believed that it did."""
        try:
            seats, told = self._listed(group or self._group, where, LARGEST + 1)
        except Unsure as error:
            if group and error.facts.get("status") == 500:
                raise _unknown(group) from None
            raise
        _same(group or self._group, told.get("SessionGroupPath") or ([] if group else [self._group]))
        return whole(seats, told.get("UntruncatedSessionCount"))

    def details(self, session: UUID) -> Details | None:
        """The events of a session."""
        return details_in(self._call("GetSessionDetails", [self._group, str(session)], reads=True), self._clock.now())

    def command(self, session: UUID, text: str) -> None:
        """Gives the agent a command."""
        self._add(session, QUEUED_COMMAND, text)

    def message(self, session: UUID, text: str) -> None:
        """Shows a message on the machine."""
        self._add(session, QUEUED_MESSAGE, text)

    def close(self) -> None:
        """Ends the connections."""
        self.rest.close()

    def _listed(self, group: str, where: str, limit: int) -> tuple[list[Seat], dict[str, Any]]:
        """Sessions in *group*, and all that was said with them."""
        wanted = {
            "sessionType": _ACCESS,
            "sessionGroupPathParts": [group],
            "filter": where,
            "findSessionID": "",
            "sessionLimit": limit,
        }
        told = self._call("GetLiveData", [{"HostSessionInfo": wanted, "ActionCenterInfo": {}}, 0], reads=True)
        try:
            listed = dict(told["ResponseInfoMap"]["HostSessionInfo"])
            return seats_in(listed["Sessions"], self._clock.now()), listed
        except (TypeError, KeyError, ValueError):
            raise Unsure("ScreenConnect answered GetLiveData without sessions", "Is it a version that was tried?") from None

    def _add(self, session: UUID, kind: int, text: str) -> None:
        event = {"SessionID": str(session), "EventType": kind, "Data": text}
        self._call("AddSessionEvents", [[self._group], [event]], reads=False)

    def _call(self, method: str, arguments: list[Any], *, reads: bool) -> Any:
        """One call, once more with a new token when the instance no longer takes the one that there is."""
        if not self._token or self._clock.now() - self._since > _FRESH:
            self._renew()
        call = Call("POST", f"{_PAGE}/{method}", arguments, reads=reads)
        try:
            heard = self.rest.send(call)
        except _Stale:
            self._renew()
            heard = self.rest.send(call)
        return heard.json() if reads else None

    def _renew(self) -> None:
        """Fetches the token from the instance's own page; the cookie that comes with it is kept by the client."""
        self._token = ""
        self.rest.forget_cookies()
        found = _TOKEN.search(self.rest.send(Call("GET", "/", reads=True)).text)
        if found is None:
            raise Refused("ScreenConnect's page holds no anti-forgery token", "Is it a version that was tried?")
        self._token, self._since = found[1], self._clock.now()

    def _headers(self) -> dict[str, str]:
        login = self._login
        pair = f"{login.user}:{login.password.reveal()}".encode()
        headers = {"Authorization": f"Basic {base64.b64encode(pair).decode('ascii')}"}
        if login.otp is not None:
            headers["X-One-Time-Password"] = one_time_password(login.otp, self._clock.now())
        if self._token:
            headers["X-Anti-Forgery-Token"] = self._token
        return headers


def _same(group: str, path: object) -> None:
    """Raises unless *path* leads to *group*: some versions answer with the first group in the place of one they do not have.

    Capital letters do not matter.
    """
    if isinstance(path, list) and [str(part).casefold() for part in path] == [group.casefold()]:
        return
    if not path:
        raise Unsure("ScreenConnect does not say which session group it listed", "Choose a company (company=NAME).")
    raise _unknown(group)


def _unknown(group: str) -> Misuse:
    return Misuse(f"ScreenConnect has no session group '{group}'", "Check its name there, and what the login may see.")


def _judge(heard: Heard) -> KeyturnError | None:
    """Knows a stale token, which the instance gives the same status as a missing right, by the type of the error."""
    if heard.status != 403:
        return None
    try:
        told = heard.json()
    except Unsure:
        return None
    if isinstance(told, dict) and told.get("errorType") == "UnauthorizedAccessException":
        return _Stale("ScreenConnect does not take its own anti-forgery token", "Is a proxy in between that drops cookies?")
    return None

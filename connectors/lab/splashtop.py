"""A strict Splashtop Open API on loopback: one team, its support sessions, and people who join them.

Sources: Splashtop, "Splashtop Open APIs"; what a public client states that it saw. Errors ride inside HTTP 200, as ``result``.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from agent.api import Clock
from connectors.lab.site import Asked, Call, Problem, Site, Told, call
from connectors.lab.site_faults import Mishap, Mishaps

OK = 20200
TEAM = 4711
LIFETIME = timedelta(hours=24)
LONGEST_NAME = 64
_API = "/api/open/v1"
_PSA = f"{_API}/teams/{{team}}/psa"


@dataclass
class Support:
    """One support session as the vendor keeps it; times are ISO 8601."""

    id: int
    code: str
    customer_name: str
    customer_issue: str
    channel_id: int
    expires_at: str
    status: str = "open"
    associated_at: str | None = None
    online_since: str | None = None
    connected_since: str | None = None
    server_name: str | None = None
    server_os: str | None = None
    assignee_email: str | None = None


class Splashtop(Site):
    """One team; use it in ``with``.

    Args:
        clock: The time; sessions expire after :data:`LIFETIME`.
        token: The API token.
        mishaps: What is to go wrong.

    Attributes:
        sessions: The support sessions by number.
        scopes: What the token may do; without ``psa`` there are no support sessions.
        per_minute: Calls that are allowed in a minute; 0 for any number (the On-Prem Gateway allows 200).
    """

    vendor = "splashtop"
    own = (Mishap.UNAUTHORIZED, Mishap.FORBIDDEN, Mishap.INSIDE)
    calls: ClassVar[tuple[Call, ...]] = (
        call("basic info", "GET", f"{_API}/users/basic_info", "basic_info"),
        call("channels", "GET", f"{_PSA}/channel_list", "channels"),
        call("create", "POST", f"{_PSA}/support_sessions", "create"),
        call("session", "GET", f"{_PSA}/support_sessions/{{number}}", "one_session"),
        call("action", "PUT", f"{_PSA}/support_sessions/{{number}}/action", "action"),
    )

    def __init__(self, clock: Clock, token: str = "", mishaps: Mishaps | None = None) -> None:
        self.clock = clock
        self.token = token or secrets.token_urlsafe(24)
        self.sessions: dict[int, Support] = {}
        self.scopes = {"users", "psa"}
        self.per_minute = 0
        self._taken: list[datetime] = []
        super().__init__(mishaps)

    def join(self, number: int, computer: str) -> None:
        """The end user opens the link on *computer*."""
        with self._busy:
            one, now = self.sessions[number], self.clock.now().isoformat()
            one.associated_at = one.online_since = now
            one.server_name, one.server_os = computer, "Windows 11"

    def connect(self, number: int, technician: str) -> None:
        """A technician joins."""
        with self._busy:
            one = self.sessions[number]
            one.connected_since, one.assignee_email = self.clock.now().isoformat(), technician

    def settle(self) -> None:
        """Lets sessions expire."""
        with self._busy:
            now = self.clock.now()
            for one in self.sessions.values():
                if one.status == "open" and datetime.fromisoformat(one.expires_at) <= now:
                    one.status = "expired"

    def problem(self, status: int, text: str) -> Problem:
        """An error as ``result`` inside HTTP 200; *status* 404 is 40404."""
        return Problem(Told({"result": status if status > 1000 else 40000 + status, "message": text}))

    def admit(self, call: Call | None, asked: Asked) -> None:
        """A bearer token on each call, and the pace of a gateway."""
        name = call.name if call else "unknown"
        now = self.clock.now()
        self._taken = [at for at in self._taken if now - at < timedelta(minutes=1)]
        if self.per_minute and len(self._taken) >= self.per_minute:
            raise Problem(Told({"result": 42900, "message": "too many requests"}, 429, {"Retry-After": "30"}))
        self._taken.append(now)
        authorization = asked.headers.get("authorization", "")
        if '"' in authorization or not authorization.startswith("Bearer "):
            raise self.problem(41406, "invalid token format")
        if authorization != f"Bearer {self.token}" or self.mishaps.take(name, Mishap.UNAUTHORIZED):
            raise self.problem(40100, "unauthorized")
        if self.mishaps.take(name, Mishap.FORBIDDEN, Mishap.INSIDE):
            raise self.problem(40403, "not allowed")

    def basic_info(self, _asked: Asked) -> Told:
        """GET users/basic_info."""
        scopes = {name: {"team_id": TEAM} for name in sorted(self.scopes)}
        return _told({"email": "tech@msp.example", "name": "Tech", "scopes": scopes})

    def channels(self, asked: Asked, team: str) -> Told:
        """GET …/psa/channel_list?mode=psa."""
        self._team(team)
        if asked.query.get("mode") != "psa":
            raise self.problem(40422, "mode must be psa")
        return _told({"private": {"id": 0, "name": "Private"}, "channels": [{"id": 9, "name": "Desk", "default": True}]})

    def create(self, asked: Asked, team: str) -> Told:
        """POST …/psa/support_sessions."""
        self._team(team)
        body = asked.body if isinstance(asked.body, dict) else {}
        needed = {"channel_id", "customer_name"}
        if not needed <= set(body) <= needed | {"customer_issue"} or body["channel_id"] not in (0, 9):
            raise self.problem(40422, "the body holds channel_id, customer_name and, if wanted, customer_issue")
        if not 0 < len(str(body["customer_name"])) <= LONGEST_NAME:
            raise self.problem(40422, "customer_name is too long")
        number = 1000 + len(self.sessions)
        code = f"{secrets.randbelow(10**9):09d}"
        expires = (self.clock.now() + LIFETIME).isoformat()
        one = Support(number, code, body["customer_name"], body.get("customer_issue", ""), body["channel_id"], expires)
        self.sessions[number] = one
        return _told({"support_session": self._shown(one)})

    def one_session(self, _asked: Asked, team: str, number: str) -> Told:
        """GET …/psa/support_sessions/{id}."""
        return _told({"support_session": self._shown(self._session(team, number))})

    def action(self, asked: Asked, team: str, number: str) -> Told:
        """PUT …/psa/support_sessions/{id}/action."""
        one = self._session(team, number)
        words = {"close": "closed", "delete": "deleted"}
        kind = asked.body.get("kind") if isinstance(asked.body, dict) else None
        if kind not in words:
            raise self.problem(40422, "kind is close or delete")
        one.status = words[kind]
        return _told({})

    def _team(self, team: str) -> None:
        if team != str(TEAM) or "psa" not in self.scopes:
            raise self.problem(40403, "not allowed")

    def _session(self, team: str, number: str) -> Support:
        self._team(team)
        if not number.isdecimal() or int(number) not in self.sessions:
            raise self.problem(40404, "not found")
        return self.sessions[int(number)]

    def _shown(self, one: Support) -> dict[str, Any]:
        return asdict(one) | {"support_portal_link": f"https://my.splashtop.com/service_desk/psa/{one.code}"}


def _told(data: Any) -> Told:
    return Told({"result": OK, "data": data})

"""VSA 9: logs in and lists agents; for one PC finds its agent, orders runs of the agent procedure and reads its mailbox.

Sources: help.vsa9.kaseya.com, REST API v1.0 (pages 31616, 31655, 31668); helpdesk.kaseya.com on access tokens.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from agent.api import Answer, Clock, KeyturnError, NotSent, Refused, Secret, Unsure, no, unsure, yes
from connectors.kaseya.finding import one_of
from connectors.kaseya.group import PAGE, Fields, Row, read_all
from connectors.kaseya.session import Seen, countdown, texts
from connectors.kaseya.settings import Vsa9Settings, Vsa9Tenant
from connectors.rest import NO_BODY, Call, Heard, Rest, Service

FIELDS = Fields("VSA 9", id="AgentId", name="ComputerName")
_ONLINE = {
    0: (False, "offline"),
    1: (True, "connected, nobody is logged on"),
    2: (True, "connected and idle, nobody is logged on"),
    11: (True, "connected, its user is active"),
    12: (True, "connected, its user is away"),
    198: (False, "suspended in VSA 9"),
    199: (False, "known to VSA 9 and has never checked in"),
}
"""The field ``Online`` (page 31655)."""
_ADVICE = {
    401: "Check the user and the access token: REST scope only, allowed addresses, end date.",
    403: "Give the token's role the right to this function.",
    404: "Check agent and procedure in the vsa9 settings, and the right to execute in the procedure's folder.",
}


class Vsa9TenantCalls:
    """The calls of one tenant, and the login that they need.

    Args:
        settings: How to reach it.
        pat: The personal access token, revealed at each login.
        clock: Time and sleep.
    """

    def __init__(self, settings: Vsa9Tenant, pat: Secret, clock: Clock) -> None:
        self._user = settings.user
        self._pat = pat
        self._clock = clock
        self._bearer: Secret | None = None
        service = Service(
            "VSA 9",
            f"{settings.url}/api/v1.0",
            auth=self._credentials,
            advice=_ADVICE,
            judge=_judge,
            ca=settings.ca,
            within=30.0,
        )
        self.rest = Rest(service, clock)

    def agents(self) -> list[Row]:
        """Every agent that the user may see. Raises as :func:`~connectors.kaseya.group.read_all`."""
        return read_all(FIELDS, self._page, self._clock)

    def _page(self, behind: int) -> tuple[Any, Any]:
        told = self._send("GET", "/assetmgmt/agents", query={"$top": str(PAGE), "$skip": str(behind)})
        total = told.get("TotalRecords")
        return told.get("Result"), int(total) if isinstance(total, float) else total

    def close(self) -> None:
        """Logs out, once, and ends the connections; never raises for a server that is gone."""
        try:
            if self._bearer is not None:
                self.rest.send(Call("DELETE", "/system/users/session", within=5.0))
        except (NotSent, Refused, Unsure):
            pass  # it ends by itself
        finally:
            self._bearer = None
            self.rest.close()

    def _credentials(self) -> Mapping[str, str]:
        if self._bearer is not None:
            return {"Authorization": f"Bearer {self._bearer.reveal()}"}
        pair = f"{self._user}:{self._pat.reveal()}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode('ascii')}"}

    def _log_in(self, within: float | None) -> None:
        """Gets a token. Raises ``Refused`` when the credentials are wrong."""
        self._bearer = None
        told = self.rest.send(Call("GET", "/auth", reads=True, within=within)).json()
        found = told.get("Result") if isinstance(told, dict) else None
        token = (found.get("Token") or found.get("ApiToken")) if isinstance(found, dict) else None
        if not token:
            raise Refused("VSA 9 took the login and gave no token", _ADVICE[401])
        self._bearer = Secret(str(token), "token")

    def _send(
        self,
        method: str,
        path: str,
        body: Any = None,
        query: Mapping[str, str] | None = None,
        *,
        within: float | None = None,
    ) -> dict[str, Any]:
        """The envelope of the answer. A session that has ended early is begun again, once: the call was refused, not done."""
        reads, left = method == "GET", countdown(self._clock, within)
        if self._bearer is None:
            self._log_in(left())
        one = Call(method, path, NO_BODY if reads else body, query or {}, reads=reads, within=left())
        try:
            heard = self.rest.send(one)
        except Refused as error:
            if error.facts.get("status") != 401:
                raise
            self._log_in(left())
            heard = self.rest.send(replace(one, within=left()))
        told = heard.json()
        if told is not None and not isinstance(told, dict):
            raise Unsure(f"the answer of VSA 9 to {one} is not in its envelope", "Is the address right?")
        return told or {}


class Vsa9(Vsa9TenantCalls):
    """The :class:`~connectors.kaseya.session.Console` of VSA 9.

    Args:
        settings: How to reach the PC.
        pat: The personal access token, revealed at each login.
        clock: Time and sleep.
    """

    connector = "vsa9"

    def __init__(self, settings: Vsa9Settings, pat: Secret, clock: Clock) -> None:
        super().__init__(settings, pat, clock)
        self._settings = settings
        self._agent = settings.agent

    def presence(self, within: float | None = None) -> Answer:
        """Is the agent connected? Told by the field ``Online``."""
        left = countdown(self._clock, within)
        self._find(left())
        told = self._send("GET", f"/assetmgmt/agents/{self._path()}", within=left()).get("Result")
        if isinstance(told, list) and told:
            told = told[0]
        row: dict[str, Any] = told if isinstance(told, dict) else {}
        code = row.get("Online")
        name = self._settings.name
        if code not in _ONLINE:
            return unsure(f"VSA 9 does not say whether {name} is connected (Online is {code})")
        there, words = _ONLINE[code]
        facts = {"online": code, "last_check_in": row.get("LastCheckInTime")}
        return yes(f"{name} is {words}", **facts) if there else no(f"{name} is {words}", **facts)

    def start(self, payload: str, within: float) -> str:
        """Orders a run. Raises as :meth:`connectors.rest.Rest.send`, and ``Unsure`` when the answer names no execution."""
        prompt = {"Caption": self._settings.prompt, "Name": self._settings.prompt, "Value": payload}
        path = f"/automation/agentprocs/{self._path()}/{self._settings.procedure}/runnowgetid"
        told = self._send("PUT", path, {"ScriptPrompts": [prompt]}, within=within).get("Result")
        if not isinstance(told, str | int) or isinstance(told, bool):
            raise Unsure("VSA 9 took the run and did not name it")
        return str(told)

    def look(self, run: str, within: float) -> Seen:  # noqa: ARG002 - the mailbox does not know its number
        """The mailbox: the procedure log, or the custom field. Neither says for certain that a run is over."""
        if self._settings.result == "field":
            path = f"/assetmgmt/assets/{self._path()}/customfields/{quote(self._settings.field, safe='')}"
            return Seen(tuple(texts(self._send("GET", path, within=within))))
        return Seen(tuple(text for rows in self._log(within) for text in texts(rows)))

    def link(self) -> str:
        """Opens Live Connect on the technician's PC, which asks for a login: no token of ours is in it."""
        told = {
            "homePageUrl": f"{self._settings.url}/liveconnect/",
            "payload": {"agentId": self._identifier(), "navId": "dashboard"},
        }
        return f"kaseyaliveconnect:///{base64.b64encode(json.dumps(told).encode()).decode('ascii')}"

    def _log(self, within: float) -> list[Any]:
        """The rows of the procedure log that may be the newest: the first page and, in a long log, the last."""
        path = f"/assetmgmt/logs/{self._path()}/agentprocedure"
        first = self._send("GET", path, query={"$top": str(PAGE)}, within=within)
        rows, total = first.get("Result"), first.get("TotalRecords")
        pages = [rows]
        if isinstance(total, int | float) and total > PAGE:
            query = {"$top": str(PAGE), "$skip": str(int(total) - PAGE)}
            pages.append(self._send("GET", path, query=query, within=within).get("Result"))
        return pages

    def _path(self) -> str:
        return quote(self._identifier(), safe="")

    def _identifier(self) -> str:
        self._find(None)
        return self._agent

    def _find(self, within: float | None) -> None:
        """Looks the agent's id up by the PC's name, once. Raises ``Refused`` when there is not exactly one."""
        if not self._agent:
            name = self._settings.name.replace("'", "''")
            query = {"$top": str(PAGE), "$filter": f"ComputerName eq '{name}'"}
            rows = self._send("GET", "/assetmgmt/agents", query=query, within=within).get("Result") or []
            self._agent = one_of("VSA 9", self._settings.name, rows, "ComputerName", "AgentId")


def _judge(heard: Heard) -> KeyturnError | None:
    """The error inside an answer with HTTP 200: ``ResponseCode`` 4xx or 5xx in its envelope, whatever ``Status`` says."""
    if heard.status != 200:
        return None
    try:
        told = json.loads(heard.text)
    except ValueError:
        return None
    code = told.get("ResponseCode") if isinstance(told, dict) else None
    if not isinstance(code, int) or code < 400:
        return None
    said = f"VSA 9: {heard.call} was answered with code {code} ({told.get('Error') or 'no reason given'})"
    if code < 500:
        return Refused(said, _ADVICE.get(code, ""), status=code)
    return Unsure(said if heard.call.reads else f"{said} and may have had its effect", status=code)

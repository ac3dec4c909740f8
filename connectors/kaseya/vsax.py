"""VSA X (VSA 10): lists a tenant's devices; for one PC finds it, orders runs of the stored script, reads their executions.

Sources: api.vsax.net; help.vsa10.kaseya.com, "VSA 10 API guide". What these do not show (names of fields) is settings.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from agent.api import Answer, Clock, Refused, Secret, Unsure, no, unsure, yes
from connectors.kaseya.finding import one_of
from connectors.kaseya.group import PAGE, Fields, Row, read_all
from connectors.kaseya.session import Seen, countdown, texts
from connectors.kaseya.settings import VsaXSettings, VsaXTenant
from connectors.rest import NO_BODY, Call, Rest, Service

FIELDS = Fields("VSA X", id="Identifier", name="Name")
_NEWEST = 10
"""How many executions are looked through for a run whose number was lost."""
_ADVICE = {
    401: "Check the token's id, secret, end date and allowed addresses (Configuration, API Access).",
    403: "Give the token the right to this endpoint and to this organisation (Configuration, API Access).",
    404: "Check script, variable and device in the vsax settings.",
}


class VsaXTenantCalls:
    """The calls of one tenant.

    Args:
        settings: How to reach it.
        token: Id and secret, revealed at each call.
        clock: Time and sleep.
    """

    def __init__(self, settings: VsaXTenant, token: tuple[Secret, Secret], clock: Clock) -> None:
        self._token = token
        self._clock = clock
        service = Service(
            "VSA X", f"{settings.url}/api/v3", auth=self._credentials, advice=_ADVICE, ca=settings.ca, within=30.0
        )
        self.rest = Rest(service, clock)

    def devices(self) -> list[Row]:
        """Every device that the token may see. Raises as :func:`~connectors.kaseya.group.read_all`."""
        return read_all(FIELDS, self._page, self._clock)

    def close(self) -> None:
        """Ends the connections; there is no login to end."""
        self.rest.close()

    def _page(self, behind: int) -> tuple[Any, Any]:
        query = {"$top": str(PAGE), "$skip": str(behind)}
        told = self._envelope(Call("GET", "/devices", query=query, reads=True))
        meta = told.get("Meta")
        return told["Data"], meta.get("TotalCount") if isinstance(meta, dict) else None

    def _credentials(self) -> Mapping[str, str]:
        pair = ":".join(part.reveal() for part in self._token)
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode('ascii')}"}

    def _data(
        self, method: str, path: str, body: Any = None, within: float | None = None, query: Mapping[str, str] | None = None
    ) -> Any:
        reads = method == "GET"
        return self._envelope(Call(method, path, NO_BODY if reads else body, query or {}, reads=reads, within=within))["Data"]

    def _envelope(self, one: Call) -> dict[str, Any]:
        told = self.rest.send(one).json()
        if not isinstance(told, dict) or "Data" not in told:
            raise Unsure(f"the answer of VSA X to {one} holds no Data", "Is the address right?")
        return told


class VsaX(VsaXTenantCalls):
    """The :class:`~connectors.kaseya.session.Console` of VSA X.

    Args:
        settings: How to reach the PC.
        token: Id and secret, revealed at each call.
        clock: Time and sleep.
    """

    connector = "vsax"

    def __init__(self, settings: VsaXSettings, token: tuple[Secret, Secret], clock: Clock) -> None:
        super().__init__(settings, token, clock)
        self._settings = settings
        self._device = settings.device

    def presence(self, within: float | None = None) -> Answer:
        """Is the agent connected? The flag's name is ``settings.online``; without it nobody knows."""
        left = countdown(self._clock, within)
        self._find(left())
        told = self._one(self._data("GET", f"/devices/{self._path()}", within=left()))
        name = str(told.get("Name") or self._settings.name)
        seen = told.get(self._settings.last_seen)
        match told.get(self._settings.online):
            case True:
                return yes(f"{name} is connected to VSA X", device=self._device)
            case False:
                return no(f"{name} is not connected to VSA X{f' since {seen}' if seen else ''}", last_seen=seen)
        return unsure(f"VSA X does not say in the field {self._settings.online} whether {name} is connected", last_seen=seen)

    def start(self, payload: str, within: float) -> str:
        """Orders a run. Raises as :meth:`connectors.rest.Rest.send`, and ``Unsure`` when the answer names no execution."""
        variables = [{"Id": self._settings.variable, "Value": payload}]
        body = {"DeviceIdentifier": self._identifier(), "Variables": variables}
        told = self._data("POST", f"/automation/scripts/{quote(self._settings.script, safe='')}/run", body, within)
        number = next((told[key] for key in ("Id", "ExecutionId") if key in told), "") if isinstance(told, dict) else told
        if not isinstance(number, str | int) or not str(number):
            raise Unsure("VSA X took the run and did not name its execution")
        return str(number)

    def look(self, run: str, within: float) -> Seen:
        """The execution; without its number the newest ones of this script on this device."""
        path = f"/automation/scripts/{quote(self._settings.script, safe='')}/device/{self._path()}/executions"
        if not run:
            newest = self._data("GET", path, within=within, query={"$top": str(_NEWEST)})
            return Seen(tuple(texts(newest)))
        told = self._one(self._data("GET", f"{path}/{quote(run, safe='')}", within=within))
        state = str(told.get(self._settings.state, "")).replace(" ", "").lower()
        return Seen(tuple(texts(told)), state in {word.lower() for word in self._settings.ended})

    def link(self) -> str:
        """The console, by the template in the settings."""
        return self._settings.console.format(url=self._settings.url, device=self._path(), name=quote(self._settings.name))

    def _path(self) -> str:
        return quote(self._identifier(), safe="")

    def _identifier(self) -> str:
        self._find(None)
        return self._device

    def _find(self, within: float | None) -> None:
        """Looks the device's identifier up by name, once. Raises ``Refused`` when there is not exactly one."""
        if not self._device:
            name = self._settings.name.replace("'", "''")
            query = {"$top": str(PAGE), "$filter": f"Name eq '{name}'"}
            rows = self._data("GET", "/devices", within=within, query=query)
            self._device = one_of("VSA X", self._settings.name, rows, "Name", "Identifier")

    @staticmethod
    def _one(data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            raise Refused("VSA X showed a list where one object was expected", "Check the vsax settings.")
        return data

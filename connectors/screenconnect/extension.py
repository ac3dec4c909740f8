"""The road through the RESTful API Manager extension (ConnectWise, "RESTful API Manager")."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from agent.api import Clock, KeyturnError, Misuse, Refused, Secret
from connectors.rest import Call, Heard, Rest, Service
from connectors.screenconnect.road import Details, Seat, details_in, seats_in, whole
from connectors.screenconnect.settings import Instance

_ADVICE = {
    401: "Is it the RESTfulAuthenticationSecret of this instance?",
    403: "Set screenconnect.origin to the extension's RESTfulAllowedOrigin.",
    404: "Install the extension RESTful API Manager, or set screenconnect.extension or screenconnect.road.",
}
_UNDONE = ("Web method does not exist", "Unknown parameter")
"""What a 500 says before anything was done."""
_SENDER = "keyturn"


class Extension:
    """A :class:`~connectors.screenconnect.road.Road`: positional JSON arrays, always by POST, one secret.

    Args:
        settings: How to reach the instance.
        secret: The extension's secret, revealed for each request.
        clock: Time and sleep.
    """

    def __init__(self, settings: Instance, secret: Secret, clock: Clock) -> None:
        service = Service(
            "ScreenConnect",
            f"{settings.url}/App_Extensions/{settings.extension}/Service.ashx",
            headers={"Origin": settings.origin_sent},
            auth=lambda: {"CTRLAuthHeader": secret.reveal()},
            advice=_ADVICE,
            judge=_judge,
            ca=settings.ca,
        )
        self.rest = Rest(service, clock)
        self._order = settings.message_arguments
        self._clock = clock

    def seats(self, where: str) -> list[Seat]:
        """The sessions that match a filter expression."""
        return seats_in(self._read("GetSessionsByFilter", where), self._clock.now())

    def all(self, where: str, group: str = "") -> list[Seat]:
        """All sessions that match; the extension knows no pages, and no session groups."""
        if group:
            raise Misuse(
                f"the road extension cannot list the session group {group}",
                "Choose a company (company=NAME), or set screenconnect.road to built-in.",
            )
        return whole(self.seats(where), None)

    def details(self, session: UUID) -> Details | None:
        """The events of a session."""
        return details_in(self._read("GetSessionDetailsBySessionID", str(session)), self._clock.now())

    def command(self, session: UUID, text: str) -> None:
        """Gives the agent a command."""
        self._write("SendCommandToSession", [str(session), text])

    def message(self, session: UUID, text: str) -> None:
        """Shows a message on the machine."""
        values = {"session": str(session), "text": text, "host": _SENDER}
        self._write("SendMessageToSession", [values[name] for name in self._order])

    def close(self) -> None:
        """Ends the connections."""
        self.rest.close()

    def _read(self, method: str, *arguments: Any) -> Any:
        return self.rest.send(Call("POST", f"/{method}", list(arguments), reads=True)).json()

    def _write(self, method: str, arguments: list[str]) -> None:
        self.rest.send(Call("POST", f"/{method}", arguments))  # the answer has no body


def _judge(heard: Heard) -> KeyturnError | None:
    if heard.status != 500 or not any(text in heard.text for text in _UNDONE):
        return None
    return Refused(
        f"ScreenConnect: the extension does not take {heard.call} as it was sent",
        "Compare its version with docs/connectors.md.",
        status=500,
    )

"""An attended session: knows how the support session stands and how people join it, and carries out nothing itself."""

from __future__ import annotations

from typing import Any, NoReturn
from urllib.parse import quote

from agent.api import Answer, Attended, Command, Refused, Reply, no, yes
from connectors.rules import check_reads
from connectors.splashtop.notebook import Made
from connectors.splashtop.openapi import OpenApi

CAPABILITIES = frozenset({"attended", "presence"})
OVER = frozenset({"closed", "deleted", "expired"})
"""What ``status`` says of a support session that cannot be joined any more."""


class SplashtopSession:
    """A :class:`~agent.api.RemoteTool` in which a person acts, for one thread.

    Closing it leaves the support session open: the person may still be at work in it, and it expires by itself.

    Args:
        api: The Open API.
        made: Which support session.
        technician: Mail address with which the technician logs in; may be empty.
    """

    connector = "splashtop"
    capabilities = CAPABILITIES

    def __init__(self, api: OpenApi, made: Made, technician: str) -> None:
        self._api = api
        self._made = made
        self._technician = technician

    def ask(self, command: Command) -> Reply:
        """Raises :class:`ValueError` for a changing command, else ``Attended``: only a person can look."""
        check_reads(command)
        self._by_hand(command)

    def tell(self, command: Command) -> Reply:
        """Raises ``Attended``: only a person can do it."""
        self._by_hand(command)

    def presence(self) -> Answer:
        """Is the end user's PC ready to be joined? Raises ``Unsure`` and ``Refused`` when Splashtop does not say."""
        told = self._api.session(self._made.team, self._made.session)
        return standing(told)

    def message(self, text: str) -> None:
        """Raises ``Refused``: the Open API shows nothing to an end user. The text is not sent anywhere."""
        raise Refused(
            f"Splashtop's API shows no message to an end user ({len(text)} characters)", "Tell the user in the session's chat."
        )

    def link(self) -> str:
        """Both links: where the end user joins, and what the technician opens."""
        account = f"&account={quote(self._technician)}" if self._technician else ""
        deep = f"st-business://com.splashtop.business/?sos={quote(self._made.code)}&category=40{account}"
        return f"end user {self._made.portal} , technician {deep}"

    def close(self) -> None:
        """Ends our connections and leaves the support session to the people in it."""
        self._api.close()

    def _by_hand(self, command: Command) -> NoReturn:
        raise Attended(
            f"{command} can only be {'done' if command.changes else 'seen'} by a person in the Splashtop session",
            f"Send the user the first link and join with the second: {self.link()}. Then state what was done or seen.",
            link=self.link(),
            session=self._made.session,
        )


def standing(told: dict[str, Any]) -> Answer:
    """How a support session stands, from its fields (reference PDF, section 5.8.1): yes once the end user's PC is ready."""
    status = str(told.get("status") or "").lower()
    facts: dict[str, Any] = {"status": status, "computer": told.get("server_name"), "expires_at": told.get("expires_at")}
    if status in OVER:
        return no(f"the Splashtop session is {status}", state=status, **facts)
    if since := told.get("connected_since"):
        who = told.get("assignee_email") or "a technician"
        return yes(f"{who} is connected to {told.get('server_name') or 'the PC'} since {since}", state="connected", **facts)
    if told.get("associated_at") or told.get("server_name") or told.get("online_since"):
        return yes(
            f"{told.get('server_name') or 'the end user'} is ready, no technician has joined yet", state="ready", **facts
        )
    return no("the Splashtop session waits for the end user to open the link", state="waiting", **facts)

"""The route to a device: tries the connectors that the device names, in order, and says why each one was passed over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from agent.words.command import Command, Reply
from agent.words.device import Connector, Device
from agent.words.errors import KeyturnError, NotSent, Refused, Unreached
from agent.words.event import Kind
from agent.words.ports import RemoteSession


@dataclass
class Route:
    """A :class:`RemoteSession` that opens itself at its first use, over the first connector that gets through.

    Attributes:
        device: Which device, and its ways in order.
        connectors: The connectors there are, by name.
        needs: What the playbook needs a session to be able to do.
        note: Called with (kind, text, facts) when a connector is passed over or a session is open.
    """

    device: Device
    connectors: Mapping[str, Connector]
    needs: frozenset[str]
    note: Callable[[Kind, str, Mapping[str, str]], None]
    _session: RemoteSession | None = field(default=None, init=False)

    @property
    def connector(self) -> str:
        """The name of the connector in use, or an empty text."""
        return self._session.connector if self._session else ""

    @property
    def capabilities(self) -> frozenset[str]:
        """What the open session can do."""
        return self._session.capabilities if self._session else frozenset()

    def ask(self, command: Command) -> Reply:
        """Runs a reading command, opening the session if need be.

        Raises :class:`Unreached` when no connector gets through, and :class:`ValueError` when *command* would change something.
        """
        if command.changes:
            raise ValueError(f"{command} changes something; it is told, not asked")
        return self._opened().ask(command)

    def tell(self, command: Command) -> Reply:
        """Runs a changing command, opening the session if need be. Raises :class:`Unreached` when no connector gets through."""
        return self._opened().tell(command)

    def close(self) -> None:
        """Closes the session, if one is open."""
        if self._session:
            self._session.close()
            self._session = None

    def _opened(self) -> RemoteSession:
        if self._session is None:
            self._session = self._first_through()
            self.note(Kind.REACHED, f"{self.device.name} is reached by {self.connector}", {"connector": self.connector})
        return self._session

    def _first_through(self) -> RemoteSession:
        reasons: dict[str, KeyturnError] = {}
        for name in self.device.ways:
            try:
                return self._usable(name).open(self.device)
            except (NotSent, Refused) as error:
                reasons[name] = error
                self.note(
                    Kind.PASSED_OVER, f"{name} was passed over: {error}", {"connector": name, "reason": type(error).__name__}
                )
        told = "; ".join(f"{name}: {error}" for name, error in reasons.items())
        told = told or "it has no way in; add one with 'keyturn device change'"
        kinds = {name: type(error).__name__ for name, error in reasons.items()}
        raise Unreached(f"{self.device.name} was not reached: {told}", reasons=kinds)

    def _usable(self, name: str) -> Connector:
        """The connector called *name*, if it is installed and can do what is needed."""
        connector = self.connectors.get(name)
        if connector is None:
            raise Refused("no such connector is installed")
        if lacking := self.needs - connector.capabilities:
            raise Refused(f"it cannot do {', '.join(sorted(lacking))}")
        return connector

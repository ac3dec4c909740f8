"""The route to a device: one session made of all its ways, in which each command finds its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import InitVar, dataclass, field
from typing import Any, cast

from agent.machine.health import Health
from agent.machine.ladder import Ladder, Note
from agent.words.answer import Answer, no, unsure, yes
from agent.words.command import Command, Reply
from agent.words.device import Connector, Device, Openable
from agent.words.errors import Attended, KeyturnError, Misuse, NeedsPerson, NotSent, Refused, Unreached, Unsure
from agent.words.ports import RemoteTool, Rung


@dataclass
class Route:
    """The :class:`~agent.words.ports.RemoteDevice` over the ladder of a device. Raises ``Misuse`` for a wrong setting of it.

    A command goes over the first rung that can carry it (``command.needs``) and gets through. A reading goes on to the next
    rung when one does not answer; a change never does, because it might then happen twice.

    Attributes:
        device: Which device, and its ways in order.
        connectors: The connectors there are, by name.
        health: Which ways were down a moment ago.
        note: Called with (kind, text, facts) when a connector is passed over or in use.
        settings: The configuration's sections: ``ladder``, and the defaults of each connector.
        dry: Whether to leave people alone: a dry run makes no attended session.
    """

    device: Device
    connectors: Mapping[str, Connector]
    health: InitVar[Health]
    note: InitVar[Note]
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    dry: InitVar[bool] = False
    _ladder: Ladder = field(init=False)
    _last: str = field(default="", init=False)

    def __post_init__(self, health: Health, note: Note, dry: bool) -> None:
        alone = self.settings.get("ladder", {}).get("alone", [])
        if not isinstance(alone, list) or not all(isinstance(name, str) for name in alone):
            raise Misuse("ladder.alone in the settings is not a list of connectors", 'Write it as alone = ["screenconnect"].')
        self._ladder = Ladder(self.device, self.connectors, health, note, alone, dry)

    @property
    def connector(self) -> str:
        """The name of the connector that was used last, or an empty text."""
        return self._last

    @property
    def capabilities(self) -> frozenset[str]:
        """What the device's ways can do together, as far as their connectors are installed."""
        found = (self.connectors[name].capabilities for name in self.device.ways if name in self.connectors)
        return frozenset().union(*found)

    def ask(self, command: Command) -> Reply:
        """Runs a reading command over the first way that answers.

        Raises:
            Attended: only a person in the session can see this.
            NotSent, Unsure, Refused: what the first of the open ways said, none of which gave a whole answer.
            Unreached: no way got through.
            NeedsPerson: as for :meth:`tell`.
            ValueError: *command* would change something.
        """
        if command.changes:
            raise ValueError(f"{command} changes something; it is told, not asked")
        failed: dict[str, NotSent | Unsure | Refused] = {}
        for name in self._ladder.carriers(command.needs):
            for other, error in failed.items():
                self._ladder.pass_over(other, error)
            try:
                with self._used(name) as session:
                    reply = session.ask(command)
            except NeedsPerson:
                raise
            except (NotSent, Unsure, Refused) as error:
                failed[name] = error
                self._ladder.lost(name, error)
            else:
                self._ladder.heard(name)
                return reply
        raise next(iter(failed.values()), None) or self._nobody(command)

    def tell(self, command: Command) -> Reply:
        """Runs a changing command over the first way that can carry it, and over no other.

        Raises as :meth:`ask`, and ``NeedsPerson`` when the only ways that get through would keep a secret in a vendor's log.
        """
        for name in self._ladder.carriers(command.needs):
            with self._used(name) as session:
                return session.tell(command)
        raise self._nobody(command)

    def carries(self, command: Command) -> Answer:
        """Is there a way that could carry *command* now, be it by a person's hands? Opens it, and sends nothing."""
        try:
            for name in self._ladder.carriers(command.needs):
                by = f"only by a person in a session of {name}" if self._ladder.can(name, "attended") else f"by {name}"
                return yes(f"{self.device.name} is reached {by}", connector=name)
        except Attended as person:
            return yes(person.what)
        error = self._nobody(command)
        if isinstance(error, Unreached):
            return unsure(error.what, do=error.do)
        return no(error.what, person="technician", do=error.do)

    def open_way(self) -> None:
        """Sends, over a way that works, what makes another way of the ladder usable, where the settings allow that.

        A way that is open is left as it is. Raises ``NeedsPerson`` when no way may be opened like this, and what
        :meth:`tell` raises.
        """
        why = f"no way to {self.device.name} may be opened from here"
        do = "Switch WinRM on by hand, or allow it with 'keyturn device change --way winrm.open=true'."
        for name, connector in self._openable().items():
            if refusal := self._ladder.refusals.get(name):
                why, do = f"{name} is switched on and refuses: {refusal.what}", refusal.do
                continue
            if name not in self._ladder.sessions:
                told = self.tell(connector.opening()).json()
                if not isinstance(told, dict) or told.get("ok") is not True:
                    said = told.get("message") if isinstance(told, dict) else told
                    raise Refused(f"{name} could not be switched on: {said}", "Switch it on by hand.")
                self._ladder.speaks(name)
            return
        raise NeedsPerson(why, do)

    @property
    def may_open_way(self) -> bool:
        """True when the settings allow that one of the device's ways is switched on over another one."""
        return bool(self._openable())

    def presence(self) -> Answer:
        """Is the device there, as the first of its remote tools sees it that answers?"""
        for name in self._ladder.remote("presence"):
            try:
                return self._tool(name).presence()
            except NeedsPerson:
                raise
            except (NotSent, Unsure, Refused) as error:
                self._ladder.lost(name, error)
        return unsure(f"no remote tool of {self.device.name} answers{_end(self._ladder.reasons('presence'))}")

    def message(self, text: str) -> None:
        """Shows *text* to the user over the first remote tool that works. Raises ``Unreached`` when there is none."""
        for name in self._ladder.remote("presence", "message"):
            with self._used(name) as tool:
                return tool.message(text)
        raise Unreached(f"no remote tool of {self.device.name} can show a message{_end(self._ladder.reasons('presence'))}")

    def link(self) -> str:
        """The address with which a technician joins the first remote tool that works, or an empty text."""
        return next((self._tool(name).link() for name in self._ladder.remote("presence")), "")

    def rungs(self) -> tuple[Rung, ...]:
        """How each way fared in this run, as far as the events say: used, in which session, passed over, and why."""
        return self._ladder.rungs()

    def close(self) -> None:
        """Closes every session that is open."""
        self._ladder.close()

    def _openable(self) -> dict[str, Openable]:
        """The ways that may be opened over another one."""
        found: dict[str, Openable] = {}
        for name, own in self.device.ways.items():
            connector = self.connectors.get(name)
            if {**self.settings.get(name, {}), **own}.get("open") is True and isinstance(connector, Openable):
                found[name] = connector
        return found

    @contextmanager
    def _used(self, name: str) -> Iterator[RemoteTool]:
        """The session of the open rung *name*, for one call; noted as used unless nothing arrived."""
        self._last = name
        try:
            yield self._tool(name)
        except NotSent:
            raise
        except BaseException:
            self._ladder.use(name)
            raise
        self._ladder.use(name)

    def _tool(self, name: str) -> RemoteTool:
        """The session of an open rung; only one with the capability ``presence`` has all of a tool's words."""
        return cast("RemoteTool", self._ladder.sessions[name])

    def _nobody(self, command: Command) -> KeyturnError:
        """Why nothing carries *command*."""
        name = self.device.name
        talkative = []
        if "private" in command.needs:
            others = self._ladder.remote(*(command.needs - {"private"}), without="private")
            talkative = [rung for rung in others if rung not in self._ladder.silent]
        if not talkative:
            told = self._ladder.reasons() or "it has no way in; add one with 'keyturn device change'"
            return Unreached(f"{name} was not reached{_end(told)}", reasons=self._ladder.kinds())
        link = ""
        with suppress(KeyturnError):
            link = self.link()
        return NeedsPerson(
            f"only {', '.join(talkative)} gets through to {name}, and what is sent there stays in its log",
            f"Do this step by hand in the session{f' at {link}' if link else ''}.",
        )


def _end(reasons: str) -> str:
    return f": {reasons}" if reasons else ""

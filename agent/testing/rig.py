"""What the author of a connector provides: how to build it, the device, and how to cause trouble on the other side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Protocol

from agent.api import Clock, Connector, Device
from agent.testing.witness import Witness

NOTHING: Mapping[str, str] = MappingProxyType({})


class Rig(Protocol):
    """A connector on the bench. Derive from it, and give one to each check as the fixture ``rig``.

    The methods are called by the suite, each before or in the middle of a session. Whatever cannot be simulated is named in
    :attr:`cannot`; the checks that need it are skipped with that reason, so nothing passes unseen.

    Attributes:
        connector: The connector, set up with a workplace whose clock is :attr:`clock`.
        device: A device whose ``ways`` hold the connector's settings.
        pc: The PC behind it. Give it to your server in place of the simulated one: ``Witness(Pc("FRONTDESK-07", …))``.
        clock: The time for the connector and the PC; :class:`~agent.testing.clock.SimulatedClock` unless it must be real.
        short: Time that is given to a command that will not end. Make it a fraction of a second where the connector waits
            in real time.
        most: Bytes of output that the connector brings; 2 MiB, unless what it speaks to has a limit.
        credentials: What must never be read in an error or in a link: passwords, tokens.
        cannot: Name of a method below, or ``"streams"`` (a program's two streams are not kept apart on the way), to why.
    """

    connector: Connector
    device: Device
    pc: Witness
    clock: Clock
    short: timedelta = timedelta(seconds=10)
    most: int = 2 << 20
    credentials: Sequence[str] = ()
    cannot: Mapping[str, str] = NOTHING

    def offline(self) -> None:
        """The device goes away, and is not reached until :meth:`online`. Unless told otherwise: the PC's plug is pulled."""
        self.pc.switch(on=False)

    def online(self) -> None:
        """The device is there (again) and ready; harmless when it always was. Unless told otherwise: the PC has started."""
        self.pc.switch(on=True)
        self.clock.sleep(120)

    def refuse(self) -> None:
        """From now on the other side takes the credentials for wrong: change them there or in the vault."""
        raise NotImplementedError

    def drop(self) -> None:
        """The next command is begun on the device, which loses its line or restarts before the command has ended."""
        raise NotImplementedError

    def lose(self) -> None:
        """The next command is sent and carried out, and the answer to that request is lost on its way back."""
        raise NotImplementedError

    def garble(self) -> None:
        """From now on something else answers: another program on that port, or the web page of a proxy."""
        raise NotImplementedError

    def slow(self, seconds: float) -> None:
        """The suite's commands take that many seconds from now on, by the clock that the connector waits by."""
        self.pc.slow(seconds)

    def ended(self) -> bool:
        """Was the command whose time was over ended on the device, or told to end?"""
        raise NotImplementedError

    def sent(self) -> str:
        """All that was sent to the other side and could be kept in a log there. Unless told otherwise: the command lines."""
        return "\n".join(self.pc.lines)

    def shown(self) -> Sequence[str]:
        """The messages that the user of the device has seen."""
        raise NotImplementedError


ABILITIES = frozenset(name for name, what in vars(Rig).items() if callable(what) and not name.startswith("_")) | {"streams"}
"""What may stand in :attr:`Rig.cannot`."""

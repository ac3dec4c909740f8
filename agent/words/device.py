"""A device as the desk knows it, the directory of them, and what a connector must offer to open a session on one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from agent.words.command import Command
from agent.words.ports import Clock, RemoteSession, reads
from agent.words.secret import Secret

CAPABILITIES = frozenset({"powershell", "cmd", "private", "file", "message", "presence", "reboot", "attended"})
"""What a session may be able to do; ``private`` means that no vendor keeps a log of what is sent."""


@dataclass(frozen=True, slots=True)
class Device:
    """One PC or server and the ways to reach it.

    Attributes:
        name: The name that technicians use, unique in the desk.
        customer: The customer's name in the desk.
        user: The end user who works on it.
        ways: Settings by connector name, in the order of preference: ``{"winrm": {"host": "10.0.0.7", …}}``. A password in
            it is a vault reference.
    """

    name: str
    customer: str
    user: str = ""
    ways: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Workplace:
    """What a plug-in is given when it is set up: where it may keep files, its settings, the time and the vault.

    Attributes:
        folder: The data folder; a plug-in keeps its files below it.
        settings: The configuration file, one mapping a section (``settings["winrm"]``).
        clock: Time and sleep.
        secret: Resolves a reference such as ``vault:contoso/win-pro`` into a :class:`Secret`.
    """

    folder: Path
    settings: Mapping[str, Mapping[str, Any]]
    clock: Clock
    secret: Callable[[str], Secret]


class Connector(Protocol):
    """One way to reach devices (WinRM, SSH, a vendor's remote tool)."""

    name: str
    """The name used in a device's ``ways`` and in the record."""
    capabilities: frozenset[str]
    """What its sessions can do, a subset of :data:`CAPABILITIES`."""

    def open(self, device: Device) -> RemoteSession:
        """A session on *device*. Nothing on the device is changed by opening.

        Raises:
            NotSent: the device could not be reached; another connector may.
            Refused: the device was reached and said no (credentials, rights).
        """
        ...


@runtime_checkable
class Openable(Protocol):
    """A connector whose way can be opened over another one, where the device's settings say ``open``."""

    def opening(self) -> Command:
        """The change that, sent to a device over another way, makes this one usable."""
        ...


@runtime_checkable
class Checkable(Protocol):
    """A connector whose opening leaves something behind, and which can try without that whether its credentials are good."""

    def check(self, device: Device) -> None:
        """Returns when the other side answers and takes the credentials; nothing is made anywhere.

        That *device* can be opened is not proven by that. Raises what :meth:`Connector.open` raises.
        """
        ...


@dataclass(frozen=True, slots=True)
class Member:
    """One machine in a vendor's group.

    Attributes:
        name: What people know it by at the vendor, with the vendor's own number for it.
        devices: Names of the devices whose settings mean this machine and, as far as the vendor tells, no other one.
        reason: Why a device that may be meant is not among them.
    """

    name: str
    devices: tuple[str, ...] = ()
    reason: str = ""


@runtime_checkable
class Grouping(Protocol):
    """A connector whose vendor keeps machines in groups of its own, and tells who is in one."""

    groups: tuple[str, ...]
    """The kinds of groups there are, such as ``("company", "group")``; the first is meant where none is named."""

    @reads
    def members(self, kind: str, group: str, devices: Sequence[Device]) -> Sequence[Member]:
        """Every machine in the *group* of that *kind*, with those of *devices* that it is; at least one machine.

        A device is known by what its settings say, the vendor's number or a name that only one machine there has, and never
        guessed. Raises ``Misuse`` when nobody is in such a group, and what :meth:`Connector.open` raises.
        """
        ...


class Devices(Protocol):
    """The directory of devices."""

    @reads
    def find(self, name: str) -> Device:
        """The :class:`Device` with that name. Raises ``Misuse`` when there is none."""
        ...

    @reads
    def all(self, customer: str | None = None) -> Sequence[Device]:
        """Every :class:`Device` by name, or those of one *customer*.

        Raises ``Misuse`` when there is no such customer.
        """
        ...

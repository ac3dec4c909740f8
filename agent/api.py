"""What playbooks and connectors may import from keyturn: the words and the hook marker.

Orders bring pydantic, so they are imported when they are first asked for: a plug-in that only marks its hooks is then
loaded in no time, and ``keyturn --help`` loads them all.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from agent.words.answer import Answer, Verdict, no, unsure, yes
from agent.words.command import Command, Reply, Script, ask, tell
from agent.words.device import CAPABILITIES, Checkable, Connector, Device, Devices, Grouping, Member, Openable, Workplace
from agent.words.errors import Attended, Exit, KeyturnError, Misuse, NeedsPerson, NotSent, Refused, TryLater, Unreached, Unsure
from agent.words.event import Ending, Event, Kind
from agent.words.hooks import Explanation, hookimpl
from agent.words.playbook import Playbook, Steps, playbook
from agent.words.ports import (
    Appointment,
    Clock,
    Diary,
    Letter,
    LicenceInventory,
    Mail,
    People,
    RemoteDevice,
    RemoteSession,
    RemoteTool,
    Rung,
    Tickets,
    reads,
)
from agent.words.powershell import COMMAND_LINE, READER, standalone, standard_input
from agent.words.scenario import Scenario
from agent.words.secret import Secret
from agent.words.sighting import Attention, Sighting
from agent.words.step import Mark, Step, minutes, seconds

if TYPE_CHECKING:
    from agent.words.order import Order, SecretReference

__all__ = [
    "CAPABILITIES",
    "COMMAND_LINE",
    "READER",
    "Answer",
    "Appointment",
    "Attended",
    "Attention",
    "Checkable",
    "Clock",
    "Command",
    "Connector",
    "Device",
    "Devices",
    "Diary",
    "Ending",
    "Event",
    "Exit",
    "Explanation",
    "Grouping",
    "KeyturnError",
    "Kind",
    "Letter",
    "LicenceInventory",
    "Mail",
    "Mark",
    "Member",
    "Misuse",
    "NeedsPerson",
    "NotSent",
    "Openable",
    "Order",
    "People",
    "Playbook",
    "Refused",
    "RemoteDevice",
    "RemoteSession",
    "RemoteTool",
    "Reply",
    "Rung",
    "Scenario",
    "Script",
    "Secret",
    "SecretReference",
    "Sighting",
    "Step",
    "Steps",
    "Tickets",
    "TryLater",
    "Unreached",
    "Unsure",
    "Verdict",
    "Workplace",
    "ask",
    "hookimpl",
    "minutes",
    "no",
    "playbook",
    "reads",
    "seconds",
    "standalone",
    "standard_input",
    "tell",
    "unsure",
    "yes",
]


def __getattr__(name: str) -> Any:
    """Imports orders when they are first asked for."""
    if name not in ("Order", "SecretReference"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("agent.words.order"), name)

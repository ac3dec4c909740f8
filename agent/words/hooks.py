"""The hooks by which playbooks, connectors and desks join; a plug-in implements those it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pluggy

from agent.words.answer import Answer
from agent.words.device import Connector, Workplace
from agent.words.event import Event
from agent.words.ports import RemoteSession
from agent.words.scenario import Scenario
from agent.words.secret import Secret
from agent.words.sighting import Sighting

if TYPE_CHECKING:
    import click

    from agent.words.playbook import Playbook

GROUP = "keyturn"
hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)


@dataclass(frozen=True, slots=True)
class Explanation:
    """What an error code means and who acts: title, then label to text in the order in which to show it."""

    title: str
    lines: Mapping[str, str]


@hookspec
def keyturn_playbooks() -> list[Playbook]:  # type: ignore[empty-body]
    """The playbooks that this plug-in brings."""


@hookspec
def keyturn_connectors(workplace: Workplace) -> list[Connector]:  # type: ignore[empty-body]
    """The connectors that this plug-in brings, set up for *workplace*."""


@hookspec
def keyturn_ports(workplace: Workplace) -> Mapping[Any, object]:  # type: ignore[empty-body]
    """Port type to object, for each outside system that this plug-in speaks to."""


@hookspec
def keyturn_event(event: Event) -> None:
    """Something happened in a run. An observer that raises is reported and does not stop the run."""


@hookspec(firstresult=True)
def keyturn_explain(code: str) -> Explanation | None:
    """What *code* (``0xC004F050``, ``-1073418160``, ``3221549136``) means, or ``None`` when it is not ours."""


@hookspec(firstresult=True)
def keyturn_examine(secret: Secret) -> Answer | None:
    """Whether *secret*, offered as a product key, is sound as far as can be told offline; ``None`` when not ours."""


@hookspec
def keyturn_diagnose(session: RemoteSession) -> list[tuple[str, Answer]]:  # type: ignore[empty-body]
    """What on the other side of *session* helps or hinders the work: name of the check, and the answer."""


@hookspec(firstresult=True)
def keyturn_sight(session: RemoteSession) -> Sighting | None:
    """What a survey is to show of the device behind *session*, by reading only; ``None`` when it is none of ours."""


@hookspec(firstresult=True)
def keyturn_scenario(name: str) -> Scenario | None:
    """Starts the simulated customer called *name* (``windows-upgrade`` …), or ``None`` when this plug-in has no such one."""


@hookspec
def keyturn_commands() -> list[click.Command]:  # type: ignore[empty-body]
    """Commands to add to the command line. Import what is heavy inside the command, not beside it."""

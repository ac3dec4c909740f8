"""The questions at which a run stopped: which step is meant, and whose answer it takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from agent.machine.journal import RunRow
from agent.words.errors import Misuse
from agent.words.event import Event, Kind
from agent.words.step import Mark


def asked_about(row: RunRow, events: Sequence[Event], step: str) -> str:
    """The name of the *step* (its name, or its number from 1) of the run *row*.

    Raises :class:`Misuse` when the run has no such step, and when it asked nothing about it.
    """
    names = list(dict.fromkeys(event.step for event in events if event.step))
    chosen = names[int(step) - 1] if step.isdecimal() and 0 < int(step) <= len(names) else step
    if chosen not in names:
        listed = "; ".join(f"{number} {name}" for number, name in enumerate(names, 1))
        raise Misuse(f"run {row.id} has no step {step!r}", f"It has: {listed or 'none'}.")
    mark = _latest(events, chosen, Kind.SETTLED).get("mark")
    if mark in (Mark.ALREADY, Mark.CHANGED):
        raise Misuse(f"run {row.id} asked nothing about {chosen!r}: it was {mark}", "Answer the step that it stopped at.")
    return chosen


def check_answerer(row: RunRow, events: Iterable[Event], step: str, by: str) -> None:
    """Raises :class:`Misuse`, naming who may, where *step* takes no answer from a person called *by*.

    A step that was begun and never settled takes the answer of the same people as one that asked.
    Names are typed and not proved: this keeps people from answering what is not theirs by mistake.
    """
    wanted = _latest(events, step, Kind.SETTLED, Kind.BEGUN).get("answered_by") or {}
    may = {_folded(name): f"{name} ({role})" for role, name in wanted.items()}
    if "technician" in wanted:
        may.setdefault(_folded(row.by), f"{row.by} (who ran it)")
    if may and _folded(by) not in may:
        raise Misuse(f"{by} may not answer {step!r}", f"Whose answer it takes: {', '.join(may.values())}.")


def asks_for_statement(events: Iterable[Event], step: str) -> bool:
    """Did *step*, as it was settled last in *events*, ask a person to state how it stands?"""
    return bool(_latest(events, step, Kind.SETTLED).get("attended"))


def _latest(events: Iterable[Event], step: str, *kinds: Kind) -> Mapping[str, Any]:
    """The facts of the newest event of these *kinds* about *step*; none where there is no such event."""
    found = [event.facts for event in events if event.kind in kinds and event.step == step]
    return found[-1] if found else {}


def _folded(name: str) -> str:
    """*name* as names are compared: without regard to case and to runs of white space."""
    return " ".join(name.split()).casefold()

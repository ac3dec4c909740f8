"""Whether a complete backup exists that is newer than the instructions: by evidence on the PC, or by a named person."""

from __future__ import annotations

from datetime import datetime, timedelta

from agent.api import Answer, no, unsure, yes
from playbooks.windows.facts import Facts, Version

WINDOW = timedelta(hours=24)
"""How old a backup may be where no instructions set the time."""
ALIKE = timedelta(minutes=1)
"""Clocks that differ by less are taken for one: a reading is some seconds old when it is judged."""
SAFE = ("network", "other disk")
"""Places that survive the loss of the system disk."""


def _shown(version: Version) -> str:
    at = f"{version.at:%Y-%m-%d %H:%M} UTC" if version.at else f"{version.id!r}, which is no date,"
    return f"{at} on {version.place or 'an unknown place'}"


def _evidence(facts: Facts, since: datetime) -> Answer:
    """What Windows' own backup shows. Hints such as File History or OneDrive are told and prove nothing."""
    backups = facts.backups
    hints = [hint.kind + (f" up to {hint.at:%Y-%m-%d %H:%M} UTC" if hint.at else "") for hint in backups.hints]
    aside = f"; {', '.join(hints)} seen, which is no proof" if hints else ""
    if backups.versions is None:
        return unsure(f"the PC could not list its backups{aside}", person="technician")
    dated = sorted(((version.at, version) for version in backups.versions if version.at), key=lambda pair: pair[0])
    newest = [version for at, version in dated if since <= at <= facts.now]
    for at, version in reversed(dated):
        if version in newest and version.place in SAFE:
            return yes(f"backup of {_shown(version)}", backup=at.isoformat(), place=version.place)
    wanted = f"wanted is one after {since:%Y-%m-%d %H:%M} UTC that is not on the same disk"
    unclear = [version for version in backups.versions if version.at is None]
    unclear += [version for version in newest if version.place is None]
    if unclear:
        return unsure(f"backup of {_shown(unclear[-1])}; {wanted}{aside}", person="technician")
    if backups.event and backups.event >= since:
        return unsure(
            f"Windows reports a backup at {backups.event:%Y-%m-%d %H:%M} UTC, its place is not known{aside}",
            person="technician",
        )
    seen = _shown(dated[-1][1]) if dated else "none"
    return no(f"last backup: {seen}; {wanted}{aside}")


def _stated(statement: Answer, since: datetime) -> Answer:
    """A named person's word, which counts only when it was given after *since*."""
    at = statement.facts.get("at")
    if statement.is_yes and isinstance(at, str) and datetime.fromisoformat(at) < since:
        return no(f"{statement.evidence}, but that was before {since:%Y-%m-%d %H:%M} UTC", person="technician")
    return statement


def backed_up(facts: Facts, after: datetime | None, statement: Answer, now: datetime) -> Answer:
    """Is there a backup newer than *after* (when the customer was instructed; without it, of the last 24 hours)?

    A version's identifier tells the minute and no more, so a backup of that very minute counts. It is a time by the PC's own
    clock, so where that differs from ours by more than a minute, *after* is taken by the PC's clock, too.
    """
    since = (after or now - WINDOW).replace(second=0, microsecond=0)
    ahead = facts.now - now
    theirs = since if abs(ahead) < ALIKE else (since + ahead).replace(second=0, microsecond=0)
    return _evidence(facts, theirs) | _stated(statement, since)

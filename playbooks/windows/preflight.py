"""Whether a PC is fit for the change: every reason against it in one line, so that a technician clears all at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from agent.api import Answer, minutes, no, unsure, yes
from playbooks.windows import editions
from playbooks.windows.editions import NoPath, Path, Way
from playbooks.windows.facts import Facts

GIB = 1 << 30
NEEDS_FREE = 5 * GIB
"""Bytes free on the system drive without which no edition is changed."""
SPARSE = 10 * GIB
"""Bytes free below which it is worth a remark."""
OLDEST_BUILD = 14393
"""The oldest build with Windows PowerShell 5.1 (Windows 10 1607, Server 2016)."""
CHARGE = 50
"""Percent of battery charge that work without mains power needs."""
DOMAIN_CONTROLLER = 2
WAIT = minutes(15)
"""When to come back to a PC that is busy."""

_PENDING = {
    "servicing": "servicing waits for a restart",
    "in_progress": "a restart of servicing is under way",
    "update": "Windows Update waits for a restart",
    "name": "a new computer name waits for a restart",
}


def _edition(facts: Facts, target: str, expected: str) -> str | None:
    way = editions.path(facts.edition, target)
    if isinstance(way, NoPath):
        return way.reason
    if expected and facts.edition not in (editions.edition_id(expected), way.target.id):
        return f"the PC runs {facts.edition}, the order says {expected}"
    if way.way is Way.DISM and facts.product_type == DOMAIN_CONTROLLER:
        return "it is a domain controller, whose edition cannot be changed"
    return None


def _administrator(facts: Facts) -> str | None:
    return "the account has no full administrator token" if facts.administrator is False else None


def _build(facts: Facts) -> str | None:
    return f"build {facts.build} is too old, {OLDEST_BUILD} is wanted" if facts.build < OLDEST_BUILD else None


def _space(facts: Facts) -> str | None:
    if facts.free is None or facts.free >= NEEDS_FREE:
        return None
    return f"{facts.free / GIB:.1f} GiB are free on the system drive, {NEEDS_FREE // GIB} are wanted"


def _power(facts: Facts) -> str | None:
    battery = facts.battery
    if battery is None or not battery.present or battery.mains is not False:
        return None
    if battery.percent is None or battery.percent >= CHARGE:
        return None
    return f"it runs on battery at {battery.percent} %, {CHARGE} % or mains power is wanted"


def waiting_restart(facts: Facts) -> str | None:
    """Which restarts wait, or ``None``.

    Files waiting to be renamed do not count, nor does the restart that a key of ours needs: the run itself orders it.
    """
    ours = ("servicing", "in_progress") if facts.awaits_restart else ()
    told = [words for source, words in _PENDING.items() if source not in ours and getattr(facts.pending, source)]
    return ", ".join(told) or None


def _busy(facts: Facts) -> str | None:
    return f"{', '.join(facts.busy)} is at work" if facts.busy else None


Check = Callable[[Facts], str | None]
_REST: tuple[Check, ...] = (_administrator, _build, _power, _busy)
"""What the rest of a change needs whose key is in: a restart, maybe, and the activation."""
_CHECKS: tuple[Check, ...] = (_administrator, _build, _space, _power, waiting_restart, _busy)


def _unread(facts: Facts, *names: str) -> list[str]:
    """Which of *names* could not be read and are not to be guessed, and what of the battery."""
    unread = [name for name in names if getattr(facts, name) is None]
    battery = facts.battery
    if battery and battery.present and not battery.mains:
        if battery.percent is None:
            unread.append("battery.percent")
        elif battery.mains is None and battery.percent < CHARGE:
            unread.append("battery.mains")
    return unread


def _remarks(facts: Facts, target: str) -> list[str]:
    """What does not stand in the way and is worth knowing."""
    way = editions.path(facts.edition, target)
    remarks = (
        (isinstance(way, Path) and way.way is Way.PERSON, "only a person can make this change"),
        (bool(facts.pending.rename), "files wait to be renamed at the next restart"),
        (facts.free is not None and facts.free < SPARSE, "disk space is scarce"),
        (facts.bitlocker == 1, "BitLocker is on"),
        (facts.users is None, "who is logged on could not be read"),
        (bool(facts.users), f"{', '.join(facts.users or ())} logged on"),
        (any(licence.kms for licence in facts.licences or ()), "a KMS host was set by hand"),
    )
    return [text for seen, text in remarks if seen]


def _judged(facts: Facts, reasons: list[str], unread: list[str], now: datetime) -> Answer | None:
    """Why the PC is not fit, or cannot be called so; ``None`` where it is."""
    told: dict[str, Any] = {"edition": facts.edition, "build": facts.build, "reasons": reasons}
    if reasons:
        waits = reasons == [_busy(facts)]
        who: dict[str, Any] = {"come_back": now + WAIT} if waits else {}
        return no("; ".join(reasons), **who, person=None if waits else "technician", **told)
    return unsure(f"the PC could not say: {', '.join(unread)}", person="technician", **told) if unread else None


def suits(facts: Facts, target: str, expected: str, now: datetime) -> Answer:
    """Can the edition become *target* here and now? *expected* is the edition that the order believes in, or ''.

    Everything that a person must clear is a no with ``person``; a PC that is merely busy is a no with a time to come back.
    That only a person can go the way is a remark: the person is asked where the key would be installed, with the back-up
    made and the data on record.
    """
    reasons = [reason for reason in (_edition(facts, target, expected), *(check(facts) for check in _CHECKS)) if reason]
    unread = _unread(facts, "administrator", "licences", "free", "busy", "battery", "product_type")
    unread += [f"pending.{source}" for source in _PENDING if getattr(facts.pending, source) is None]
    unfit = _judged(facts, reasons, unread, now)
    if unfit is not None:
        return unfit
    remarks = _remarks(facts, target)
    note = f" ({'; '.join(remarks)})" if remarks else ""
    told: dict[str, Any] = {"edition": facts.edition, "build": facts.build, "reasons": [], "remarks": remarks}
    return yes(f"{facts.edition}, build {facts.build}, fit for {editions.edition_id(target)}{note}", **told)


def may_go_on(facts: Facts, now: datetime) -> Answer:
    """Can a change whose key is in, whoever installed it, be finished here and now?

    What it needed from the start no longer matters: the space on the disk, the edition that the PC came from, and the restarts
    that wait, one of which is the change's own.
    """
    reasons = [reason for reason in (check(facts) for check in _REST) if reason]
    unfit = _judged(facts, reasons, _unread(facts, "administrator", "busy", "battery"), now)
    if unfit is not None:
        return unfit
    told: dict[str, Any] = {"edition": facts.edition, "build": facts.build, "reasons": []}
    return yes(f"the key is in, and {facts.edition}, build {facts.build}, is fit for what is left to do", **told)

"""What on a PC helps or hinders the work, check by check, from one reading."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from agent.api import Answer, Command, RemoteSession, Unsure, no, unsure, yes
from playbooks.windows import facts, preflight, slmgr
from playbooks.windows.facts import LICENSED, Facts

SKEW = timedelta(minutes=5)
"""How far the PC's clock may be off before logins and TLS suffer."""


def _flag(good: str, bad: str, *, value: bool | None, wanted: bool = True) -> Answer:
    """An answer from a flag that should be *wanted*."""
    if value is None:
        return unsure("the PC could not say")
    return yes(good) if value is wanted else no(bad)


def _language(seen: Facts) -> Answer:
    mode = seen.language_mode
    if mode is None:
        return unsure("the PC could not say")
    return yes("PowerShell runs without restrictions") if mode == "FullLanguage" else no(f"PowerShell is in the mode {mode}")


def _script_host(seen: Facts) -> Answer:
    able = None if None in (seen.script_host, seen.slmgr) else bool(seen.script_host and seen.slmgr)
    return _flag("slmgr.vbs can run", "slmgr.vbs cannot run; CIM is used instead", value=able)


def _restart(seen: Facts) -> Answer:
    if None in (seen.pending.servicing, seen.pending.update):
        return unsure("the PC could not say")
    waiting = preflight.waiting_restart(seen)
    return no(waiting) if waiting else yes("no restart is waiting")


def _space(seen: Facts) -> Answer:
    if seen.free is None:
        return unsure("the PC could not say")
    line = f"{seen.free / preflight.GIB:.1f} GiB are free on the system drive"
    return yes(line) if seen.free >= preflight.NEEDS_FREE else no(f"{line}, {preflight.NEEDS_FREE // preflight.GIB} are wanted")


def _licence(seen: Facts) -> Answer:
    try:
        found = seen.licence()
    except Unsure as problem:
        return unsure(str(problem))
    return yes(str(found)) if found.status == LICENSED else no(str(found))


def _busy(seen: Facts) -> Answer:
    return _flag(
        "nothing is being installed",
        f"{', '.join(seen.busy or ())} is at work",
        value=None if seen.busy is None else not seen.busy,
    )


_CHECKS: tuple[tuple[str, Callable[[Facts], Answer]], ...] = (
    (
        "administrator rights",
        lambda seen: _flag("full administrator token", "filtered or ordinary token", value=seen.administrator),
    ),
    ("language mode", _language),
    ("script host", _script_host),
    (
        "command lines kept private",
        lambda seen: _flag("not recorded", "command lines are recorded in the audit log", value=seen.auditing, wanted=False),
    ),
    ("pending restart", _restart),
    ("servicing", _busy),
    ("disk space", _space),
    ("licence", _licence),
)


def _words(session: RemoteSession, command: Command) -> Answer:
    """What slmgr.vbs says, in the PC's language: for people, who know what to make of it."""
    reply = session.ask(command)
    lines = "; ".join(filter(None, (line.strip() for line in reply.stdout.splitlines())))
    return yes(lines) if lines and reply.exit_code == 0 else unsure(lines or f"it said nothing (exit code {reply.exit_code})")


def diagnose(session: RemoteSession, now: datetime) -> list[tuple[str, Answer]]:
    """Name and answer of each check on *session*; *now* is our own clock, for comparison with the PC's.

    Raises what the session raises. A PC that answers nothing useful gives one unsure answer.
    """
    try:
        seen = facts.parse(session.ask(facts.command()))
    except Unsure as problem:
        said = " ".join(str(problem.facts.get("said", "")).split())[:200]
        return [("facts", unsure(f"{problem}: {said}" if said else str(problem)))]
    off = seen.now - now
    line = f"the PC's clock is off by {abs(off).total_seconds():.0f} s"
    clock = yes(line) if abs(off) <= SKEW else no(f"{line}, more than {SKEW.total_seconds() / 60:.0f} minutes")
    edition = yes(f"{seen.edition}, build {seen.build}.{seen.ubr or 0}, {seen.language or 'language unknown'}")
    answers = [("edition", edition), ("clock", clock), *((name, check(seen)) for name, check in _CHECKS)]
    if seen.script_host and seen.slmgr:
        for verb, command in (("/xpr", slmgr.expiry()), ("/dlv", slmgr.details())):
            answers.append((f"slmgr {verb}", _words(session, command)))
    return answers

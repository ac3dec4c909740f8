"""Which run waits, for commands that are called without a number."""

from __future__ import annotations

from agent.cli.call import Call
from agent.cli.suggest import LATEST
from agent.words.errors import Misuse
from agent.words.step import Mark

WAITS = (Mark.WAITING, Mark.LATER, Mark.ASK)


def waiting_run(call: Call) -> int:
    """The number of the only run that waits, which is said; of each target only the latest run counts, and no dry one.

    Raises :class:`Misuse` when none waits, or more than one.
    """
    latest = {row.order.target: row for row in reversed(call.home.journal.runs(LATEST)) if not row.dry}
    waiting = [row for row in latest.values() if row.mark in WAITS]
    if not waiting:
        raise Misuse("no run waits", "Name one by its number; see 'keyturn runs'.")
    if len(waiting) > 1:
        listed = ", ".join(f"{row.id} ({row.order.target})" for row in waiting)
        raise Misuse(f"{len(waiting)} runs wait: {listed}", "Name one of them.")
    call.remark(f"Run {waiting[0].id} waits ({waiting[0].order.target}).")
    return waiting[0].id


def stopped_at(call: Call, run: int) -> str:
    """The step at which *run* stopped, or an empty text. Raises :class:`Misuse` when there is no such run."""
    call.home.journal.find_run(run)
    return next((str(e.facts["stopped_at"]) for e in reversed(call.home.journal.events(run)) if e.facts.get("stopped_at")), "")

"""The vendor's agent on a simulated PC: takes what waits for it while the PC is up, and reports what came of it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

import requests

from connectors.lab.kaseya.script import Printed, TextMachine, stored_script
from connectors.lab.machine import Power
from connectors.lab.site_faults import Mishap


class Stands(StrEnum):
    """How a run of a stored script stands."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass
class Run:
    """One run of a stored script on one PC.

    Attributes:
        id: The vendor's number for it.
        script: Which stored script.
        payload: The value of its one variable.
        given: When it was ordered.
        mishap: What goes wrong with it, if anything.
        stands: How it stands.
        output: What the script printed; known when it is done.
        started: When the agent took it.
        ended: When it was done.
        webhook: Where its end is to be told, or an empty text.
    """

    id: str
    script: str
    payload: str
    given: datetime
    mishap: Mishap | None = None
    webhook: str = ""
    stands: Stands = Stands.PENDING
    output: str = ""
    started: datetime | None = None
    ended: datetime | None = None
    boot: int = 0
    printed: Printed | None = field(default=None, repr=False)


@dataclass
class Agent:
    """The agent on *pc*.

    Attributes:
        id: What the vendor calls the PC.
        pc: The PC.
        check_in: Seconds until the agent takes what was ordered.
        runs: Every run so far, in order.
        groups: Where the vendor has put the PC, by field, in the place of the site's own words for it.
        away: Whether it has lost the vendor although the PC may be up: it takes nothing, and reports later what it did.
    """

    id: str
    pc: TextMachine
    check_in: float = 3.0
    runs: list[Run] = field(default_factory=list)
    groups: dict[str, str] = field(default_factory=dict)
    last_seen: datetime | None = None
    away: bool = False

    def online(self) -> bool:
        """Whether the vendor sees the PC now."""
        return not self.away and self.pc.power() is Power.UP

    def settle(self) -> None:
        """Takes, ends and loses what is due by now."""
        if self.away:
            return
        now = self.pc.world.clock.now()
        up = self.online()
        if up:
            self.last_seen = now
        for run in self.runs:
            if run.stands is Stands.PENDING and up and run.mishap is not Mishap.STUCK:
                self._take(run, now)
            if run.stands is Stands.RUNNING:
                self._go_on(run, now, up=up)

    def _take(self, run: Run, now: datetime) -> None:
        due = run.given + timedelta(seconds=self.check_in)
        if now < due:
            return
        run.stands, run.started, run.boot = Stands.RUNNING, now, self.pc.boot()
        if run.mishap is Mishap.FAILED:
            self._end(run, now, Stands.FAILED, "The script could not be started.")
        elif run.mishap is Mishap.MUTE:
            self._end(run, now, Stands.DONE, "")
        else:
            run.printed = stored_script(self.pc, run.payload, now)

    def _go_on(self, run: Run, now: datetime, *, up: bool) -> None:
        if run.printed is None or run.started is None:
            return
        if self.pc.boot() != run.boot or not up:
            self._end(run, now, Stands.FAILED, "The device went away while the script was running.")
        elif now >= run.started + timedelta(seconds=run.printed.seconds):
            stands = Stands.DONE if run.printed.exit_code == 0 else Stands.FAILED
            self._end(run, now, stands, self._shown(run, run.printed.output))

    def _shown(self, run: Run, output: str) -> str:
        match run.mishap:
            case Mishap.SILENT:
                return ""
            case Mishap.CUT_OUTPUT:
                return output.rstrip()[: -max(20, len(output) // 3)]
            case Mishap.STALE:
                before = [other.output for other in self.runs if other.stands is Stands.DONE]
                return before[-1] if before else ""
        return output

    def _end(self, run: Run, now: datetime, stands: Stands, output: str) -> None:
        run.stands, run.ended, run.output = stands, now, output
        knock(run)


def knock(run: Run) -> None:
    """Tells the run's webhook that it has ended, once; nobody hears whether anybody opened. Only this machine is called."""
    if run.webhook.startswith("http://127.0.0.1:"):
        with suppress(requests.RequestException):
            requests.post(run.webhook, json={"ExecutionId": run.id, "State": run.stands.value}, timeout=2).close()

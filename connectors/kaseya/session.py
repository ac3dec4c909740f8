"""A session on one PC through a tenant's stored script: orders a run, waits for its result, and knows what is certain."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, cast

from tenacity import RetryError, Retrying, retry_if_result, wait_fixed

from agent.api import (
    Answer,
    Clock,
    Command,
    NotSent,
    Refused,
    Reply,
    Script,
    TryLater,
    Unsure,
    Verdict,
    tell,
)
from connectors.kaseya.payload import Job, Result, job, result
from connectors.kaseya.settings import Tenant
from connectors.rules import Turn, check_public, check_reads, looking_first

CAPABILITIES = frozenset({"powershell", "cmd", "message", "presence", "reboot"})
MESSAGE = Path(__file__).with_name("message.ps1")
_LOOKS = 3
"""How often a run is seen to be over before its result is given up."""
_READ_FIRST = "Read how things stand before it is done again"


@dataclass(frozen=True, slots=True)
class Seen:
    """What the vendor shows of a run: every text in which the result may be, and whether the vendor calls it over."""

    texts: tuple[str, ...]
    ended: bool = False


class Console(Protocol):
    """One of the vendor's products, for one PC. Its methods raise what :class:`connectors.rest.Rest` raises."""

    connector: str

    def presence(self, within: float | None = None) -> Answer:
        """Is the agent connected now? A reading, in *within* seconds; each call has its own time when ``None``."""
        ...

    def start(self, payload: str, within: float) -> str:
        """Orders a run of the stored script with *payload* and returns its number; *within* seconds for the call."""
        ...

    def look(self, run: str, within: float) -> Seen:
        """How the run stands; an empty *run* is one whose number was lost."""
        ...

    def link(self) -> str:
        """Where a technician joins by hand."""
        ...

    def close(self) -> None:
        """Ends what the vendor keeps open. Never raises for a server that is gone."""
        ...


class _Over(Exception):
    """The run has ended, or can no longer be seen, without a whole result. Holds why."""


@dataclass
class _Watch:
    """A run that is being waited for.

    Attributes:
        job: What its result is known by.
        run: The vendor's number for it, empty when that was lost.
        ends: When its time is over.
        looks: How often it was seen to be over without a whole result; a vendor may show the output a moment later.
    """

    job: Job
    run: str
    ends: datetime
    looks: int = 0


class KaseyaSession:
    """A :class:`~agent.api.RemoteTool` over VSA X or VSA 9, for one thread.

    It is not ``private``: the tenant keeps every payload and every output, so a command with a secret is refused.

    Args:
        console: The product.
        settings: Pauses and limits.
        clock: Time and sleep.
    """

    capabilities = CAPABILITIES

    def __init__(self, console: Console, settings: Tenant, clock: Clock) -> None:
        self.connector = console.connector
        self._console = console
        self._settings = settings
        self._clock = clock
        self._turn = Turn("a Kaseya session")

    def ask(self, command: Command) -> Reply:
        """Runs a command that only reads; when its result is lost and time is left, it is run once more.

        Raises:
            ValueError: the command is marked as changing.
            NotSent: the PC is not connected, or the run certainly did not begin.
            TryLater: the vendor says *not now*; the run did not begin.
            Refused: the command holds a secret, or the vendor said no.
            Unsure: there is no whole result within ``command.within``.
        """
        check_reads(command)
        ends = self._ends(command)
        try:
            return self._carry_out(command, ends)
        except Unsure:
            if self._left(ends) < 2 * self._settings.poll:
                raise
        return self._carry_out(command, ends)

    def tell(self, command: Command) -> Reply:
        """Runs a command that changes the PC, once. Raises as :meth:`ask`; ``Unsure`` when it may have had its effect."""
        return self._carry_out(command, self._ends(command))

    def presence(self) -> Answer:
        """Is the vendor's agent on the PC connected now?"""
        with self._turn:
            return self._console.presence()

    def message(self, text: str) -> None:
        """Shows *text* to everybody who is logged on. Raises as :meth:`tell`, and ``Refused`` when the PC cannot."""
        script = Script(MESSAGE.name, MESSAGE.read_text(encoding="ascii"))
        told = self.tell(tell(script, text=text)).json()
        if not isinstance(told, dict) or told.get("ok") is not True:
            why = told.get("why", "it does not say why") if isinstance(told, dict) else "it does not say why"
            raise Refused(f"the message was not shown: {why}", "Tell the user in another way.")

    def link(self) -> str:
        """The address with which a technician joins by hand."""
        with self._turn:
            return self._console.link()

    def close(self) -> None:
        """Ends the session at the vendor; never raises for a server that is gone."""
        self._turn.close()
        self._console.close()

    def _ends(self, command: Command) -> datetime:
        return self._clock.now() + command.within

    def _left(self, ends: datetime) -> float:
        return max(0.0, (ends - self._clock.now()).total_seconds())

    def _carry_out(self, command: Command, ends: datetime) -> Reply:
        check_public(command, self.connector)
        ordered = self._job(command, ends)
        with self._turn:
            be_there(self._console, max(1.0, self._left(ends)))
            try:
                run = self._console.start(ordered.payload, max(1.0, self._left(ends)))
            except Unsure:
                run = ""  # it may have arrived; its result would tell
            return self._reply(command, self._wait(command, _Watch(ordered, run, ends)))

    def _job(self, command: Command, ends: datetime) -> Job:
        until = (ends + timedelta(seconds=self._settings.skew)).timestamp()
        ordered = job(command, until=until, line=self._settings.longest_line)
        if len(ordered.payload) > self._settings.longest_payload:
            raise Refused(
                f"{command} is too long for {self.connector}: {len(ordered.payload)} characters, and"
                f" {self._settings.longest_payload} are allowed",
                f"Let WinRM carry it, or raise {self.connector}.longest_payload.",
            )
        return ordered

    def _wait(self, command: Command, watch: _Watch) -> Result:
        again = Retrying(
            retry=retry_if_result(lambda found: found is None),
            stop=lambda _state: self._left(watch.ends) <= 0,
            wait=wait_fixed(self._settings.poll),
            sleep=lambda seconds: self._clock.sleep(min(seconds, self._left(watch.ends))),
        )
        seconds = command.within.total_seconds()
        try:
            found = again(self._look, watch)
        except RetryError:
            raise Unsure(
                f"{command} has no result after {seconds:g} s; it may still be begun, and is ended on the PC after its time",
                _READ_FIRST,
            ) from None
        except _Over as over:
            raise Unsure(f"{command} may have had its effect: {over}", _READ_FIRST) from None
        return cast("Result", found)

    def _look(self, watch: _Watch) -> Result | None:
        """The result, or ``None`` as long as there may still be one. Raises :class:`_Over`."""
        try:
            seen = self._console.look(watch.run, max(1.0, self._left(watch.ends)))
        except (NotSent, TryLater, Unsure):
            return None  # a look that fails says nothing about the run
        except Refused as error:
            raise _Over(f"its result cannot be read ({error})") from None
        found = result(watch.job, seen.texts)
        watch.looks += seen.ended
        if found is None and watch.looks >= _LOOKS:
            raise _Over(f"{self.connector} calls it over, and its result is missing or cut short")
        return found

    def _reply(self, command: Command, found: Result) -> Reply:
        if found.late:
            raise NotSent(
                f"{command} was not begun: by the PC's clock its time was over when the agent took it",
                "Is that clock right? Nothing was changed.",
            )
        if found.reply is None:
            seconds = command.within.total_seconds()
            raise Unsure(f"{command} did not end within {seconds:g} s and was terminated", _READ_FIRST)
        return found.reply


def be_there(console: Console, within: float | None = None) -> None:
    """Asks before anything is sent whether the PC is connected: a run would wait for it otherwise, maybe for days.

    Raises ``NotSent`` when it is known not to be, or the vendor cannot be asked, ``TryLater`` and ``Refused``. A vendor that
    does not say is no obstacle: a run that is begun too late does nothing.
    """
    with looking_first():
        answer = console.presence(within)
    if answer.verdict is Verdict.NO:
        raise NotSent(f"{console.connector}: {answer.evidence}", "Nothing was sent.")


def countdown(clock: Clock, within: float | None) -> Callable[[], float | None]:
    """Says at each call how many of *within* seconds are left, a tenth at least; ``None`` always when there is no limit."""
    ends = None if within is None else clock.now() + timedelta(seconds=within)
    return lambda: None if ends is None else max(0.1, (ends - clock.now()).total_seconds())


def texts(data: Any) -> Iterator[str]:
    """Every text inside JSON *data*, whatever its field is called."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, Mapping):
        for value in data.values():
            yield from texts(value)
    elif isinstance(data, list):
        for value in data:
            yield from texts(value)

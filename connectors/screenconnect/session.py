"""A session on one device: gives its agent one command at a time, finds the output that belongs to it, says what is certain."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from tenacity import RetryCallState, Retrying, retry_if_result, wait_exponential

from agent.api import Answer, Clock, Command, KeyturnError, NotSent, Refused, Reply, TryLater, Unsure, no, unsure, yes
from connectors.rules import Turn, check_public, check_reads
from connectors.screenconnect.capabilities import CAPABILITIES
from connectors.screenconnect.finding import Finder
from connectors.screenconnect.road import DISCONNECTED, QUEUED_COMMAND, RAN_COMMAND, Details, Happening, Road, Seat
from connectors.screenconnect.said import Fate, Said, said
from connectors.screenconnect.settings import Settings

_FIRST_LOOK, _GROWTH, _SLOWEST_LOOK = 1.5, 1.5, 5.0
"""Seconds before the first look for the output, how they grow, and the most."""
_AFTER = timedelta(seconds=3)
"""How long after a command's time its output may still arrive."""
_TRACELESS = 3
"""Looks after which a command whose arrival is doubtful, and of which the instance shows nothing, is given up."""
_READ_FIRST = "Read how things stand before it is done again"
_FATES = {
    Fate.KILLED: "was ended by the agent after {seconds:g} s",
    Fate.CUT: "printed more than screenconnect.max_length allows, and the rest is lost",
    Fate.MARKLESS: "ended without saying how",
}


class _Traceless(Unsure):
    """Whether the command arrived is not known, and the instance shows nothing of it."""


class _Job:
    """One command on its way.

    Attributes:
        name: The command as people read it.
        said: What is sent.
        ends: When nothing more is expected.
        before: The events that there were before.
        doubt: Why it may not have arrived, if so.
        seen: The latest events of the session.
        looks: How often was looked.
    """

    def __init__(self, name: str, said: Said, ends: datetime, before: Details) -> None:
        self.name = name
        self.said = said
        self.ends = ends
        self.before = {event.id for event in before.events}
        self.doubt: Unsure | None = None
        self.seen: Details = before
        self.looks = 0

    @property
    def new(self) -> list[Happening]:
        """What happened since it was sent."""
        return [event for event in self.seen.events if event.id not in self.before]

    @property
    def queued(self) -> bool:
        """True when the instance has it."""
        return any(event.type == QUEUED_COMMAND and self.said.is_in(event.data) for event in self.new)

    @property
    def outcome(self) -> Reply | Fate | None:
        """How it ended, as far as is known."""
        ran = [event.data for event in self.new if event.type == RAN_COMMAND]
        for data in ran:
            if self.said.is_in(data):
                return self.said.heard(data)
        return Fate.KILLED if any(self.said.killed_unseen(data) for data in ran) else None


class ScreenConnectSession:
    """A :class:`~agent.api.RemoteTool` over one ScreenConnect session, for one thread.

    It is not ``private``: the instance keeps every command and its output, so a command with a secret is refused.

    Args:
        road: The way into the instance.
        settings: How the device is reached.
        seat: The session that was found.
        clock: Time and sleep.
        mark: Makes the random number that marks one command.
    """

    connector = "screenconnect"
    capabilities = CAPABILITIES

    def __init__(self, road: Road, settings: Settings, seat: Seat, clock: Clock, mark: Callable[[], UUID] = uuid4) -> None:
        self.seat = seat
        self._road = road
        self._settings = settings
        self._clock = clock
        self._mark = mark
        self._finder = Finder(road, settings, clock.sleep)
        self._turn = Turn("a ScreenConnect session")

    def ask(self, command: Command) -> Reply:
        """Runs a command that only reads; when the instance shows nothing of it, it is sent once more.

        Raises:
            ValueError: the command is marked as changing.
            NotSent: the device is not connected, or the command certainly did not begin.
            Refused: the command holds a secret, or the instance said no.
            Unsure: there is no whole output in time.
        """
        check_reads(command)
        try:
            return self._carry_out(command)
        except _Traceless:
            return self._carry_out(command)

    def tell(self, command: Command) -> Reply:
        """Runs a command that changes the device, once. Raises as :meth:`ask`; ``Unsure`` when it may have had its effect."""
        return self._carry_out(command)

    def presence(self) -> Answer:
        """Is the agent connected now? Facts: ``since`` (ISO 8601) where the instance says so."""
        with self._turn:
            try:
                seat = self._finder.known(self.seat.id)
                online = seat is not None and self._finder.online(self.seat.id)
            except (NotSent, TryLater, Unsure) as error:
                return unsure(str(error))
        if seat is None:
            return no(f"ScreenConnect does not show session {self.seat.id} any more")
        since = seat.came if online else seat.went
        told = f" since {since:%Y-%m-%d %H:%M} UTC" if since else ""
        at = since.isoformat() if since else None
        return yes(f"{seat} is connected{told}", since=at) if online else no(f"{seat} is not connected{told}", since=at)

    def message(self, text: str) -> None:
        """Shows *text* to whoever sits at the device. Raises as :meth:`tell`; nothing is left waiting for a device away."""
        with self._turn:
            self._be_there(None)
            self._road.message(self.seat.id, text)

    def link(self) -> str:
        """The address with which a logged-in technician joins the session."""
        return f"{self._settings.url}/Host#Access///{self.seat.id}/Join"

    def close(self) -> None:
        """Ends the connections to the instance. Nothing is left open on the device."""
        self._turn.close()
        self._road.close()

    def _carry_out(self, command: Command) -> Reply:
        check_public(command, "ScreenConnect")
        with self._turn:
            job = self._job(command)
            try:
                self._road.command(self.seat.id, job.said.text)
            except Unsure as doubt:  # it may have arrived; its events would tell
                job.doubt = doubt
            outcome = self._waited(job)
            if isinstance(outcome, Reply):
                return outcome
            raise self._ended(job, outcome)

    def _job(self, command: Command) -> _Job:
        ends = self._clock.now() + command.within + _AFTER
        until = ends + timedelta(seconds=self._settings.skew)
        spoken = said(command, self._mark(), until, self._settings.max_length)
        try:
            before = self._road.details(self.seat.id)
        except Unsure as error:
            raise NotSent(error.what, error.do) from None
        if before is None:
            raise Refused(f"ScreenConnect does not show session {self.seat.id} any more", "Was the agent installed anew?")
        self._be_there(before)
        return _Job(str(command), spoken, ends, before)

    def _be_there(self, details: Details | None) -> None:
        """Raises ``NotSent`` unless the agent is known to be connected: whatever is sent would wait for it, maybe for days."""
        if details is not None and details.guest:
            return
        try:
            online = self._finder.online(self.seat.id)
        except Unsure as error:
            raise NotSent(error.what, error.do) from None
        if not online:
            raise NotSent(f"ScreenConnect: {self.seat} is not connected", "Nothing was sent.")

    def _waited(self, job: _Job) -> Reply | Fate | None:
        """Looks for the output until it is there or the time is over."""
        grow = wait_exponential(multiplier=_FIRST_LOOK, exp_base=_GROWTH, max=_SLOWEST_LOOK)

        def left() -> float:
            return max(0.0, (job.ends - self._clock.now()).total_seconds())

        again = Retrying(
            retry=retry_if_result(lambda outcome: outcome is None),
            stop=lambda _state: left() <= 0 or (job.doubt is not None and job.looks >= _TRACELESS and not job.queued),
            wait=lambda state: min(grow(state), left()),
            sleep=self._clock.sleep,
            retry_error_callback=_no_outcome,
        )
        self._clock.sleep(min(_FIRST_LOOK, left()))
        return again(self._look, job)

    def _look(self, job: _Job) -> Reply | Fate | None:
        try:
            seen = self._road.details(self.seat.id)
        except (NotSent, TryLater, Unsure):
            return None  # a look that fails says nothing about the command
        except Refused as error:
            raise Unsure(f"{job.name} may have had its effect: its output cannot be read ({error})", _READ_FIRST) from None
        job.looks += 1
        job.seen = seen or job.seen
        return job.outcome

    def _ended(self, job: _Job, fate: Fate | None) -> KeyturnError:
        """What to raise for a command without a whole output."""
        if fate is Fate.LATE:
            return NotSent(
                f"{job.name} was not begun: by the device's clock its time was over when it arrived",
                "Is that clock right? Nothing was changed.",
            )
        seconds = job.said.milliseconds / 1000
        if fate is not None:
            return Unsure(f"{job.name} {_FATES[fate].format(seconds=seconds)}", _READ_FIRST)
        if job.doubt is not None and not job.queued:
            return _Traceless(f"{job.name}: {job.doubt.what}", _READ_FIRST)
        return Unsure(f"{job.name} has no output after {seconds:g} s{self._where(job)}", _READ_FIRST)

    def _where(self, job: _Job) -> str:
        """What is known about a device that stayed silent: whether it went away, or is there and slow."""
        try:
            online = self._finder.online(self.seat.id)
        except KeyturnError:
            return ", and whether the device is still connected is not known"
        left = [event.at for event in job.new if event.type == DISCONNECTED and event.at]
        if online:
            return ", although the device is connected"
        when = f" at {max(left):%H:%M:%S} UTC" if left else ""
        return f": the device went offline{when}. What still waits for it there does nothing when it comes back late"


def _no_outcome(_state: RetryCallState) -> None:
    """Tells that there was none, instead of an error of the one who asked."""

"""Checks of commands on a bad day: what is certain is said, and nothing else; a change never happens twice."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from agent.api import NotSent, Refused, RemoteSession, Unsure, ask, tell
from agent.testing.commands import Kind, fresh, saying
from agent.testing.doing import cause, error_of, honest, is_true, kinds, opened, outcome
from agent.testing.rig import Rig

GRACE = timedelta(seconds=10)
"""By how much a command may overrun its time, so that its end can be heard of."""
FAR_TOO_LONG = 20
"""How many times its time a command takes that will not end."""


def _now(rig: Rig) -> datetime:
    """The rig's time and the real one together: a connector waits by one of them."""
    return rig.clock.now() + timedelta(seconds=time.monotonic())


def _be_honest(rig: Rig, session: RemoteSession, kind: Kind) -> None:
    """Asks and tells, and holds what comes of it against what the device has done."""
    for make in (ask, tell):
        mark = fresh()
        result = outcome(getattr(session, make.__name__), saying(kind, make, mark))
        assert honest(rig, result, mark), f"{result!r}, and it was carried out {rig.pc.times(mark)} times"
        assert rig.pc.times(mark) <= (2 if make is ask else 1)


class Trouble:
    """What is asked of a session when the device, its line or what leads to it fails."""

    def test_a_command_whose_time_is_over_is_unsure(self, rig: Rig) -> None:
        """``command.within`` is the total time; Unsure is raised when it is over, and a change is not tried again."""
        carried = kinds(rig)
        cause(rig, "slow", (rig.short * FAR_TOO_LONG + GRACE).total_seconds())
        for kind, make in [*((kind, tell) for kind in carried), (carried[0], ask)]:
            mark = fresh()
            with opened(rig) as session:
                began = _now(rig)
                error = error_of(getattr(session, make.__name__), saying(kind, make, mark, within=rig.short))
                assert _now(rig) - began <= rig.short + GRACE
            assert isinstance(error, Unsure)
            assert rig.pc.times(mark) == 1 or make is ask

    def test_a_command_whose_time_is_over_is_ended(self, rig: Rig) -> None:
        """What has not ended in its time is ended on the device."""
        kind = kinds(rig)[0]
        cause(rig, "slow", (rig.short * FAR_TOO_LONG + GRACE).total_seconds())
        with opened(rig) as session:
            error_of(session.ask, saying(kind, ask, fresh(), within=rig.short))
            assert cause(rig, "ended")

    def test_a_session_goes_on_after_a_command_that_was_given_up(self, rig: Rig) -> None:
        """The command after one that was given up gets its own answer."""
        kind, mark = kinds(rig)[0], fresh()
        cause(rig, "slow", (rig.short * FAR_TOO_LONG + GRACE).total_seconds())
        with opened(rig) as session:
            outcome(session.ask, saying(kind, ask, fresh(), within=rig.short))
            cause(rig, "slow", 0)
            assert is_true(session.ask(saying(kind, ask, mark)), mark)

    def test_a_device_that_went_away_is_sent_nothing(self, rig: Rig) -> None:
        """Asked or told, it is NotSent, and nothing of it is carried out when the device comes back."""
        kind, marks = kinds(rig)[0], (fresh(), fresh())
        with opened(rig) as session:
            cause(rig, "offline")
            asked = error_of(session.ask, saying(kind, ask, marks[0]))
            told = error_of(session.tell, saying(kind, tell, marks[1]))
        assert isinstance(asked, NotSent)
        assert isinstance(told, NotSent)
        cause(rig, "online")
        with opened(rig) as session:
            session.ask(saying(kind, ask, fresh()))
        assert [rig.pc.times(mark) for mark in marks] == [0, 0]

    def test_a_session_outlives_an_absence(self, rig: Rig) -> None:
        """A session whose device went away and came back is used again; it is kept for that."""
        kind, mark = kinds(rig)[0], fresh()
        with opened(rig) as session:
            cause(rig, "offline")
            outcome(session.ask, saying(kind, ask, fresh()))
            cause(rig, "online")
            assert is_true(session.ask(saying(kind, ask, mark)), mark)

    def test_a_change_whose_line_is_dropped_is_unsure_and_not_repeated(self, rig: Rig) -> None:
        """What was begun may have happened: Unsure, and it is carried out no second time."""
        for kind in kinds(rig):
            mark = fresh()
            with opened(rig) as session:
                cause(rig, "drop")
                error = error_of(session.tell, saying(kind, tell, mark))
            assert isinstance(error, Unsure)
            assert rig.pc.times(mark) == 1
            cause(rig, "online")

    def test_a_reading_whose_line_is_dropped_may_be_repeated(self, rig: Rig) -> None:
        """A reading is answered after all, or Unsure; it is not called NotSent once it was begun."""
        for kind in kinds(rig):
            mark = fresh()
            with opened(rig) as session:
                cause(rig, "drop")
                result = outcome(session.ask, saying(kind, ask, mark))
            assert is_true(result, mark) or isinstance(result, Unsure)
            assert 1 <= rig.pc.times(mark) <= 2
            cause(rig, "online")

    def test_a_change_whose_answer_is_lost_is_not_repeated(self, rig: Rig) -> None:
        """Unsure, or the true answer where it can be found in another way; it is carried out once."""
        for kind in kinds(rig):
            mark = fresh()
            with opened(rig) as session:
                cause(rig, "lose")
                result = outcome(session.tell, saying(kind, tell, mark))
            assert is_true(result, mark) or isinstance(result, Unsure)
            assert rig.pc.times(mark) == 1
            cause(rig, "online")

    def test_a_reading_whose_answer_is_lost_may_be_repeated(self, rig: Rig) -> None:
        """A reading is answered after all, or Unsure; somebody else's answer is not taken for its own."""
        for kind in kinds(rig):
            mark = fresh()
            with opened(rig) as session:
                cause(rig, "lose")
                result = outcome(session.ask, saying(kind, ask, mark))
            assert is_true(result, mark) or isinstance(result, Unsure)
            assert 1 <= rig.pc.times(mark) <= 2
            cause(rig, "online")

    def test_nonsense_is_no_answer(self, rig: Rig) -> None:
        """When something else answers in the middle of a session, it is not believed.

        A command that was carried out is not called NotSent or Refused, and none is said to be that was not.
        """
        kind = kinds(rig)[0]
        with opened(rig) as session:
            cause(rig, "garble")
            _be_honest(rig, session, kind)

    def test_rights_that_are_withdrawn_are_told_in_words(self, rig: Rig) -> None:
        """When the credentials become wrong in the middle of a session, it goes on or raises one of keyturn's errors."""
        kind = kinds(rig)[0]
        with opened(rig) as session:
            cause(rig, "refuse")
            _be_honest(rig, session, kind)

    def test_an_error_is_one_line_that_says_what_to_do(self, rig: Rig) -> None:
        """Each error is one line for people; what is Unsure or Refused says what to do next."""
        kind = kinds(rig)[0]
        with opened(rig) as session:
            cause(rig, "drop")
            errors = [error_of(session.tell, saying(kind, tell, fresh()))]
        cause(rig, "offline")
        errors.append(error_of(rig.connector.open, rig.device))
        for error in errors:
            assert str(error).strip()
            assert len(str(error).splitlines()) == 1, f"it has several lines: {error}"
            assert error.do or not isinstance(error, Unsure | Refused), f"it does not say what to do: {error}"

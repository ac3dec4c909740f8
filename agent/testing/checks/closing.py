"""Checks of the end of a session: it can always be ended, and leaves nothing behind."""

from __future__ import annotations

import pytest

from agent.api import ask, tell
from agent.testing.commands import fresh, saying
from agent.testing.doing import cause, kinds, outcome, traffic
from agent.testing.leftovers import connections, left_of, threads
from agent.testing.rig import Rig


class Closing:
    """What is asked of a session that is closed."""

    def test_it_may_be_closed_twice(self, rig: Rig) -> None:
        """Closing a session that is closed does nothing."""
        session = rig.connector.open(rig.device)
        session.close()
        session.close()

    def test_it_is_closed_although_the_device_is_gone(self, rig: Rig) -> None:
        """Closing never raises because the device, or what leads to it, is away."""
        session = rig.connector.open(rig.device)
        cause(rig, "offline")
        session.close()

    def test_it_is_closed_after_a_line_that_was_dropped(self, rig: Rig) -> None:
        """Closing never raises because the line was lost in the middle of a command."""
        kind = kinds(rig)[0]
        session = rig.connector.open(rig.device)
        cause(rig, "drop")
        outcome(session.tell, saying(kind, tell, fresh()))
        session.close()

    def test_nothing_goes_over_a_session_that_is_closed(self, rig: Rig) -> None:
        """Asked or told after its end, a session raises RuntimeError, for that is a mistake of the caller; nothing is sent."""
        kind = kinds(rig)[0]
        session = rig.connector.open(rig.device)
        session.close()
        before = traffic(rig)
        for make in (ask, tell):
            with pytest.raises(RuntimeError):
                getattr(session, make.__name__)(saying(kind, make, fresh()))
        assert traffic(rig) == before

    def test_it_leaves_nothing_behind(self, rig: Rig) -> None:
        """No thread and no connection of a session outlives it."""
        before, lines = threads(), connections()
        session = rig.connector.open(rig.device)
        if "attended" not in rig.connector.capabilities:
            session.ask(saying(kinds(rig)[0], ask, fresh()))
        session.close()
        left = left_of(threads() - before)
        assert left == [], f"threads are left: {', '.join(left)}"
        assert connections() - lines == set(), "connections are left"

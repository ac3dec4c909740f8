"""Checks of a session in which a person acts: it asks for that person and never claims that something was done."""

from __future__ import annotations

from agent.api import Attended, Secret, ask, tell
from agent.testing.commands import fresh, program, script
from agent.testing.doing import can, error_of, opened, traffic
from agent.testing.rig import Rig


class People:
    """What is asked of a session with the capability ``attended``."""

    def test_a_person_is_asked_for(self, rig: Rig) -> None:
        """Asked or told, with a secret or without, it is Attended and says what the person is to do; nothing is sent."""
        can(rig, "attended")
        with opened(rig) as session:
            before = traffic(rig)
            for kind in (script, program):
                errors = [
                    error_of(session.ask, kind(ask, fresh())),
                    error_of(session.tell, kind(tell, fresh())),
                    error_of(session.tell, kind(tell, fresh(), Secret(fresh(), "key"))),
                ]
                assert all(isinstance(error, Attended) and error.do for error in errors), errors
            assert traffic(rig) == before

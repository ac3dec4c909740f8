"""Checks of what must be seen nowhere: secrets in commands, and the credentials of the connector itself."""

from __future__ import annotations

import pytest

from agent.api import Refused, Secret, tell
from agent.testing.commands import fresh, program, script
from agent.testing.doing import can, cause, error_of, opened, seen, shows, traffic
from agent.testing.rig import Rig


class Secrecy:
    """What is asked of a session that is given a secret, and of a connector that has one."""

    def test_a_secret_is_read_from_standard_input(self, rig: Rig) -> None:
        """A private connector brings a script its secrets line by line, in their order, and in no command line.

        Nor are they in one as Base64, which anybody can read.
        """
        can(rig, "private", "powershell")
        values = [fresh(), fresh()]
        with opened(rig) as session:
            reply = session.tell(script(tell, fresh(), *(Secret(value, "product key") for value in values)))
        assert reply.json()["tails"] == [value[-5:] for value in values]
        assert not [value for value in values if shows(traffic(rig), value)]

    def test_a_secret_is_not_sent_where_a_vendor_keeps_it(self, rig: Rig) -> None:
        """A connector that is not private raises Refused for a secret, before anything is sent, and says what to do."""
        if "private" in rig.connector.capabilities:
            pytest.skip(f"{rig.connector.name} is private")
        with opened(rig) as session:
            before = traffic(rig)
            for command in (script(tell, fresh(), Secret(fresh(), "key")), program(tell, fresh(), Secret(fresh(), "key"))):
                error = error_of(session.tell, command)
                assert isinstance(error, Refused)
                assert error.do, f"it does not say what to do: {error}"
            assert traffic(rig) == before

    def test_no_error_shows_a_secret(self, rig: Rig) -> None:
        """Neither an error nor what it carries with it holds the secret of the command that failed."""
        value = fresh()
        with opened(rig) as session:
            if "private" in rig.connector.capabilities:
                cause(rig, "offline")
            for kind in (script, program):
                error = error_of(session.tell, kind(tell, fresh(), Secret(value, "key")))
                assert not shows(seen(error), value)

    def test_no_error_shows_the_credentials(self, rig: Rig) -> None:
        """The error about wrong credentials holds none of them, nor does what it carries with it."""
        if not rig.credentials:
            pytest.skip(f"the rig of {rig.connector.name} names no credentials")
        cause(rig, "refuse")
        told = seen(error_of(rig.connector.open, rig.device))
        assert not [known for known in rig.credentials if shows(told, known)]

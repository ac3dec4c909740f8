"""Checks of a connector that is asked what it is, and of a session that is opened or cannot be."""

from __future__ import annotations

import re

import pytest

from agent.api import CAPABILITIES, Checkable, Grouping, Misuse, NotSent, Openable, Refused
from agent.testing.commands import fresh
from agent.testing.doing import cause, error_of, opened
from agent.testing.rig import ABILITIES, Rig

_NAME = re.compile(r"[a-z][a-z0-9_-]*")


class Opening:
    """What is asked of a connector before it carries anything."""

    def test_the_rig_is_complete(self, rig: Rig) -> None:
        """The device has settings for the connector, and whatever the rig cannot simulate is known and has a reason."""
        assert rig.connector.name in rig.device.ways
        assert set(rig.cannot) <= ABILITIES
        assert all(isinstance(why, str) and why.strip() for why in rig.cannot.values())

    def test_its_name_and_capabilities_are_words_that_keyturn_knows(self, rig: Rig) -> None:
        """The name can be typed as NAME.SETTING=VALUE; capabilities are a frozen set of known words that fit together."""
        assert _NAME.fullmatch(rig.connector.name)
        assert isinstance(rig.connector.capabilities, frozenset)
        assert rig.connector.capabilities
        assert rig.connector.capabilities <= CAPABILITIES
        carries = rig.connector.capabilities & {"powershell", "cmd", "private"}
        assert not ("attended" in rig.connector.capabilities and carries), "where a person acts, no command is carried"

    def test_a_session_says_the_same_of_itself(self, rig: Rig) -> None:
        """A session has the connector's name and capabilities."""
        with opened(rig) as session:
            assert session.connector == rig.connector.name
            assert session.capabilities == rig.connector.capabilities

    def test_opening_and_closing_run_nothing(self, rig: Rig) -> None:
        """Nothing is run on the device as long as nothing was asked or told."""
        with opened(rig):
            assert rig.pc.lines == []
        assert rig.pc.lines == []

    def test_a_device_that_is_away_is_not_reached(self, rig: Rig) -> None:
        """Opening raises NotSent when the device, or what leads to it, is away: another connector may reach it."""
        cause(rig, "offline")
        assert isinstance(error_of(rig.connector.open, rig.device), NotSent)

    def test_wrong_credentials_are_refused(self, rig: Rig) -> None:
        """Opening raises Refused for wrong credentials and says what to do; nothing is run."""
        cause(rig, "refuse")
        error = error_of(rig.connector.open, rig.device)
        assert isinstance(error, Refused)
        assert error.do, f"it does not say what to do: {error}"
        assert rig.pc.lines == []

    def test_nonsense_is_no_session(self, rig: Rig) -> None:
        """When something else answers, opening raises one of keyturn's errors and not the exception of a library."""
        cause(rig, "garble")
        error_of(rig.connector.open, rig.device)

    def test_looking_whether_it_would_open_leaves_nothing(self, rig: Rig) -> None:
        """A connector with ``check`` returns when it would open, raises as opening does, and runs nothing."""
        connector = rig.connector
        if not isinstance(connector, Checkable):
            pytest.skip(f"{connector.name} has no check(): its opening leaves nothing behind")
        connector.check(rig.device)
        cause(rig, "refuse")
        assert isinstance(error_of(connector.check, rig.device), Refused)
        assert rig.pc.lines == []

    def test_a_group_that_nobody_is_in_is_a_mistake(self, rig: Rig) -> None:
        """A connector with ``members`` names its kinds of groups, is not content with an empty one, and runs nothing."""
        connector = rig.connector
        if not isinstance(connector, Grouping):
            pytest.skip(f"{connector.name} has no members(): it knows no groups")
        assert connector.groups
        assert all(_NAME.fullmatch(kind) for kind in connector.groups)
        for kind in connector.groups:
            assert isinstance(error_of(connector.members, kind, fresh(), [rig.device]), Misuse)
        cause(rig, "refuse")
        assert isinstance(error_of(connector.members, connector.groups[0], fresh(), [rig.device]), Refused)
        assert rig.pc.lines == []

    def test_what_opens_the_way_can_go_over_another(self, rig: Rig) -> None:
        """The command of a connector with ``opening`` changes the device, is a script, and holds no secret."""
        connector = rig.connector
        if not isinstance(connector, Openable):
            pytest.skip(f"{connector.name} has no opening(): it is not switched on over another connector")
        command = connector.opening()
        assert command.changes
        assert command.needs == {"powershell"}

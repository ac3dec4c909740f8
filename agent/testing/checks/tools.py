"""Checks of a vendor's remote tool: whether the device is there, a word to its user, and where a technician joins."""

from __future__ import annotations

from typing import cast

import pytest

from agent.api import Answer, NotSent, Refused, RemoteSession, RemoteTool
from agent.testing.doing import can, cause, error_of, needs, opened, outcome, traffic
from agent.testing.rig import Rig

TEXT = 'We begin at ten; it\'s "about" an hour. Grüße'


def _tool(session: RemoteSession) -> RemoteTool:
    return cast("RemoteTool", session)


class Tools:
    """What is asked of a session with the capability ``presence``."""

    def test_a_device_that_is_there_is_present(self, rig: Rig) -> None:
        """``presence`` is a yes with one line of evidence."""
        can(rig, "presence")
        with opened(rig) as session:
            cause(rig, "online")
            answer = _tool(session).presence()
        assert isinstance(answer, Answer)
        assert answer.is_yes
        assert len(answer.evidence.splitlines()) == 1

    def test_a_device_that_is_away_is_not_present(self, rig: Rig) -> None:
        """``presence`` is never a yes for a device that is away or a vendor that cannot be asked."""
        can(rig, "presence")
        with opened(rig) as session:
            cause(rig, "offline")
            answer = outcome(_tool(session).presence)
        assert not (isinstance(answer, Answer) and answer.is_yes)

    def test_a_message_is_shown(self, rig: Rig) -> None:
        """The user sees the words of a message as they are, once."""
        can(rig, "presence", "message")
        needs(rig, "shown")
        with opened(rig) as session:
            _tool(session).message(TEXT)
            assert list(cause(rig, "shown")) == [TEXT]

    def test_a_message_does_not_wait_for_a_device_that_is_away(self, rig: Rig) -> None:
        """It is NotSent, and is not shown when the device comes back: by then it may be wrong."""
        can(rig, "presence", "message")
        needs(rig, "shown")
        with opened(rig) as session:
            cause(rig, "offline")
            assert isinstance(error_of(_tool(session).message, TEXT), NotSent)
            cause(rig, "online")
        assert list(cause(rig, "shown")) == []

    def test_a_message_that_cannot_be_shown_is_refused(self, rig: Rig) -> None:
        """A tool without the capability ``message`` raises Refused, sends nothing and says what to do."""
        can(rig, "presence")
        if "message" in rig.connector.capabilities:
            pytest.skip(f"{rig.connector.name} shows messages")
        with opened(rig) as session:
            before = traffic(rig)
            error = error_of(_tool(session).message, TEXT)
            assert traffic(rig) == before
        assert isinstance(error, Refused)
        assert error.do, f"it does not say what to do: {error}"

    def test_the_link_is_for_a_technician_to_follow(self, rig: Rig) -> None:
        """``link`` is one line with an address, or empty, and holds no credentials."""
        can(rig, "presence")
        with opened(rig) as session:
            link = _tool(session).link()
        assert link == "" or ("://" in link and len(link.splitlines()) == 1)
        assert not [known for known in rig.credentials if known in link]

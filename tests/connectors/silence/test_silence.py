"""What each way of not being there points at."""

from __future__ import annotations

import errno
import socket

import pytest

from agent.api import NotSent
from connectors.silence import causes, why


@pytest.mark.parametrize(
    ("error", "words", "do"),
    [
        (socket.gaierror(-2, "?"), "its name is not known", "VPN"),
        (
            ConnectionRefusedError(111, "?"),
            "the connection was refused",
            "WinRM does not listen on TCP 5985 there, or a firewall",
        ),
        (TimeoutError("?"), "nothing answers there", "a firewall drops TCP 5985 on the way to WinRM"),
        (OSError(errno.EHOSTUNREACH, "?"), "there is no route to it", "gateways"),
        (OSError(errno.ENETUNREACH, "?"), "there is no route to it", "gateways"),
        (ConnectionResetError(104, "?"), "the connection was reset", "just starting or going down"),
        (BrokenPipeError(32, "?"), "the connection was reset", "just starting or going down"),
        (EOFError(), "the connection was closed", "Is TCP 5985 really the port of WinRM?"),
        (ValueError("secret"), "ValueError", "does WinRM listen on TCP 5985 there?"),
    ],
)
def test_each_points_elsewhere(error, words, do):
    found = why([error], "WinRM", 5985)
    assert found.words == words
    assert do in found.do
    assert "{" not in found.do


def test_what_is_underneath_counts():
    outer = RuntimeError("outer", ValueError("beside"))
    outer.__cause__ = ConnectionRefusedError(111, "?")
    outer.__cause__.__context__ = outer
    assert [type(cause) for cause in causes(outer)] == [RuntimeError, ConnectionRefusedError, ValueError]
    assert why(causes(outer), "SSH", 22).words == "the connection was refused"


def test_what_was_handled_before_the_attempt_does_not_count():
    earlier = ConnectionRefusedError(111, "?")
    earlier.__context__ = TimeoutError()
    lost = RuntimeError("lost")
    lost.__context__ = ConnectionResetError(104, "?")
    lost.__context__.__context__ = earlier
    assert [type(cause) for cause in causes(lost, earlier)] == [RuntimeError, ConnectionResetError]


def test_a_context_that_was_cut_off_does_not_count():
    lost = RuntimeError("lost")
    lost.__context__, lost.__suppress_context__ = ConnectionRefusedError(111, "?"), True
    assert list(causes(lost)) == [lost]


def test_trouble_in_our_own_words_does_not_count():
    lost, own = RuntimeError("lost"), NotSent("the connection was refused")
    lost.__context__, own.__cause__ = own, ConnectionRefusedError(111, "?")
    assert list(causes(lost)) == [lost]

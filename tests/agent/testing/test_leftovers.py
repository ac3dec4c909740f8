"""What is left behind is found among all that lives in the process, whatever else that is."""

from __future__ import annotations

import gc
import socket
import weakref

from agent.testing.leftovers import connections


class Gone:
    """Something that a proxy may outlive."""


def test_an_object_that_may_not_be_asked_for_its_class_is_passed_over():
    dead = weakref.proxy(Gone())
    gc.collect()
    assert type(dead) in {type(one) for one in gc.get_objects()}
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert {ours, theirs} <= connections()
    assert not {ours, theirs} & connections()

"""What keyturn holds every connector to."""

from __future__ import annotations

from agent.testing.suite import Conformance


class TestTactical(Conformance):
    """With the rig of ``conftest.py``."""

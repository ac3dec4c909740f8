"""What was down a moment ago: by device and connector, and for minutes only."""

from __future__ import annotations

from agent.machine.health import MEMORY, Health
from agent.words.errors import NotSent

OFF, SHUT = NotSent("off"), NotSent("shut")


def test_it_is_forgotten_after_some_minutes(clock):
    health = Health(clock)
    assert health.down("A", "winrm") is None
    health.note("A", "winrm", OFF)
    clock.sleep(MEMORY.total_seconds() - 1)
    assert health.down("A", "winrm") is OFF
    clock.sleep(1)
    assert health.down("A", "winrm") is None


def test_it_is_about_one_connector_of_one_device(clock):
    health = Health(clock)
    health.note("A", "winrm", OFF)
    assert (health.down("B", "winrm"), health.down("A", "ssh")) == (None, None)


def test_the_latest_word_counts(clock):
    health = Health(clock)
    health.note("A", "winrm", OFF)
    clock.sleep(100)
    health.note("A", "winrm", SHUT)
    clock.sleep(100)
    assert health.down("A", "winrm") is SHUT
    health.note("A", "winrm", None)
    health.note("A", "winrm", None)
    assert health.down("A", "winrm") is None

"""The latch and its guard: nothing is changed while it is shut, and what was read is remembered until it may be stale."""

from __future__ import annotations

from typing import Protocol

import pytest

from agent.machine.latch import Guard, Latch
from agent.words.errors import LatchShut, NotSent
from agent.words.ports import reads
from agent.words.secret import Secret


class Shelf(Protocol):
    label: str

    @reads
    def count(self, what: str, *, where: str = "", like: object = None) -> int: ...

    def take(self, what: str) -> int: ...


class RealShelf:
    label = "top"

    def __init__(self):
        self.stock = {"key": 3}
        self.counted = []
        self.error = None

    def count(self, what, *, where="", like=None):
        self.counted.append((what, where))
        if self.error:
            raise self.error
        return self.stock[what]

    def take(self, what):
        if self.error:
            raise self.error
        self.stock[what] -= 1
        return self.stock[what]

    def burn(self):
        self.stock.clear()

    @reads
    def peek(self):
        """Marks itself as reading, though its port does not know it."""


@pytest.fixture
def permits():
    return []


@pytest.fixture
def latch(permits):
    return Latch(lambda: permits.append(1))


@pytest.fixture
def shelf():
    return RealShelf()


@pytest.fixture
def guard(shelf, latch):
    return Guard(shelf, Shelf, latch)


def test_a_reading_is_remembered_for_equal_arguments(guard, shelf):
    assert [guard.count("key"), guard.count("key"), guard.count("key", where="")] == [3, 3, 3]
    assert shelf.counted == [("key", ""), ("key", "")]
    shelf.stock["key"] = 9
    assert guard.count("key") == 3
    assert guard.count("key", where="left") == 9


def test_secrets_are_arguments_like_any_other(guard, shelf):
    guard.count("key", like=Secret("a"))
    guard.count("key", like=Secret("a"))
    guard.count("key", like=Secret("b"))
    assert len(shelf.counted) == 2


def test_an_error_for_people_is_remembered_too(guard, shelf):
    shelf.error = NotSent("dark")
    for _ in range(3):
        with pytest.raises(NotSent) as caught:
            guard.count("key")
        assert caught.value is shelf.error
    assert len(shelf.counted) == 1


def test_a_bug_is_not_remembered(guard, shelf):
    shelf.error = ZeroDivisionError()
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            guard.count("key")
    assert len(shelf.counted) == 2


def test_is_asked_afresh_once_the_latch_was_open(guard, shelf, latch):
    guard.count("key")
    shelf.error = NotSent("dark")
    with pytest.raises(NotSent):
        guard.count("key", where="left")
    shelf.error = None
    shelf.stock["key"] = 5
    with latch.opened():
        assert guard.count("key") == 5
        assert guard.count("key", where="left") == 5
        shelf.stock["key"] = 6
        assert guard.count("key") == 5
    assert guard.count("key") == 6


def test_is_asked_afresh_after_a_change_within_the_same_turn(guard, latch):
    with latch.opened():
        assert [guard.count("key"), guard.take("key"), guard.count("key")] == [3, 2, 2]


def test_is_asked_afresh_after_a_change_that_failed(guard, shelf, latch):
    with latch.opened():
        guard.count("key")
        shelf.error = NotSent("dark")
        with pytest.raises(NotSent):
            guard.take("key")
        shelf.error = None
        guard.count("key")
    assert len(shelf.counted) == 2


def test_is_asked_afresh_when_told_to_forget(guard, shelf, latch):
    guard.count("key")
    latch.forget()
    guard.count("key")
    assert len(shelf.counted) == 2


def test_a_change_is_refused_while_the_latch_is_shut(guard, shelf, latch):
    with pytest.raises(LatchShut, match=r"Shelf\.take would change something outside a step's 'do'"):
        guard.take("key")
    with latch.opened():
        pass
    with pytest.raises(LatchShut):
        guard.take("key")
    assert shelf.stock == {"key": 3}


@pytest.mark.parametrize("name", ["burn", "peek"])
def test_what_the_port_does_not_mark_counts_as_a_change(guard, name):
    with pytest.raises(LatchShut):
        getattr(guard, name)()


def test_a_change_goes_through_while_the_latch_is_open(guard, shelf, latch):
    with latch.opened():
        assert guard.take("key") == 2
        assert guard.take("key") == 1
    assert shelf.stock == {"key": 1}


def test_plain_attributes_are_read_as_they_are(guard, shelf):
    assert guard.label == "top"
    shelf.label = "bottom"
    assert guard.label == "bottom"
    with pytest.raises(AttributeError, match="colour"):
        _ = guard.colour


def test_permission_is_asked_each_time(latch, permits):
    for _ in range(3):
        with latch.opened():
            assert latch.is_open
        assert not latch.is_open
    assert permits == [1, 1, 1]


def test_stays_shut_without_permission(shelf):
    def permit():
        raise RuntimeError("the claim is lost")

    latch = Latch(permit)
    with pytest.raises(RuntimeError, match="the claim is lost"), latch.opened():
        shelf.burn()
    assert not latch.is_open
    assert shelf.stock == {"key": 3}


def test_is_shut_when_the_block_raises(latch):
    with pytest.raises(KeyboardInterrupt), latch.opened():
        raise KeyboardInterrupt
    assert not latch.is_open


def test_a_dry_latch_never_opens(shelf):
    latch = Latch()
    guard = Guard(shelf, Shelf, latch)
    assert latch.is_dry
    with pytest.raises(LatchShut, match="a dry run changes nothing"), latch.opened():
        shelf.burn()
    assert not latch.is_open
    with pytest.raises(LatchShut):
        guard.take("key")
    assert shelf.stock == {"key": 3}
    assert guard.count("key") == 3


def test_a_real_latch_is_not_dry(latch):
    assert not latch.is_dry

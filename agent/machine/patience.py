"""All waiting and repeating: a total deadline, growing pauses with jitter, on a clock that can be exchanged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import tenacity
from tenacity import RetryCallState, Retrying, retry_base

from agent.words.answer import Answer
from agent.words.errors import NotSent, TryLater
from agent.words.ports import Clock

T = TypeVar("T")
REPEATABLE = (NotSent, TryLater)
"""The errors after which the same thing may be done again: it never arrived, or the other side said *not now*."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How a run waits.

    Attributes:
        clock: Time and sleep.
        first: The first pause in seconds; each one is about twice as long as the one before.
        longest: The longest pause in seconds.
        tick: Called before each try; a run renews its claim here.
    """

    clock: Clock
    first: float = 1.0
    longest: float = 30.0
    tick: Callable[[], None] = lambda: None

    def until_yes(self, question: Callable[[], Answer], within: timedelta) -> Answer:
        """Asks until the answer is yes or *within* is over; returns the last answer. Asks at least once."""
        return self._retrying(tenacity.retry_if_result(lambda answer: not answer.is_yes), within)(question)

    def until_through(self, act: Callable[[], T], within: timedelta) -> T:
        """Does *act* again after ``NotSent`` and ``TryLater`` until *within* is over; then raises the last of them."""
        return self._retrying(tenacity.retry_if_exception_type(REPEATABLE), within)(act)

    def _retrying(self, retry: retry_base, within: timedelta) -> Retrying:
        deadline = self.clock.now() + within
        grow = tenacity.wait_exponential(multiplier=self.first, max=self.longest) + tenacity.wait_random(0, self.first / 4)

        def left(now: datetime) -> float:
            return max(0.0, (deadline - now).total_seconds())

        def wait(state: RetryCallState) -> float:
            return min(grow(state), self.longest, left(self.clock.now()))

        return Retrying(
            retry=retry,
            stop=lambda state: left(self.clock.now()) <= 0,  # noqa: ARG005 - tenacity calls it with one argument
            wait=wait,
            sleep=self.clock.sleep,
            before=lambda state: self.tick(),  # noqa: ARG005
            retry_error_callback=_last_word,
        )


def _last_word(state: RetryCallState) -> object:
    """The last answer, or the last error raised as itself instead of wrapped."""
    assert state.outcome is not None  # noqa: S101 - tenacity calls this after a try only
    return state.outcome.result()

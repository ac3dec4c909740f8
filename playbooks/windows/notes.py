"""The internal notes that a run leaves in the ticket, for the desk."""

from __future__ import annotations

from collections.abc import Iterable

from agent.api import Ending, Mark, Rung


def announced(became: str, text: str) -> str:
    """What became of the *text* that the user of the device was to read on the screen."""
    return f"On the screen, when the work began: {became}. The text: {text}"


def restarts(device: str) -> str:
    """That the device was told to restart; the time is the note's own."""
    return f"{device} was told to restart for the new edition. It may not answer for some minutes."


def may_restart(device: str) -> str:
    """... or may have been told to: the answer was lost."""
    return (
        f"{device} may have been told to restart for the new edition: the answer was lost. It may not answer for some minutes."
    )


def ways(device: str, rungs: Iterable[Rung]) -> str:
    """Which ways to *device* one run has used, in which sessions, and which it passed over, and why; in one line."""
    return f"Ways to {device} in this run: {'; '.join(map(_way, rungs)) or 'none was taken'}."


def _way(rung: Rung) -> str:
    used = f"used{f' ({rung.link})' if rung.link else ''}" if rung.used else ""
    passed = f"passed over ({'; '.join(rung.passed_over)})" if rung.passed_over else ""
    return f"{rung.connector}: {' and '.join(filter(None, (used, passed)))}"


def stopped(device: str, ending: Ending, rungs: tuple[Rung, ...]) -> str:
    """Why a run stopped, and over which ways it got there; who was not reached is told with every way as it is."""
    told = f"{ending.mark}: {ending.step}: {ending.text}"
    return f"{told}\n{ways(device, rungs)}" if rungs and ending.mark is not Mark.UNREACHED else told

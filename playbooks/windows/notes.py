"""The internal notes that a run leaves in the ticket, for the desk."""

from __future__ import annotations


def announced(became: str, text: str) -> str:
    """What became of the *text* that the user of the device was to read on the screen."""
    return f"The user and the beginning of the work: {became}. The text: {text}"


def restarts(device: str) -> str:
    """That the device was told to restart; the time is the note's own."""
    return f"{device} was told to restart for the new edition. It may not answer for some minutes."


def may_restart(device: str) -> str:
    """... or may have been told to: the answer was lost."""
    return (
        f"{device} may have been told to restart for the new edition: the answer was lost. It may not answer for some minutes."
    )

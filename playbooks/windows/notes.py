"""The internal notes that a run leaves in the ticket, for the desk."""

from __future__ import annotations


def announced(became: str, text: str) -> str:
    """What became of the *text* that the user of the device was to read on the screen."""
    return f"The user and the beginning of the work: {became}. The text: {text}"

"""Names as people write them: how they are compared, checked, and guessed at when they are unknown."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches

from agent.api import Misuse

LONGEST = 200


def folded(name: str) -> str:
    """*name* as it is compared: without regard to case, width and runs of white space."""
    return " ".join(unicodedata.normalize("NFKC", name).split()).casefold()


def checked(what: str, name: str) -> str:
    """*name* trimmed. Raises :class:`Misuse` when it is empty, longer than 200 characters or not printable."""
    trimmed = " ".join(name.split())
    if not trimmed or len(trimmed) > LONGEST or not trimmed.isprintable():
        raise Misuse(f"{what} must be 1 to {LONGEST} printable characters on one line", "Check what was typed.")
    return trimmed


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """Up to three names among *known* that are most similar to *name*."""
    written = {folded(other): other for other in known}
    return [written[match] for match in get_close_matches(folded(name), written, n=3)]


def unknown(kind: str, name: str, known: Iterable[str]) -> Misuse:
    """The error for a *name* that the desk does not hold, with the most similar ones that it does."""
    close = [f"'{other}'" for other in nearest(name, known)]
    guess = f"Did you mean {' or '.join(close)}?" if close else f"See 'keyturn {kind} list'; add it with 'keyturn {kind} add'."
    return Misuse(f"there is no {kind} '{' '.join(name.split())}' in the local desk", guess)

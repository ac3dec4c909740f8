"""Texts on their way into the desk's files: a product key that someone wrote into one is blotted out first."""

from __future__ import annotations

import re

_KEY = re.compile(r"(?<![A-Za-z0-9])(?:[A-Za-z0-9]{5}[-\u2010-\u2014 ]){4}([A-Za-z0-9]{5})(?![A-Za-z0-9])")


def masked(text: str) -> str:
    """*text* with everything in the form of a product key (5×5) reduced to its last five characters."""
    return _KEY.sub(lambda found: found[0] if _is_prose(found[0]) else f"‹product key …{found[1].upper()}›", text)


def _is_prose(found: str) -> bool:
    """Five words of five letters in a row are prose; a key has digits, capitals throughout, or hyphens."""
    return " " in found and found.replace(" ", "").isalpha() and not found.isupper()

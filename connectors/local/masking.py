"""Texts on their way into the desk's files: a product key that someone wrote into one is blotted out first."""

from __future__ import annotations

import re

_LETTER = "[BCDFGHJKMNPQRTVWXY2346789]"
"""What Microsoft's product keys consist of."""
_DASH = "[-\u00ad\u2010-\u2015\u2043\u2212\ufe58\ufe63\uff0d]"
_ALONE = r"(?<![A-Z0-9])(?:{})(?![A-Z0-9])"
_WRAPPED = rf"(?:{_LETTER}\s*){{5}}"
_DASHED = rf"(?:{_WRAPPED}{_DASH}\s*){{4}}(?:{_LETTER}\s*){{4}}{_LETTER}"
_UNBROKEN = _ALONE.format(f"{_LETTER}{{25}}")
_GAP = rf"(?:\s*{_DASH}\s*|\s+|)"
_SPACED = _ALONE.format(rf"(?:{_LETTER}{{5}}{_GAP}){{4}}{_LETTER}{{5}}")
_MISTYPED = _ALONE.format(rf"(?:[A-Z0-9]{{5}}{_DASH}){{4}}[A-Z0-9]{{5}}")
_KEY = re.compile(f"{_DASHED}|{_UNBROKEN}|(?P<spaced>{_SPACED})|(?P<mistyped>{_MISTYPED})", re.IGNORECASE)
"""With all its dashes a key is found anywhere, also where a line breaks within it; unbroken it must stand alone; with blanks in
it, it must hold a letter and a digit. What has the form and a letter that no key has may be a key with a slip in it, unless it
reads like words."""


def masked(text: str) -> str:
    """*text* with everything in the form of a product key (5×5) reduced to its last five characters."""
    return _KEY.sub(_blotted, text)


def _blotted(found: re.Match[str]) -> str:
    bare = re.sub("[^A-Za-z0-9]", "", found[0])
    if (found["spaced"] and (bare.isalpha() or bare.isdigit())) or (
        found["mistyped"] and bare.isalpha() and not bare.isupper()
    ):
        return found[0]
    return f"‹product key …{bare[-5:].upper()}›"

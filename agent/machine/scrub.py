"""The last cloth before the sink: takes product keys and known secrets out of whatever is kept or shown."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "‹secret›"
_LETTERS = "BCDFGHJKMNPQRTVWXY2346789"
_GROUP = f"[{_LETTERS}]{{5}}"
_DASHED = rf"(?:{_GROUP}[-–—]){{4}}{_GROUP}"
_UNBROKEN = rf"(?<![A-Z0-9])(?:{_GROUP}[-–—]?){{4}}{_GROUP}(?![A-Z0-9])"
_PRODUCT_KEY = re.compile(f"{_DASHED}|{_UNBROKEN}", re.IGNORECASE)
"""With its dashes a key is found anywhere, as in ``\\nABCDE-…`` of escaped text; without them it must stand alone."""
_URL_SAFE = str.maketrans("+/", "-_")
_SHORTEST = 4
"""A known secret shorter than this is not searched for: it would blank out ordinary words."""


def _base64_cores(data: bytes) -> set[str]:
    """How *data* looks inside a longer base64 text, at each of the three alignments, without the characters at its edges."""
    cores = set()
    for shift in range(3):
        text = base64.b64encode(bytes(shift) + data).decode()
        first = -(-shift * 8 // 6)
        last = (shift + len(data)) * 8 // 6
        cores |= {text[first:last], text[first:last].translate(_URL_SAFE)}
    return cores


def disguises(value: str) -> set[str]:
    """Each form in which *value* is searched for: plain, without dashes, hex, base64 (also of UTF-16LE), URL, JSON."""
    forms: set[str] = set()
    for plain in {value, value.replace("-", "")}:
        utf8, utf16 = plain.encode(), plain.encode("utf-16-le")
        forms |= {plain, quote(plain, safe=""), quote_plus(plain), quote(plain), json.dumps(plain)[1:-1]}
        forms |= {json.dumps(plain, ensure_ascii=False)[1:-1], utf8.hex(), utf8.hex().upper(), utf16.hex(), utf16.hex().upper()}
        forms |= _base64_cores(utf8) | _base64_cores(utf16)
    return {form for form in forms if len(form) >= _SHORTEST}


class Scrub:
    """Replaces secrets in text and in JSON-ready values.

    Args:
        known: Gives the clear secrets that were revealed so far; product keys are found by their shape as well.
    """

    def __init__(self, known: Callable[[], Iterable[str]] = tuple) -> None:
        self._known = known
        self._values: frozenset[str] = frozenset()
        self._forms = _any_of(())

    def text(self, text: str) -> str:
        """*text* without secrets."""
        values = frozenset(value for value in self._known() if len(value) >= _SHORTEST)
        if values != self._values:
            self._values, self._forms = values, _any_of(form for value in values for form in disguises(value))
        return _PRODUCT_KEY.sub(MASK, self._forms.sub(MASK, text))

    def value(self, value: Any) -> Any:
        """A JSON-ready value (mapping, list, text, number) without secrets, keys of mappings included."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.text(str(key)): self.value(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.value(item) for item in value]
        return value


def _any_of(forms: Iterable[str]) -> re.Pattern[str]:
    """Finds the longest of *forms* at each place, so that a secret which begins like another one goes as a whole."""
    return re.compile("|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True)) or r"(?!)")

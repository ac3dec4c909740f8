"""The last cloth before the sink: takes product keys and known secrets out of whatever is kept or shown."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "‹secret›"
_LETTER = "[BCDFGHJKMNPQRTVWXY2346789]"
_DASH = "[-\u2010-\u2015\u2212\uff0d]"
_WRAPPED = rf"(?:{_LETTER}\s*){{5}}"
_DASHED = rf"(?:{_WRAPPED}{_DASH}\s*){{4}}(?:{_LETTER}\s*){{4}}{_LETTER}"
_ALONE = r"(?<![A-Z0-9])(?:{})(?![A-Z0-9])"
_UNBROKEN = _ALONE.format(f"{_LETTER}{{25}}|(?:{_LETTER}{{5}}{_DASH}?){{4}}{_LETTER}{{5}}")
_SPACED = _ALONE.format(rf"(?=[A-Z\s]*[2-9])(?=[2-9\s]*[A-Z])(?:{_LETTER}{{5}}\s+){{4}}{_LETTER}{{5}}")
_PRODUCT_KEY = re.compile(f"{_DASHED}|{_UNBROKEN}|{_SPACED}", re.IGNORECASE)
"""With its dashes a key is found anywhere, as in ``\\nABCDE-…`` of escaped text, also where a console broke the line in the
middle of it; without them it must stand alone, and with blanks it must hold a letter and a digit."""
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
        self._forms = _any_of([])

    def text(self, text: str) -> str:
        """*text* without secrets."""
        values = frozenset(value for value in self._known() if len(value) >= _SHORTEST)
        if values != self._values:
            self._values, self._forms = values, _any_of(values)
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


def _any_of(values: Iterable[str]) -> re.Pattern[str]:
    """Finds each value in each disguise, the longest first, so that one that begins like another one goes as a whole.

    The plain value is found across blanks and line breaks too, where a console has wrapped it.
    """
    forms = {form: re.escape(form) for value in values for form in disguises(value)}
    forms |= {value: r"\s*".join(map(re.escape, value)) for value in values if len(value) > _SHORTEST}
    return re.compile("|".join(forms[form] for form in sorted(forms, key=len, reverse=True)) or r"(?!)")

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
_PRODUCT_KEY = re.compile(rf"(?<![A-Z0-9])(?:[{_LETTERS}]{{5}}[-–—]?){{4}}[{_LETTERS}]{{5}}(?![A-Z0-9])", re.IGNORECASE)
_SHORTEST = 4
"""A known secret shorter than this is not searched for: it would blank out ordinary words."""


def _base64_cores(data: bytes) -> set[str]:
    """How *data* looks inside a longer base64 text, at each of the three alignments, without the characters at its edges."""
    cores = set()
    for shift in range(3):
        text = base64.b64encode(bytes(shift) + data).decode()
        first = -(-shift * 8 // 6)
        last = (shift + len(data)) * 8 // 6
        cores.add(text[first:last])
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
        self._forms: dict[str, list[str]] = {}

    def text(self, text: str) -> str:
        """*text* without secrets."""
        for value in self._known():
            if value not in self._forms:
                self._forms[value] = sorted(disguises(value), key=len, reverse=True) if len(value) >= _SHORTEST else []
            for form in self._forms[value]:
                text = text.replace(form, MASK)
        return _PRODUCT_KEY.sub(MASK, text)

    def value(self, value: Any) -> Any:
        """A JSON-ready value (mapping, list, text, number) without secrets, keys of mappings included."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.text(str(key)): self.value(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.value(item) for item in value]
        return value

"""The forms in which somebody who looks for a secret would recognise it, and the search for them."""

from __future__ import annotations

import base64
import json
from functools import lru_cache
from urllib.parse import quote, quote_plus


def written(secret: str) -> set[str]:
    """*secret* as a library or a vendor may write it: plain, without dashes, JSON, URL, hex, base64 also of UTF-16LE."""
    forms: set[str] = set()
    for plain in {secret, secret.replace("-", "")}:
        forms |= {plain, json.dumps(plain)[1:-1], quote(plain), quote(plain, safe=""), quote_plus(plain)}
        for raw in (plain.encode(), plain.encode("utf-16-le")):
            forms |= {raw.hex(), raw.hex().upper()}
            for shift in range(3):
                whole = base64.b64encode(bytes(shift) + raw).decode().rstrip("=")
                first, last = -(-shift * 8 // 6), (shift + len(raw)) * 8 // 6
                forms |= {whole[first:last], whole[first:last].replace("+", "-").replace("/", "_")}
    return forms


def disguises(secret: str) -> set[str]:
    """Every form in which somebody who looks for *secret* would recognise it; told here again, not taken from the product."""
    raw = (secret.encode(), secret.encode("utf-16-le"))
    return written(secret) | {secret.replace("-", " "), *(one.hex(" ") for one in raw), *(repr(one)[2:-1] for one in raw)}


def found(text: str | bytes, *secrets: str) -> list[str]:
    """The forms of *secrets* that *text* holds, whatever the case."""
    raw = (text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")).lower()
    return [form for secret in secrets for form, sought in _sought(secret) if sought in raw]


@lru_cache
def _sought(secret: str) -> list[tuple[str, bytes]]:
    return [(form, form.lower().encode()) for form in disguises(secret)]

"""Whether a product key is in what a vendor was sent, as it stands or below encodings."""

from __future__ import annotations

import base64
import binascii
import re

from connectors.lab.site import Exchange

_DEEPEST = 3
"""How many encodings may lie upon each other: a body that holds a payload that holds a script."""
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{20,}={0,2}")


def shows(exchange: Exchange, key: str) -> bool:
    """Whether *key* is anywhere in that request: path, arguments, headers or body."""
    return any(
        holds(text, key) for text in (exchange.path, *exchange.query.values(), *exchange.headers.values(), exchange.body)
    )


def holds(text: str, key: str, deepest: int = _DEEPEST) -> bool:
    """Whether *key* is in *text*, with or without hyphens, in any case, also below Base64 of UTF-8 or UTF-16."""
    if key.replace("-", "").upper() in text.replace("-", "").upper():
        return True
    return deepest > 0 and any(holds(inner, key, deepest - 1) for inner in _decoded(text))


def _decoded(text: str) -> list[str]:
    found = []
    for part in _BASE64.findall(text):
        bare = part.rstrip("=").replace("-", "+").replace("_", "/")
        try:
            data = base64.b64decode(bare + "=" * (-len(bare) % 4))
        except binascii.Error:
            continue
        found += [data.decode(encoding, "ignore") for encoding in ("utf-8", "utf-16-le")]
    return found

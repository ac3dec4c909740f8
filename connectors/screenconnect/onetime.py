"""One-time passwords, computed here from the secret that an authenticator app would keep (RFC 6238)."""

from __future__ import annotations

import base64
import binascii
import hmac
from datetime import datetime

from agent.api import Misuse, Secret

STEP = 30
"""Seconds for which one password holds."""
_DIGITS = 6


def one_time_password(secret: Secret, now: datetime) -> str:
    """Six digits for the moment *now*.

    *secret* is Base32, as the instance stores it for an authenticator app (``ms:`` before it is dropped).
    Raises :class:`~agent.api.Misuse` when it is something else; its value is not shown.
    """
    text = secret.reveal().strip().removeprefix("ms:").replace(" ", "").rstrip("=").upper()
    try:
        key = base64.b32decode(text + "=" * (-len(text) % 8))
    except (binascii.Error, ValueError):
        key = b""
    if not key:
        raise Misuse(f"the {secret.label} for one-time passwords is not Base32", "Store the text behind the QR code again.")
    digest = hmac.digest(key, int(now.timestamp() // STEP).to_bytes(8, "big"), "sha1")
    start = digest[-1] & 0xF
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**_DIGITS:0{_DIGITS}d}"

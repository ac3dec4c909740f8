"""One-time passwords, computed here from the secret that an authenticator app would keep (RFC 6238)."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from agent.api import Misuse, Secret

_DIGITS = 6
_STEP = 30
"""Seconds for which one password holds."""


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
    totp = TOTP(key, _DIGITS, SHA1(), _STEP, enforce_key_length=False)  # noqa: S303 - SHA-1 is what the apps use
    return totp.generate(int(now.timestamp())).decode("ascii")

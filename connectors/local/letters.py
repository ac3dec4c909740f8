"""A letter as an Internet message: its reference in a header, and a Message-ID that a repetition would share."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP

from agent.api import Letter, Misuse
from connectors.local.customers import sound_address
from connectors.local.masking import masked

REFERENCE = "X-Keyturn-Reference"
_POLICY = SMTP.clone(max_line_length=900)
"""Long enough that neither a reference nor a Message-ID is ever folded."""


def message_id(reference: str, sender: str) -> str:
    """The Message-ID of the letter with *reference*: always the same, and the sender's domain on its right."""
    return f"<{uuid.uuid5(uuid.NAMESPACE_URL, f'keyturn:{reference}')}@{sender.rpartition('@')[2]}>"


def compose(letter: Letter, sender: str, at: datetime) -> EmailMessage:
    """The message for *letter*. Raises :class:`Misuse` for an address or a reference that cannot be in a header."""
    if not letter.to:
        raise Misuse(f"letter {letter.reference!r} has no recipient", "Give at least one mail address.")
    if not letter.reference.isprintable() or not letter.reference.strip():
        raise Misuse("a letter's reference must be one printable line", "Correct the reference.")
    message = EmailMessage(policy=_POLICY)
    message["From"] = sound_address(sender)
    message["To"] = ", ".join(sound_address(address) for address in letter.to)
    message["Subject"] = " ".join(masked(letter.subject).split())
    message["Date"] = at.astimezone(UTC)
    message["Message-ID"] = message_id(letter.reference, sender)
    message[REFERENCE] = letter.reference
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(masked(letter.text), charset="utf-8", cte="quoted-printable")
    return message

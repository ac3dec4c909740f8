"""The offline check of a product key: form, check digits, and whether it is one of the keys that Microsoft published."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from agent.api import Answer, Secret, no, yes

ALPHABET = "BCDFGHJKMPQRTVWXY2346789"
"""The digits of base 24 as keys show them."""
DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
"""Dashes that come from clipboards; one in a key is a known cause of 0xC004F050 (Microsoft, activation error codes)."""
PUBLISHED = Path(__file__).parent / "published_keys.json"
"""Client setup keys (Microsoft Learn, "KMS client activation and product keys") and generic default keys: key, EditionID
or product, kind."""


@dataclass(frozen=True, slots=True)
class Fields:
    """What a key of Windows 8 or later holds: group, serial, security value, check value, upgrade flag."""

    group: int
    serial: int
    security: int
    check: int
    upgrade: bool


class Flaw(ValueError):
    """Why a text is not a product key; the message names positions, never what stands there."""


def normalise(text: str) -> str:
    """*text* in capitals, without blanks, in five groups of five.

    Raises:
        Flaw: another length, or a character that no key has; positions count the letters and digits from 1.
    """
    letters = DASHES.sub("-", text).replace("-", "")
    letters = "".join(letters.split()).upper()
    if len(letters) != 25:
        raise Flaw(f"a product key has 25 letters and digits, this one has {len(letters)}")
    if strange := [str(place) for place, letter in enumerate(letters, 1) if letter not in ALPHABET + "N"]:
        raise Flaw(f"what is at position {', '.join(strange)} is in no product key (no 0 1 5 A E I L O S U Z); read it again")
    return "-".join(letters[start : start + 5] for start in range(0, 25, 5))


def crc(data: bytes) -> int:
    """CRC-32 with polynomial 0x04C11DB7, highest bit first, all ones before and after."""
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1 ^ 0x04C11DB7 if value & 0x80000000 else value << 1) & 0xFFFFFFFF
    return value ^ 0xFFFFFFFF


def decode(key: str) -> Fields | None:
    """The fields of a normalised key, or ``None`` for the older form without an N, of which only the shape can be checked.

    Raises:
        Flaw: the N is in a place where it cannot be, or the check value is wrong.
    """
    letters = key.replace("-", "")
    count = letters.count("N")
    if count == 0:
        return None
    place = letters.index("N")
    if count > 1:
        raise Flaw(f"a product key holds one N at most, this one has {count}")
    if place == 24:
        raise Flaw("the N cannot be the last character of a product key")
    value = place
    for letter in letters.replace("N", ""):
        value = value * 24 + ALPHABET.index(letter)
    if value >> 114:
        raise Flaw(f"the N cannot be at position {place + 1}")
    check = value >> 103 & 0x3FF
    bare = value & ~(0x3FF << 103)
    if crc(bare.to_bytes(16, "little")) & 0x3FF != check:
        raise Flaw("the check value is wrong: at least one character was mistyped or two were swapped")
    return Fields(value & 0xFFFFF, value >> 20 & 0x3FFFFFFF, value >> 50 & (1 << 53) - 1, check, bool(value >> 113))


@dataclass(frozen=True, slots=True)
class Published:
    """A key that anybody can read on the Internet: what it is for, and whether it is a ``GVLK`` or a ``generic`` key."""

    product: str
    kind: str


@cache
def published() -> dict[str, Published]:
    """The published keys; they install, and none of them is anybody's licence."""
    return {key: Published(product, kind) for key, product, kind in json.loads(PUBLISHED.read_text("utf-8"))}


def examine(secret: Secret) -> Answer:
    """Is *secret* sound as far as can be told offline, and a customer's own key? Shows at most the last five."""
    try:
        key = normalise(secret.reveal())
        fields = decode(key)
    except Flaw as flaw:
        return no(f"not a product key: {flaw}")
    tail = key[-5:]
    if known := published().get(key):
        return no(
            f"the key …{tail} is Microsoft's public {known.kind} key for {known.product}, not a licence; "
            "ask the customer for the key that was bought",
            last5=tail,
        )
    if fields is None:
        return yes(f"the key …{tail} has the older form (Windows 7 and before); only its shape could be checked", last5=tail)
    return yes(f"the key …{tail} is well-formed, group {fields.group}", last5=tail, group=fields.group)


def tidy(secret: Secret) -> Secret:
    """The same key in capitals and with hyphens, however it was typed; :class:`Flaw` comes up when it is first needed."""
    return Secret(lambda: normalise(secret.reveal()), secret.label, secret.reference)


def group(secret: Secret) -> int | None:
    """The key's group id, the second field of the product id once it is installed; ``None`` when it has none or is flawed."""
    answer = examine(secret)
    found = answer.facts.get("group")
    return found if isinstance(found, int) else None

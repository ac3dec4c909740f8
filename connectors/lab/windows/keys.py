"""Product keys of the lab: made up, with right check bits, and known to the simulated activation service only."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from random import Random

DIGITS = "BCDFGHJKMPQRTVWXY2346789"
CHANNELS = ("Retail", "OEM:DM", "Volume:MAK", "Volume:GVLK")
FIRST_GROUP = 6000
"""Groups of the lab's keys begin here, apart from those of published keys."""
_CHECK = 0x3FF << 103


def _crc(data: bytes) -> int:
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte << 24
        for _ in range(8):
            value = ((value << 1) ^ (0x04C11DB7 if value >> 31 else 0)) & 0xFFFFFFFF
    return value ^ 0xFFFFFFFF


def _checked(value: int) -> int:
    """*value* with its ten check bits."""
    bare = value & ~_CHECK
    return bare | (_crc(bare.to_bytes(16, "little")) & 0x3FF) << 103


def encode(group: int, serial: int, security: int) -> str:
    """The product key with these fields (20, 30 and 53 bits)."""
    rest = _checked(group | serial << 20 | security << 50)
    letters: list[str] = []
    for _ in range(24):
        rest, digit = divmod(rest, 24)
        letters.insert(0, DIGITS[digit])
    letters.insert(rest, "N")
    text = "".join(letters)
    return "-".join(text[start : start + 5] for start in range(0, 25, 5))


def sound(text: str) -> bool:
    """True for a text with the form and the check bits of a product key."""
    letters = text.replace("-", "").upper()
    if len(letters) != 25 or letters.count("N") != 1 or letters.endswith("N") or set(letters) - set(DIGITS + "N"):
        return False
    value = letters.index("N")
    for letter in letters.replace("N", ""):
        value = value * 24 + DIGITS.index(letter)
    return value < 1 << 114 and _checked(value) == value


@dataclass
class LabKey:
    """One key and what the activation service knows of it.

    Attributes:
        value: The whole key.
        edition: EditionID that it is for.
        channel: One of :data:`CHANNELS`.
        group: Second field of the product id.
        serial: Third and fourth field of the product id.
        limit: How many machines it may activate.
        blocked: The service refuses it.
        used: Machines that it activated.
    """

    value: str
    edition: str
    channel: str
    group: int
    serial: int
    limit: int = 1
    blocked: bool = False
    used: set[str] = field(default_factory=set)

    @property
    def last5(self) -> str:
        """What may be shown."""
        return self.value[-5:]


class Mint:
    """Makes keys and remembers them.

    Args:
        random: Where serials and security values come from; the same seed makes the same keys.
    """

    def __init__(self, random: Random) -> None:
        self._random = random
        self._lock = threading.Lock()
        self._groups: dict[tuple[str, str], int] = {}
        self._keys: dict[str, LabKey] = {}

    def make(self, edition: str, channel: str = "Retail", *, limit: int = 1, used: int = 0, blocked: bool = False) -> LabKey:
        """A new key for the EditionID *edition*, already *used* on that many machines.

        Raises :class:`ValueError` for a channel that is none of :data:`CHANNELS`.
        """
        if channel not in CHANNELS:
            raise ValueError(f"a key's channel is one of {', '.join(CHANNELS)}")
        with self._lock:
            group = self._groups.setdefault((edition, channel), FIRST_GROUP + len(self._groups))
            serial, security = self._random.getrandbits(30), self._random.getrandbits(53)
            key = LabKey(encode(group, serial, security), edition, channel, group, serial, limit, blocked)
            key.used |= {f"another machine {number}" for number in range(1, used + 1)}
            self._keys[key.value] = key
            return key

    def find(self, text: str) -> LabKey | None:
        """The key that *text* is, or ``None`` when the lab did not make it."""
        with self._lock:
            return self._keys.get(text.upper())

"""What a survey sees of one device: a row of columns, how much attention it needs, and what it counts as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum


class Attention(IntEnum):
    """How much a device needs somebody; a survey shows the highest first."""

    FINE = 0
    """Nothing to do."""
    LOOK = 1
    """Worth a look when somebody is there anyway."""
    SOON = 2
    """It will stop working as it should, or is not as it should be."""
    NOW = 3
    """It does not work as it should."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a plug-in saw of one device.

    Attributes:
        columns: Name of the column to what stands in it, in the order in which to show them; names such as ``last_five``.
        attention: How much the device needs somebody.
        reason: Why, in one line; empty for :attr:`Attention.FINE`.
        groups: What the device counts as: name of the count (``edition``, ``channel``) to the value (``Windows Pro``).
    """

    columns: Mapping[str, str | int]
    attention: Attention = Attention.FINE
    reason: str = ""
    groups: Mapping[str, str] = field(default_factory=dict)

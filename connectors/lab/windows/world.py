"""What all simulated PCs of one lab share: the time, the keys, the activation service and the ledger."""

from __future__ import annotations

from random import Random

from agent.api import Clock
from connectors.lab.ledger import Ledger
from connectors.lab.windows.activation import ActivationService
from connectors.lab.windows.keys import Mint
from connectors.lab.windows.power import Pace, WallClock


class World:
    """One lab.

    Args:
        clock: The time; the real one unless given.
        pace: How fast its PCs are.
        seed: The same seed makes the same product keys.
    """

    def __init__(self, clock: Clock | None = None, pace: Pace | None = None, seed: int = 0) -> None:
        self.clock: Clock = clock or WallClock()
        self.pace = pace or Pace()
        self.keys = Mint(Random(seed))  # noqa: S311 - made-up keys, no cryptography
        self.service = ActivationService(self.keys)
        self.ledger = Ledger(self.clock)

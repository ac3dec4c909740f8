"""A value that must never be seen: it can be carried anywhere and shown nowhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn


class Secret:
    """A product key, a password or a token behind :meth:`reveal`.

    ``str()`` and ``repr()`` show only the label (``‹product key›``); pickling, formatting and JSON are refused, so a
    secret cannot reach a file or a log by accident. Only connectors call :meth:`reveal`.

    Args:
        value: The clear text, or a function that fetches it when it is first needed (a look-up in the vault).
        label: What people read in its place, such as ``product key``.
        reference: Where the value is kept (``vault:contoso/win-pro``); safe to store and to print.
    """

    __slots__ = ("_value", "label", "reference")

    def __init__(self, value: str | Callable[[], str], label: str = "secret", reference: str | None = None) -> None:
        self._value = value
        self.label = label
        self.reference = reference

    def reveal(self) -> str:
        """The clear text. Raises whatever the look-up raises when a reference leads nowhere."""
        if callable(self._value):
            self._value = self._value()
        return self._value

    def tail(self, count: int = 5) -> str:
        """The last *count* characters (at most five): what Windows itself shows of an installed product key."""
        value = self.reveal()
        return value[len(value) - max(0, min(count, 5, len(value))) :]

    def __str__(self) -> str:
        return f"‹{self.label}›"

    __repr__ = __str__

    def __format__(self, spec: str) -> NoReturn:
        raise TypeError(f"a secret ({self.label}) is not formatted into text; use str(), tail() or, in a connector, reveal()")

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"a secret ({self.label}) is not pickled or copied to disk; keep its reference instead")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self.reveal() == other.reveal()

    def __hash__(self) -> int:
        return hash((Secret, self.reveal()))

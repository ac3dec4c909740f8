"""The latch between a run and every outside system, and the guard that puts a port behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from agent.words.errors import KeyturnError, LatchShut


class Latch:
    """Shut unless a step's ``do`` is running.

    Args:
        permit: Called each time before the latch opens; raises when this run may not change anything (its claim was
            lost, the journal cannot be written). ``None`` makes a dry run: the latch never opens.
    """

    def __init__(self, permit: Callable[[], None] | None = None) -> None:
        self._permit = permit
        self._open = False
        self.turns = 0
        """Grows whenever what was read before may no longer hold."""

    @property
    def is_dry(self) -> bool:
        """True when this latch can never open."""
        return self._permit is None

    @property
    def is_open(self) -> bool:
        """True while a step may change something."""
        return self._open

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Open inside the ``with`` block, shut after it whatever happens.

        Raises :class:`LatchShut` in a dry run, and whatever ``permit`` raises.
        """
        if self._permit is None:
            raise LatchShut("a dry run changes nothing")
        self._permit()
        self.forget()
        self._open = True
        try:
            yield
        finally:
            self._open = False
            self.forget()

    def forget(self) -> None:
        """Makes every guard ask afresh at its next reading."""
        self.turns += 1


class Guard:
    """Stands before a port: remembers its readings, and lets changes through only while the latch is open.

    A method counts as reading when the port's Protocol marks it with ``@reads``. What a reading answered (or which
    :class:`KeyturnError` it raised) is remembered for equal arguments until the latch opens, something is changed or
    the latch is told to forget.
    """

    def __init__(self, port: object, protocol: type, latch: Latch) -> None:
        self._port = port
        self._protocol = protocol
        self._latch = latch
        self._turn = latch.turns
        self._memory: dict[Any, tuple[Any, KeyturnError | None]] = {}

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._port, name)
        if not callable(value):
            return value
        if getattr(getattr(self._protocol, name, None), "__reads__", False):
            return lambda *args, **kwargs: self._read(name, args, kwargs)
        return lambda *args, **kwargs: self._change(name, args, kwargs)

    def _read(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if self._turn != self._latch.turns:
            self._turn = self._latch.turns
            self._memory.clear()
        key = (name, args, tuple(sorted(kwargs.items())))
        if key not in self._memory:
            try:
                self._memory[key] = (getattr(self._port, name)(*args, **kwargs), None)
            except KeyturnError as error:
                self._memory[key] = (None, error)
        result, trouble = self._memory[key]
        if trouble is not None:
            raise trouble
        return result

    def _change(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if not self._latch.is_open:
            raise LatchShut(f"{self._protocol.__name__}.{name} would change something outside a step's 'do'")
        try:
            return getattr(self._port, name)(*args, **kwargs)
        finally:
            self._latch.forget()

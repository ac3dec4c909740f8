"""The filter language of the lab's ScreenConnect instance: ``Name = 'PC' AND (NOT IsEnded OR GuestConnectedCount > 0)``.

Source: ConnectWise, "List of trigger definitions".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from operator import eq, ge, gt, le, lt, ne

Value = str | int | bool
_TOKEN = re.compile(r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>\d+)|(?P<operator><>|<=|>=|[=<>()])|(?P<word>\w+))")
_COMPARE: Mapping[str, Callable[[Value, Value], bool]] = {"=": eq, "<>": ne, ">": gt, "<": lt, ">=": ge, "<=": le}


class BadFilter(ValueError):
    """The expression is not one; the text says where."""


def matches(expression: str, fields: Mapping[str, Value]) -> bool:
    """Whether *fields* (names in any case) fulfil *expression*. Raises :class:`BadFilter`, also for an unknown field."""
    return _Reader(expression, {name.lower(): value for name, value in fields.items()}).whole()


class _Reader:
    """Reads one expression from left to right; both sides of AND and OR are always read, so mistakes are always found."""

    def __init__(self, expression: str, fields: Mapping[str, Value]) -> None:
        self._fields = fields
        self._tokens: list[str] = []
        at = 0
        while expression[at:].strip():
            found = _TOKEN.match(expression, at)
            if found is None:
                raise BadFilter(f"cannot read the filter at {expression[at : at + 20]!r}")
            self._tokens.append(found[0].strip())
            at = found.end()

    def whole(self) -> bool:
        result = self._either()
        if self._tokens:
            raise BadFilter(f"nothing was expected at {self._tokens[0]!r}")
        return result

    def _either(self) -> bool:
        result = self._both()
        while self._next_is("or"):
            right = self._both()
            result = result or right
        return result

    def _both(self) -> bool:
        result = self._one()
        while self._next_is("and"):
            right = self._one()
            result = result and right
        return result

    def _one(self) -> bool:
        if self._next_is("not"):
            return not self._one()
        if self._next_is("("):
            result = self._either()
            if not self._next_is(")"):
                raise BadFilter("a bracket is not closed")
            return result
        return self._comparison()

    def _comparison(self) -> bool:
        name = self._take()
        if name.lower() not in self._fields:
            raise BadFilter(f"there is no field {name!r}")
        held = self._fields[name.lower()]
        operator = self._tokens[0].lower() if self._tokens else ""
        if operator == "like":
            self._take()
            pattern = re.escape(str(self._value())).replace("%", ".*")
            return re.fullmatch(pattern, str(held), re.IGNORECASE | re.DOTALL) is not None
        if operator not in _COMPARE:
            return bool(held)
        self._take()
        return self._compared(held, operator, self._value())

    @staticmethod
    def _compared(held: Value, operator: str, wanted: Value) -> bool:
        if isinstance(held, str) is not isinstance(wanted, str):
            raise BadFilter(f"{held!r} and {wanted!r} cannot be compared")
        if isinstance(held, str) and isinstance(wanted, str):
            held, wanted = held.lower(), wanted.lower()
        return _COMPARE[operator](held, wanted)

    def _value(self) -> Value:
        text = self._take()
        if text.startswith("'"):
            return text[1:-1].replace("''", "'")
        if text.isdecimal():
            return int(text)
        raise BadFilter(f"{text!r} is not a value")

    def _take(self) -> str:
        if not self._tokens:
            raise BadFilter("the filter ends too early")
        return self._tokens.pop(0)

    def _next_is(self, word: str) -> bool:
        if self._tokens and self._tokens[0].lower() == word:
            del self._tokens[0]
            return True
        return False

"""How a web method of the lab's ScreenConnect instance is named, called and given its arguments."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.lab.screenconnect.instance import Fault, Instance
from connectors.lab.site import Asked, Call

VOID = object()
"""What a method returns that answers with an empty body."""
_VERBS = ("Get", "Add", "Create", "Update", "Send", "Query")


@dataclass(frozen=True, slots=True)
class Method:
    """One web method.

    Attributes:
        name: Its name.
        takes: Names of its arguments, in order.
        does: Carries it out on the instance, with the arguments by name.
        reads: True for one that may be called with GET and whose arguments may be given by name.
        needs: How many arguments must be given.
    """

    name: str
    takes: tuple[str, ...]
    does: Callable[[Instance, Mapping[str, Any]], Any]
    reads: bool = False
    needs: int | None = None

    @property
    def alias(self) -> str:
        """The name without its verb, in small letters with hyphens: ``GetSessionGroups`` is ``session-groups``."""
        bare = next((self.name.removeprefix(verb) for verb in _VERBS if self.name.startswith(verb)), self.name)
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", bare).lower()

    def calls(self, prefix: str, answers: str) -> list[Call]:
        """The rows of a site's table for this method, under *prefix*."""
        path = re.compile(rf"{re.escape(prefix)}/(?:{self.name}|{re.escape(self.alias)})/?", re.IGNORECASE)
        return [Call(self.name, verb, path, answers) for verb in (("GET", "POST") if self.reads else ("POST",))]

    def arguments(self, asked: Asked) -> dict[str, Any]:
        """The arguments of a request by name. Raises :class:`Fault`."""
        given = asked.body if asked.body is not None else dict(asked.query) or []
        if isinstance(given, dict) and self.reads:
            return self._by_name(given)
        needed = len(self.takes) if self.needs is None else self.needs
        if not isinstance(given, list) or not needed <= len(given) <= len(self.takes):
            raise Fault(f"{self.name} takes an array of {', '.join(self.takes)}")
        return dict(zip(self.takes, given, strict=False))

    def _by_name(self, given: Mapping[str, Any]) -> dict[str, Any]:
        for name in given:
            if name not in self.takes:
                raise Fault(f"Unknown parameter: {name}")
        if len(given) < len(self.takes):
            raise Fault(f"{self.name} takes {', '.join(self.takes)}")
        return dict(given)

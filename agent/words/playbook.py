"""A playbook: a generator function of steps, its order model, and the ports that its annotations ask for."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, get_type_hints

from agent.words.step import Step

if TYPE_CHECKING:
    from agent.words.order import Order

Steps = Iterator[Step]


@dataclass
class Playbook:
    """What ``@playbook`` makes of a function.

    Attributes:
        name: The command-line name, from the function's name (``windows-upgrade``).
        title: What people read.
        function: The generator function.
        order: The pydantic model of the first parameter.
        ports: Parameter name to port type, for every further parameter.
        epilogue: Steps to walk when the main walk stopped short, or ``None``.
    """

    name: str
    title: str
    function: Callable[..., Steps]
    order: type[Order]
    ports: dict[str, Any]
    epilogue: Callable[..., Steps] | None = field(default=None)

    def __call__(self, *args: Any, **kwargs: Any) -> Steps:
        """The steps for an order and its ports, as the function yields them."""
        return self.function(*args, **kwargs)

    def stopped(self, function: Callable[..., Steps]) -> Callable[..., Steps]:
        """Registers *function* as the epilogue: ``(order, ending, ports…)``, walked when the run stops short."""
        self.epilogue = function
        return function


def playbook(*, title: str) -> Callable[[Callable[..., Steps]], Playbook]:
    """Makes a playbook of a generator function whose first parameter is the order and whose others are ports.

    Raises :class:`TypeError` when the first parameter is not an :class:`Order` or another one has no annotation.
    """

    def decorate(function: Callable[..., Steps]) -> Playbook:
        from agent.words.order import Order

        first, *others = inspect.signature(function).parameters
        hints = get_type_hints(function)
        if not (isinstance(hints.get(first), type) and issubclass(hints[first], Order)):
            raise TypeError(f"{function.__name__}: the first parameter must be annotated with an Order model")
        if bare := [name for name in others if name not in hints]:
            raise TypeError(f"{function.__name__}: no port is named for {', '.join(bare)}")
        name = function.__name__.replace("_", "-")
        return Playbook(name, title, function, hints[first], {other: hints[other] for other in others})

    return decorate


def ports_of(function: Callable[..., Steps]) -> dict[str, Any]:
    """Parameter name to annotation for everything after the order (and the ending) of an epilogue."""
    hints = get_type_hints(function)
    return {name: hints[name] for name in list(inspect.signature(function).parameters)[2:]}

"""Orders on their way in: read from a file or from options, checked, and their references turned into secrets."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from agent.machine.scrub import Scrub
from agent.words.errors import Misuse
from agent.words.order import Order
from agent.words.secret import Secret

WORDS = {
    "datetime_from_date_parsing": "is not a date and time such as 2026-12-04T14:00",
    "datetime_parsing": "is not a date and time such as 2026-12-04T14:00",
    "datetime_type": "is not a date and time such as 2026-12-04T14:00",
    "int_parsing": "is not a whole number",
    "int_type": "is not a whole number",
    "string_type": "is not text",
    "string_too_short": "is empty",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be {expected}",
}
"""What a person is told for the problems that pydantic names, by its type."""

O = TypeVar("O", bound=Order)  # noqa: E741 - the type of one playbook's order


def read_order_file(path: Path) -> dict[str, Any]:
    """The fields of an order file (TOML). Raises :class:`Misuse` when it cannot be read or is not TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise Misuse(f"the order file {path} cannot be read: {error.strerror}", "Check its name.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Misuse(f"the order file {path} is not valid TOML: {error}", "Mend that line.") from None


def make_order(model: type[O], fields: Mapping[str, Any]) -> O:
    """An order of *model* from *fields*.

    Raises :class:`Misuse` that names every field that is missing or wrong, or the one in which a product key was typed.
    """
    try:
        order = model.model_validate(dict(fields))
    except ValidationError as error:
        wrong = "; ".join(f"{_where(problem['loc'])}: {_why(problem)}" for problem in error.errors(include_url=False))
        raise Misuse(f"the order is not right: {wrong}", "Correct it and run again; nothing was started.") from None
    kept = order.model_dump(mode="json")
    if shown := [name for name, value in kept.items() if Scrub().value(value) != value]:
        raise Misuse(
            f"the order holds a product key in {_where(tuple(shown[:1]))}",
            "Store it with 'keyturn key add NAME' and write vault:NAME; nothing was kept.",
        )
    return order


def resolve(order: O, secret: Callable[[str], Secret]) -> O:
    """*order* with each reference bound to the vault. Raises :class:`Misuse` for a reference that leads nowhere."""
    fields = {name: getattr(order, name) for name in type(order).model_fields}
    bound = {name: secret(value.reference) for name, value in fields.items() if isinstance(value, Secret) and value.reference}
    return order.model_copy(update=bound)


def _where(place: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in place).replace("_", "-") or "order"


def _why(problem: Mapping[str, Any]) -> str:
    """The problem in one line, without the value: it could be a secret that was typed where a reference belongs."""
    if problem["type"] == "missing":
        return "is missing"
    if problem["type"] == "extra_forbidden":
        return "is not a field of this order"
    said = WORDS.get(problem["type"]) or str(problem["msg"]).removeprefix("Value error, ")
    return said.format(**problem.get("ctx", {}))

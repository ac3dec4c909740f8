"""The options of a playbook: one for each field of its order model."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime, timedelta
from enum import Enum
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from agent.words.order import Order

PREFIX = "field_"
"""What the name of a field's parameter begins with, so that it cannot clash with an option of ours."""

Suggest = Callable[[str], Collection[str]]
"""Gives values for the field with this name, to be offered by the shell."""


def options_for(model: type[Order], taken: Collection[str], suggest: Suggest) -> list[click.Option]:
    """One option for each field of *model* that a command line can hold.

    A field that has the name of one of our own options (*taken*, such as ``--json``), or that is a mapping or a model
    itself, is given by the order file only.
    """
    made = (_option(name, field, suggest) for name, field in model.model_fields.items() if _flag(name) not in taken)
    return [option for option in made if option]


def given(values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that were given as options: *values* are the parameters of the command."""
    return {
        name.removeprefix(PREFIX): value
        for name, value in values.items()
        if name.startswith(PREFIX) and value is not None and value != ()
    }


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _option(name: str, field: FieldInfo, suggest: Suggest) -> click.Option | None:
    bare, many = _shape(field.annotation)
    flag = _flag(name)
    settings: dict[str, Any] = {"help": _help(field), "default": None, "multiple": many}
    if bare is bool and not many:
        return click.Option([f"{flag}/--no-{flag[2:]}", PREFIX + name], **settings)
    kind = _kind(bare)
    if kind is None:
        return None
    metavar = None if isinstance(kind, click.Choice) else _metavar(bare)

    def complete(ctx: click.Context, param: click.Parameter, begun: str) -> list[CompletionItem]:  # noqa: ARG001
        return [CompletionItem(value) for value in suggest(name) if value.startswith(begun)]

    if not isinstance(kind, click.Choice):
        settings["shell_complete"] = complete
    return click.Option([flag, PREFIX + name], type=kind, metavar=metavar, **settings)


def _help(field: FieldInfo) -> str:
    told = (field.description or "").rstrip(".")
    if field.is_required():
        return f"{told} [required]".strip()
    default = field.get_default(call_default_factory=False)
    return told if default in (None, "", (), []) else f"{told} [default: {_shown(default)}]".strip()


def _shown(default: object) -> str:
    if isinstance(default, Enum):
        return str(default.value)
    if isinstance(default, bool):
        return "yes" if default else "no"
    return str(default)


def _shape(annotation: Any) -> tuple[Any, bool]:
    """The type behind ``Annotated``, ``Optional`` and a list or tuple, and whether it was one of the latter."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _shape(inner[0])
    if origin in (Union, UnionType):
        real = [kind for kind in inner if kind is not NoneType]
        return _shape(real[0]) if len(real) == 1 else (str, False)
    if origin in (list, tuple, set, frozenset):
        return _shape(inner[0])[0], True
    return annotation, False


def _kind(bare: Any) -> click.ParamType[Any] | None:
    """How click reads a value; the model has the last word about it. ``None`` for what no option can hold."""
    from pydantic import BaseModel

    if get_origin(bare) is Literal:
        return click.Choice([str(value) for value in get_args(bare)])
    if not isinstance(bare, type) or issubclass(bare, (BaseModel, dict)):
        return None
    if issubclass(bare, Enum):
        return click.Choice([str(member.value) for member in bare])
    return click.INT if issubclass(bare, int) and not issubclass(bare, bool) else click.STRING


def _metavar(bare: Any) -> str | None:
    from agent.words.secret import Secret

    known = ((Secret, "vault:NAME"), (datetime, "WHEN"), (date, "DAY"), (timedelta, "SPAN"))
    return next((word for kind, word in known if issubclass(bare, kind)), None)

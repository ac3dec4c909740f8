"""What the shell offers when TAB is pressed: run numbers, names in the vault, values that earlier orders had."""

from __future__ import annotations

from collections.abc import Collection

import click
from click.shell_completion import CompletionItem

from agent.cli.call import Call
from agent.words.errors import KeyturnError

LATEST = 200
"""How many runs are looked through."""


def run_numbers(ctx: click.Context, param: click.Parameter, begun: str) -> list[CompletionItem]:  # noqa: ARG001 - click calls it
    """The latest runs, with what they worked on."""
    try:
        rows = ctx.ensure_object(Call).home.journal.runs(LATEST)
    except KeyturnError:
        return []
    return [CompletionItem(str(row.id), help=row.order.target) for row in rows if str(row.id).startswith(begun)]


def secret_names(ctx: click.Context, param: click.Parameter, begun: str) -> list[CompletionItem]:  # noqa: ARG001
    """The names in the vault."""
    try:
        entries = ctx.ensure_object(Call).home.vault.entries()
    except KeyturnError:
        return []
    return [CompletionItem(entry.name, help=entry.kind) for entry in entries if entry.name.startswith(begun)]


def device_names(ctx: click.Context, param: click.Parameter, begun: str) -> list[CompletionItem]:  # noqa: ARG001
    """The devices of the latest orders."""
    names = earlier_values(ctx.ensure_object(Call), "", "device")
    return [CompletionItem(name) for name in names if name.startswith(begun)]


def earlier_values(call: Call, playbook: str, field: str) -> Collection[str]:
    """What the latest orders of *playbook* (of any, when empty) had in *field*, newest first."""
    try:
        rows = call.home.journal.runs(LATEST)
    except KeyturnError:
        return ()
    values = (row.order.content.get(field) for row in rows if playbook in ("", row.order.playbook))
    return list(dict.fromkeys(value for value in values if isinstance(value, str)))

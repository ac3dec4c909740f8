"""Where the desk's commands get the desk from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from connectors.local.desk import Desk


def desk_here() -> Desk:
    """The desk of the workplace at hand.

    The command line puts an object with a method ``workplace()`` into ``click.Context.obj``; it returns the
    :class:`agent.api.Workplace`.
    """
    from connectors.local.desk import Desk

    return Desk.of(click.get_current_context().obj.workplace())

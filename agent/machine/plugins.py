"""The plug-ins: found by entry point, checked when they are loaded, asked by hook."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Any, TypeVar

import pluggy

from agent.words import hooks
from agent.words.errors import Misuse

Named = TypeVar("Named")


def load(found: Iterable[EntryPoint] | None = None) -> pluggy.PluginManager:
    """Loads every plug-in of the entry-point group ``keyturn`` and returns the manager whose ``hook`` calls them.

    Raises :class:`Misuse`, naming the plug-in, when one cannot be imported, implements a hook that does not exist, or
    shares its name with another one.
    """
    manager = pluggy.PluginManager(hooks.GROUP)
    manager.add_hookspecs(hooks)
    points = sorted(entry_points(group=hooks.GROUP) if found is None else found, key=lambda point: point.name)
    for point in points:
        if manager.has_plugin(point.name):
            raise Misuse(f"two plug-ins are called {point.name} ({_values(points, point.name)})", "Uninstall one of them.")
        try:
            manager.register(point.load(), name=point.name)
            manager.check_pending()
        except (ImportError, AttributeError, pluggy.PluginValidationError) as error:
            raise Misuse(
                f"the plug-in {point.name} ({point.value}) cannot be loaded: {error}", "Update or uninstall it."
            ) from error
    return manager


def by_name(groups: Sequence[Iterable[Named]], what: str, name: Any = lambda item: item.name) -> dict[str, Named]:
    """What all plug-ins bring, by name. Raises :class:`Misuse` when two bring one of the same name."""
    found: dict[str, Named] = {}
    for item in (item for group in groups for item in group):
        if name(item) in found:
            raise Misuse(f"two plug-ins bring a {what} called {name(item)}", "Uninstall one of them; see 'pip list'.")
        found[name(item)] = item
    return found


def _values(points: Iterable[EntryPoint], name: str) -> str:
    return ", ".join(point.value for point in points if point.name == name)

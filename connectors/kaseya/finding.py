"""Which of the devices that a vendor lists is meant: exactly one with that name, or none."""

from __future__ import annotations

from typing import Any

from agent.api import Refused


def one_of(vendor: str, name: str, rows: Any, named: str, numbered: str) -> str:
    """The id (field *numbered*) of the one row of *rows* whose field *named* is *name*; capital letters do not matter.

    Raises :class:`~agent.api.Refused` when there is none or more than one, and says which.
    """
    found = [row for row in rows if isinstance(row, dict) and str(row.get(named, "")).lower() == name.lower()]
    found = [row for row in found if row.get(numbered)]
    if len(found) == 1:
        return str(found[0][numbered])
    if not found:
        raise Refused(f"{vendor} knows no device called {name}", "Check its name there, or give its id in the settings.")
    ids = ", ".join(str(row[numbered]) for row in found[:5])
    raise Refused(f"{vendor} knows {len(found)} devices called {name}: {ids}", "Give the id of the right one in the settings.")

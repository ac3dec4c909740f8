"""The PowerShell scripts of this room, by name."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from agent.api import Script

FOLDER = Path(__file__).parent / "scripts"
"""Where the scripts lie, one ``.ps1`` file each; the first line of each is ``# keyturn <name> <version>``."""


@cache
def script(name: str) -> Script:
    """The script *name* (``facts``, ``install_key`` …). Raises :class:`FileNotFoundError` for an unknown name."""
    return Script(name, (FOLDER / f"{name}.ps1").read_text("utf-8"))

"""The PowerShell scripts of this room, by name."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from agent.api import Script

FOLDER = Path(__file__).parent / "scripts"
"""Where the scripts lie, one ``.ps1`` file each; the first line of each is ``# keyturn <name> <version>``."""
FAILURE = Path(__file__).parent / "failure.ps1"
"""How every script tells what went wrong; it is put behind the first line of each script that calls it."""


@cache
def script(name: str) -> Script:
    """The script *name* (``facts``, ``install_key`` …), whole. Raises :class:`FileNotFoundError` for an unknown name."""
    text = (FOLDER / f"{name}.ps1").read_text("utf-8")
    if "Get-Failure" in text:
        identity, rest = text.split("\n", 1)
        text = f"{identity}\n{FAILURE.read_text('utf-8')}{rest}"
    return Script(name, text)

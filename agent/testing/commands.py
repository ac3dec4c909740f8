"""What the suite says to a device: one script and one program, each marked so that the witness knows it again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from agent.api import Command, Script, Secret

PROGRAM = "conformance"
"""The program that only the witness has: ``conformance MARK CODE ERROR WORDS…``."""
SILENT = "-"
"""In place of what the program says on standard error: nothing."""
SCRIPT = Script("conformance.ps1", Path(__file__).with_name("conformance.ps1").read_text("ascii"))
ORDINARY = timedelta(seconds=60)

Make = Callable[..., Command]
"""``agent.api.ask`` or ``agent.api.tell``."""
Kind = Callable[..., Command]
"""One of :func:`script` and :func:`program`, for checks that hold for both."""


def fresh() -> str:
    """A mark that no other command has."""
    return f"kt{uuid4().hex[:16]}"


def script(make: Make, mark: str, *secrets: Secret, within: timedelta = ORDINARY, **given: Any) -> Command:
    """The script: answers with its mark, ``text`` as many ``times``, and the last five characters of each secret.

    With ``error`` it prints the text and fails with that.
    """
    told = {"text": "", "times": 1, "error": "", **given, "mark": mark, "secrets": len(secrets)}
    return make(SCRIPT, *secrets, within=within, **told)


def program(make: Make, mark: str, *words: str | Secret, within: timedelta = ORDINARY, **given: Any) -> Command:
    """The program: prints each of its *words* on a line, ``error`` on standard error, and ends with ``code``."""
    return make(PROGRAM, mark, str(given.get("code", 0)), given.get("error") or SILENT, *words, within=within)


def saying(kind: Kind, make: Make, mark: str, text: str = "", **given: Any) -> Command:
    """A command of that *kind* in whose output stand its mark and the *text*."""
    return script(make, mark, text=text, **given) if kind is script else program(make, mark, mark, text, **given)

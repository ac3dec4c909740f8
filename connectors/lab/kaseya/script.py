"""What keyturn's stored script does on a simulated PC: decodes its one variable, runs what is in it, prints one result.

This stands for ``connectors/kaseya/stored_script.ps1``, which a tenant keeps; its first line must be :data:`IDENTITY`.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from connectors.lab.machine import Machine, Outcome
from connectors.lab.windows.state import State
from connectors.lab.windows.world import World

IDENTITY = "# keyturn stored script 1"
MESSAGE = "# keyturn message 1"
"""First line of the script that shows a message; the lab writes it into the ledger as ``message``."""
_GIVEN = re.compile(r"^\$given='(?P<given>(?:[^']|'')*)'\|ConvertFrom-Json$", re.MULTILINE)
_FIELDS = {"id": str, "kind": str, "text": str, "seconds": int, "until": int, "line": int}
UTF8 = 65001
HOME = "Core"
"""The edition without msg.exe."""


class TextMachine(Machine, Protocol):
    """A machine that also runs a self-contained PowerShell text."""

    state: State
    world: World

    def run_text(self, text: str) -> Outcome:
        """Runs *text* as ``powershell.exe`` would."""
        ...


@dataclass(frozen=True, slots=True)
class Printed:
    """What the stored script prints, its own exit code, and how many seconds it takes."""

    output: str
    exit_code: int
    seconds: float


def stored_script(machine: TextMachine, payload: str, now: datetime) -> Printed:
    """Runs *payload* on *machine*. A payload of another form ends as an error of PowerShell, never as a success."""
    try:
        told = _checked(json.loads(base64.b64decode(payload, validate=True).decode("utf-8")))
    except ValueError as problem:
        return Printed(f"keyturn: the payload is not readable: {problem}\r\n", 1, 0.0)
    if (now + machine.state.skew).timestamp() > told["until"]:
        return Printed(_lines({"id": told["id"], "late": True}, told), 0, 0.0)
    outcome = _run(machine, told)
    limit = float(told["seconds"])
    ended = outcome.seconds <= limit
    if not ended:
        outcome = replace(outcome, seconds=limit)
    result = {
        "id": told["id"],
        "exit": outcome.exit_code if ended else None,
        "stdout_b64": base64.b64encode(outcome.stdout).decode(),
        "stderr_b64": base64.b64encode(outcome.stderr).decode(),
    }
    return Printed(_lines(result, told), 0, outcome.seconds)


def _checked(told: Any) -> dict[str, Any]:
    if not isinstance(told, dict) or set(told) != set(_FIELDS):
        raise ValueError(f"expected the fields {', '.join(_FIELDS)}")
    for name, kind in _FIELDS.items():
        if type(told[name]) is not kind:
            raise ValueError(f"{name} must be {kind.__name__}")
    if told["kind"] not in _KINDS:
        raise ValueError(f"kind must be one of {', '.join(_KINDS)}")
    return told


def _cmd(machine: TextMachine, text: str) -> Outcome:
    return machine.run(f"cmd.exe /d /c {text}", b"", UTF8)


def _powershell(machine: TextMachine, text: str) -> Outcome:
    if MESSAGE not in text.splitlines():
        return machine.run_text(text)
    given = _GIVEN.search(text)
    if given is None:
        return Outcome(stderr=b"ParserError: $given is not set\r\n", exit_code=1)
    if machine.state.edition == HOME:
        return Outcome(stdout=b'{"ok":false,"why":"msg.exe is missing"}\r\n')
    told = json.loads(given["given"].replace("''", "'"))
    machine.world.ledger.add(machine.name, "message", text=told["text"])
    return Outcome(stdout=b'{"ok":true}\r\n')


_KINDS: dict[str, Callable[[TextMachine, str], Outcome]] = {"powershell": _powershell, "cmd": _cmd}


def _run(machine: TextMachine, told: dict[str, Any]) -> Outcome:
    return _KINDS[told["kind"]](machine, told["text"])


def _lines(result: dict[str, Any], told: dict[str, Any]) -> str:
    """The result as one line of JSON, or in numbered parts where a line would be too long."""
    whole = json.dumps(result, separators=(",", ":"))
    longest = told["line"]
    if not longest or len(whole) <= longest:
        return f"{whole}\r\n"
    data = base64.b64encode(whole.encode()).decode()
    pieces = [data[start : start + longest] for start in range(0, len(data), longest)]
    parts = ({"id": told["id"], "part": n, "of": len(pieces), "data": piece} for n, piece in enumerate(pieces, 1))
    return "".join(json.dumps(part, separators=(",", ":")) + "\r\n" for part in parts)

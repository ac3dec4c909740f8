"""What is put into the stored script's one variable, and how its result is found again in what the vendor keeps.

A payload is base64 of UTF-8 JSON: ``id`` (a GUID), ``kind`` (``powershell`` or ``cmd``), ``text``, ``seconds``, ``until``
(Unix time) and ``line``. The result is one line of JSON with that id: ``exit``, ``stdout_b64`` and ``stderr_b64``, or
``late``; a long one comes in parts (``part``, ``of``, ``data``). The other side of it is ``stored_script.ps1``.
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from agent.api import Command, Reply, standalone
from connectors.cmdline import command_line

_BLANK = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Job:
    """One command as it is given to the stored script.

    Attributes:
        id: The GUID by which its result is known.
        payload: The value of the variable.
    """

    id: str
    payload: str


@dataclass(frozen=True, slots=True)
class Result:
    """What the stored script said about one job.

    Attributes:
        reply: What the command printed and its exit code; ``None`` when it was not begun, or ended by force.
        late: True when it was not begun, because its time was over.
    """

    reply: Reply | None
    late: bool = False


def job(command: Command, *, until: float, line: int) -> Job:
    """*command* as a job that is not begun after *until* (Unix time) and splits lines longer than *line* characters.

    Raises :class:`~agent.api.Misuse` when it cannot be said on a command line, and :class:`TypeError` for secrets.
    """
    if "private" in command.needs:
        raise TypeError("a secret does not go through a vendor's log")
    text = standalone(command) if command.script else command_line(command.parts)
    told = {
        "id": str(uuid4()),
        "kind": "powershell" if command.script else "cmd",
        "text": text,
        "seconds": max(1, math.ceil(command.within.total_seconds())),
        "until": math.ceil(until),
        "line": line,
    }
    data = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    return Job(str(told["id"]), base64.b64encode(data).decode("ascii"))


def result(job: Job, texts: Iterable[str]) -> Result | None:
    """The result of *job* among *texts*, or ``None`` when it is not there whole. Line breaks inside it do not matter."""
    objects = list(_objects(job.id, texts))
    parts = {told["part"]: told for told in objects if _is_part(told)}
    of = {told["of"] for told in parts.values()}
    if len(of) == 1 and set(parts) == set(range(1, of.pop() + 1)):
        whole = _decoded("".join(parts[number]["data"] for number in sorted(parts)))
        objects += _objects(job.id, [whole or ""])
    found = (_result(told) for told in objects)
    return next((one for one in found if one), None)


def _objects(identity: str, texts: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Every flat JSON object in *texts* that holds the id; nothing in it may hold a brace."""
    ours = re.compile(r"\{[^{}]*" + re.escape(identity) + r"[^{}]*\}")
    for text in texts:
        for found in ours.findall(_BLANK.sub("", text)):
            try:
                told = json.loads(found)
            except ValueError:
                continue
            if told.get("id") == identity:
                yield told


def _is_part(told: dict[str, Any]) -> bool:
    return isinstance(told.get("part"), int) and isinstance(told.get("of"), int) and isinstance(told.get("data"), str)


def _result(told: dict[str, Any]) -> Result | None:
    if told.get("late") is True:
        return Result(None, late=True)
    stdout, stderr, code = _decoded(told.get("stdout_b64")), _decoded(told.get("stderr_b64")), told.get("exit")
    if "exit" not in told or stdout is None or stderr is None:
        return None
    if code is None:
        return Result(None)
    return Result(Reply(stdout, stderr, code & 0xFFFFFFFF)) if type(code) is int else None


def _decoded(data: object) -> str | None:
    """Text from base64, or ``None`` when it is none."""
    try:
        return base64.b64decode(str(data), validate=True).decode("utf-8", "replace") if isinstance(data, str) else None
    except ValueError:
        return None

"""A strict Tactical RMM on loopback in front of one simulated PC: the two calls that the connector makes, and nothing else."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any, ClassVar

from connectors.lab.machine import Power
from connectors.lab.site import Asked, Call, Problem, Site, Told, call

FIELDS = {"code": str, "timeout": int, "args": list, "shell": str, "run_as_user": bool, "env_vars": list}
POWERSHELL = re.compile(
    r"& \(\[ScriptBlock\]::Create\(\[Text\.Encoding\]::UTF8\.GetString\(\[Convert\]::FromBase64String\('([\w+/=]*)'\)\)\)\)"
)
BATCH = re.compile(r"@echo off\r\nchcp 65001>nul\r\n([^\r\n]+)\r\nexit %errorlevel%\r\n")


class Tactical(Site):
    """One server with one agent; use it in ``with``.

    Args:
        pc: The PC on which the agent is.
        agent: The agent's id.
        key: The API key.

    Attributes:
        log_book: Each script as the server's audit log keeps it.
        killed: How many scripts the agent ended because their time was over.
    """

    vendor = "tactical"
    calls: ClassVar[tuple[Call, ...]] = (
        call("ping", "GET", "/agents/{agent}/ping/", "ping"),
        call("run", "POST", "/scripts/{agent}/test/", "run"),
    )

    def __init__(self, pc: Any, agent: str, key: str) -> None:
        super().__init__()
        self.pc, self.agent, self.key = pc, agent, key
        self.log_book: list[str] = []
        self.killed = 0

    def problem(self, status: int, text: str) -> Problem:
        """An error as the server's framework writes it."""
        return Problem(Told({"detail": text}, status))

    def admit(self, call: Call | None, asked: Asked) -> None:
        """The key on each call, and the slash at the end of each path."""
        if asked.headers.get("x-api-key") != self.key:
            raise self.problem(401, "Invalid token.")
        if call and not asked.path.endswith("/"):
            raise self.problem(404, "Not found.")

    def ping(self, _asked: Asked, agent: str) -> Told:
        """GET agents/{agent}/ping/"""
        self._known(agent)
        return Told({"name": self.pc.name, "status": "online" if self._up() else "offline"})

    def run(self, asked: Asked, agent: str) -> Told:
        """POST scripts/{agent}/test/"""
        self._known(agent)
        given = asked.body
        if not isinstance(given, dict) or {name: type(value) for name, value in given.items()} != FIELDS:
            raise self.problem(500, f"the fields are {', '.join(FIELDS)}")
        if not self._up():
            return self._no_answer(given["timeout"])
        before = self.pc.boot()
        done = self._carry_out(given["shell"], given["code"])
        if self.pc.boot() != before or not self._up():
            return self._no_answer(given["timeout"])
        if done.seconds > given["timeout"]:
            self.killed += 1
            return self._no_answer(given["timeout"])
        self.pc.world.clock.sleep(done.seconds)
        out, err = done.stdout.decode(), done.stderr.decode()
        return Told({"stdout": out, "stderr": err, "retcode": done.exit_code, "execution_time": done.seconds, "id": 0})

    def _carry_out(self, shell: str, code: str) -> Any:
        """Runs a script of the two forms that the connector sends; another one is an error and never a success."""
        found = {"powershell": POWERSHELL, "cmd": BATCH}[shell].fullmatch(code)
        if found is None or re.search(r"\{\{.*\}\}", code):
            raise self.problem(500, f"unknown script {code[:200]!r}")
        if shell == "cmd":
            self.log_book.append(code)
            return self.pc.run(found[1].replace("%%", "%"), b"", 65001)
        try:
            text = base64.b64decode(found[1], validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise self.problem(500, "the script is not Base64 of UTF-8") from None
        self.log_book.append(text)
        return self.pc.run_text(text)

    def _no_answer(self, seconds: float) -> Told:
        """What the server says, after the script's time, when the agent has not answered it: one word, as JSON."""
        self.pc.world.clock.sleep(seconds)
        return Told(json.dumps("timeout"), headers={"Content-Type": "application/json"})

    def _known(self, agent: str) -> None:
        if agent != self.agent:
            raise self.problem(404, "No Agent matches the given query.")

    def _up(self) -> bool:
        return self.pc.power() is Power.UP

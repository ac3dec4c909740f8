"""A simulated Windows PC: it runs the command lines that a protocol server hands to it."""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Mapping
from typing import Any

from agent.api import READER
from connectors.lab.machine import Outcome, Power
from connectors.lab.windows import programs, scripts
from connectors.lab.windows.faults import Faults
from connectors.lab.windows.state import State
from connectors.lab.windows.texts import encoded
from connectors.lab.windows.work import Work
from connectors.lab.windows.world import World

FULL = "FullLanguage"
_STANDALONE = re.compile(
    r"\$ErrorActionPreference='Stop';\$ProgressPreference='SilentlyContinue'\n"
    r"\[Console\]::OutputEncoding=\[Text\.Encoding\]::UTF8\n"
    r"\$given='(?P<given>(?:[^']|'')*)'\|ConvertFrom-Json\n(?P<script>.*)",
    re.DOTALL,
)
"""The form of :func:`agent.api.standalone`."""


class Pc:
    """One PC, for :class:`connectors.lab.machine.Machine`; any thread may use it.

    Args:
        name: Its name.
        state: How it stands at first; an ordinary Windows 11 Pro PC unless given.
        world: The lab that it is in; a lab of its own unless given.
        users: Administrators with their passwords.
    """

    def __init__(
        self, name: str, state: State | None = None, world: World | None = None, users: Mapping[str, str] | None = None
    ) -> None:
        self.name = name
        self.users: Mapping[str, str] = users or {"administrator": "lab"}
        self.state = state or State()
        self.world = world or World()
        self.seen_command_lines: list[str] = []
        """Every command line as it came, for tests only; it may hold a product key."""
        self._work = Work(name, self.state, self.world)
        self._lock = threading.RLock()

    @property
    def faults(self) -> Faults:
        """Faults to plan for this PC."""
        return self._work.faults

    def power(self) -> Power:
        """How the PC stands at this moment."""
        with self._lock:
            self._work.settle()
            return self._work.power.stands()

    def boot(self) -> int:
        """A number that grows with each restart."""
        with self._lock:
            self._work.settle()
            return self._work.power.boots

    def switch(self, *, on: bool) -> None:
        """Pulls the plug, or puts it back."""
        with self._lock:
            self._work.power.switch(on=on)

    def reads_input(self, command_line: str) -> bool:
        """True for keyturn's reader, which takes its script from standard input."""
        return self._reader(programs.bare(command_line)) == READER

    def run(self, command_line: str, stdin: bytes, codepage: int) -> Outcome:
        """Runs one command line; a PC that is not up does nothing, and what it does not know is exit code 1."""
        with self._lock:
            self.seen_command_lines.append(command_line)
            if self.power() is not Power.UP:
                return Outcome(b"", encoded(["The PC is not up."], codepage), 1)
            line = programs.bare(command_line)
            script = self._reader(line)
            if script is not None:
                return self._script(script, stdin)
            said = programs.run(self._work, self.state, line)
            return Outcome(encoded(said.lines, codepage), encoded(said.errors, codepage), said.exit_code, said.seconds)

    def run_text(self, text: str) -> Outcome:
        """Runs a script of ours as one self-contained text (:func:`agent.api.standalone`), for tools without an input."""
        with self._lock:
            if self.power() is not Power.UP:
                return Outcome(b"", b"The PC is not up.\r\n", 1)
            found = _STANDALONE.fullmatch(text)
            if found is None:
                return self._refused("the text is not a script of ours with its parameters")
            return self._answer({"script": found["script"], "given": json.loads(found["given"].replace("''", "'"))}, [])

    @staticmethod
    def _reader(line: str) -> str | None:
        """What PowerShell is to run, from ``-EncodedCommand``; ``None`` for other programs."""
        found = programs.words(line)
        if not found or programs.program(found[0]) != "powershell":
            return None
        options = [word.lower() for word in found]
        if "-encodedcommand" not in options[:-1]:
            return ""
        try:
            return base64.b64decode(found[options.index("-encodedcommand") + 1], validate=True).decode("utf-16-le")
        except ValueError:
            return ""

    def _script(self, script: str, stdin: bytes) -> Outcome:
        """Runs what came by standard input. Only keyturn's reader and the scripts that the lab knows are run."""
        if script != READER:
            return self._refused("only keyturn's reader is run by this PC")
        first, *secrets = stdin.decode("utf-8", "replace").splitlines() or [""]
        try:
            request = dict(json.loads(first))
        except (ValueError, TypeError) as problem:
            return self._refused(f"the reader was given something else than a script of ours: {problem}")
        return self._answer(request, secrets)

    def _answer(self, request: Mapping[str, Any], secrets: list[str]) -> Outcome:
        if self.state.language_mode != FULL:
            return self._refused(f"setting a property is not allowed in the language mode {self.state.language_mode}")
        try:
            told = scripts.answer(self._work, self.state, request, secrets)
        except (ValueError, TypeError, scripts.Misfit) as problem:
            return self._refused(f"the reader was given something else than a script of ours: {problem}")
        name = scripts.identify(request).split()[2]
        line = json.dumps(told, ensure_ascii=False, separators=(",", ":")) + "\r\n"
        shown = line[: len(line) // 2] if self.faults.garbles(name) else line
        return Outcome(shown.encode(), b"", 0, self.faults.seconds(name))

    @staticmethod
    def _refused(why: str) -> Outcome:
        return Outcome(b"", f"ParserError: {why}\r\n    + CategoryInfo : ParserError\r\n".encode(), 1)

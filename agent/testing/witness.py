"""A simulated PC with somebody beside it who answers the suite's own commands and remembers everything that was run."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from agent.testing.commands import PROGRAM, SCRIPT, SILENT

UTF8 = 65001
OEM = 437
"""The code page in which a script speaks that was not told to speak UTF-8."""
_PROGRAM = re.compile(rf"(?:^|(?<=[\s\"&])){PROGRAM} (?P<mark>kt[0-9a-f]{{16}}) .*", re.DOTALL)
_GIVEN = re.compile(r"^\$given='(?P<given>(?:[^']|'')*)'\|ConvertFrom-Json$", re.MULTILINE)
_WORD = re.compile(r'(?P<slashes>\\*)(?P<quote>")|(?P<blank>[ \t]+)|(?P<text>\\+|[^ \t"\\]+)')


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a program did, in the form of the lab's machines: raw output, exit code, and how many seconds it took."""

    stdout: bytes = b""
    stderr: bytes = b""
    exit_code: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class _Told:
    """One of the suite's commands as it arrived: its mark, what it says on both streams, and how it ends."""

    mark: str
    stdout: str
    stderr: str
    exit_code: int
    codepage: int


class Witness:
    """Stands in front of *machine*, a simulated PC such as the lab's, and is given to a server in its place.

    The suite's commands are answered here; all others go on to *machine*, and so does every attribute that is not ours.
    A machine that is not up does nothing.

    Args:
        machine: Anything with ``power()``, ``reads_input(line)`` and ``run(line, stdin, codepage)``; ``run_text(text)`` for
            servers that are given whole scripts.

    Attributes:
        lines: Every command line and every whole script that was run, as it came.
        ran: The mark of each of the suite's commands, once for each time that it was carried out.
    """

    def __init__(self, machine: Any) -> None:
        self.machine = machine
        self.lines: list[str] = []
        self.ran: list[str] = []
        self._seconds = 0.0
        self._meanwhile: Callable[[], object] | None = None
        self._lock = threading.RLock()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.machine, name)

    def slow(self, seconds: float) -> None:
        """From now on the suite's commands take that many seconds."""
        self._seconds = seconds

    def meanwhile(self, deed: Callable[[], object]) -> None:
        """*deed* happens once, when the next of the suite's commands has been carried out and has not answered yet."""
        self._meanwhile = deed

    def times(self, mark: str) -> int:
        """How often the command with that mark was carried out."""
        with self._lock:
            return self.ran.count(mark)

    def run(self, command_line: str, stdin: bytes, codepage: int) -> Any:
        """Runs one command line, as the lab's machines do."""
        self.lines.append(command_line)
        with self._lock:
            told = None
            if self._up():
                told = _program(command_line, codepage)
                if told is None and self.machine.reads_input(command_line):
                    told = _reader(stdin)
            return self.machine.run(command_line, stdin, codepage) if told is None else self._carry_out(told)

    def run_text(self, text: str) -> Any:
        """Runs one whole script (:func:`agent.api.standalone`), as the lab's machines do."""
        self.lines.append(text)
        with self._lock:
            told = _standalone(text) if self._up() else None
            return self.machine.run_text(text) if told is None else self._carry_out(told)

    def _up(self) -> bool:
        return bool(self.machine.power() == "up")

    def _carry_out(self, told: _Told) -> Outcome:
        self.ran.append(told.mark)
        deed, self._meanwhile = self._meanwhile, None
        if deed:
            deed()
        encoding = "utf-8" if told.codepage == UTF8 else f"cp{told.codepage}"
        out, err = (text.encode(encoding, "replace") for text in (told.stdout, told.stderr))
        return Outcome(out, err, told.exit_code, self._seconds)


def _program(line: str, codepage: int) -> _Told | None:
    """The suite's program in a command line, whatever stands before it; ``None`` for another one."""
    found = _PROGRAM.search(line)
    if found is None:
        return None
    said = found[0]
    if line[: found.start()].count('"') % 2 and said.endswith('"'):
        said = said[:-1]  # the quotes of a cmd.exe around it
    _, mark, code, error, *words = _words(said)
    return _Told(mark, "".join(f"{word}\r\n" for word in words), "" if error == SILENT else f"{error}\r\n", int(code), codepage)


def _words(line: str) -> Iterator[str]:
    """A command line taken apart as Windows programs do it (Microsoft Learn, "Parsing C command-line arguments")."""
    word, quoted, begun = "", False, False
    for part in _WORD.finditer(line):
        if part["blank"] and not quoted:
            if begun:
                yield word
            word, begun = "", False
            continue
        begun = True
        if part["quote"]:
            half, odd = divmod(len(part["slashes"]), 2)
            word += "\\" * half + '"' * odd
            quoted = quoted if odd else not quoted
        else:
            word += part["text"] or part["blank"]
    if begun:
        yield word


def _reader(stdin: bytes) -> _Told | None:
    """The suite's script as keyturn's reader takes it: one line of JSON, then one line a secret."""
    first, *secrets = stdin.decode("utf-8", "replace").splitlines() or [""]
    try:
        request = json.loads(first)
        ours = request["script"] == SCRIPT.text
    except (ValueError, TypeError, KeyError):
        return None
    return _script(request["given"], secrets, UTF8) if ours else None


def _standalone(text: str) -> _Told | None:
    """The suite's script in a whole text with its parameters; ``None`` for another one."""
    found = _GIVEN.search(text)
    if found is None or not text.endswith(SCRIPT.text):
        return None
    speaks_utf8 = "OutputEncoding=[Text.Encoding]::UTF8" in text[: found.start()]
    return _script(json.loads(found["given"].replace("''", "'")), [], UTF8 if speaks_utf8 else OEM)


def _script(given: dict[str, Any], secrets: list[str], codepage: int) -> _Told:
    """What ``conformance.ps1`` does."""
    if given["error"]:
        return _Told(given["mark"], f"{given['text']}\r\n", f"{given['error']}\r\n", 1, codepage)
    tails = [line[-5:] for line in secrets[: given["secrets"]]]
    tails += [""] * (given["secrets"] - len(tails))
    answer = {"mark": given["mark"], "text": given["text"] * given["times"], "tails": tails}
    return _Told(given["mark"], json.dumps(answer, ensure_ascii=False, separators=(",", ":")) + "\r\n", "", 0, codepage)

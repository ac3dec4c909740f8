"""What a person may type beside a simulated PC: each word with its arguments, what it does, and what is wrong with a slip."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TypeVar

from connectors.lab.windows.faults import SCRIPTED
from connectors.lab.windows.pc import Pc
from connectors.lab.windows.state import Backup
from connectors.lab.winrm.faults import ANY, Fault, Mishap
from connectors.lab.winrm.server import WinRMServer
from connectors.lab.winrm.soap import ACTIONS

T = TypeVar("T")

QUIT = ("quit", "exit")
"""What ends the lab."""
SLOW = 3.0
"""Seconds that ``fault slow`` holds an answer back."""
WIDTH = 80
"""Columns of a terminal that nobody has made wider."""
MOST = 1000
"""How often a mishap can be planned at once."""

_MISHAPS = {mishap.value.replace(" ", "-"): mishap for mishap in Mishap}
_REQUESTS = {name.lower(): name for name in (*ACTIONS.values(), "Login")} | {"any": ANY}


class Slip(Exception):
    """What was typed does not make sense; the text says why."""


@dataclass(frozen=True)
class Word:
    """One word that may be typed.

    Attributes:
        arguments: Its arguments as they are shown; those in brackets may be left out.
        most: How many arguments it takes.
        about: What it does, in one line.
        deed: Does it, and returns a line about it; raises :class:`Slip`.
    """

    arguments: str
    most: int
    about: str
    deed: Callable[..., str]

    @property
    def fewest(self) -> int:
        """How many arguments it needs."""
        return len([part for part in self.arguments.split() if "[" not in part and "]" not in part])


class Words:
    """The words that act on *pc* and on the *server* in front of it."""

    def __init__(self, pc: Pc, server: WinRMServer) -> None:
        self._pc, self._server = pc, server
        self._words = {
            "backup": Word("", 0, "the user backs the PC up to the network", self._backup),
            "user": Word("[NAME]", 1, "NAME logs on; user alone: whoever is on logs off", self._user),
            "restart": Word("", 0, "the PC restarts", self._restart),
            "unplug": Word("", 0, "the PC loses its power", lambda: self._switch(on=False)),
            "plug": Word("", 0, "the PC gets its power back", lambda: self._switch(on=True)),
            "fault": Word("NAME [REQUEST [TIMES]]", 3, "a mishap on the line", self._fault),
            "fail": Word("SCRIPT CODE [TIMES]", 3, "something on the PC fails with an error code", self._fail),
            "ledger": Word("", 0, "what was changed on the PC so far", self._ledger),
            "help": Word("", 0, "these words", self.help),
            "quit": Word("", 0, "the lab ends; the PC and its files are gone", lambda: "Type quit alone to end the lab."),
        }

    def help(self) -> str:
        """Each word with its arguments, and the names that they take."""
        width = max(len(self._shown(name)) for name in self._words)
        lines = [f"  {self._shown(name):<{width}}  {word.about}" for name, word in self._words.items()]
        names = (
            ("NAME of a fault", _MISHAPS),
            ("REQUEST", [*sorted(set(_REQUESTS.values()) - {ANY}), "any"]),
            ("SCRIPT", sorted(SCRIPTED)),
        )
        lists = (
            textwrap.fill(f"  {label}: {', '.join(those)}", WIDTH, subsequent_indent="    ", break_on_hyphens=False)
            for label, those in names
        )
        return "\n".join([*lines, *lists])

    def do(self, line: str) -> str:
        """Carries out what was typed and returns a line about it; a slip changes nothing."""
        try:
            name, *given = shlex.split(line)
        except ValueError:
            return "A quotation mark is missing."
        word = self._words.get(name)
        if word is None:
            return f"There is no word {name!r}.{_near(name, self._words)} Type help."
        if not word.fewest <= len(given) <= word.most:
            return f"Write it as: {self._shown(name)}"
        try:
            return word.deed(*given)
        except Slip as slip:
            return f"{name}: {slip}"

    def _shown(self, name: str) -> str:
        return f"{name} {self._words[name].arguments}".rstrip()

    def _backup(self) -> str:
        self._pc.state.backups.append(Backup(self._pc.world.clock.now()))
        return f"{self._pc.name} was backed up to the network."

    def _restart(self) -> str:
        self._switch(on=False)
        self._switch(on=True)
        return f"{self._pc.name} restarts."

    def _switch(self, *, on: bool) -> str:
        self._pc.switch(on=on)
        return f"{self._pc.name} {'starts' if on else 'has no power'}."

    def _user(self, name: str = "") -> str:
        before, self._pc.state.user = self._pc.state.user, name or None
        if name:
            return f"{name} is logged on."
        return f"{before} logged off." if before else "Nobody was logged on."

    def _fault(self, kind: str, request: str = "Command", times: str = "1") -> str:
        mishap = _chosen("fault", kind, _MISHAPS)
        on, count = _chosen("request", request, _REQUESTS), _count(times)
        self._server.faults.add(Fault(mishap, on, count, seconds=SLOW))
        which = "request" if on == ANY else f"{on} request"
        return f"{kind.lower()} will happen to the next {_counted(count, which)}."

    def _fail(self, script: str, code: str, times: str = "1") -> str:
        name, count, number = _chosen("script", script, {each: each for each in SCRIPTED}), _count(times), _code(code)
        self._pc.faults.fail(name, number, count)
        return f"The next {_counted(count, f'try of {name}', f'tries of {name}')} will end with {code}."

    def _ledger(self) -> str:
        effects = self._pc.world.ledger.effects()
        told = (f"{one.at.astimezone():%H:%M:%S}  {one.effect}  {_details(one.detail)}".rstrip() for one in effects)
        return "\n".join(told) or "Nothing was changed yet."


def _chosen(what: str, typed: str, known: Mapping[str, T]) -> T:
    found = known.get(typed.lower())
    if found is None:
        raise Slip(f"there is no {what} {typed!r}.{_near(typed, known)} Type help for their names.")
    return found


def _near(typed: str, known: Mapping[str, object]) -> str:
    near = get_close_matches(typed.lower(), known, 1)
    return f" Did you mean {near[0]!r}?" if near else ""


def _counted(count: int, one: str, many: str = "") -> str:
    return one if count == 1 else f"{count} {many or f'{one}s'}"


def _count(typed: str) -> int:
    if not typed.isdecimal() or not 1 <= int(typed) <= MOST:
        raise Slip(f"TIMES is a whole number from 1 to {MOST}, not {typed!r}.")
    return int(typed)


def _code(typed: str) -> int:
    """An error code as it is seen: hexadecimal, or decimal with or without a sign; always unsigned 32 bits."""
    try:
        number = int(typed, 0)
    except ValueError:
        number = 0
    if not number or not -(1 << 31) <= number < 1 << 32:
        raise Slip(f"CODE is an error code such as 0xC004F050, not {typed!r}.")
    return number & 0xFFFFFFFF


def _details(detail: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in detail.items() if name != "text")

"""What a person may type beside a simulated PC: how words are found and shown, and what is said of a slip."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TypeVar

T = TypeVar("T")

QUIT = ("quit", "exit")
"""What ends the lab."""
WIDTH = 80
"""Columns of a terminal that nobody has made wider."""
MOST = 1000
"""How often something can be planned at once."""


class Slip(Exception):
    """What was typed does not make sense; the text says why."""


@dataclass(frozen=True)
class Word:
    """One word that may be typed.

    Attributes:
        arguments: Its arguments as they are shown; those in brackets may be left out.
        most: How many arguments it takes; ``None`` for the rest of the line as one, just as it was typed.
        about: What it does, in one line.
        deed: Does it, and returns a line about it; raises :class:`Slip`.
    """

    arguments: str
    most: int | None
    about: str
    deed: Callable[..., str]

    @property
    def fewest(self) -> int:
        """How many arguments it needs."""
        return len([part for part in self.arguments.split() if "[" not in part and "]" not in part])

    def takes(self, given: Sequence[str]) -> bool:
        """Whether that is as many arguments as it takes."""
        return self.fewest <= len(given) <= (1 if self.most is None else self.most)


@dataclass(frozen=True)
class Names:
    """The names that an argument of some word can be, as the help lists them."""

    label: str
    those: Sequence[str]


class Words:
    """The words that may be typed in one lab.

    Args:
        words: Each with what it does, in the order of the help.
        names: What their arguments can be.
    """

    def __init__(self, words: Mapping[str, Word], names: Sequence[Names] = ()) -> None:
        self._names = names
        self._words = {
            **words,
            "help": Word("", 0, "these words", self.help),
            "quit": Word("", 0, "the lab ends; the PC and its files are gone", lambda: "Type quit alone to end the lab."),
        }

    def help(self) -> str:
        """Each word with its arguments, and the names that they take."""
        width = max(len(self._shown(name)) for name in self._words)
        lines = [
            textwrap.fill(f"  {self._shown(name):<{width}}  {word.about}", WIDTH, subsequent_indent=" " * (width + 4))
            for name, word in self._words.items()
        ]
        lists = (
            textwrap.fill(f"  {names.label}: {', '.join(names.those)}", WIDTH, subsequent_indent="    ", break_on_hyphens=False)
            for names in self._names
        )
        return "\n".join([*lines, *lists])

    def do(self, line: str) -> str:
        """Carries out what was typed and returns a line about it; a slip changes nothing."""
        name, _, rest = line.strip().partition(" ")
        word = self._words.get(name)
        if word is None:
            return f"There is no word {name!r}.{near(name, self._words)} Type help."
        try:
            given = [rest.strip()] if word.most is None and rest.strip() else shlex.split(rest)
        except ValueError:
            return "A quotation mark is missing."
        if not word.takes(given):
            return f"Write it as: {self._shown(name)}"
        try:
            return word.deed(*given)
        except Slip as slip:
            return f"{name}: {slip}"

    def _shown(self, name: str) -> str:
        return f"{name} {self._words[name].arguments}".rstrip()


def chosen(what: str, typed: str, known: Mapping[str, T]) -> T:
    """What *typed* stands for, in small or capital letters. Raises :class:`Slip`."""
    found = known.get(typed.lower())
    if found is None:
        raise Slip(f"there is no {what} {typed!r}.{near(typed, known)} Type help for their names.")
    return found


def near(typed: str, known: Mapping[str, object]) -> str:
    """What may have been meant, as the end of a line; empty where nothing is like it."""
    found = get_close_matches(typed.lower(), known, 1)
    return f" Did you mean {found[0]!r}?" if found else ""


def counted(count: int, one: str, many: str = "") -> str:
    """*one* alone, or the number with the plural."""
    return one if count == 1 else f"{count} {many or f'{one}s'}"


def times(typed: str) -> int:
    """How often. Raises :class:`Slip`."""
    if not typed.isdecimal() or not 1 <= int(typed) <= MOST:
        raise Slip(f"TIMES is a whole number from 1 to {MOST}, not {typed!r}.")
    return int(typed)

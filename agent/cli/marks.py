"""How each mark looks: a symbol, a word and a calm colour, so that nothing is told by colour alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True, slots=True)
class Look:
    """How one word of the progress is shown.

    Attributes:
        word: The word itself, at most :data:`WORD` characters.
        symbol: One character that most terminals can show.
        plain: The same for terminals that only know ASCII.
        style: The rich style of both.
    """

    word: str
    symbol: str
    plain: str
    style: str


WORD = 12
"""How many columns the longest word takes."""

_LOOKS = {
    look.word: look
    for look in (
        Look("already", "✓", "=", "green"),
        Look("stated", "✓", "=", "magenta"),
        Look("changed", "●", "*", "bold green"),
        Look("planned", "○", "o", "cyan"),
        Look("later", "·", ".", "bright_black"),
        Look("waiting", "◷", "~", "yellow"),
        Look("ask a person", "?", "?", "bold magenta"),
        Look("failed", "✗", "x", "bold red"),
        Look("unconfirmed", "!", "!", "bold red"),
        Look("unreached", "⊘", "/", "bold red"),
        Look("interrupted", "■", "#", "yellow"),
        Look("begun", "▸", ">", "blue"),
        Look("asking", "▸", ">", "blue"),
        Look("changing", "▸", ">", "bold blue"),
        Look("answered", "›", ">", "magenta"),
        Look("reached", "→", ">", "bright_black"),
        Look("passed over", "↷", "-", "yellow"),
        Look("yes", "✓", "=", "green"),
        Look("no", "✗", "x", "bold red"),
        Look("unsure", "?", "?", "yellow"),
        Look("now", "✗", "x", "bold red"),
        Look("soon", "!", "!", "yellow"),
        Look("look", "○", "o", "cyan"),
        Look("fine", "✓", "=", "green"),
        Look("not reached", "⊘", "/", "bold magenta"),
        Look("refused", "⊘", "/", "bold magenta"),
        Look("unclear", "?", "?", "bold magenta"),
        Look("set up wrong", "?", "?", "bold magenta"),
        Look("broken", "?", "?", "bold magenta"),
        Look("not in desk", "?", "?", "bold magenta"),
        Look("not asked", "·", ".", "bright_black"),
    )
}


def look_of(word: str) -> Look:
    """The look of *word*; a word that is not known is shown as it is."""
    return _LOOKS.get(word) or Look(word, "·", ".", "default")


def symbol(look: Look, console: Console) -> str:
    """The symbol of *look* that *console* can show."""
    return look.symbol if can_show_symbols(console) else look.plain


def can_show_symbols(console: Console) -> bool:
    """True when the console's encoding has more than ASCII to offer."""
    return console.encoding.lower().startswith("utf") and not console.legacy_windows

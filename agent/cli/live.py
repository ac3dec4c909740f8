"""The live view of a run: one row a step with its mark, evidence and time, and what is going on right now below them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live as Moving
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from agent.cli.marks import WORD, Look, can_show_symbols, look_of, symbol
from agent.cli.story import Line, Story
from agent.cli.tables import NARROW
from agent.cli.times import span, stamp
from agent.words.event import Event, Kind

TIME = 11
"""How many columns the longest span of time takes (``59 min 59 s``)."""
NOTICED = 0.05
"""How many seconds a step must take for its time to be worth a look."""


class Live:
    """An observer that shows a run as it goes; call it with each event, and close it at the end.

    On a terminal, settled steps scroll up as rows and the running one is drawn below them with a clock. A console that
    records (``Console(record=True, …)``) gets the rows alone, so that a picture of the whole run can be exported. Anything
    else (a pipe, a log file) gets one plain line a step that starts with the time in UTC.

    Args:
        console: Where to draw.
        now: The present moment, for the clock of the running step.
        rows: False forces plain lines; by default a terminal or a recording console gets rows.
        moves: False leaves the running step out, as when an earlier run is told again.
    """

    def __init__(self, console: Console, now: Callable[[], datetime], *, rows: bool | None = None, moves: bool = True) -> None:
        self.story = Story()
        self._console = console
        self._now = now
        self._rows = (console.is_terminal or console.record) if rows is None else rows
        may_move = console.is_interactive and console.file.isatty() and not console.record
        self._moves = moves and self._rows and may_move
        self._moving: Moving | None = None
        self._step = ""
        self._doing = "asking"
        self._since: datetime | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __call__(self, event: Event) -> None:
        """Shows *event*."""
        line = self.story.tell(event)
        match event.kind:
            case Kind.STARTED:
                self._started(event)
            case Kind.STEP:
                self._step, self._doing, self._since = event.step, "asking", event.at
                self._draw()
            case Kind.BEGUN:
                self._doing = "changing"
                self._draw()
            case Kind.ENDED:
                self.close()
        if line:
            self._show(line)

    def close(self) -> None:
        """Takes the running step off the screen; harmless when there is none."""
        self._step = ""
        if self._moving:
            self._moving.stop()
            self._moving = None

    def _started(self, event: Event) -> None:
        about = f"run {event.run}, order {event.facts.get('order')}, by {event.facts.get('by')}"
        dry = bool(event.facts.get("dry"))
        if self._rows:
            title = Text(event.text, "bold")
            title.append("  dry run: nothing is changed" if dry else "", "cyan")
            self._console.print(title)
            self._console.print(Text(about, "bright_black"), end="\n\n")
        else:
            self._plain(event.at, "started", f"{event.text} ({about}{', dry' if dry else ''})", "")

    def _show(self, line: Line) -> None:
        if line.number:
            self._step = ""
        if not self._rows:
            said = f"{line.text} | {line.evidence}" if line.evidence else line.text
            self._plain(line.at, line.word, said, span(line.seconds) if line.number else "")
            return
        self._draw()
        self._console.print(self._row(line))

    def _plain(self, at: datetime, word: str, said: str, took: str) -> None:
        self._console.print(f"{stamp(at)}  {word:<{WORD}}  {took:>{TIME}}  {said}", soft_wrap=True)

    def _row(self, line: Line) -> Table:
        look = look_of(line.word)
        if not line.number:
            return self._grid("", symbol(look, self._console), look, Text(line.text, "bright_black"), "")
        said = Text().append(line.text, "bold")
        if line.evidence:
            said.append(f"\n{line.evidence}", "default")
        if line.by_hand:
            said.append(f"\nby hand: {line.by_hand}", "magenta")
        took = span(line.seconds) if line.seconds >= NOTICED else ""
        return self._grid(str(line.number), symbol(look, self._console), look, said, took)

    def _grid(self, number: str, sign: str | Spinner, look: Look, said: Text, took: str) -> Table:
        narrow = self._console.width < NARROW
        grid = Table.grid(padding=(0, 1 if narrow else 2, 0, 0), expand=True)
        grid.add_column(width=2, justify="right")
        grid.add_column(width=1)
        shown = Text(sign, look.style) if isinstance(sign, str) else sign
        word, time = Text(look.word, look.style), Text(took, "bright_black")
        if narrow:
            grid.add_column(ratio=1, overflow="fold")
            head = Text("  ").join([word, time]) if took else word
            grid.add_row(Text(number, "bright_black"), shown, Text("\n").join([head, said]))
            return grid
        grid.add_column(width=WORD)
        grid.add_column(ratio=1, overflow="fold")
        grid.add_column(width=TIME, justify="right")
        grid.add_row(Text(number, "bright_black"), shown, word, said, time)
        return grid

    def _draw(self) -> None:
        """Starts the moving part when there is something to show, and lets it draw itself anew."""
        if not self._moves:
            return
        if self._moving is None:
            name = "dots" if can_show_symbols(self._console) else "line"
            self._spinner = Spinner(name, style="blue")
            self._moving = Moving(console=self._console, get_renderable=self._running, transient=True, refresh_per_second=8)
            self._moving.start()
        self._moving.refresh()

    def _running(self) -> Table | Text:
        """The running step: what is being done about it, and for how long."""
        if not self._step or self._since is None:
            return Text("")
        said = Text().append(self._step, "bold").append(f"\n{_SUBSTATE[self._doing]}", "bright_black")
        took = span((self._now() - self._since).total_seconds())
        return self._grid("", self._spinner, look_of(self._doing), said, took)


_SUBSTATE = {
    "asking": "reading how things stand",
    "changing": "changing it, then reading whether that worked",
}

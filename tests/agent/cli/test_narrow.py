"""What a person sees on a narrow terminal: nothing is wider than it, and no word is broken that would fit."""

from __future__ import annotations

import io

import pytest
from click.testing import CliRunner
from rich.console import Console

from agent.cli.call import Call
from agent.cli.main import keyturn
from agent.words.answer import no

RUN = ("run", "toy-upgrade", "--device", "BEAR")


@pytest.fixture
def screen(line):
    """Runs one command on a terminal of that many columns, and returns what it shows."""

    def run(width, *args):
        call = Call(plugins=line.manager, clock=line.clock, folder=line.folder)
        call.out = call.err = Console(
            file=io.StringIO(), record=True, force_terminal=True, width=width, markup=False, highlight=False,
            _environ={"TERM": "xterm"},
        )  # fmt: skip
        result = CliRunner().invoke(keyturn, list(args), obj=call, catch_exceptions=False)
        return result.output + call.out.export_text()

    return run


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_nothing_is_wider_than_the_terminal_and_words_stay_whole(screen, world, width):
    world.gate = no("nobody has counted the marbles, which are needed before anything else can be done here", person="x")
    ran = screen(width, *RUN, "--yes")
    shown, listed, checked = screen(width, "show", "1"), screen(width, "runs"), screen(width, "doctor", "BEAR")
    for text in (ran, shown, checked):
        assert all(len(line.rstrip()) <= width for line in text.splitlines() if not line.startswith(("run 1: ", "started ")))
    for words in ("nobody has counted the marbles, which are needed", "by hand", "push the gate"):
        assert words in " ".join(ran.split())
        assert words in " ".join(shown.split())
    assert all(part in listed for part in ("toy-upgrade", "2025-10-06", "Dana", "decide"))
    assert "everything" in checked


def test_the_summary_hangs_below_its_first_word(screen, world):
    world.gate = no("nobody has counted the marbles, which are needed before anything else can be done here", person="x")
    lines = screen(80, *RUN, "--yes").splitlines()
    place = next(number for number, line in enumerate(lines) if line.startswith("  why "))
    assert lines[place].startswith("  why        nobody has counted")
    assert lines[place + 1].startswith("             ")
    narrow = screen(40, "show", "1").splitlines()
    place = narrow.index(next(line for line in narrow if line.rstrip() == "  why"))
    assert narrow[place + 1].startswith("    nobody has counted the marbles")

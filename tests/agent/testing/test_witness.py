"""The witness answers the suite's commands as a PC would, hands on all others, and remembers what was run."""

from __future__ import annotations

import subprocess

import pytest
import tree_sitter
import tree_sitter_powershell
from hypothesis import given
from hypothesis import strategies as st

from agent.api import COMMAND_LINE, Secret, ask, standalone, standard_input, tell
from agent.testing import witness as module
from agent.testing.commands import SCRIPT, fresh, program, script
from agent.testing.witness import Outcome, Witness
from connectors.lab.windows.pc import Pc
from connectors.lab.windows.world import World
from playbooks.windows.powershell import script as upgrade

LANGUAGE = tree_sitter.Language(tree_sitter_powershell.language())


@pytest.fixture
def pc(clock):
    return Witness(Pc("FRONTDESK-07", world=World(clock)))


def line(command):
    return subprocess.list2cmdline(command.parts)


def test_the_script_is_one():
    assert not tree_sitter.Parser(LANGUAGE).parse(SCRIPT.text.encode()).root_node.has_error
    assert SCRIPT.text.isascii()
    assert SCRIPT.text.startswith("# keyturn conformance 1\n")


@given(st.lists(st.text(st.characters(exclude_categories=["Cc", "Cs"])), min_size=1))
def test_words_are_those_that_a_windows_program_would_see(words):
    assert list(module._words(subprocess.list2cmdline(words))) == words


@pytest.mark.parametrize("around", ["{}", "cmd.exe /d /c {}", 'cmd.exe /d /s /c "{}"', "chcp 65001>nul & {}"])
def test_the_program_is_known_whatever_stands_before_it(pc, around):
    mark = fresh()
    told = pc.run(around.format(line(program(ask, mark, "größer", "two words", code=7, error="no"))), b"", 65001)
    assert told == Outcome("größer\r\ntwo words\r\n".encode(), b"no\r\n", 7)
    assert pc.ran == [mark]


def test_a_program_speaks_in_the_code_page_that_it_was_given(pc):
    assert pc.run(line(program(ask, fresh(), "größer")), b"", 437).stdout == "größer\r\n".encode("cp437")


def test_the_script_by_standard_input(pc):
    mark = fresh()
    command = script(tell, mark, Secret("ABCDEFGH", "key"), Secret("1234567", "key"), text="ü", times=2)
    told = pc.run(COMMAND_LINE, standard_input(command).encode(), 65001)
    assert told.stdout.decode() == f'{{"mark":"{mark}","text":"üü","tails":["DEFGH","34567"]}}\r\n'
    assert pc.run(COMMAND_LINE, standard_input(command).encode().splitlines()[0], 65001).stdout.endswith(
        b'"tails":["",""]}\r\n'
    )
    assert pc.times(mark) == 2


def test_the_script_as_a_whole_text(pc):
    mark = fresh()
    text = standalone(script(ask, mark, text="it's ü"))
    assert pc.run_text(text).stdout.decode() == f'{{"mark":"{mark}","text":"it\'s ü","tails":[]}}\r\n'
    silent = text.replace("[Console]::OutputEncoding=[Text.Encoding]::UTF8\n", "")
    assert "ü".encode("cp437") in pc.run_text(silent).stdout
    assert pc.lines == [text, silent]


def test_a_script_that_fails(pc):
    told = pc.run_text(standalone(script(ask, fresh(), text="so far", error="no")))
    assert (told.stdout, told.stderr, told.exit_code) == (b"so far\r\n", b"no\r\n", 1)


def test_all_others_are_the_machines(pc):
    assert pc.run("hostname", b"", 65001).stdout == b"FRONTDESK-07\r\n"
    facts = ask(upgrade("facts"))
    assert b"FRONTDESK-07" in pc.run(COMMAND_LINE, standard_input(facts).encode(), 65001).stdout
    assert b"FRONTDESK-07" in pc.run_text(standalone(facts)).stdout
    assert pc.run(COMMAND_LINE, b"nonsense", 65001).exit_code == 1
    assert pc.run_text("nonsense").exit_code == 1
    assert pc.reads_input(COMMAND_LINE)
    assert pc.name == "FRONTDESK-07"
    assert (len(pc.lines), pc.ran) == (5, [])


def test_a_machine_that_is_off_does_nothing(pc):
    pc.switch(on=False)
    told = pc.run(line(program(ask, fresh())), b"", 65001), pc.run_text(standalone(script(ask, fresh())))
    assert ([one.exit_code for one in told], pc.ran) == ([1, 1], [])


def test_what_takes_long_and_what_happens_meanwhile(pc):
    happened = []
    pc.slow(7)
    pc.meanwhile(lambda: happened.append(list(pc.ran)))
    marks = [fresh(), fresh()]
    assert [pc.run(line(program(ask, mark)), b"", 65001).seconds for mark in marks] == [7, 7]
    assert happened == [marks[:1]]

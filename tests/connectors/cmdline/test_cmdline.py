"""A command line says what was meant, or is refused."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.api import Misuse, Secret, ask
from connectors.cmdline import LONGEST, command_line, said


@pytest.mark.parametrize(
    ("parts", "line"),
    [
        (("dism.exe", "/Online", "/Get-TargetEditions"), "dism.exe /Online /Get-TargetEditions"),
        (("cscript.exe", r"%SystemRoot%\System32\slmgr.vbs"), r"cscript.exe %SystemRoot%\System32\slmgr.vbs"),
        (("a.exe", "two words", ""), 'a.exe "two words" ""'),
        (("a.exe", "C:\\with blank\\"), 'a.exe "C:\\with blank\\\\"'),
        (("a.exe", 'say "hi"'), 'a.exe "say \\"hi\\""'),
        (("a.exe", r"C:\R&D"), r'a.exe "C:\R&D"'),
        (("a.exe", "C:\\R&D\\"), 'a.exe "C:\\R&D\\\\"'),
        (("a.exe", Secret("AAAAA-BBBBB")), "a.exe AAAAA-BBBBB"),
    ],
)
def test_parts_become_a_line(parts, line):
    assert command_line(parts) == line


@pytest.mark.parametrize(
    "part", ["a\nb", 'x" & calc', Secret("50%PATH%"), Secret('a"b'), Secret("a&b"), Secret("a\r\nb"), Secret("wow!")]
)
def test_what_cmd_would_act_upon_is_refused_without_showing_a_secret(part):
    with pytest.raises(Misuse) as caught:
        command_line(("a.exe", part))
    if isinstance(part, Secret):
        assert part.reveal() not in str(caught.value)


@given(st.lists(st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters='&|<>^()"'))))
def test_without_special_characters_it_is_what_the_c_runtime_reads(words):
    assert command_line(words) == subprocess.list2cmdline(words)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters='"')))
def test_what_cmd_acts_upon_is_always_inside_quotes(word):
    line = command_line((word,))
    assert line[0] == '"' or not set("&|<>^()") & set(line)


def test_the_longest_line_passes_and_one_more_is_refused():
    assert len(said(ask("x" * LONGEST)).line) == LONGEST
    with pytest.raises(Misuse, match="too long"):
        said(ask("x" * (LONGEST + 1)))


def test_what_is_said_is_never_shown():
    assert "AAAAA" not in repr(said(ask("a.exe", Secret("AAAAA"))))

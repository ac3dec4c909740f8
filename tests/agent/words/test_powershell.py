"""The reader: one constant command line, ASCII only, and a secret only ever on a line of its own."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.words.command import Script, ask, tell
from agent.words.errors import Misuse
from agent.words.powershell import COMMAND_LINE, READER, standalone, standard_input
from agent.words.secret import Secret

PRINTABLE = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=60)


def test_the_command_line_carries_the_reader_and_nothing_else():
    program, *switches, encoded = COMMAND_LINE.split(" ")
    assert program == "powershell.exe"
    assert switches == ["-NoLogo", "-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass", "-EncodedCommand"]
    assert base64.b64decode(encoded, validate=True).decode("utf-16-le") == READER


def test_the_command_line_fits_where_cmd_needs_it():
    assert len(COMMAND_LINE) < 8191
    assert COMMAND_LINE.isascii()
    assert READER.isascii()


@given(
    text=st.text(),
    given=st.dictionaries(st.sampled_from(["edition", "code", "path"]), st.text()),
    secrets=st.lists(PRINTABLE, max_size=3),
)
def test_one_line_of_json_and_then_one_line_a_secret(text, given, secrets):
    written = standard_input(tell(Script("a.ps1", text), *map(Secret, secrets), **given))
    assert written.isascii()
    assert written.endswith("\n")
    request, *lines = written[:-1].split("\n")
    assert json.loads(request) == {"script": text, "given": given}
    assert lines == secrets


def test_no_secret_is_in_the_json():
    key = Secret("W269N-WFGWX-YVC9B-4J6C9-T83GX", "product key")
    request, line, rest = standard_input(tell(Script("a.ps1", "body"), key, edition="Pro")).split("\n")
    assert "W269N" not in request
    assert line == "W269N-WFGWX-YVC9B-4J6C9-T83GX"
    assert rest == ""


@pytest.mark.parametrize("value", ["two\nlines", "carriage\rreturn", "Grüße", "tab\tstop", "nul\0", "line\u2028separator"])
def test_a_secret_that_the_reader_would_misread_is_refused_without_its_value(value):
    with pytest.raises(Misuse) as caught:
        standard_input(tell(Script("a.ps1", "body"), Secret(value, "password")))
    assert "password" in str(caught.value)
    assert value not in str(caught.value)


def test_a_program_is_not_sent_to_the_reader():
    with pytest.raises(TypeError, match="only a script"):
        standard_input(ask("whoami"))


def test_a_script_for_tools_without_an_input_carries_its_parameters_in_its_text():
    text = standalone(tell(Script("a.ps1", "# keyturn a 1\n$given.name"), name="O'Neil ✓"))
    head, body = text.split("|ConvertFrom-Json\n")
    assert body == "# keyturn a 1\n$given.name"
    assert head.endswith("$given='{\"name\": \"O''Neil \\u2713\"}'")
    assert head.startswith("$ErrorActionPreference='Stop'")
    assert "[Console]::OutputEncoding=[Text.Encoding]::UTF8" in head


@pytest.mark.parametrize("command", [tell(Script("a.ps1", "body"), Secret("x", "product key")), tell("whoami")])
def test_nothing_else_becomes_such_a_text(command):
    with pytest.raises(TypeError, match="only a script without secrets"):
        standalone(command)

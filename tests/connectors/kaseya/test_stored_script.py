"""The scripts that a tenant keeps or is sent: form, hygiene, and that both sides speak of the same fields."""

from __future__ import annotations

import base64
import json
import re
from importlib import resources

import pytest
import tree_sitter
import tree_sitter_powershell

from agent.api import ask, tell
from connectors.kaseya.payload import job
from connectors.kaseya.session import MESSAGE
from connectors.lab.kaseya import script as kaseya_script

LANGUAGE = tree_sitter.Language(tree_sitter_powershell.language())
TEXTS = {
    name: resources.files("connectors.kaseya").joinpath(name).read_text("utf-8")
    for name in ("stored_script.ps1", "message.ps1")
}


def decoded(made):
    return json.loads(base64.b64decode(made.payload))


def nodes(node):
    yield node
    for child in node.children:
        yield from nodes(child)


@pytest.mark.parametrize("name", TEXTS)
def test_it_parses_and_is_plain(name):
    tree = tree_sitter.Parser(LANGUAGE).parse(TEXTS[name].encode())
    assert not [node for node in nodes(tree.root_node) if node.type == "ERROR" or node.is_missing]
    assert TEXTS[name].isascii()
    assert max(map(len, TEXTS[name].splitlines())) <= 128
    for word in ("Invoke-Expression", "Add-Type", "DownloadString", "Write-Host", "ReadLine() |"):
        assert word not in TEXTS[name]


def test_the_lab_stands_for_these_scripts():
    assert TEXTS["stored_script.ps1"].splitlines()[0] == kaseya_script.IDENTITY
    assert TEXTS["message.ps1"].splitlines()[0] == kaseya_script.MESSAGE
    assert MESSAGE.name == "message.ps1"


def test_both_sides_speak_of_the_same_fields():
    read = set(re.findall(r"\$job\.(\w+)", TEXTS["stored_script.ps1"]))
    assert read == set(decoded(job(ask("dir"), until=1, line=0))) == set(kaseya_script._FIELDS)


def test_both_kinds_are_known():
    kinds = set(re.findall(r"\$job\.kind -eq '(\w+)'", TEXTS["stored_script.ps1"]))
    assert kinds == set(kaseya_script._KINDS) == {"cmd", "powershell"}


def test_the_result_has_the_fields_that_we_look_for():
    for name in ("id", "exit", "stdout_b64", "stderr_b64", "late", "part", "of", "data"):
        assert re.search(rf"\b{name}\s*=", TEXTS["stored_script.ps1"]), name


def test_nothing_goes_by_the_command_line_but_what_cmd_runs():
    arguments = re.findall(r"\$start\.Arguments = (.*)", TEXTS["stored_script.ps1"])
    assert [("$job.text" in one) for one in arguments] == [True, False]


def test_a_program_of_64_bits_is_run_by_an_agent_of_32():
    assert "Sysnative" in TEXTS["stored_script.ps1"]
    assert not re.search(r"FileName = .*System32", TEXTS["stored_script.ps1"])


def test_the_message_takes_one_parameter():
    assert set(re.findall(r"\$given\.(\w+)", TEXTS["message.ps1"])) == {"text"}
    assert decoded(job(tell("dir"), until=1, line=0))["kind"] == "cmd"

"""Plug-ins: a bad one is named when it is loaded, in words that say what to do."""

from __future__ import annotations

import sys
import types
from dataclasses import dataclass
from importlib.metadata import EntryPoint

import pytest

from agent.machine.plugins import by_name, load
from agent.words.errors import Misuse
from agent.words.hooks import GROUP, hookimpl


@pytest.fixture
def plugin(monkeypatch):
    """Makes a module of functions and the entry point that leads to it."""

    def make(name, module, **functions):
        made = types.ModuleType(module)
        for function_name, function in functions.items():
            setattr(made, function_name, hookimpl(function))
        monkeypatch.setitem(sys.modules, module, made)
        return EntryPoint(name, module, GROUP)

    return make


def test_what_plug_ins_bring_is_asked_by_hook(plugin):
    manager = load(
        [
            plugin("two", "kt_two", keyturn_playbooks=lambda: ["c"]),
            plugin("one", "kt_one", keyturn_playbooks=lambda: ["a", "b"], keyturn_explain=lambda code: f"means {code}"),
        ]
    )
    assert sorted(map(sorted, manager.hook.keyturn_playbooks())) == [["a", "b"], ["c"]]
    assert manager.hook.keyturn_explain(code="7") == "means 7"
    assert [name for name, _ in manager.list_name_plugin()] == ["one", "two"]


def test_a_plug_in_may_leave_arguments_out(plugin):
    manager = load([plugin("one", "kt_one", keyturn_connectors=lambda: ["x"])])
    assert manager.hook.keyturn_connectors(workplace=None) == [["x"]]


def test_no_plug_in_is_no_trouble():
    assert load([]).hook.keyturn_playbooks() == []


def test_a_hook_that_does_not_exist_is_named(plugin):
    with pytest.raises(Misuse) as caught:
        load([plugin("one", "kt_one", keyturn_playbook=lambda: ["a"])])
    assert "the plug-in one (kt_one) cannot be loaded" in str(caught.value)
    assert "keyturn_playbook" in str(caught.value)
    assert str(caught.value).endswith("Update or uninstall it.")


def test_an_argument_that_does_not_exist_is_named(plugin):
    with pytest.raises(Misuse, match=r"the plug-in one \(kt_one\) cannot be loaded") as caught:
        load([plugin("one", "kt_one", keyturn_connectors=lambda workspace: [])])
    assert "workspace" in str(caught.value)


@pytest.mark.parametrize("point", ["kt_nowhere.plugin", "agent.machine.plugins:nothing"])
def test_one_that_cannot_be_imported_is_named(point):
    with pytest.raises(Misuse, match=r"the plug-in lost .* cannot be loaded"):
        load([EntryPoint("lost", point, GROUP)])


def test_a_plug_in_with_a_bug_keeps_its_traceback(monkeypatch, tmp_path):
    (tmp_path / "kt_buggy.py").write_text("1 / 0")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ZeroDivisionError):
        load([EntryPoint("buggy", "kt_buggy", GROUP)])


def test_two_of_one_name_are_both_named(plugin):
    with pytest.raises(Misuse) as caught:
        load([plugin("one", "kt_a"), plugin("one", "kt_b")])
    assert str(caught.value) == "two plug-ins are called one (kt_a, kt_b). Uninstall one of them."


@dataclass(frozen=True)
class Thing:
    name: str


def test_things_are_found_by_name():
    assert by_name([[Thing("a")], [], [Thing("b")]], "thing") == {"a": Thing("a"), "b": Thing("b")}
    assert by_name([["x"]], "letter", str.upper) == {"X": "x"}


def test_two_things_of_one_name_are_told():
    with pytest.raises(Misuse, match="two plug-ins bring a thing called a"):
        by_name([[Thing("a")], [Thing("a")]], "thing")


def test_the_installed_ones_are_found_by_their_entry_points(plugin, monkeypatch):
    points = [plugin("one", "kt_one", keyturn_playbooks=lambda: ["mine"])]
    asked = []
    monkeypatch.setattr("agent.machine.plugins.entry_points", lambda *, group: asked.append(group) or points)
    assert load().hook.keyturn_playbooks() == [["mine"]]
    assert asked == ["keyturn"]

"""The group itself: help, version, slips, plug-ins that are in the way, what the shell is offered."""

from __future__ import annotations

import io
import signal

import click
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner
from rich.console import Console

from agent.cli import tables
from agent.cli.call import Call
from agent.cli.groups import PLACES, Root
from agent.cli.main import keyturn, main
from agent.words import hooks


def test_help_lists_our_commands_and_those_of_plugins(line):
    text = line("--help").stdout
    for name in (*PLACES, "lab", "ticket"):
        assert f"\n  {name} " in text
    assert text.index("Carry out an order:") < text.index("See what happened:") < text.index("From plug-ins:")
    assert "130 interrupted" in text
    assert line().stdout == text
    assert line("-h").stdout == text


def test_without_plugins_help_has_no_empty_section(line, toys):
    line.manager = toys.manager()
    assert "From plug-ins" not in line("--help").stdout


def test_each_command_says_what_it_does(line):
    context = click.Context(keyturn, obj=Call(plugins=line.manager))
    for name in keyturn.list_commands(context):
        command = keyturn.get_command(context, name)
        assert command is not None
        assert command.get_short_help_str()
        assert line(name, "--help").exit_code == 0


def test_version(line):
    assert line("--version").stdout.startswith("keyturn 0.")


def test_a_plugin_works_in_the_folder_that_was_named(line, tmp_path):
    assert line("lab").stdout.strip() == str(line.folder)
    assert line("--home", str(tmp_path / "other"), "lab").stdout.strip() == str(tmp_path / "other")


def test_the_home_comes_from_the_environment(line, tmp_path, monkeypatch):
    monkeypatch.setenv("KEYTURN_HOME", str(tmp_path / "environment"))
    line.folder = None
    assert line("lab").stdout.strip() == str(tmp_path / "environment")


def test_a_group_without_a_command_shows_its_help(line):
    result = line("ticket")
    assert result.exit_code == 0
    assert "Tickets of the local desk." in result.stdout


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("rnu",), "keyturn: There is no command 'rnu'. Did you mean 'run'? See 'keyturn --help'.\n"),
        (("xyz",), "keyturn: There is no command 'xyz'. See 'keyturn --help'.\n"),
        (("show",), "keyturn: Missing argument 'RUN'. See 'keyturn show --help'.\n"),
        (("--loud",), "keyturn: No such option '--loud'. See 'keyturn --help'.\n"),
    ],
)
def test_a_slip_is_one_line(line, args, words):
    result = line(*args)
    assert (result.exit_code, result.stderr) == (2, words)


@pytest.mark.parametrize(
    ("args", "text", "do"),
    [
        (("show", "--json"), "Missing argument 'RUN'.", "See 'keyturn show --help'."),
        (("runs", "--json", "--loud"), "No such option '--loud'.", "See 'keyturn runs --help'."),
        (
            ("runs", "--json", "--limit", "x"),
            "Invalid value for '--limit': 'x' is not a valid integer range.",
            "See 'keyturn runs --help'.",
        ),
        (("show", "9", "--json"), None, "See 'keyturn runs'."),
    ],
)
def test_a_slip_is_told_to_programs_too(line, args, text, do):
    (document,) = line.documents(*args)
    assert (document["schema"], document["error"]["do"], document["error"]["exit"]) == (1, do, 2)
    assert text in (None, document["error"]["text"])
    assert not line("explain", "--", "--json").stdout


def test_a_plugin_cannot_take_the_name_of_our_commands(line, toys):
    class Rude:
        @hooks.hookimpl
        def keyturn_commands(self):
            return [click.Command("run")]

    line.manager = toys.manager(Rude())
    result = line("--help")
    assert result.exit_code == 2
    assert "a plug-in brings a command called run" in result.stderr


def test_two_plugins_cannot_share_a_command(line, toys):
    class Twin:
        @hooks.hookimpl
        def keyturn_commands(self):
            return [click.Command("twin")]

    line.manager = toys.manager(Twin(), Twin())
    assert "two plug-ins bring a command called twin" in line("--help").stderr


def test_other_errors_of_click_are_one_line_too(line, toys):
    class Sour:
        @hooks.hookimpl
        def keyturn_commands(self):
            @click.command("sour")
            def sour():
                raise click.ClickException("it is\nsour")

            return [sour]

    line.manager = toys.manager(Sour())
    result = line("sour")
    assert (result.exit_code, result.stderr) == (1, "keyturn: it is sour\n")


def test_installed_plugins_are_loaded_when_none_are_given(monkeypatch):
    from agent.machine import plugins

    monkeypatch.setattr(plugins, "entry_points", lambda group: [])
    assert Call().hooks.list_name_plugin() == []


def test_colours_can_be_switched_off(line):
    call = Call(plugins=line.manager, folder=line.folder)
    CliRunner().invoke(keyturn, ["--no-color", "runs"], obj=call)
    assert call.colour is False
    assert call.out.no_color


def test_who_can_be_asked():
    assert Call(terminal=True).can_ask
    assert not Call(terminal=True, as_json=True).can_ask
    assert not Call().can_ask


def test_the_entry_point_survives_streams_that_cannot_be_set_up(monkeypatch, line, capsys):
    caught = {}
    monkeypatch.setattr(signal, "getsignal", {signal.SIGTERM: signal.SIG_DFL, signal.SIGHUP: signal.SIG_IGN}.get)
    monkeypatch.setattr(signal, "signal", caught.__setitem__)
    monkeypatch.setattr("sys.stderr", io.StringIO())
    with pytest.raises(SystemExit) as ended:
        main(["explain", "-5"], Call(plugins=line.manager, folder=line.folder))
    assert ended.value.code == 0
    assert caught == {signal.SIGTERM: signal.default_int_handler}
    assert "It is blocked" in capsys.readouterr().out


def offers(line, *args):
    *before, begun = args
    complete = ShellComplete(keyturn, {"obj": Call(plugins=line.manager, folder=line.folder)}, "keyturn", "_KEYTURN_COMPLETE")
    return [item.value for item in complete.get_completions(list(before), begun)]


def test_the_shell_is_offered_what_there_is(line, toys):
    line("key", "add", "bear/key", input=toys.good_key)
    line("run", "toy-upgrade", "--device", "BEAR", "--key", "vault:bear/key", "--dry-run")
    line("run", "toy-upgrade", "--device", "BEE", "--dry-run")
    assert offers(line, "") == [*PLACES, "lab", "ticket"]
    assert offers(line, "run", "") == ["nameless", "toy-upgrade"]
    assert offers(line, "run", "toy-upgrade", "--device", "B") == ["BEE", "BEAR"]
    assert offers(line, "run", "toy-upgrade", "--key", "") == ["vault:bear/key"]
    assert offers(line, "run", "toy-upgrade", "--colour", "r") == ["red"]
    assert offers(line, "run", "nameless", "--moment", "") == []
    assert offers(line, "show", "") == ["2", "1"]
    assert offers(line, "key", "check", "b") == ["bear/key"]
    assert offers(line, "doctor", "BEA") == ["BEAR"]


def test_the_shell_is_offered_nothing_where_nothing_can_be_read(line, tmp_path):
    (tmp_path / "file").touch()
    line.folder = tmp_path / "file" / "below"
    for args in (("show", ""), ("key", "check", ""), ("doctor", "")):
        assert offers(line, *args) == []


def test_completion_scripts(line, monkeypatch):
    assert "_KEYTURN_COMPLETE" in line("completion", "zsh").stdout
    monkeypatch.setenv("SHELL", "/usr/bin/fish")
    assert "complete" in line("completion").stdout
    monkeypatch.setenv("SHELL", "/bin/tcsh")
    assert "There is one for bash, zsh, fish." in line("completion").stderr
    monkeypatch.delenv("SHELL")
    assert "no completion for this shell" in line("completion").stderr


def test_data_that_nobody_reads_ends_quietly(line, monkeypatch, tmp_path):
    def closed(*args, **settings):
        raise BrokenPipeError

    with (tmp_path / "out").open("w") as out:
        monkeypatch.setattr("sys.stdout", out)
        monkeypatch.setattr(keyturn, "invoke", closed)
        with pytest.raises(SystemExit) as ended:
            keyturn.main(["runs"], obj=Call(plugins=line.manager, folder=line.folder))
    assert ended.value.code == 1


def drawn(width, *args, **more):
    call = Call()
    call.out = Console(file=io.StringIO(), force_terminal=True, width=width, record=True, _environ={"TERM": "xterm"})
    tables.show(call, *args, **more)
    return call.out.export_text()


ROWS = [("7", "a licence for this device is owned", "failed", "ßoftware " * 9), ("8", "", "waiting", "x" * 30)]
COLUMNS = ("run", "what", "ended", "evidence")


def test_a_person_sees_a_framed_table():
    text = drawn(80, COLUMNS, ROWS, mark=2, words={"failed": "did not work out"})
    assert "✗ did not work out" in text
    assert "───" in text
    assert max(len(line) for line in text.splitlines()) <= 80
    assert all(text.count(word) == 1 for word in ("licence", "owned", "device"))
    assert text.count("ßoftware") == 9


@pytest.mark.parametrize("width", [40, 60, 71])
def test_a_narrow_terminal_gets_one_block_a_row(width):
    text = drawn(width, COLUMNS, ROWS, mark=2)
    assert text.splitlines()[0].rstrip() == "✗ failed"
    assert "───" not in text
    assert max(len(line) for line in text.splitlines()) <= width
    assert text.count("ßoftware") == 9
    assert "      what " not in text.split("◷ waiting")[1]


def test_an_empty_column_is_left_out():
    assert "how" not in drawn(80, ("run", "how", "ended"), [("1", "", "failed")], mark=2)


def test_columns_that_do_not_fit_become_blocks():
    assert "───" not in drawn(80, [f"column{number}" for number in range(9)], [["evidence"] * 9])


def test_control_characters_are_not_shown():
    assert Call().clean("a\x1b[31mb\nc") == "a[31mb\nc"


def test_the_root_is_a_group_of_its_own():
    assert isinstance(keyturn, Root)

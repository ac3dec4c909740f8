"""The documents say what the code says: hooks, exit codes, commands, settings and examples."""

import inspect
import re
import shlex
import tomllib
from pathlib import Path

import click
import pytest

from agent.cli.call import Call
from agent.cli.main import keyturn
from agent.words import hooks
from agent.words.errors import Exit
from agent.words.powershell import READER
from agent.words.step import Mark
from connectors.kaseya.settings import Vsa9Settings, VsaXSettings
from connectors.screenconnect.settings import Settings as ScreenConnectSettings
from connectors.splashtop.settings import Settings as SplashtopSettings
from connectors.sshhost.settings import Host
from connectors.winrm.settings import Settings
from playbooks.windows_upgrade import UpgradeOrder

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)


def table(page: str, heading: str) -> dict[str, str]:
    """First column to second column of the table below *heading* (or of the first table)."""
    rows = re.findall(r"^\| (.+?) \| (.*?) \|", page[page.index(heading) :].split("\n\n|", 1)[1].split("\n\n")[0], re.MULTILINE)
    return dict(rows)


def test_every_hook_is_listed_with_its_arguments():
    page = (ROOT / "docs/hooks.md").read_text("utf-8")
    specs = {
        f"{name}({', '.join(inspect.signature(function).parameters)})"
        for name, function in vars(hooks).items()
        if name.startswith("keyturn_")
    }
    assert {row.strip("`") for row in re.findall(r"^\| (`keyturn_.*?`)", page, re.MULTILINE)} == specs


def test_every_exit_code_is_listed():
    page = (ROOT / "docs/safety.md").read_text("utf-8")
    listed = re.findall(r"^\| (\d+) \|", page[page.index("## Exit codes") :], re.MULTILINE)
    assert [int(code) for code in listed] == [int(code) for code in Exit]


def test_every_mark_is_in_the_design():
    page = (ROOT / "docs/design.md").read_text("utf-8")
    named = set(re.findall(r"`([a-z ]+)`", page[page.index("## A walk") : page.index("## What follows")]))
    assert named - {"done", "do", "once", "confirm"} == set(Mark)


def test_every_room_is_in_the_design():
    rooms = {row.strip("`/") for row in table((ROOT / "docs/design.md").read_text("utf-8"), "## Rooms") if row.startswith("`")}
    inside = {f"agent/{path.name}" for path in (ROOT / "agent").iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert rooms == inside | {"agent/api.py", "connectors", "playbooks"}


def commands() -> list[str]:
    lines = [
        line.split("#")[0].strip()
        for page in PAGES
        for block in blocks(page.read_text("utf-8"), "sh")
        for line in block.splitlines()
    ]
    return [line for line in lines if line.startswith("keyturn ")]


@pytest.mark.parametrize("line", commands())
def test_every_command_in_the_documents_is_understood(line, tmp_path):
    command: click.Command = keyturn
    context = click.Context(command, info_name="keyturn", obj=Call(folder=tmp_path))
    words = shlex.split(line)[1:]
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        name = words.pop(0)
        found = command.get_command(context, name)
        assert found is not None, f"there is no command {name} in: {line}"
        command, context = found, click.Context(found, info_name=name, parent=context, obj=context.obj)
    command.make_parser(context).parse_args(words)


def test_the_order_in_the_readme_is_an_order():
    fields = tomllib.loads(blocks(README, "toml")[0])
    assert fields.pop("playbook") == "windows-upgrade"
    assert UpgradeOrder.model_validate(fields).start is not None


def test_the_settings_in_the_readme_are_settings():
    settings = tomllib.loads(blocks(README, "toml")[1])
    for name, value in settings["winrm"].items():
        assert Settings.model_fields[name].default == value


@pytest.mark.parametrize(
    ("heading", "models"),
    [
        ("## WinRM", [Settings]),
        ("## SSH", [Host]),
        ("## ScreenConnect", [ScreenConnectSettings]),
        ("## Kaseya VSA X and VSA 9", [VsaXSettings, Vsa9Settings]),
        ("## Splashtop", [SplashtopSettings]),
    ],
)
def test_every_setting_of_a_connector_is_listed(heading, models):
    page = (ROOT / "docs/connectors.md").read_text("utf-8")
    listed = {name for row in table(page, heading) for name in re.findall(r"`(\w+)`", row)}
    assert listed == {name for model in models for name in model.model_fields}


def test_the_reader_in_the_documents_is_the_one_that_is_sent():
    page = (ROOT / "docs/connectors.md").read_text("utf-8")
    assert blocks(page, "powershell")[0].replace("\n", "") == READER


def test_the_playbook_in_the_documents_can_be_loaded():
    example = {}
    exec(compile(blocks((ROOT / "docs/playbooks.md").read_text("utf-8"), "python")[0], "playbooks.md", "exec"), example)
    [made] = example["Plugin"]().keyturn_playbooks()
    assert (made.name, set(made.ports)) == ("reminder", {"mail", "people"})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8")):
        assert target.startswith("http") or (page.parent / target).exists(), target

"""A home opens what it needs when it is first needed, and says what is missing."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pluggy
import pytest

from agent.machine import home as home_module
from agent.machine.clock import SystemClock
from agent.machine.home import Home
from agent.words import hooks
from agent.words.device import Device, Devices
from agent.words.errors import Misuse
from agent.words.hooks import GROUP, hookimpl
from agent.words.ports import Diary, Mail


class Plugin:
    """Brings a playbook, a connector and a port, and remembers the workplace that it was given."""

    def __init__(self, **brings):
        self.brings, self.workplaces = brings, []

    @hookimpl
    def keyturn_playbooks(self):
        return self.brings.get("playbooks", [])

    @hookimpl
    def keyturn_connectors(self, workplace):
        self.workplaces.append(workplace)
        return self.brings.get("connectors", [])

    @hookimpl
    def keyturn_ports(self, workplace):
        self.workplaces.append(workplace)
        return self.brings.get("ports", {})


def named(name):
    return SimpleNamespace(name=name)


@pytest.fixture
def home(folder, clock):
    def make(*plugins):
        manager = pluggy.PluginManager(GROUP)
        manager.add_hookspecs(hooks)
        for plugin in plugins:
            manager.register(plugin)
        return Home(folder, manager, clock)

    return make


def test_nothing_is_opened_by_making_one(home, folder):
    home()
    assert not folder.exists()


def test_each_thing_is_opened_once(home, folder):
    made = home()
    for name in ("settings", "vault", "journal", "claims", "scrub", "playbooks", "connectors", "ports"):
        assert getattr(made, name) is getattr(made, name)
    assert {path.name for path in folder.iterdir()} >= {"journal.db", "vault.db"}
    assert made.claims._database is made.journal.database


def test_what_plug_ins_bring_is_found_by_name(home):
    made = home(Plugin(playbooks=[named("a")], connectors=[named("winrm")]), Plugin(playbooks=[named("b")]))
    assert sorted(made.playbooks) == ["a", "b"]
    assert list(made.connectors) == ["winrm"]
    assert made.playbook("b").name == "b"


def test_a_playbook_that_is_not_there_is_told_with_those_that_are(home):
    with pytest.raises(Misuse, match=r"there is no playbook called c\. There are: a, b\."):
        home(Plugin(playbooks=[named("b"), named("a")])).playbook("c")
    with pytest.raises(Misuse, match=r"There are: none\."):
        home().playbook("c")


@pytest.mark.parametrize(
    ("brings", "said"),
    [
        ({"playbooks": [named("a")]}, "two plug-ins bring a playbook called a"),
        ({"connectors": [named("winrm")]}, "two plug-ins bring a connector called winrm"),
        ({"ports": {Mail: object()}}, "two plug-ins bring a port called Mail"),
    ],
)
def test_two_of_one_name_are_told(home, brings, said):
    made = home(Plugin(**brings), Plugin(**brings))
    with pytest.raises(Misuse, match=said):
        getattr(made, next(iter(brings)))


def test_a_port_is_found_by_its_type(home):
    mail = object()
    made = home(Plugin(ports={Mail: mail}))
    assert made.port(Mail) is mail
    with pytest.raises(Misuse, match="no plug-in offers Diary"):
        made.port(Diary)


def test_a_device_is_found_by_the_directory(home):
    device = Device("FRONTDESK-07", "Contoso")
    directory = SimpleNamespace(find={"FRONTDESK-07": device, "odd": "no device"}.get)
    made = home(Plugin(ports={Devices: directory}))
    assert made.device("FRONTDESK-07") is device
    with pytest.raises(AssertionError):
        made.device("odd")


def test_plug_ins_are_given_the_folder_the_settings_the_clock_and_the_vault(home, folder, clock):
    folder.mkdir()
    (folder / "keyturn.toml").write_text("[winrm]\nport = 5986\n")
    plugin = Plugin()
    made = home(plugin)
    assert (made.connectors, made.ports) == ({}, {})
    made.vault.put("a", "hunter2!", kind="password", at=clock.now())
    for workplace in plugin.workplaces:
        assert (workplace.folder, workplace.settings, workplace.clock) == (folder, {"winrm": {"port": 5986}}, clock)
        assert workplace.secret("vault:a").reveal() == "hunter2!"
    assert len(plugin.workplaces) == 2


def test_the_scrub_knows_what_the_vault_revealed(home, clock):
    made = home()
    assert made.scrub.text("hunter2!") == "hunter2!"
    made.vault.put("a", "hunter2!", kind="password", at=clock.now())
    assert made.scrub.text("hunter2!") == "‹secret›"


def test_the_vault_follows_its_settings(home, folder, monkeypatch):
    folder.mkdir()
    (folder / "keyturn.toml").write_text("[vault]\nkeyring = true\n")
    given = []
    monkeypatch.setattr(home_module, "Vault", lambda *args: given.append(args))
    _ = home().vault
    assert given == [(folder, {"keyring": True})]


def test_the_usual_home_has_the_installed_plug_ins_and_the_real_clock(folder, clock, monkeypatch):
    manager = pluggy.PluginManager(GROUP)
    monkeypatch.setattr(home_module.plugins, "load", lambda: manager)
    made = Home.at(folder)
    assert (made.folder, made.hooks) == (folder, manager)
    assert isinstance(made.clock, SystemClock)
    assert Home.at(folder, clock).clock is clock


def test_the_real_clock_is_the_computer_s(monkeypatch):
    slept = []
    monkeypatch.setattr(time, "sleep", slept.append)
    real = SystemClock()
    real.sleep(2.5)
    assert slept == [2.5]
    assert abs(real.now() - datetime.now(UTC)) < timedelta(minutes=1)
    assert real.now().utcoffset() == timedelta(0)

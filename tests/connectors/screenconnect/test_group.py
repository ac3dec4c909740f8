"""Who is in a company or a session group of an instance: told by the instance, matched by GUID or by a name that is unique."""

from __future__ import annotations

import pytest

from agent.api import Device, Grouping, Misuse, NotSent, Refused, Secret, Unsure, Workplace
from connectors.lab.screenconnect.guest import Kind
from connectors.lab.windows.pc import Pc
from connectors.screenconnect import road
from connectors.screenconnect.connector import ScreenConnectConnector

BUILT_IN = pytest.mark.parametrize("shop", ["built-in"], indirect=True)
"""The extension has no session groups."""


class Group:
    """The instance with PCs in two companies, and a desk that says of each device what a test wants."""

    def __init__(self, shop):
        self.shop, self.instance = shop, shop.instance
        self.instance.guests.clear()
        self.devices = []

    def add(self, name, company="", /, **way):
        guest = self.instance.join(Pc(name, world=self.shop.pc.world))
        guest.properties[0] = company
        if way:
            said = {key: str(guest.id) if value is True else value for key, value in way.items()}
            self.devices.append(Device(f"desk-{name}", "Contoso", ways={"screenconnect": said}))
        return guest

    def members(self, kind, group, **section):
        shop = self.shop
        workplace = Workplace(shop.folder, {"screenconnect": shop.section | section}, shop.clock, shop.secrets.__getitem__)
        found = ScreenConnectConnector(workplace).members(kind, group, self.devices)
        return {member.name.partition(" ")[0]: member for member in found}

    def lists(self):
        return sum(exchange.call == self.shop.calls["list"] for exchange in self.shop.site.log)


@pytest.fixture
def group(shop):
    return Group(shop)


def test_the_connector_has_groups(shop):
    connector = ScreenConnectConnector(Workplace(shop.folder, {}, shop.clock, shop.secrets.__getitem__))
    assert isinstance(connector, Grouping)
    assert connector.groups == ("company", "group")


def test_a_company_by_guid_in_one_request(group):
    guest = group.add("PC-1", "Contoso", session=True)
    group.add("PC-2", "contoso")
    group.add("PC-3", "Fabrikam", session=True)
    guest.machine.switch(on=False)
    found = group.members("company", "CONTOSO")
    assert {name: member.devices for name, member in found.items()} == {"PC-1": ("desk-PC-1",), "PC-2": ()}
    assert found["PC-1"].name == f"PC-1 ({guest.id})"
    assert group.lists() == 1


def test_another_property_may_hold_the_company(group):
    group.add("PC-1", "Contoso", session=True).properties[:3] = ["", "", "Contoso"]
    assert list(group.members("company", "Contoso", company_property=3)) == ["PC-1"]


def test_a_quote_in_a_company_is_no_way_out(group):
    group.add("PC-1", "O'Neill", session=True)
    group.add("PC-2", "Fabrikam", session=True)
    assert list(group.members("company", "O'Neill")) == ["PC-1"]
    with pytest.raises(Misuse, match="nobody is in a company"):
        group.members("company", "x' OR Name <> '")


def test_by_a_name_that_nobody_else_on_the_instance_has(group):
    group.add("PC-1", "Contoso", name="pc-1")
    group.add("PC-2", "Contoso").name = "Reception"
    group.devices.append(Device("desk", "Contoso", ways={"screenconnect": {"name": "reception"}}))
    found = group.members("company", "Contoso")
    assert [member.devices for member in found.values()] == [("desk-PC-1",), ("desk",)]


def test_a_name_that_another_company_has_too_is_not_guessed(group):
    group.add("PC-1", "Contoso", name="PC-1")
    group.add("PC-1", "Fabrikam")
    [member] = group.members("company", "Contoso").values()
    assert member.devices == ()
    assert member.reason == "desk-PC-1 may be meant, and 2 machines there are called that"
    group.devices[0] = Device("desk-PC-1", "Contoso", ways={"screenconnect": {"name": "PC-1", "company": "contoso"}})
    assert group.members("company", "Contoso")["PC-1"].devices == ("desk-PC-1",)


def test_a_double_in_the_same_company_is_not_guessed(group):
    group.add("PC-1", "Contoso", name="PC-1", company="Contoso")
    group.add("PC-1", "Contoso")
    assert group.members("company", "Contoso")["PC-1"].reason.endswith("2 machines there are called that")


def test_an_ended_session_is_no_machine(group):
    group.add("PC-1", "Contoso", name="PC-1")
    group.add("PC-1", "Contoso").ended = True
    assert group.members("company", "Contoso")["PC-1"].devices == ("desk-PC-1",)


def test_a_support_session_is_no_machine(group):
    group.add("PC-1", "Contoso", session=True).kind = Kind.SUPPORT
    group.add("PC-2", "Contoso", session=True)
    assert list(group.members("company", "Contoso")) == ["PC-2"]


def test_a_device_of_another_instance_is_nobody_here(group):
    group.add("PC-1", "Contoso", session=True, url="https://other.example")
    assert group.members("company", "Contoso")["PC-1"].devices == ()


def test_a_device_whose_settings_cannot_be_used_does_not_cost_the_others(group):
    group.add("PC-1", "Contoso", session=True, skew="much")
    group.add("PC-2", "Contoso", session=True)
    assert [member.devices for member in group.members("company", "Contoso").values()] == [(), ("desk-PC-2",)]


def test_a_company_that_nobody_is_in_is_an_error_with_a_guess(group):
    group.add("PC-1", "Contoso", session=True)
    with pytest.raises(Misuse, match=r"nobody is in a company of ScreenConnect called 'Contosso'. Did you mean 'Contoso'\?"):
        group.members("company", "Contosso")


def test_an_empty_list_of_an_instance_under_load_is_asked_for_again(group):
    group.add("PC-1", "Contoso", session=True)
    group.shop.trick("empty list", times=2)
    assert list(group.members("company", "Contoso")) == ["PC-1"]
    assert group.shop.clock.slept == [2.0, 2.0]


def test_a_hundred_and_fifty_machines_are_all_there(group):
    for number in range(150):
        group.add(f"PC-{number}", "Contoso", session=True)
    found = group.members("company", "Contoso")
    assert len(found) == 150
    assert all(member.devices == (f"desk-{name}",) for name, member in found.items())


def test_more_than_are_taken_for_whole_are_refused(group, monkeypatch):
    from connectors.screenconnect import builtin

    for number in range(3):
        group.add(f"PC-{number}", "Contoso")
    for room in (road, builtin):
        monkeypatch.setattr(room, "LARGEST", 2)
    with pytest.raises(Refused, match=r"more machines there than it shows at once \(2\). Choose a smaller group"):
        group.members("company", "Contoso")


@BUILT_IN
def test_a_part_that_the_instance_cut_off_is_refused(group, monkeypatch):
    for number in range(3):
        group.add(f"PC-{number}", "Contoso")
    monkeypatch.setattr("connectors.screenconnect.builtin.LARGEST", 1)
    with pytest.raises(Refused, match=r"at once \(2\)"):
        group.members("company", "Contoso")


@BUILT_IN
def test_a_session_group(group):
    group.add("PC-1", "Contoso", session=True)
    group.add("SRV-1", "Contoso", session=True)
    group.instance.groups["Servers"] = "GuestMachineName LIKE 'SRV%'"
    assert {name: member.devices for name, member in group.members("group", "Servers").items()} == {"SRV-1": ("desk-SRV-1",)}
    assert list(group.members("group", "All Machines")) == ["PC-1", "SRV-1"]


@BUILT_IN
@pytest.mark.parametrize("newer", [False, True])
def test_a_session_group_that_there_is_not_is_never_another_one(group, newer):
    group.add("PC-1", "Contoso", session=True)
    group.instance.newer = newer
    with pytest.raises(Misuse, match="ScreenConnect has no session group 'Servers'"):
        group.members("group", "Servers")


@BUILT_IN
def test_an_instance_that_does_not_say_which_group_it_listed_is_not_believed(group, monkeypatch):
    from connectors.lab.screenconnect import builtin

    group.add("PC-1", "Contoso", session=True)
    monkeypatch.setattr(builtin, "_path", lambda instance, asked: [])
    monkeypatch.setattr(builtin, "_in_group", lambda instance, group: instance.guests)
    with pytest.raises(Unsure, match="does not say which session group it listed"):
        group.members("group", "Servers")
    assert list(group.members("company", "Contoso")) == ["PC-1"]


@BUILT_IN
def test_capital_letters_of_a_session_group_do_not_matter(group, monkeypatch):
    group.add("SRV-1", "Contoso", session=True)
    group.instance.groups["Servers"] = "GuestMachineName LIKE 'SRV%'"
    monkeypatch.setattr("connectors.lab.screenconnect.builtin._path", lambda _instance, asked: [asked[0].title()])
    assert list(group.members("group", "SERVERS")) == ["SRV-1"]


@BUILT_IN
def test_an_empty_session_group_is_an_error(group):
    group.add("PC-1", "Contoso", session=True)
    group.instance.groups["Servers"] = "GuestMachineName LIKE 'SRV%'"
    with pytest.raises(Misuse, match="nobody is in a session group of ScreenConnect called 'Servers'"):
        group.members("group", "Servers")


@pytest.mark.parametrize("shop", ["extension"], indirect=True)
def test_the_extension_says_that_it_has_no_session_groups(group):
    with pytest.raises(Misuse, match=r"the road extension cannot list the session group Servers. Choose a company"):
        group.members("group", "Servers")


def test_the_section_must_describe_the_instance(shop):
    connector = ScreenConnectConnector(Workplace(shop.folder, {}, shop.clock, shop.secrets.__getitem__))
    with pytest.raises(Misuse, match=r"the section \[screenconnect\] of keyturn.toml cannot be used: url is missing"):
        connector.members("company", "Contoso", [])
    workplace = Workplace(shop.folder, {"screenconnect": {"url": shop.site.url}}, shop.clock, shop.secrets.__getitem__)
    connector = ScreenConnectConnector(workplace)
    with pytest.raises(Misuse, match="the road extension needs secret"):
        connector.members("company", "Contoso", [])


def test_an_answer_that_is_none_is_not_taken_for_an_empty_group(group):
    group.add("PC-1", "Contoso", session=True)
    group.shop.mishap("garble", "list")
    with pytest.raises(Unsure):
        group.members("company", "Contoso")


def test_a_wrong_secret_is_refused(group):
    group.shop.secrets = dict.fromkeys(group.shop.secrets, Secret("wrong", "secret"))
    with pytest.raises(Refused):
        group.members("company", "Contoso")


def test_an_instance_that_is_not_there_is_not_reached(group):
    group.shop.site.close()
    with pytest.raises(NotSent):
        group.members("company", "Contoso")


def test_nothing_is_changed(group):
    group.add("PC-1", "Contoso", session=True)
    group.shop.site.settle()
    before = [len(guest.events) for guest in group.instance.guests]
    group.members("company", "Contoso")
    assert [len(guest.events) for guest in group.instance.guests] == before
    assert group.shop.ledger.effects() == []

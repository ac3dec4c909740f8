"""Which devices a survey is to look at: by name, by customer, by a vendor's group, and never all by mistake."""

from __future__ import annotations

import pluggy
import pytest

from agent.machine.home import Home
from agent.machine.sightings import How
from agent.runner.choice import chosen, names_in
from agent.words import hooks
from agent.words.device import Device, Devices, Member
from agent.words.errors import Misuse, NotSent


class Tool:
    """A connector with groups; ``said`` holds who is in which."""

    name, capabilities, groups = "tool", frozenset({"cmd"}), ("company", "site")

    def __init__(self):
        self.said = {}
        self.asked = []

    def open(self, device):
        raise AssertionError("nobody is asked while it is chosen")

    def members(self, kind, group, devices):
        self.asked.append((kind, group, [device.name for device in devices]))
        found = self.said[kind, group]
        if isinstance(found, Exception):
            raise found
        return found


class Wire:
    """A connector without groups."""

    name, capabilities = "wire", frozenset({"cmd"})

    def open(self, device):
        raise AssertionError("nobody is asked while it is chosen")


class Office:
    """A desk of two customers behind both connectors."""

    def __init__(self):
        self.tool = Tool()
        self.known = [Device(f"{customer}-{number}", customer) for customer in ("Contoso", "Fabrikam") for number in range(3)]

    @hooks.hookimpl
    def keyturn_connectors(self, workplace):
        return [self.tool, Wire()]

    @hooks.hookimpl
    def keyturn_ports(self, workplace):
        office = self

        class Directory:
            def find(self, name):
                for device in office.known:
                    if device.name.casefold() == name.strip().casefold():
                        return device
                raise Misuse(f"there is no device '{name}'")

            def all(self, customer=None):
                if customer == "Nobody":
                    raise Misuse("there is no customer 'Nobody'")
                return [device for device in office.known if customer in (None, device.customer)]

        return {Devices: Directory()}


@pytest.fixture
def office():
    return Office()


@pytest.fixture
def tool(office):
    return office.tool


@pytest.fixture
def home(folder, clock, office):
    manager = pluggy.PluginManager(hooks.GROUP)
    manager.add_hookspecs(hooks)
    manager.register(office)
    return Home(folder, manager, clock)


@pytest.fixture
def names(home):
    def names(*args):
        return [device.name for device in chosen(home, *args).devices]

    return names


def test_a_selection_is_never_more_than_was_asked_for(names):
    assert len(names([], None)) == 6
    assert names([], "Fabrikam") == ["Fabrikam-0", "Fabrikam-1", "Fabrikam-2"]
    assert names(["contoso-2", "Contoso-0", "CONTOSO-2", " contoso-0 "], None) == ["Contoso-2", "Contoso-0"]
    assert names(["Contoso-1"], "Contoso") == ["Contoso-1"]


@pytest.mark.parametrize(
    ("names", "customer", "told"),
    [
        ([], "Empty", "Empty has no device"),
        ([], "Nobody", "no customer"),
        (["nothing"], None, "no device 'nothing'"),
        (["Fabrikam-0"], "Contoso", "belongs to Fabrikam"),
    ],
)
def test_a_selection_that_matches_nothing_is_an_error(home, names, customer, told):
    with pytest.raises(Misuse, match=told):
        chosen(home, names, customer)


def test_a_desk_without_devices_is_an_error(home, office):
    office.known.clear()
    with pytest.raises(Misuse, match="there is no device"):
        chosen(home, [], None)


def test_the_members_of_a_group_are_those_and_no_others(names, tool, office):
    tool.said["company", "Contoso"] = [Member("a (1)", ("Contoso-1",)), Member("b (2)", ("Contoso-0",))]
    assert names([], None, ["tool:Contoso"]) == ["Contoso-1", "Contoso-0"]
    assert tool.asked == [("company", "Contoso", [device.name for device in office.known])]


@pytest.mark.parametrize(
    ("text", "kind", "group"),
    [
        ("tool:Contoso", "company", "Contoso"),
        ("tool: Contoso & Sons ", "company", "Contoso & Sons"),
        ("tool:site=Berlin", "site", "Berlin"),
        ("tool: site = Berlin", "site", "Berlin"),
        ("tool:company=site=7", "company", "site=7"),
        ("tool:a=b", "company", "a=b"),
        ("tool:C:\\x", "company", "C:\\x"),
    ],
)
def test_a_group_is_written_with_its_kind_or_without(names, tool, text, kind, group):
    tool.said[kind, group] = [Member("a (1)", ("Contoso-1",))]
    assert names([], None, [text]) == ["Contoso-1"]


def test_names_and_groups_add_up_each_device_once(names, tool):
    tool.said["company", "A"] = [Member("a (1)", ("Contoso-1",)), Member("b (2)", ("Fabrikam-0",))]
    tool.said["site", "B"] = [Member("a (1)", ("Contoso-1",))]
    assert names(["Contoso-2"], None, ["tool:A", "tool:site=B", "tool:A"]) == ["Contoso-2", "Contoso-1", "Fabrikam-0"]
    assert len(tool.asked) == 2


def test_a_machine_that_is_no_one_device_is_told_with_the_reason(home, tool, clock):
    tool.said["company", "A"] = [
        Member("a (1)", ("Contoso-1",)),
        Member("b (2)"),
        Member("c (3)", (), "Contoso-2 may be meant, and 2 machines there are called that"),
        Member("d (4)", ("Contoso-0", "Fabrikam-0")),
    ]
    choice = chosen(home, [], None, ["tool:A"])
    assert [device.name for device in choice.devices] == ["Contoso-1"]
    assert {(row.device, row.how, row.way, row.at) for row in choice.strangers} == {
        (name, How.STRANGER, "tool", clock.now()) for name in ("b (2)", "c (3)", "d (4)")
    }
    assert [row.reason for row in choice.strangers] == [
        "no device of the desk has usable tool settings that mean it",
        "Contoso-2 may be meant, and 2 machines there are called that",
        "more than one device of the desk is it: Contoso-0, Fabrikam-0",
    ]


def test_a_machine_in_two_groups_is_told_once(home, tool):
    tool.said["company", "A"] = tool.said["site", "B"] = [Member("b (2)")]
    assert len(chosen(home, [], None, ["tool:A", "tool:site=B"]).strangers) == 1


def test_a_customer_narrows_a_group_and_hides_no_stranger(home, names, tool):
    tool.said["company", "A"] = [Member("a (1)", ("Contoso-1",)), Member("b (2)", ("Fabrikam-0",)), Member("c (3)")]
    assert names([], "Fabrikam", ["tool:A"]) == ["Fabrikam-0"]
    assert [row.device for row in chosen(home, [], "Fabrikam", ["tool:A"]).strangers] == ["c (3)"]


def test_a_customer_who_has_nobody_in_a_group_is_an_error(home, tool):
    tool.said["company", "A"] = [Member("a (1)", ("Contoso-1",))]
    with pytest.raises(Misuse, match="nobody in tool:A is a device of Fabrikam"):
        chosen(home, [], "Fabrikam", ["tool:A"])


def test_a_group_that_nobody_is_in_is_an_error(home, tool):
    tool.said["company", "A"] = []
    with pytest.raises(Misuse, match="nobody is in tool:A"):
        chosen(home, ["Contoso-1"], None, ["tool:A"])


def test_a_vendor_that_cannot_be_asked_is_its_own_error(home, tool):
    tool.said["company", "A"] = NotSent("the tool does not answer")
    with pytest.raises(NotSent):
        chosen(home, [], None, ["tool:A"])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("wire:Contoso", "wire knows no groups. Write CONNECTOR:GROUP; those with groups are: tool."),
        ("Contoso", "there is no connector 'Contoso'"),
        (":Contoso", "there is no connector ''"),
        ("tool", "'tool' names no group. Write CONNECTOR:GROUP or CONNECTOR:KIND=GROUP, where KIND is: company, site."),
        ("tool: ", "names no group"),
        ("tool:site=", "names no group"),
    ],
)
def test_what_is_no_group_is_an_error(home, tool, text, told):
    with pytest.raises(Misuse) as caught:
        chosen(home, [], None, [text])
    assert told in str(caught.value)
    assert tool.asked == []


def test_a_list_of_names():
    assert names_in("\ufeff# mine\n\n PC-1 \r\nPC 2\n") == ["PC-1", "PC 2"]
    with pytest.raises(Misuse, match="names no device"):
        names_in("# nothing\n\n")

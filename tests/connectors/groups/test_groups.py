"""Machines in a vendor's group are the desk's devices by number or by a name that nobody else there has."""

from __future__ import annotations

import pytest

from agent.api import Device, Misuse
from connectors.groups import Machine, folded, matched, meant, nobody_in


def machine(number, *names):
    return Machine(number, f"{names[0] if names else 'nameless'} ({number})", frozenset(map(folded, names)))


def never():
    raise AssertionError("nobody is known by a name")


def test_by_number_without_a_look_at_everybody():
    inside = [machine(1, "PC"), machine(2)]
    [one, other] = matched(inside, never, {"mine": 1, "elsewhere": 9})
    assert (one.name, one.devices, one.reason) == ("PC (1)", ("mine",), "")
    assert (other.name, other.devices) == ("nameless (2)", ())


def test_by_a_name_that_only_one_machine_has():
    inside = [machine(1, "PC")]
    assert matched(inside, lambda: [*inside, machine(2, "other")], {"mine": "pc"})[0].devices == ("mine",)


@pytest.mark.parametrize("twin_inside", [True, False])
def test_a_name_that_two_machines_have_is_nobodys(twin_inside):
    twin = machine(2, "pc")
    inside = [machine(1, "PC"), *([twin] if twin_inside else [])]
    for member in matched(inside, lambda: [machine(1, "PC"), twin], {"mine": "pc"}):
        assert member.devices == ()
        assert member.reason == "mine may be meant, and 2 machines there are called that"


def test_a_twin_does_not_stand_against_a_number():
    inside = [machine(1, "PC"), machine(2, "PC")]
    assert [member.devices for member in matched(inside, lambda: inside, {"mine": 1, "other": "pc"})] == [("mine",), ()]


def test_two_devices_that_mean_one_machine_are_both_told():
    inside = [machine(1, "PC")]
    assert matched(inside, lambda: inside, {"b": "pc", "a": 1})[0].devices == ("a", "b")


def test_what_devices_say_where_it_can_be_used():
    def key(device):
        if device.ways["tool"].get("broken"):
            raise Misuse("it is broken")
        return device.ways["tool"].get("id")

    ways = {"a": {"tool": {"id": 1}}, "b": {"tool": {"broken": True}}, "c": {"tool": {}}, "d": {"other": {"id": 2}}}
    assert meant("tool", [Device(name, "C", ways=way) for name, way in ways.items()], key) == {"a": 1}


def test_a_group_that_nobody_is_in_and_what_it_may_have_been():
    assert str(nobody_in("a site of X", "Contosso", ["Contoso", "Fabrikam", "", "Contoso"])) == (
        "nobody is in a site of X called 'Contosso'. Did you mean 'Contoso'?"
    )
    assert str(nobody_in("a site of X", "Zz", [])).endswith("Check its name there, and what the login may see.")

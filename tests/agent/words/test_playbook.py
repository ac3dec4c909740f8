"""The decorator makes a playbook of a function, or says what the function lacks."""

from __future__ import annotations

from datetime import timedelta

import pytest

from agent.words.answer import yes
from agent.words.order import Order
from agent.words.playbook import Playbook, playbook, ports_of
from agent.words.ports import Clock, Mail, RemoteDevice, RemoteSession, reads
from agent.words.step import Step, minutes, seconds


class SmallOrder(Order):
    device: str


@playbook(title="Small upgrade")
def small_upgrade(order: SmallOrder, pc: RemoteSession, clock: Clock):
    yield Step(f"{order.device} is upgraded", done=lambda: yes("seen"))


def test_is_read_from_the_function():
    assert isinstance(small_upgrade, Playbook)
    assert (small_upgrade.name, small_upgrade.title) == ("small-upgrade", "Small upgrade")
    assert small_upgrade.order is SmallOrder
    assert small_upgrade.ports == {"pc": RemoteSession, "clock": Clock}
    assert small_upgrade.epilogue is None


def test_is_called_like_the_function():
    steps = list(small_upgrade(SmallOrder(device="FRONTDESK-07"), pc=None, clock=None))
    assert [step.name for step in steps] == ["FRONTDESK-07 is upgraded"]


def test_needs_no_port_unless_told():
    @playbook(title="Bare")
    def bare(order: SmallOrder):
        yield from ()

    assert bare.ports == {}


def test_what_a_session_must_be_able_to_do_is_said_by_each_command_and_not_by_the_playbook():
    with pytest.raises(TypeError, match="needs"):
        playbook(title="Greedy", needs=["private"])


def test_an_epilogue_is_kept_and_says_what_it_needs():
    @playbook(title="With an end")
    def with_end(order: SmallOrder):
        yield from ()

    @with_end.stopped
    def tell_them(order: SmallOrder, ending: object, mail: Mail):
        yield from ()

    assert with_end.epilogue is tell_them
    assert ports_of(tell_them) == {"mail": Mail}


def unannotated(order, pc: RemoteSession):
    yield from ()


def not_an_order(order: str):
    yield from ()


def parametrised(order: list[str]):
    yield from ()


@pytest.mark.parametrize("function", [unannotated, not_an_order, parametrised])
def test_the_first_parameter_is_an_order(function):
    with pytest.raises(TypeError, match=f"{function.__name__}: the first parameter must be annotated with an Order model"):
        playbook(title="Wrong")(function)


def test_every_other_parameter_names_its_port():
    def forgetful(order: SmallOrder, pc, mail: Mail, clock):
        yield from ()

    with pytest.raises(TypeError, match="forgetful: no port is named for pc, clock"):
        playbook(title="Wrong")(forgetful)


def test_a_step_without_a_do_is_a_gate():
    gate = Step("the customer agreed", done=lambda: yes("said so"))
    assert gate.is_gate
    assert not Step("the key is installed", done=lambda: yes("seen"), do=lambda: None).is_gate
    assert (gate.once, gate.patience, gate.by_hand, gate.confirm) == (False, timedelta(seconds=30), "", None)
    with pytest.raises(AttributeError):
        gate.once = True


def test_lengths_of_time_are_spoken():
    assert minutes(2) == timedelta(minutes=2)
    assert seconds(1.5) == timedelta(seconds=1, milliseconds=500)


def test_only_marked_methods_read():
    assert RemoteSession.ask.__reads__
    assert not hasattr(RemoteSession.tell, "__reads__")
    assert all(getattr(RemoteDevice, name).__reads__ for name in ("ask", "presence", "link", "carries", "close"))
    assert not any(hasattr(getattr(RemoteDevice, name), "__reads__") for name in ("tell", "message", "open_way"))
    assert reads(lambda: None).__reads__

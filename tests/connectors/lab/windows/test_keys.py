"""Keys of the lab and the activation service."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.api import Secret
from connectors.lab.windows import activation as pc_activation
from connectors.lab.windows.activation import ActivationService
from connectors.lab.windows.keys import CHANNELS, Mint, encode, sound
from playbooks.windows import keys


@given(st.integers(0, 2**32), st.sampled_from(CHANNELS))
def test_made_keys_pass_the_product_own_check(seed, channel):
    key = Mint(Random(seed)).make("Enterprise", channel)
    answer = keys.examine(Secret(key.value))
    assert answer.is_yes
    assert answer.facts["group"] == key.group
    assert sound(key.value)
    assert key.last5 == key.value[-5:]


def test_the_same_seed_makes_the_same_keys_and_never_one_twice():
    first, second = ([Mint(Random(3)).make("Enterprise").value for _ in range(1)] for _ in range(2))
    assert first == second
    mint = Mint(Random(3))
    assert len({mint.make("Enterprise").value for _ in range(50)}) == 50


@pytest.mark.parametrize(
    "text", ["", "A" * 25, "22222-22222-22222-22222-22222", "N2222-22222-22222-22222-2222N", "22222-22222-22222-22222-222N2"]
)
def test_unsound(text):
    assert not sound(text)


def test_sound_and_unsound():
    key = encode(6000, 1, 2)
    assert sound(key)
    assert sound(key.lower())
    assert not sound(key[:-1] + ("2" if key[-1] != "2" else "3"))
    for published in keys.published():
        assert sound(published) == ("N" in published)


def test_an_unknown_channel():
    with pytest.raises(ValueError, match="Volume:MAK"):
        Mint(Random(0)).make("Enterprise", "Freeware")


@pytest.mark.parametrize(
    ("channel", "settings", "code"),
    [
        ("Retail", {}, 0),
        ("Retail", {"blocked": True}, pc_activation.BLOCKED),
        ("Retail", {"used": 1}, pc_activation.IN_USE),
        ("OEM:DM", {"used": 1}, pc_activation.IN_USE),
        ("Volume:MAK", {"limit": 3, "used": 2}, 0),
        ("Volume:MAK", {"limit": 3, "used": 3}, 0xC004C020),
        ("Volume:GVLK", {}, pc_activation.NO_KMS),
    ],
)
def test_the_service(channel, settings, code):
    mint = Mint(Random(0))
    key = mint.make("Enterprise", channel, **settings)
    service = ActivationService(mint)
    assert service.activate(key, "PC-1") == code
    assert service.activate(key, "PC-1") == code


def test_a_machine_is_counted_once_and_faults_pass():
    mint = Mint(Random(0))
    service, key = ActivationService(mint), mint.make("Enterprise")
    service.fail(0xC004C012, times=2)
    assert [service.activate(key, "PC-1") for _ in range(4)] == [0xC004C012, 0xC004C012, 0, 0]
    assert key.used == {"PC-1"}
    assert service.activate(key, "PC-2") == pc_activation.IN_USE
    assert mint.find(key.value.lower()) is key
    assert mint.find("nothing") is None

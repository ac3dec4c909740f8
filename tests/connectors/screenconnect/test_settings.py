"""Settings are checked before anything is sent, in one line that shows no value."""

from __future__ import annotations

import pytest

from agent.api import Device, Misuse, Secret, Workplace
from connectors.screenconnect.plugin import keyturn_connectors
from connectors.screenconnect.settings import EXTENSION, settings_of

SECTION = {"url": "https://acme.screenconnect.com/", "secret": "vault:sc/secret"}
WAY = {"session": "a507630e-80b5-ec92-bb5e-bcb48d00ff6b"}


def workplace(folder, clock, section, secret=lambda name: Secret("x", "secret", name)):
    return Workplace(folder, {"screenconnect": section}, clock, secret)


@pytest.fixture
def read(tmp_path, clock):
    def read(way=WAY, **section):
        settings = {name: value for name, value in (SECTION | section).items() if value is not None}
        return settings_of(Device("PC7", "Contoso", ways={"screenconnect": way}), workplace(tmp_path, clock, settings))

    return read


def test_what_is_left_out_has_a_default(read):
    settings = read()
    assert settings.url == "https://acme.screenconnect.com"
    assert (settings.road, settings.extension, settings.group) == ("extension", EXTENSION, "All Machines")
    assert settings.origin_sent == "https://acme.screenconnect.com"
    assert read(origin="https://tools.example").origin_sent == "https://tools.example"
    assert read(url="https://acme.example:8040/sc").origin_sent == "https://acme.example:8040"


def test_a_device_overrides_the_section(read):
    assert read(WAY | {"max_length": 9000}, max_length=7000).max_length == 9000


def test_a_name_of_digits_is_a_name(read):
    assert read({"name": 1234}).name == "1234"


@pytest.mark.parametrize(
    ("way", "section", "said"),
    [
        ({}, {}, "a device is found by session (a GUID) or by name: give one of them"),
        (WAY | {"name": "PC7"}, {}, "a device is found by session"),
        (WAY | {"company": "Contoso"}, {}, "company belongs to name"),
        ({"session": "PC7"}, {}, "session: "),
        (WAY, {"url": None}, "url is missing"),
        (WAY, {"url": "http://acme.example"}, "url: must begin with https://"),
        (WAY, {"secret": None}, "the road extension needs secret"),
        (WAY, {"secret": "hunter2"}, "secret: must be a reference"),
        (WAY, {"road": "built-in"}, "the road built-in needs user and password"),
        (WAY, {"road": "side"}, "road: "),
        (WAY, {"ca": "/nowhere/ca.pem"}, "ca: there is no file"),
        (WAY, {"origin": "two\nlines"}, "origin: "),
        (WAY, {"verify": False}, "verify is not a setting"),
    ],
)
def test_what_cannot_be_used_is_named(read, way, section, said):
    with pytest.raises(Misuse) as caught:
        read(way, **section)
    text = str(caught.value)
    assert text.startswith("the screenconnect settings of PC7 cannot be used: " + said)
    assert "\n" not in text
    assert "hunter2" not in text


def test_a_vault_that_cannot_be_read_says_so_itself(tmp_path, clock):
    def locked():
        raise Misuse("the vault is locked")

    place = workplace(tmp_path, clock, SECTION, lambda name: Secret(locked, "secret", name))
    (connector,) = keyturn_connectors(place)
    assert connector.name == "screenconnect"
    assert "private" not in connector.capabilities
    with pytest.raises(Misuse, match="the vault is locked"):
        connector.open(Device("PC7", "Contoso", ways={"screenconnect": WAY}))

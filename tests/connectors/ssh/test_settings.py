"""A device's settings are checked before anything is sent, in one line that shows no value."""

from __future__ import annotations

import pytest

from agent.api import Device, Misuse
from connectors.ssh.settings import settings_of
from connectors.sshhost.settings import Host

GOOD = {"host": "pc7", "user": "admin", "password": "vault:contoso/pc7"}
DIGEST = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"


def read(section=None, **settings):
    given = {name: value for name, value in (GOOD | settings).items() if value is not None}
    return settings_of(Device("PC7", "Contoso", ways={"ssh": given}), section or {})


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        ({}, "pc7"),
        ({"host": "PC7.Contoso.example"}, "pc7.contoso.example"),
        ({"host": "10.0.0.7", "port": 2222}, "[10.0.0.7]:2222"),
        ({"host": "FD00::7"}, "fd00::7"),
        ({"host": "[fd00::7]", "port": 2222}, "[fd00::7]:2222"),
    ],
)
def test_the_name_in_a_file_of_host_keys(settings, address):
    assert read(**settings).address == address


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"host": "ssh://pc7"}, "host: must be a name or an address"),
        ({"host": "pc7:22"}, "host: must be a name"),
        ({"host": None}, "host is missing"),
        ({"port": 0}, "port: "),
        ({"user": " "}, "user: "),
        ({"password": "hunter2"}, "password: must be a reference"),
        ({"password": None}, "give one of password, key and agent"),
        ({"agent": True}, "give one of password, key and agent"),
        ({"passphrase": "vault:x"}, "passphrase belongs to key"),
        ({"key": "/nowhere/id"}, "key: there is no file /nowhere/id"),
        ({"known_hosts": "/nowhere/known"}, "known_hosts: there is no file"),
        ({"fingerprint": "MD5:" + DIGEST}, "fingerprint: must be as 'ssh-keygen -lf' shows it"),
        ({"fingerprint": "SHA256:" + DIGEST[:-1]}, "fingerprint: must be as"),
        ({"fingerprint": "SHA256:" + DIGEST[:-2] + "!!"}, "fingerprint: must be as"),
        ({"fingerprint": "ab" * 32}, "fingerprint: must be as"),
        ({"connect_timeout": 0}, "connect_timeout: "),
        ({"keep_alive": -1}, "keep_alive: "),
        ({"verify": False}, "verify is not a setting"),
    ],
)
def test_what_cannot_be_used_is_named(settings, said):
    with pytest.raises(Misuse) as caught:
        read(**settings)
    text = str(caught.value)
    assert text.startswith("the ssh settings of PC7 cannot be used: " + said)
    assert "\n" not in text
    assert "hunter2" not in text


def test_a_fingerprint_may_have_its_padding():
    assert read(fingerprint=f" SHA256:{DIGEST}= ").fingerprint == f"SHA256:{DIGEST}"


def test_the_section_gives_defaults_that_a_device_overrides(tmp_path):
    key = tmp_path / "id"
    key.touch()
    section = {"port": 2222, "key": str(key), "passphrase": "vault:id", "hosts": {"gw": {}}}
    settings = read(section)
    assert (settings.port, settings.key, settings.passphrase) == (2222, None, None)
    assert read(section, password=None).key == key


def test_nothing_can_switch_verification_off():
    assert not {"verify", "insecure", "strict", "ignore", "auto_add"} & set(Host.model_fields)

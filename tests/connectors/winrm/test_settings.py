"""A device's settings are checked before anything is sent, in one line that shows no value."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.api import Device, Misuse
from connectors.winrm.settings import settings_of

GOOD = {"host": "pc7", "user": "admin", "password": "vault:contoso/pc7"}


def read(**settings):
    return settings_of(Device("PC7", "Contoso", ways={"winrm": GOOD | settings}), {})


@pytest.mark.parametrize(
    ("settings", "endpoint"),
    [
        ({}, "http://pc7:5985/wsman"),
        ({"scheme": "https"}, "https://pc7:5986/wsman"),
        ({"host": "10.0.0.7", "port": 80}, "http://10.0.0.7:80/wsman"),
        ({"host": "FD00::7"}, "http://[fd00::7]:5985/wsman"),
        ({"host": "[fd00::7]", "scheme": "https"}, "https://[fd00::7]:5986/wsman"),
        ({"host": "front_desk-07.contoso.example."}, "http://front_desk-07.contoso.example.:5985/wsman"),
    ],
)
def test_the_endpoint(settings, endpoint):
    assert read(**settings).endpoint == endpoint


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"host": "http://pc7"}, "host: must be a name or an address"),
        ({"host": "pc7/x"}, "host: must be a name"),
        ({"host": "[pc7]"}, "host: must be a name"),
        ({"host": ""}, "host: must be a name"),
        ({"host": "a..b"}, "host: must be a name"),
        ({"host": "-pc7"}, "host: must be a name"),
        ({"host": "pc7-.contoso"}, "host: must be a name"),
        ({"host": "10.0.0.777"}, "host: must be a name"),
        ({"host": "a" * 64}, "host: must be a name"),
        ({"host": ".".join(["a" * 60] * 5)}, "host: must be a name"),
        ({"port": 70000}, "port: "),
        ({"scheme": "ftp"}, "scheme: "),
        ({"auth": "kerberos"}, "auth: "),
        ({"auth": "basic"}, "Basic over HTTP would send the password readably"),
        ({"password": "hunter2"}, "password: must be a reference"),
        ({"fingerprint": "AB:CD", "scheme": "https"}, "fingerprint: must be the SHA-256"),
        ({"fingerprint": "ab" * 32}, "ca and fingerprint belong to scheme https"),
        ({"ca": "/nowhere/ca.pem", "scheme": "https"}, "ca: there is no file"),
        ({"verify": False}, "verify is not a setting. Correct it with 'keyturn device change PC7'"),
        ({"operation_timeout": 300}, "operation_timeout: "),
        ({"user": " "}, "user: "),
    ],
)
def test_what_cannot_be_used_is_named(settings, said):
    with pytest.raises(Misuse) as caught:
        read(**settings)
    text = str(caught.value)
    assert text.startswith("the winrm settings of PC7 cannot be used: " + said)
    assert "\n" not in text
    assert "hunter2" not in text


def test_a_missing_setting_is_named():
    with pytest.raises(Misuse, match=r"host is missing\. Correct it with 'keyturn device change PC7'$"):
        settings_of(Device("PC7", "Contoso", ways={"winrm": {}}), {})


@pytest.mark.parametrize(("section", "said"), [({"verify": 1}, "verify is not a setting"), ({"port": 70000}, "port: ")])
def test_a_setting_that_comes_from_the_section_is_corrected_there(section, said):
    device = Device("PC7", "Contoso", ways={"winrm": GOOD})
    with pytest.raises(Misuse, match=rf"{said}.*\. Correct it in the section \[winrm\] of keyturn\.toml$"):
        settings_of(device, section)


def test_a_setting_of_the_device_over_the_sections_is_corrected_at_the_device():
    device = Device("PC7", "Contoso", ways={"winrm": GOOD | {"port": 70000}})
    with pytest.raises(Misuse, match="keyturn device change PC7"):
        settings_of(device, {"port": 5985})


@pytest.mark.timeout(5)
@pytest.mark.parametrize("host", ["a" * 34 + "!", "a." * 120 + "!", "a-" * 120 + "!"])
def test_a_host_that_is_none_is_refused_at_once(host):
    with pytest.raises(Misuse, match="host: must be a name"):
        read(host=host)


def test_the_section_gives_defaults_that_a_device_overrides():
    device = Device("PC7", "Contoso", ways={"winrm": GOOD | {"connect_timeout": 2}})
    settings = settings_of(device, {"connect_timeout": 9, "operation_timeout": 30})
    assert (settings.connect_timeout, settings.operation_timeout) == (2, 30)


def test_a_fingerprint_is_read_in_any_spelling(tmp_path: Path):
    assert read(scheme="https", fingerprint=":".join(["AB"] * 32)).fingerprint == "ab" * 32


def test_nothing_can_switch_verification_off():
    from connectors.winrm.settings import Settings

    assert not {"verify", "insecure", "server_cert_validation", "ignore"} & set(Settings.model_fields)

"""Addresses and settings as technicians type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.api import Misuse
from connectors.local.ways import checked_ways, typed_ways, winrm_address


@pytest.mark.parametrize(
    ("typed", "settings"),
    [
        ("frontdesk-07", {"host": "frontdesk-07"}),
        ("pc.contoso.example:5986", {"host": "pc.contoso.example", "port": 5986}),
        ("10.0.0.7", {"host": "10.0.0.7"}),
        ("10.0.0.7:5985", {"host": "10.0.0.7", "port": 5985}),
        ("fe80::1", {"host": "fe80::1"}),
        ("::1", {"host": "::1"}),
        ("[fe80::1]", {"host": "fe80::1"}),
        ("[fe80::1]:5986", {"host": "fe80::1", "port": 5986}),
        ("http://pc:5985/wsman", {"host": "pc", "port": 5985, "scheme": "http"}),
        ("https://pc.example/wsman/", {"host": "pc.example", "scheme": "https"}),
        ("https://[2001:db8::7]:5986", {"host": "2001:db8::7", "port": 5986, "scheme": "https"}),
        (" pc ", {"host": "pc"}),
    ],
)
def test_a_winrm_address(typed, settings):
    assert winrm_address(typed) == settings


@pytest.mark.parametrize(
    "typed",
    [
        "", " ", ":5985", "pc:", "pc:x", "pc:99999", "pc:0", "pc:-1", "[::1", "::1]:5985", "[pc]:5985", "1.2.3.4.5",
        "300.1.1.1", "pc/wsman", "pc name", "ftp://pc", "http://pc/other", "http://pc/wsman?x=1", "http://",
        "http://pc:x/wsman", "-pc", "p\nc", "a" * 300, "pc;reboot",
    ],
)  # fmt: skip
def test_what_is_no_winrm_address(typed):
    with pytest.raises(Misuse, match="is not a WinRM address") as caught:
        winrm_address(typed)
    assert "u:p" not in str(caught.value)
    assert "\n" not in str(caught.value)


@given(st.text(max_size=40))
def test_any_text_is_an_address_or_misuse(text):
    try:
        settings = winrm_address(text)
    except Misuse:
        return
    assert settings["host"]
    assert 0 < settings.get("port", 1) <= 65535


@given(st.ip_addresses(), st.integers(1, 65535))
def test_every_ip_address_is_accepted_with_and_without_a_port(address, port):
    host = f"[{address}]" if address.version == 6 else str(address)
    assert winrm_address(f"{host}:{port}") == {"host": str(address), "port": port}
    assert winrm_address(str(address)) == {"host": str(address)}


def test_typed_ways_keep_their_order_and_their_types():
    ways = typed_ways(
        ["screenconnect.session=abc=1", "winrm.host=pc", "winrm.port=5985", "winrm.verify=false", "winrm.user=007"]
    )
    assert list(ways) == ["screenconnect", "winrm"]
    assert ways["screenconnect"] == {"session": "abc=1"}
    assert ways["winrm"] == {"host": "pc", "port": 5985, "verify": False, "user": "007"}


@pytest.mark.parametrize("typed", ["", "winrm", "winrm.host", "host=pc", ".host=pc", "winrm.=pc", "Win RM.host=pc"])
def test_what_is_no_way(typed):
    with pytest.raises(Misuse, match="is not a way"):
        typed_ways([typed])


@pytest.mark.parametrize("key", ["password", "api_key", "apikey", "client_secret", "access_token", "passphrase"])
def test_a_secret_in_a_way_is_a_reference(key):
    with pytest.raises(Misuse, match="must be a reference") as caught:
        checked_ways({"winrm": {key: "hunter2"}})
    assert "hunter2" not in str(caught.value)
    assert checked_ways({"winrm": {key: "vault:contoso/admin"}}) == {"winrm": {key: "vault:contoso/admin"}}

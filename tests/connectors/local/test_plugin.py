"""How the desk joins: every port is there, importing is cheap, and what must stay secret stays out of its files."""

from __future__ import annotations

import inspect
import subprocess
import sys
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.api import Appointment, Device, Devices, Diary, Letter, LicenceInventory, Mail, Misuse, Secret, Tickets
from connectors.local.licences import Licences
from connectors.local.masking import masked
from connectors.local.plugin import keyturn_ports
from connectors.local.register import TicketRegister
from connectors.local.verdict import Licence

KEY = "VK7JG-NPHTM-C97JM-9MPGT-3V66T"


def test_every_port_is_offered_with_its_signatures(workplace, folder):
    ports = keyturn_ports(workplace())
    assert set(ports) == {Tickets, LicenceInventory, Diary, Mail, Devices}
    for port, desk in ports.items():
        for name, wanted in inspect.getmembers(port, inspect.isfunction):
            if not name.startswith("_"):
                given_ = list(inspect.signature(getattr(type(desk), name)).parameters.values())
                assert [(each.name, each.kind) for each in given_] == [
                    (each.name, each.kind) for each in inspect.signature(wanted).parameters.values()
                ]
    assert not folder.exists()


def test_the_command_line_starts_without_the_heavy_libraries():
    code = (
        "import sys; from connectors.local.plugin import keyturn_commands; keyturn_commands();"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'sqlalchemy', 'icalendar', 'rich', 'smtplib'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_directory_finds_a_device_or_says_what_is_like_it(contoso, workplace):
    devices = keyturn_ports(workplace())[Devices]
    found = devices.find("frontdesk-07")  # type: ignore[attr-defined]
    assert found == Device("FRONTDESK-07", "Contoso", "jane", {"winrm": {"host": "10.0.0.7"}})
    with pytest.raises(Misuse, match="Did you mean 'FRONTDESK-0"):
        devices.find("FRONTDESK-7")  # type: ignore[attr-defined]


def test_a_product_key_is_in_no_file(contoso, workplace, folder, clock):
    ports = keyturn_ports(workplace())
    Licences(contoso).add(Licence("L-1", "Contoso", "pro"))
    number = TicketRegister(contoso).open("Contoso", "windows licence upgrade", f"for {KEY}")
    where = {"device": "FRONTDESK-07", "user": "jane"}
    ports[LicenceInventory].reserve("L-1", Secret(KEY), **where)  # type: ignore[attr-defined]
    ports[Tickets].tell(number, f"the key is {KEY}", reference="r", public=True)  # type: ignore[attr-defined]
    ports[Mail].send(Letter("r", ("a@b.example",), f"key {KEY}", f"it is {KEY.lower()}"))  # type: ignore[attr-defined]
    start = clock.now().astimezone(ZoneInfo("Europe/Berlin"))
    ports[Diary].book(Appointment("r", KEY, start, timedelta(hours=1), (), f"key: {KEY}"))  # type: ignore[attr-defined]
    answers = str(ports[LicenceInventory].key_is_free(Secret(KEY), "FRONTDESK-02"))  # type: ignore[attr-defined]
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".db", ".eml", ".ics"}
    plain, bare = KEY.lower().encode(), KEY.lower().replace("-", "").encode()
    for content in [path.read_bytes() for path in files] + [answers.encode()]:
        unfolded = content.replace(b"=\r\n", b"").replace(b"\r\n ", b"").lower()
        assert plain not in unfolded
        assert bare not in unfolded
        assert b"mpgt-3v66t" not in unfolded


@given(st.text(max_size=80), st.from_regex(r"[A-Z0-9]{5}(-[A-Z0-9]{5}){4}", fullmatch=True), st.text(max_size=80))
def test_a_key_is_blotted_out_of_any_text(before, key, after):
    assert key not in masked(f"{before} {key} {after}")


@pytest.mark.parametrize("text", ["", "there might never again exist", "2026-03-28", "FRONTDESK-07", "Hello there world"])
def test_prose_is_left_as_it_is(text):
    assert masked(text) == text

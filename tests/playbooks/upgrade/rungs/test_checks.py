"""What the tests of the ladder look for is found where it is planted: a key, a change, a false yes, a blind change of way."""

from __future__ import annotations

import base64
import json

import pytest
import requests as http

from agent.api import Event, Kind, Unsure
from agent.words.step import Mark
from connectors.lab.kaseya.vsax import SCRIPT, VARIABLE
from connectors.lab.screenconnect.extension import EXTENSION
from connectors.lab.site import Exchange
from tests.playbooks.upgrade.carried import Carried
from tests.playbooks.upgrade.office import BEGIN, DEVICE, EFFECT, REACHED
from tests.playbooks.upgrade.rungs.evidence import HOLDS, amiss, requests, unread_switches
from tests.playbooks.upgrade.rungs.ladders import Rungs
from tests.playbooks.upgrade.rungs.page import PAGE, whole
from tests.playbooks.upgrade.rungs.table import SECTIONS
from tests.playbooks.upgrade.rungs.vendorlogs import changes, leaks, scripts

KEY = "VK7JG-NPHTM-C97JM-9MPGT-3V66T"
BARE = KEY.replace("-", "")


def coded(text, encoding="utf-8"):
    return base64.b64encode(text.encode(encoding)).decode()


def sent(body="", path="/", query=None, headers=None, call="run script"):
    return Exchange(call, "POST", path, query or {}, headers or {}, body, 200)


PLANTS = {
    "in the body": sent(f"slmgr /ipk {KEY}"),
    "without dashes": sent(f'["{BARE}"]'),
    "in small letters": sent(KEY.lower()),
    "in the path": sent(path=f"/keys/{KEY}"),
    "as an argument": sent(query={"key": KEY}),
    "as the name of an argument": sent(query={BARE: ""}),
    "in a header": sent(headers={"x-note": KEY.swapcase()}),
    "in a user's name": sent(headers={"authorization": f"Basic {coded(f'{KEY}:x')}"}),
    "in Base64": sent(coded(KEY)),
    "in Base64, in the midst of something": sent(coded(f"x={KEY};")),
    "in Base64 of UTF-16": sent(f"powershell -enc {coded(f'install {KEY}', 'utf-16-le')}"),
    "in small letters in Base64": sent(json.dumps([coded(f"the key is {KEY.lower()}")])),
    "in JSON in Base64": sent(json.dumps({"Value": coded(json.dumps({"text": f"a\nb {BARE}"}))})),
    "in Base64 in Base64": sent(coded(f"-enc {coded(f'key {KEY.lower()}', 'utf-16-le')}")),
    **{f"group {place}": sent(f"it begins with {group}") for place, group in enumerate(KEY.split("-")[:-1], 1)},
    "a group in small letters in Base64": sent(coded("the third one is c97jm, I think")),
}


@pytest.mark.parametrize("exchange", PLANTS.values(), ids=PLANTS)
def test_a_key_is_found_wherever_it_is_planted(exchange):
    assert leaks([sent("nothing"), exchange], KEY)


def test_what_is_no_key_is_not_taken_for_one():
    harmless = ["3V66T", "the key that ends in 3V66T", KEY[:4], coded("3v66t"), coded(KEY[1:5]), "VK7J-GNPH"]
    assert leaks(map(sent, harmless), KEY) == []
    assert leaks([sent(headers={"ctrlauthheader": "xxVK7JGxx"})], KEY, ["xxVK7JGxx"]) == []


def test_a_key_in_a_request_to_a_real_site_is_found(on):
    office = on(Rungs(("screenconnect", "vsax", "vsa9", "splashtop"), "screenconnect", ""))
    assert amiss(office) == []
    key, sites = office.key.value, {name: front.servers[DEVICE] for name, front in office.fronts.items()}
    http.post(
        f"{sites['screenconnect'].url}/App_Extensions/{EXTENSION}/Service.ashx/AddNoteToSession", json=["1", key], timeout=5
    )
    http.post(f"{sites['vsax'].url}/api/v3/x", json={"Value": coded(key.lower(), "utf-16-le")}, timeout=5)
    http.get(f"{sites['vsa9'].url}/api/v1.0/echo", headers={"X-Note": key.split("-")[1]}, timeout=5)
    http.get(f"{sites['splashtop'].url}/api/open/v1/users/basic_info", params={"q": key.replace("-", "")}, timeout=5)
    for front in office.fronts.values():
        assert leaks(front.log, key)
    assert amiss(office)


def test_what_changes_something_is_found_in_a_vendor_s_log(on):
    office = on(Rungs(("vsax", "winrm"), "vsax", "winrm"))
    office.run(dry=True)
    reading = requests(office)
    assert {name for exchange in reading for name in scripts(exchange)} == {"facts"}
    assert changes(reading) == []
    office.run()
    assert {"run script: record_data", "run script: restart", "run script: no script"} <= set(changes(requests(office)))


@pytest.mark.parametrize(
    "exchange",
    [
        sent("{}", call="create"),
        sent("[]", call="SendMessageToSession"),
        sent("x", call="unknown"),
        sent("cscript slmgr.vbs /ato", call="SendCommandToSession"),
        sent(json.dumps({"Variables": [{"Id": VARIABLE, "Value": coded("# keyturn restart 1\nx")}]})),
        sent(f"# keyturn facts 1\n# keyturn clear_key 1\n{SCRIPT}", call="runnowgetid"),
    ],
)
def test_every_request_that_is_no_reading_is_a_change(exchange):
    assert changes([exchange])


@pytest.mark.parametrize("step", HOLDS)
def test_a_yes_that_is_false_or_was_not_read_is_found(on, step):
    office = on(Rungs(("winrm",), "winrm", "winrm"))
    office.pc.state.backups.clear()
    office.pc.switch(on=False)
    settled = {"mark": Mark.ALREADY, "verdict": "yes"}
    office.witness.see(Event(1, BEGIN, Kind.SETTLED, step, "", settled))
    assert office.witness.wrong == [f"{step}: settled with a yes that {what}" for what in ("is not true", "nobody has read")]
    office.witness.wrong.clear()
    office.carried.append(Carried("winrm", "ask", "facts"))
    office.witness.see(Event(1, BEGIN, Kind.SETTLED, step, "", {**settled, "mark": Mark.STATED}))
    assert office.witness.wrong == [f"{step}: stated, although it could be read"]


def test_a_reading_before_a_change_proves_nothing_after_it(on):
    office = on(Rungs(("winrm",), "winrm", "winrm"))
    settled = Event(1, BEGIN, Kind.SETTLED, EFFECT, "", {"mark": Mark.CHANGED, "verdict": "yes"})
    office.pc.state.edition = office.key.edition
    office.carried += [Carried("winrm", "ask", "facts"), Carried("winrm", "tell", "restart")]
    office.carried.append(Carried("winrm", "ask", "facts", error=Unsure("cut")))
    office.witness.see(settled)
    assert office.witness.wrong == [f"{EFFECT}: settled with a yes that nobody has read"]
    office.carried.append(Carried("winrm", "ask", "facts"))
    office.witness.see(settled)
    assert len(office.witness.wrong) == 1


def test_a_reading_of_an_earlier_run_proves_nothing(on):
    office = on(Rungs(("winrm",), "winrm", "winrm"))
    office.carried.append(Carried("winrm", "ask", "facts"))
    office.witness.see(Event(2, BEGIN, Kind.STARTED, "", "", {}))
    office.witness.see(Event(2, BEGIN, Kind.SETTLED, REACHED, "", {"mark": Mark.ALREADY, "verdict": "yes"}))
    assert office.witness.wrong == [f"{REACHED}: settled with a yes that nobody has read"]


def test_a_change_of_way_that_nothing_was_read_before_is_found():
    first, second = Carried("vsax", "tell", "record_data"), Carried("winrm", "tell", "restart")
    read, failed = Carried("winrm", "ask", "facts"), Carried("winrm", "ask", "facts", error=Unsure("cut"))
    key = Carried("winrm", "tell", "install_key", private=True)
    assert unread_switches([first, read, second]) == []
    assert unread_switches([first, key, Carried("vsax", "ask", "facts"), first]) == []
    for told in ([first, second], [read, first, second], [first, failed, second], [first, key, first]):
        assert len(unread_switches(told)) == 1


def test_no_line_of_the_table_is_there_twice():
    lines = [(front, row.what, row.behind) for section in SECTIONS for row in section.rows for front in section.fronts]
    assert len(set(lines)) == len(lines)
    assert {row.why.partition(":")[0] for section in SECTIONS for row in section.rows} == {
        "", "NotSent", "Refused", "TryLater", "Unsure",
    }  # fmt: skip


def test_the_page_shows_the_table():
    """Write it anew with: python -m tests.playbooks.upgrade.rungs.page"""
    assert PAGE.read_text("utf-8").partition("| Way |")[2] == whole().removeprefix("| Way |")

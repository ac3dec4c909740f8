"""The commands of the desk: what a technician types, sees and is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.api import Exit, Misuse

KEY = "VK7JG-NPHTM-C97JM-9MPGT-3V66T"
LOGIN = ("--login", "admin", "--password-ref", "vault:contoso/admin")
REACH = ("--winrm", "10.0.0.7", *LOGIN)
PC = ("device", "add", "PC", "--customer", "Contoso")


@pytest.fixture
def filled(keyturn):
    """A desk that was filled by commands alone."""
    keyturn("customer", "add", "Contoso", "--package", "core", "--mail", "it@contoso.example", "--zone", "Europe/Berlin")
    keyturn("device", "add", "FRONTDESK-07", "--customer", "contoso", "--user", "jane", *REACH)
    keyturn("licence", "add", "L-1", "--customer", "Contoso", "--edition", "pro", "--seats", "2", "--expires", "2027-01-31")
    keyturn("ticket", "add", "--customer", "Contoso", "--type", "windows licence upgrade", "--number", "5531")
    return keyturn


def _json(result):
    """What is under the only name besides the schema, on the only line."""
    (line,) = result.stdout.splitlines()
    document = json.loads(line)
    assert document.pop("schema") == 1
    (value,) = document.values()
    return value


def test_lists_in_json_hold_everything(filled):
    assert _json(filled("customer", "list", "--json")) == [
        {"name": "Contoso", "package": "core", "mail": "it@contoso.example", "zone": "Europe/Berlin"}
    ]
    (device,) = _json(filled("device", "list", "--json"))
    assert device["ways"] == {"winrm": {"host": "10.0.0.7", "user": "admin", "password": "vault:contoso/admin"}}
    (licence,) = _json(filled("licence", "list", "--customer", "Contoso", "--json"))
    assert licence == {
        "number": "L-1", "customer": "Contoso", "edition": "Professional", "seats": 2, "taken": 0,
        "expires": "2027-01-31", "state": "active",
    }  # fmt: skip
    (ticket,) = _json(filled("ticket", "list", "--json"))
    assert (ticket["number"], ticket["type"], ticket["state"]) == ("5531", "windows licence upgrade", "open")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("customer", "list"), ("Contoso", "core", "Europe/Berlin")),
        (("customer", "show", "contoso"), ("FRONTDESK-07", "L-1", "5531")),
        (("device", "list"), ("FRONTDESK-07", "jane", "winrm")),
        (("device", "show", "frontdesk-07"), ("host=10.0.0.7",)),
        (("licence", "list"), ("L-1", "Professional", "2027-01-31")),
        (("licence", "show", "l-1"), ("active",)),
        (("ticket", "list"), ("5531", "windows licence upgrade", "open")),
        (("ticket", "show", "5531"), ("Contoso",)),
    ],
)
def test_tables_go_to_standard_output(filled, words, expected):
    result = filled(*words)
    assert all(text in result.stdout for text in expected)
    assert not result.stderr


def test_what_is_done_is_said_beside_the_data(keyturn):
    result = keyturn("customer", "add", "Contoso", "--package", "core")
    assert (result.stdout, result.stderr) == ("", "added customer Contoso\n")
    assert keyturn("ticket", "add", "--customer", "Contoso", "--type", "x").stdout == "1\n"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("customer", "show", "Contosso"), "there is no customer 'Contosso' in the local desk. Did you mean 'Contoso'?"),
        (("device", "show", "FRONTDESK-7"), "Did you mean 'FRONTDESK-07'?"),
        (("licence", "show", "zzz"), "See 'keyturn licence list'; add it with 'keyturn licence add'."),
        (("ticket", "show", "5513"), "Did you mean '5531'?"),
        (("device", "add", "PC", "--customer", "Kontoso", *REACH), "Did you mean 'Contoso'?"),
        (("device", "list", "--customer", "x"), "no customer 'x'"),
        (("customer", "add", "CONTOSO", "--package", "core"), "already"),
        (("customer", "add", "New", "--package", "core", "--zone", "Europe/Berlim"), "Did you mean Europe/Berlin"),
        (("customer", "add", "New", "--package", "core", "--mail", "x"), "not a mail address"),
        (("customer", "add", " ", "--package", "core"), "1 to 200 printable characters"),
        (("device", "add", "frontdesk-07", "--customer", "Contoso", *REACH), "already"),
        (("licence", "add", "l-1", "--customer", "Contoso", "--edition", "pro"), "already"),
        (("device", "add", "PC", "--customer", "Contoso", "--winrm", "a b"), "not a WinRM address"),
        (("device", "add", "PC", "--customer", "Contoso", "--login", "admin"), "no address and no password"),
        (
            ("device", "add", "PC", "--customer", "Contoso", "--winrm", "pc", "--login", "a", "--password-ref", "x"),
            "must be a reference",
        ),
        (("device", "add", "PC", "--customer", "Contoso", "--winrm", "http://pc", "--https"), "plain HTTP"),
        (("ticket", "reply", "5531", " "), "empty reply"),
    ],
)
def test_mistakes_are_one_line_that_says_what_to_do(filled, words, says):
    with pytest.raises(Misuse) as caught:
        filled(*words)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code is Exit.MISUSE
    assert caught.value.do


FINGERPRINT = "ab" * 32


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (PC, "no way to reach PC was given. Give --winrm HOST, or a --way of another connector."),
        ((*PC, "--winrm", "pc"), "no login and no password. Give --login USER and --password-ref vault:NAME."),
        ((*PC, "--winrm", "pc", "--login", "a"), "no password. Give --password-ref vault:NAME."),
        ((*PC, *LOGIN), "no address. Give --winrm HOST[:PORT]."),
        ((*PC, *REACH, "--auth", "basic"), "readably. Add --https, or leave --auth out."),
        ((*PC, *REACH, "--fingerprint", FINGERPRINT), "over HTTP, and --fingerprint was given. Add --https."),
        ((*PC, *REACH, "--ca", "x.pem"), "over HTTP, and --ca was given. Add --https."),
        ((*PC, *REACH, "--https", "--fingerprint", "ab:cd"), "64 hexadecimal digits, and this one has 4 characters"),
        ((*PC, *REACH, "--https", "--fingerprint", "z" * 64), "64 hexadecimal digits"),
        ((*PC, *REACH, "--https", "--ca", "/nowhere/x.pem"), "there is no file /nowhere/x.pem"),
        ((*PC, *REACH, "--password-ref", "keepass:x"), "must be a reference such as vault:contoso/admin"),
        ((*PC, "--winrm", "http://u:hunter2@pc", *LOGIN), "USER:PASSWORD@ does not belong into a WinRM address (before 'pc')"),
        ((*PC, "--winrm", "u:hunter2@pc", *LOGIN), "does not belong into a WinRM address"),
        (("device", "change", "FRONTDESK-07"), "nothing to change was given"),
        (("device", "change", "FRONTDESK-07", "--auth", "basic"), "Add --https"),
        (("device", "change", "FRONTDESK-07", "--without", "ssh"), "FRONTDESK-07 has no way 'ssh'. It has: winrm."),
        (("customer", "change", "Contoso"), "nothing to change was given. Give at least one option"),
        (("licence", "add", "L-3", "--customer", "Contoso", "--edition", "foo"), "Usual are home, pro, enterprise, education"),
        (("licence", "add", "L-3", "--customer", "Contoso", "--edition", "enterprize"), "Did you mean enterprise"),
        (
            ("licence", "add", "L-3", "--customer", "Contoso", "--edition", "pro", "--for-device", "FRONTDESK-08"),
            "FRONTDESK-07",
        ),
        (("licence", "terminate", "L-1"), "licence L-1 was not terminated. Add --yes to terminate without a question."),
    ],
)
def test_what_cannot_work_is_refused_before_it_is_kept(filled, words, says):
    with pytest.raises(Misuse) as caught:
        filled(*words)
    assert says in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert [each["name"] for each in _json(filled("device", "list", "--json"))] == ["FRONTDESK-07"]


def test_what_the_settings_say_of_winrm_counts(filled, workplace):
    place = workplace()
    place.settings["winrm"] = {"user": "admin", "password": "vault:contoso/admin"}
    filled(*PC, "--winrm", "pc", at=place)
    assert _json(filled("device", "show", "PC", "--json"))["ways"] == {"winrm": {"host": "pc"}}


def test_a_certificate_is_forgotten_with_https_and_a_way_can_be_taken_out(filled, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("ca.pem").write_text("")
    filled(*PC, *REACH, "--https", "--fingerprint", FINGERPRINT, "--ca", "ca.pem", "--way", "ssh.host=pc")
    assert _json(filled("device", "show", "PC", "--json"))["ways"]["winrm"]["ca"] == str(tmp_path / "ca.pem")
    filled("device", "change", "PC", "--winrm", "http://pc")
    filled("device", "change", "PC", "--without", "ssh")
    assert _json(filled("device", "show", "PC", "--json"))["ways"] == {
        "winrm": {"host": "pc", "scheme": "http", "user": "admin", "password": "vault:contoso/admin"}
    }


def test_terminating_asks_once(filled):
    filled("licence", "terminate", "L-1", typed="y\n")
    with pytest.raises(Misuse, match="licence L-1 is terminated already"):
        filled("licence", "terminate", "l-1")


def test_the_desk_knows_the_editions_that_an_order_may_name():
    from connectors.local.editions import known_edition
    from playbooks.windows.editions import EDITIONS

    assert all(known_edition(name) == name for name in EDITIONS)


def test_the_ladder_of_a_device(filled):
    filled(*PC, *REACH, "--way", "ssh.host=pc", "--way", "vsax.name=PC", "--ladder", "vsax, winrm,ssh")
    assert list(_json(filled("device", "show", "PC", "--json"))["ways"]) == ["vsax", "winrm", "ssh"]
    filled("device", "change", "PC", "--way", "splashtop.channel=1", "--ladder", "ssh,vsax,winrm,splashtop")
    assert list(_json(filled("device", "show", "PC", "--json"))["ways"]) == ["ssh", "vsax", "winrm", "splashtop"]
    filled("device", "change", "PC", "--way", "ssh.port=23")
    assert list(_json(filled("device", "show", "PC", "--json"))["ways"]) == ["ssh", "vsax", "winrm", "splashtop"]


@pytest.mark.parametrize("ladder", ["vsax", "winrm,vsax,vsax", "winrm,vsax,telnet", ","])
def test_a_ladder_names_each_way_once(filled, ladder):
    filled(*PC, *REACH, "--way", "vsax.name=PC")
    with pytest.raises(Misuse) as caught:
        filled("device", "change", "PC", "--ladder", ladder)
    assert str(caught.value) == f"the ladder '{ladder}' does not name each way once. The ways are: winrm, vsax."


def test_the_ways_of_a_device(filled, tmp_path):
    ca = tmp_path / "ca.pem"
    ca.write_text("")
    filled(
        "device", "add", "PC", "--customer", "Contoso", "--winrm", "[fe80::1]:5986", "--https", "--auth", "basic",
        "--login", "admin", "--password-ref", "vault:contoso/admin", "--ca", str(ca),
        "--fingerprint", "ab" * 32, "--way", "screenconnect.id=7",
    )  # fmt: skip
    assert _json(filled("device", "show", "PC", "--json"))["ways"] == {
        "winrm": {
            "host": "fe80::1", "port": 5986, "auth": "basic", "user": "admin", "password": "vault:contoso/admin",
            "ca": str(ca), "fingerprint": "ab" * 32, "scheme": "https",
        },
        "screenconnect": {"id": 7},
    }  # fmt: skip


def test_a_device_is_changed_in_place(filled):
    filled("device", "change", "frontdesk-07", "--user", "joe", "--winrm", "http://10.0.0.9:5985/wsman")
    filled("device", "change", "FRONTDESK-07", "--login", "root")
    found = _json(filled("device", "show", "FRONTDESK-07", "--json"))
    assert found["user"] == "joe"
    assert found["ways"] == {
        "winrm": {"host": "10.0.0.9", "port": 5985, "scheme": "http", "user": "root", "password": "vault:contoso/admin"}
    }


def test_a_customer_is_changed_in_place(filled):
    filled("customer", "change", "contoso", "--package", "basic")
    assert _json(filled("customer", "list", "--json"))[0]["package"] == "basic"
    assert _json(filled("customer", "list", "--json"))[0]["mail"] == "it@contoso.example"


def test_removing_asks_and_keeps_what_is_referenced(filled, tmp_path):
    with pytest.raises(Misuse, match="still has 1 device, 1 licence, 1 ticket in the desk"):
        filled("customer", "remove", "Contoso", "--yes")
    with pytest.raises(Misuse, match=r"was not removed\. Add --yes"):
        filled("device", "remove", "FRONTDESK-07", typed="n\n")
    with pytest.raises(Misuse, match="was not removed"):
        filled("device", "remove", "FRONTDESK-07", typed="")
    filled("licence", "add", "L-2", "--customer", "Contoso", "--edition", "pro", "--for-device", "frontdesk-07")
    with pytest.raises(Misuse, match="still holds a licence seat"):
        filled("device", "remove", "FRONTDESK-07", "--yes")
    filled("customer", "add", "Empty", "--package", "core")
    filled("customer", "remove", "empty", typed="y\n")
    filled(*PC, *REACH)
    filled("device", "remove", "pc", "--yes")
    assert [each["name"] for each in _json(filled("device", "list", "--json"))] == ["FRONTDESK-07"]
    assert [each["name"] for each in _json(filled("customer", "list", "--json"))] == ["Contoso"]


def test_a_licence_shows_its_holders(filled):
    filled(*PC, *REACH)
    filled(
        "licence",
        "add",
        "L-2",
        "--customer",
        "Contoso",
        "--edition",
        "home",
        "--seats",
        "2",
        "--for-device",
        "PC",
        "--for-user",
        "jo",
    )
    shown = _json(filled("licence", "show", "L-2", "--json"))
    assert shown["holders"] == [{"device": "PC", "user": ""}, {"device": "", "user": "jo"}]
    assert shown["edition"] == "Core"
    filled("licence", "terminate", "L-2", "--yes")
    assert _json(filled("licence", "show", "L-2", "--json"))["state"] == "terminated"


def test_a_proof_is_recorded_for_the_devices_user(filled, tmp_path: Path, workplace):
    from connectors.local.desk import Desk
    from connectors.local.inventory import DeskInventory

    document = tmp_path / "invoice.pdf"
    document.write_bytes(b"invoice")
    words = ("licence", "proof", "L-9", "--device", "frontdesk-07", "--edition", "pro", "--file", str(document), "--by", "Kim")
    said = filled(*words, "--because", "invoice 4711").stderr
    assert "accepted the proof for licence L-9, sha256 " in said
    assert "licence L-9 is not in the inventory (it has L-1): the proof stands in for it, for this device and user" in said
    known = filled(*(word.replace("L-9", "l-1") for word in words), "--because", "invoice 4711").stderr
    assert "licence l-1 is in the inventory: its seats decide" in known
    with pytest.raises(Misuse, match="Did you mean 'FRONTDESK-07'"):
        filled(*(word.replace("frontdesk", "frontdsk") for word in words), "--because", "invoice 4711")
    place = workplace()
    asked = {
        "customer": "Contoso",
        "device": "FRONTDESK-07",
        "user": "jane",
        "edition": "Professional",
        "on": place.clock.now(),
    }
    assert DeskInventory(Desk.of(place)).covers("L-9", **asked).is_yes
    assert "refused" in filled(*words, "--because", "forged", "--refuse").stderr
    assert not DeskInventory(Desk.of(place)).covers("L-9", **asked).is_yes


def test_a_reply_to_a_closed_ticket_needs_attention(filled):
    assert "is open" in filled("ticket", "reply", "5531", "-", "--from", "Jane", typed="Two\nlines\n").stderr
    filled("ticket", "close", "5531", "--by", "Kim", "--because", "done by hand")
    assert "closed, needs attention" in filled("ticket", "reply", "5531", "Where is the start menu?").stderr
    assert "closed, needs attention" in filled("ticket", "list", "--attention").stdout
    assert _json(filled("ticket", "list", "--open", "--json")) == []
    notes = _json(filled("ticket", "show", "5531", "--json"))["notes"]
    assert [(note["author"], note["public"], note["text"]) for note in notes] == [
        ("Jane", True, "Two\nlines"),
        ("Kim", False, "done by hand"),
        ("Contoso", True, "Where is the start menu?"),
    ]
    filled("ticket", "reopen", "5531")
    assert len(_json(filled("ticket", "list", "--open", "--json"))) == 1


def test_a_customers_words_do_not_steer_the_terminal(filled):
    filled("ticket", "reply", "5531", "\x1b[2Jgone [bold]not bold[/bold]")
    shown = filled("ticket", "show", "5531").stdout
    assert "\x1b" not in shown
    assert "[bold]not bold[/bold]" in shown


def test_a_product_key_in_a_reply_is_blotted_out(filled, folder):
    filled("ticket", "reply", "5531", f"Here it is: {KEY}")
    assert "‹product key …3V66T›" in filled("ticket", "show", "5531").stdout


@pytest.mark.parametrize("kind", ["customer", "device", "licence", "ticket"])
def test_an_empty_list_is_empty_json_or_a_sentence(keyturn, kind):
    assert keyturn(kind, "list", "--json").stdout == f'{{"schema": 1, "{kind}s": []}}\n'
    result = keyturn(kind, "list")
    assert (result.stdout, result.stderr) == ("", f"There are no {kind}s to list. Enter one with 'keyturn {kind} add'.\n")

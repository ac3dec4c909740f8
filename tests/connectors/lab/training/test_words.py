"""Every word beside the simulated PC: what it does, what is said of a slip, and which of them are offered for which ways."""

from __future__ import annotations

import base64
import re
from urllib.parse import quote

import pytest
import requests

from connectors.lab.fronts import FRONTS


def utf16(text: str) -> str:
    return base64.b64encode(text.encode("utf-16-le")).decode()


class Asking:
    """Asks VSA X."""

    def __init__(self, url: str, token: tuple[str, str]) -> None:
        self._url, self._token = url, token

    def __call__(self, path: str) -> None:
        requests.get(f"{self._url}/api/v3/{path}", auth=self._token, timeout=5, proxies={"http": ""}).close()


def post(url: str, token: str) -> None:
    """Makes a support session."""
    body = {"channel_id": 0, "customer_name": "PC-1", "customer_issue": "kt"}
    headers = {"Authorization": f"Bearer {token}"}
    requests.post(url, json=body, headers=headers, timeout=5, proxies={"http": ""}).close()


@pytest.fixture
def training(lab):
    return lab(name="PC-1")


@pytest.fixture
def ladder(lab):
    return lab("screenconnect", "vsax", "winrm-jump", "splashtop", name="PC-1")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("backup", "PC-1 was backed up to the network."),
        ("user", "Nobody was logged on."),
        ("user 'Anna Berg'", "Anna Berg is logged on."),
        ("restart", "PC-1 restarts."),
        ("unplug", "PC-1 has no power."),
        ("plug", "PC-1 starts."),
        ("fault cut", "cut will happen to the next Command request."),
        ("fault Quota-Of-Shells create 2", "quota-of-shells will happen to the next 2 Create requests."),
        ("fault slow any", "slow will happen to the next request."),
        ("fault slow 3", "slow will happen to the next 3 Command requests."),
        ("winrm off", "PC-1 has its WinRM switched off."),
        ("winrm On", "PC-1 has its WinRM switched on."),
        ("type hostname", "PC-1\nExit code 0."),
        ("fail activate 0xC004F050", "The next try of activate will end with 0xC004F050."),
        ("fail activate -1073418160 3", "The next 3 tries of activate will end with -1073418160."),
        ("ledger", "Nothing was changed yet."),
        ("backup now", "Write it as: backup"),
        ("fault", "Write it as: fault NAME [REQUEST] [TIMES]"),
        ("fault cut 2 3", "fault: give cut a REQUEST and how often."),
        ("winrm away", "winrm: say on or off, not 'away'."),
        ("winrm", "Write it as: winrm on|off"),
        ("agent off", "There is no word 'agent'. Type help."),
        ("requests", "There is no word 'requests'. Type help."),
        ("type", "Write it as: type COMMAND"),
        ("fault cut Command 1 2", "Write it as: fault NAME [REQUEST] [TIMES]"),
        ("fail activate", "Write it as: fail SCRIPT CODE [TIMES]"),
        ("fault cutt", "fault: there is no fault 'cutt'. Did you mean 'cut'? Type help for their names."),
        ("fault cut Comand", "fault: there is no request 'Comand'. Did you mean 'command'? Type help for their names."),
        ("fault cut Command many", "fault: TIMES is a whole number from 1 to 1000, not 'many'."),
        ("fault cut Command 0", "fault: TIMES is a whole number from 1 to 1000, not '0'."),
        ("fail activat 1", "fail: there is no script 'activat'. Did you mean 'activate'? Type help for their names."),
        ("fail activate much", "fail: CODE is an error code such as 0xC004F050, not 'much'."),
        ("fail activate 0x1C004F050", "fail: CODE is an error code such as 0xC004F050, not '0x1C004F050'."),
        ("bakup", "There is no word 'bakup'. Did you mean 'backup'? Type help."),
        ("xyz", "There is no word 'xyz'. Type help."),
        ("user 'Anna", "A quotation mark is missing."),
        ("quit now", "Write it as: quit"),
    ],
)
def test_each_word_does_what_it_says_and_a_slip_is_one_line(training, line, says):
    assert training.do(line) == says


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("fault screenconnect drop", "drop will happen at the next occasion."),
        ("fault screenconnect Stale-Token", "fault: there is no fault 'Stale-Token'."),
        ("fault screenconnect drop SendCommandToSession", "fault: give drop only how often."),
        ("fault screenconnect drop 2", "drop will happen at the next 2 occasions."),
        ("fault vsax busy run-script 2", "busy will happen to the next 2 run script requests."),
        ("fault vsax stuck", "stuck will happen to the next request."),
        ("fault vsax stuck devices", "fault: that happens to run-script and any only."),
        ("fault winrm cut", "cut will happen to the next Command request."),
        ("fault jump no-channel", "no-channel will happen at the next occasion."),
        ("fault splashtop forbidden create", "forbidden will happen to the next create request."),
        ("fault cut", "Write it as: fault WAY NAME [REQUEST] [TIMES]"),
        ("fault cut Command", "fault: there is no way 'cut'. Type help for their names."),
        ("agent off", "To screenconnect and vsax, PC-1 is offline, whatever it is itself."),
        ("agent on VSAX", "To vsax, PC-1 is there again."),
        ("agent off winrm", "agent: there is no way 'winrm'. Type help for their names."),
        ("join", "join: no support session is open. A run makes one."),
        ("connect", "connect: no support session is open. A run makes one."),
        ("requests", "Nothing was asked yet."),
        ("requests ssh", "requests: there is no way 'ssh'. Type help for their names."),
    ],
)
def test_with_several_ways_the_way_is_named(ladder, line, says):
    assert ladder.do(line).startswith(says)


def test_user_alone_logs_off(training):
    training.do("user Anna")
    assert training.do("user") == "Anna logged off."
    assert training.pc.state.user is None


def test_help_names_everything_that_can_be_typed(training):
    told = training.do("help")
    for part in ("fault NAME [REQUEST] [TIMES]", "quota-of-shells", "Receive", "any", "install_key", "user [NAME]", "logs off"):
        assert part in told
    assert told in training.introduction("keyturn")


@pytest.mark.parametrize("ways", [("winrm",), ("screenconnect", "vsax", "winrm-jump", "splashtop"), ("vsa9",)], ids="+".join)
def test_help_fits_a_terminal_and_breaks_no_name(lab, ways):
    told = lab(*ways).do("help")
    assert max(map(len, told.splitlines())) <= 80
    assert ("quota-of-operations" in told) is ("vsa9" not in ways)


@pytest.mark.parametrize(
    ("ways", "words"),
    [
        ("winrm", "fault winrm"),
        ("ssh", "fault"),
        ("vsax", "fault agent requests"),
        ("splashtop", "fault join connect requests"),
        ("screenconnect winrm-jump", "fault winrm agent requests"),
    ],
)
def test_only_words_that_concern_the_ways_are_offered(lab, ways, words):
    offered = set(re.findall(r"^  ([a-z]+)(?= )", lab(*ways.split()).do("help"), re.MULTILINE))
    everywhere = {"backup", "user", "type", "restart", "unplug", "plug", "fail", "ledger", "help", "quit"}
    assert offered == everywhere | set(words.split())


@pytest.mark.parametrize("way", FRONTS)
def test_every_fault_in_the_help_can_be_planned(lab, way):
    training = lab(way)
    told = re.sub(r"\n    ", " ", training.do("help"))
    kinds = {label: names.split(", ") for label, names in re.findall(r"^  NAME (?:of a|for) (\w+): (.*)$", told, re.MULTILINE)}
    assert set(kinds) == ({"winrm", "jump"} if way == "winrm-jump" else {"fault"})
    for label, names in kinds.items():
        for name in names:
            line = f"fault {label} {name}" if len(kinds) > 1 else f"fault {name}"
            assert training.do(line).startswith(f"{name} will happen ")


@pytest.mark.parametrize("way", FRONTS)
def test_every_request_in_the_help_can_be_named(lab, way):
    training = lab(way)
    told = re.sub(r"\n    ", " ", training.do("help"))
    for names in re.findall(r"^  REQUEST(?: for winrm)?: (.*)$", told, re.MULTILINE):
        for name in names.split(", "):
            line = f"fault {'winrm ' if way == 'winrm-jump' else ''}cut {name}"
            assert training.do(line).startswith("cut will happen to the next ")


def test_a_command_typed_on_the_pc_shows_what_it_says_and_no_key(training):
    assert "KEY" in training.do("type slmgr /ipk KEY")
    assert training.pc.state.held.last5 == training.key.last5
    assert training.do("type nonsense").endswith("Exit code 1.")
    assert training.do("type winver") == "Windows Pro, version 23H2 (OS Build 22631.4317)"
    assert training.do(r"type cscript //nologo C:\Windows\System32\slmgr.vbs /xpr").endswith("Exit code 0.")


def test_requests_are_told_in_order_and_counted(lab, clock):
    training = lab("vsax", "screenconnect")
    site = training.doors["vsax"].servers[training.pc.name]
    ask = Asking(site.url, site.token)
    for path in ("environment", "devices", "devices", "nothing"):
        ask(path)
    told = training.do("requests vsax").splitlines()
    assert told[:3] == ["vsax  environment  200", "vsax  devices  200  2 times", "vsax  unknown  404"]
    assert told[3] == "The product key was in none of these 4 requests."
    assert training.do("requests screenconnect") == "Nothing was asked yet."
    key = training.key.value
    for disguise in (key, key.replace("-", "").lower(), base64.b64encode(key.encode()).decode(), utf16(key), utf16(utf16(key))):
        ask(f"devices?name={quote(disguise)}")
    assert training.do("requests").splitlines()[-1] == "The product key was in 5 of these 9 requests."


def test_a_support_session_is_joined_before_a_technician_connects(lab):
    training = lab("splashtop", name="PC-1")
    site = training.doors["splashtop"].servers["PC-1"]
    post(f"{site.url}/api/open/v1/teams/4711/psa/support_sessions", site.token)
    assert training.do("connect") == "connect: the end user has not opened the link yet. Type join first."
    assert training.do("join") == "The end user opened the link of support session 1000 on PC-1."
    assert training.do("connect") == "sam@msp.example joined support session 1000."
    assert site.sessions[1000].assignee_email == "sam@msp.example"


def test_a_name_that_may_be_known_comes_with_advice(lab, training):
    assert "Is PC-1 in your desk already?" in training.introduction("keyturn")
    assert "already?" not in lab().introduction("keyturn")


def test_the_ledger_tells_what_happened(training):
    training.pc.world.ledger.add("PC-1", "restart", by="somebody", text="long")
    assert re.fullmatch(r"\d\d:\d\d:\d\d  restart  by somebody", training.do("ledger"))

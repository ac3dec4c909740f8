"""Every way that ``keyturn lab`` serves leads, by the lines that it prints, to the end that this way has."""

from __future__ import annotations

import re

import pytest

from agent.machine.config import data_folder
from connectors.lab.command import WAYS
from connectors.lab.fronts import FRONTS, fronts
from connectors.lab.windows.pc import Pc
from connectors.lab.windows.world import World

WHOLE = [
    ("winrm",),
    ("winrm-jump",),
    ("ssh",),
    ("screenconnect", "winrm"),
    ("screenconnect-built-in", "winrm"),
    ("vsax", "winrm"),
    ("vsa9", "winrm"),
    ("screenconnect", "vsax", "ssh", "splashtop"),
]


@pytest.fixture
def run_of(printed, copied):
    """Copies every line that a lab prints, and returns how the run ended."""

    def run(training, doctor: int = 0):
        *before, last = printed(training)
        assert last.startswith("keyturn run ")
        for line in before:
            result = copied(line)
            if line.startswith("keyturn"):
                assert result.exit_code == (doctor if line.startswith("keyturn doctor") else 0), result.output
        return copied(last)

    return run


def resumed(result, typed):
    return typed(*re.findall(r"keyturn (resume \d+)", result.stdout)[-1].split())


def test_the_command_has_every_way_of_the_lab(clock):
    assert list(WAYS) == list(FRONTS)
    with fronts(FRONTS, [Pc("PC-1", world=World(clock))], "vault:lab") as doors:
        assert {name: front.connector for name, front in doors.items()} == WAYS


@pytest.mark.parametrize("ways", WHOLE, ids="+".join)
def test_the_whole_upgrade_goes_through(ways, lab, run_of, typed):
    training = lab(*ways)
    waiting = run_of(training)
    assert waiting.exit_code == 3, waiting.output
    assert training.do("backup").endswith("was backed up to the network.")
    done = resumed(waiting, typed)
    assert (done.exit_code, "done: " in done.stdout) == (0, True), done.output
    assert training.pc.state.edition == "Education"
    assert training.do("ledger").count("key installed") == 1


def test_the_jump_goes_through_https_too(lab, run_of, typed):
    training = lab("winrm-jump", tls=True)
    assert run_of(training).exit_code == 3
    assert "direct-tcpip" in training.doors["winrm-jump"].gateway.log


@pytest.mark.parametrize("way", ["screenconnect", "screenconnect-built-in", "vsax", "vsa9"])
def test_a_vendors_tool_alone_stops_for_a_person_at_the_key(way, lab, run_of, typed):
    training = lab(way)
    waiting = run_of(training, doctor=1)
    training.do("backup")
    asks = resumed(waiting, typed)
    assert asks.exit_code == 5, asks.output
    assert "a person must decide: the product key is installed" in asks.stdout
    assert "The product key was in none of these" in training.do("requests")
    assert "successfully" in training.do("type slmgr /ipk KEY")
    done = resumed(asks, typed)
    assert (done.exit_code, training.pc.state.edition) == (0, "Education"), done.output


def test_splashtop_alone_asks_for_a_person_at_once(lab, run_of, typed):
    training = lab("splashtop")
    asks = run_of(training)
    assert asks.exit_code == 5, asks.output
    assert "a person must decide: the device is reached" in asks.stdout
    assert training.do("join").startswith("The end user opened the link of support session 1000")
    assert training.do("connect") == "sam@msp.example joined support session 1000."
    assert "Description: Windows(R)" in training.do("type slmgr /dli")
    [answer] = re.findall(r"keyturn (answer \d+ \d+) --yes", asks.stdout)
    assert typed(*answer.split(), "--yes", "--by", "Sam", "--because", "seen in the session").exit_code == 0
    assert resumed(asks, typed).exit_code == 5


def test_a_ladder_gets_by_an_agent_that_is_offline(lab, run_of, typed):
    training = lab("screenconnect", "winrm")
    training.do("agent off")
    waiting = run_of(training, doctor=1)
    assert waiting.exit_code == 3
    assert {exchange.call for exchange in training.doors["screenconnect"].log} == {"GetSessionsByFilter"}


def test_opening_the_way_can_be_practised(lab, run_of, typed):
    training = lab("screenconnect", "winrm")
    advice = training.do("winrm off")
    [change] = re.findall(r"keyturn (device change .*?)   ", advice)
    waiting = run_of(training, doctor=1)
    assert typed(*change.split()).exit_code == 0
    training.do("backup")
    done = resumed(waiting, typed)
    assert (done.exit_code, training.pc.state.winrm) == (0, True), done.output
    assert "WinRM switched on" in training.do("ledger")


def test_the_jump_host_is_added_where_keyturn_looks(lab, printed):
    [line] = [line for line in printed(lab("winrm-jump")) if line.startswith("cat ")]
    assert line.endswith(f'>> "${{KEYTURN_HOME:-{data_folder()}}}/keyturn.toml"')

"""The simulated PC: power, scripts, strictness, ledger."""

from __future__ import annotations

import base64
import json
import threading

import pytest

from agent.api import COMMAND_LINE, Secret, standard_input, tell
from connectors.lab.ledger import Ledger
from connectors.lab.machine import Machine, Power
from connectors.lab.windows.pc import Pc
from connectors.lab.windows.power import Pace, WallClock
from connectors.lab.windows.state import Backup, Battery, State
from connectors.lab.windows.world import World
from playbooks.windows import facts
from playbooks.windows.powershell import script
from tests.connectors.lab.windows.inprocess import InProcess


@pytest.fixture
def world(clock):
    return World(clock, Pace(notice=1, down=20, starting=10, changepk=30))


@pytest.fixture
def pc(world):
    return Pc("FRONTDESK-07", None, world)


def sent(pc, request, *secrets):
    return pc.run(COMMAND_LINE, "\n".join([json.dumps(request), *secrets]).encode(), 65001)


def test_it_is_a_machine(pc):
    machine: Machine = pc
    assert machine.power() is Power.UP
    assert machine.users == {"administrator": "lab"}


def test_a_restart_takes_its_time(pc, clock, world):
    assert pc.run("shutdown.exe /r /t 10 /c soon", b"", 437).exit_code == 0
    stands = []
    for _ in range(9):
        stands.append((pc.power(), pc.boot()))
        clock.sleep(5)
    up, down, starting = (Power.UP, 1), (Power.DOWN, 2), (Power.STARTING, 2)
    assert stands == [up, up, down, down, down, down, starting, starting, (Power.UP, 2)]
    assert world.ledger.count("restarted", "FRONTDESK-07") == 1


def test_a_pc_that_is_not_up_does_nothing(pc, world):
    pc.switch(on=False)
    assert pc.power() is Power.DOWN
    assert pc.run("hostname", b"", 437).exit_code == 1
    pc.switch(on=True)
    assert pc.power() is Power.DOWN
    assert pc.boot() == 2


def test_switching_on_what_is_on_changes_nothing(pc):
    pc.switch(on=True)
    assert pc.boot() == 1


def test_the_same_json_as_the_real_script(pc, clock):
    pc.state.backups = [
        Backup(clock.now()),
        Backup(clock.now(), "E:"),
        Backup(clock.now(), "D:"),
        Backup(clock.now(), "X:"),
        Backup(clock.now(), "\\\\?\\Volume{1}\\"),
    ]
    pc.state.battery = Battery(40, mains=False)
    pc.state.hints = [("OneDrive", None), ("File History", clock.now())]
    pc.state.backup_event = clock.now()
    told = InProcess(pc).ask(facts.command()).json()
    text = script("facts").text
    for name in told:
        assert f"    {name} " in text, name
    seen = facts.parse(InProcess(pc).ask(facts.command()))
    assert [version.place for version in seen.backups.versions or ()] == ["network", "other disk", "same disk", None, None]
    assert seen.battery is not None
    assert (seen.battery.percent, seen.battery.mains) == (40, False)
    assert seen.backups.hints[1].at == clock.now() == seen.backups.event


def test_a_pc_without_a_key_has_no_licences(pc):
    pc.run("cscript slmgr.vbs /upk", b"", 437)
    assert facts.parse(InProcess(pc).ask(facts.command())).licences == ()


@pytest.mark.parametrize(
    "request_",
    [
        {},
        [],
        7,
        {"script": ""},
        {"script": "Get-Date"},
        {"script": "# keyturn facts 2\n", "given": {}},
        {"script": "# keyturn facts 1\n", "given": {"more": 1}},
        {"script": "# keyturn facts 1\n", "given": None},
        {"script": "# keyturn install_key 1\n", "given": {"restart": False, "note": False}},
        {"script": "# keyturn format_disk 1\n", "given": {}},
    ],
)
def test_what_it_does_not_know_is_never_a_success(pc, world, request_):
    outcome = sent(pc, request_)
    assert outcome.exit_code == 1
    assert outcome.stdout == b""
    assert b"ParserError" in outcome.stderr
    assert world.ledger.effects() == []


@pytest.mark.parametrize("stdin", [b"", b"\n", b"\xff\xfe", b"{"])
def test_odd_input(pc, stdin):
    assert pc.run(COMMAND_LINE, stdin, 65001).exit_code == 1


@pytest.mark.parametrize(
    "line", ["powershell.exe", "powershell -EncodedCommand", "powershell -EncodedCommand !!!!", "powershell -Command Get-Date"]
)
def test_powershell_runs_the_reader_only(pc, line):
    assert not pc.reads_input(line)
    assert pc.run(line, b"", 437).exit_code == 1
    other = base64.b64encode("Remove-Item C:\\".encode("utf-16-le")).decode()
    assert pc.run(f"powershell -EncodedCommand {other}", b"", 437).exit_code == 1


def test_who_reads_input(pc):
    assert pc.reads_input(COMMAND_LINE)
    assert pc.reads_input(f"cmd.exe /c {COMMAND_LINE}")
    assert not pc.reads_input("hostname")
    assert not pc.reads_input("powershell -EncodedCommand RwBlAHQALQBEAGEAdABlAA==")
    assert not pc.reads_input("")


def test_a_restricted_language_mode(pc):
    pc.state.language_mode = "ConstrainedLanguage"
    assert sent(pc, {"script": "# keyturn facts 1\n", "given": {}}).exit_code == 1


def test_planned_faults(pc):
    with pytest.raises(ValueError, match="install_key"):
        pc.faults.fail("everything", 1)
    pc.faults.fail("facts", 0x80041010)
    command = facts.command()
    assert InProcess(pc).ask(command).json() == {
        "ok": False,
        "code": "0x80041010",
        "message": "The simulated PC refuses (0x80041010).",
    }
    pc.faults.delay("facts", 3.5)
    assert pc.run(COMMAND_LINE, standard_input(command).encode(), 65001).seconds == 3.5
    pc.faults.lie("record_data")
    InProcess(pc).tell(tell(script("record_data"), reference="kt-1"))
    assert pc.world.ledger.effects() == []


def test_comparing_without_a_record(pc):
    reply = InProcess(pc).tell(tell(script("compare_data"), reference="kt-1"))
    assert reply.json()["code"] == "0x80070002"
    InProcess(pc).tell(tell(script("record_data"), reference="kt-1"))
    pc.faults.lie("compare_data")
    assert InProcess(pc).tell(tell(script("compare_data"), reference="kt-1")).json() == {"ok": True}


def test_the_restart_script(pc, world):
    session = InProcess(pc)
    for code, fine in ((1115, True), (5, False)):
        pc.faults.fail("restart", code)
        reply = session.tell(tell(script("restart"), seconds=60, text="soon")).json()
        assert (reply["ok"], reply["rc"]) == (fine, code)
    pc.faults.lie("restart")
    assert session.tell(tell(script("restart"), seconds=60, text="soon")).json()["ok"]
    assert world.ledger.effects() == []


def test_many_threads_and_one_effect(world):
    pc = Pc("FRONTDESK-07", State(), world)
    key = world.keys.make("Enterprise")
    threads = [threading.Thread(target=pc.run, args=(f"cscript slmgr.vbs /ipk {key.value}", b"", 437)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert world.ledger.count("key installed") == 8
    assert world.ledger.count("edition changed") == 1
    assert len(pc.seen_command_lines) == 8


def test_the_ledger_keeps_no_key(clock, world):
    ledger = Ledger(clock)
    with pytest.raises(ValueError, match="last five"):
        ledger.add("PC", "key installed", key=world.keys.make("Enterprise").value)
    ledger.add("PC", "restarted", boot=2)
    assert [effect.row() for effect in ledger.effects()] == [
        {"at": "2025-10-06T08:00:00+00:00", "machine": "PC", "effect": "restarted", "detail": {"boot": 2}}
    ]
    assert ledger.count("restarted", "OTHER") == 0


def test_a_lab_of_its_own_has_the_real_time():
    pc = Pc("FRONTDESK-07")
    assert isinstance(pc.world.clock, WallClock)
    pc.world.clock.sleep(0)
    assert facts.parse(InProcess(pc).ask(facts.command())).now.tzinfo is not None


def test_the_activation_script_wants_the_licence_that_is_there(pc):
    reply = InProcess(pc).tell(tell(script("activate"), id="00000000-0000-0000-0000-000000000000")).json()
    assert (reply["ok"], reply["code"]) == (False, "0xC004F014")


def test_the_edition_script_looks_for_recorded_command_lines_itself(pc, world):
    pc.state.auditing = True
    key = Secret(world.keys.make("ServerDatacenter").value, "product key")
    reply = InProcess(pc).tell(tell(script("change_edition"), key, edition="ServerDatacenter")).json()
    assert (reply["ok"], reply["code"]) == (False, "auditing")

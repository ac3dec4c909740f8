"""The programs of the simulated PC: slmgr, DISM, wbadmin, shutdown, changepk."""

from __future__ import annotations

import re

import pytest

from connectors.lab.windows import programs
from connectors.lab.windows.pc import Pc
from connectors.lab.windows.power import Pace
from connectors.lab.windows.state import Backup, State, home, server
from connectors.lab.windows.texts import ENGLISH, LANGUAGES, encoded
from connectors.lab.windows.world import World
from playbooks.windows import slmgr
from playbooks.windows.powershell import script

SLMGR = "cscript.exe //nologo C:\\Windows\\System32\\slmgr.vbs"


@pytest.fixture
def world(clock):
    return World(clock, Pace(notice=1, down=20, starting=10, changepk=30))


@pytest.fixture
def build(world):
    return lambda state=None: Pc("FRONTDESK-07", state, world)


def run(pc, line, page=65001):
    outcome = pc.run(line, b"", page)
    name = "utf-8" if page == 65001 else f"cp{page}"
    return outcome.exit_code & 0xFFFFFFFF, outcome.stdout.decode(name), outcome.stderr.decode(name)


@pytest.mark.parametrize(
    ("line", "bare"),
    [
        ("hostname", "hostname"),
        ("cmd /c hostname", "hostname"),
        ("C:\\Windows\\System32\\cmd.exe /q /c hostname", "hostname"),
        ('CMD.EXE /C "shutdown /r /c "a b""', 'shutdown /r /c "a b"'),
        ('cmd /c "C:\\x y\\z.exe" 1', '"C:\\x y\\z.exe" 1'),
        ("cmdkey /c", "cmdkey /c"),
    ],
)
def test_cmd_is_taken_away(line, bare):
    assert programs.bare(line) == bare


def test_words():
    assert programs.words('%SystemRoot%\\x.exe "/a b" c"d e"') == ["C:\\Windows\\x.exe", "/a b", "cd e"]


@pytest.mark.parametrize("line", ["", "format C:", "slmgr /dli", "wmic os", "powershellx", "reg query HKLM"])
def test_an_unknown_program_is_no_success(build, line, world):
    code, out, err = run(build(), line)
    assert (code, out) == (1, "")
    assert "no such program" in err
    assert world.ledger.effects() == []


@pytest.mark.parametrize(
    ("line", "out"),
    [("hostname", "FRONTDESK-07\r\n"), ("whoami", "frontdesk-07\\administrator\r\n"), ("cmd /c echo Grüße", "Grüße\r\n")],
)
def test_small_programs(build, line, out):
    assert run(build(), line) == (0, out, "")


def test_slmgr_from_key_to_licence(build, world):
    pc, key = build(), world.keys.make("Enterprise")
    assert run(pc, f"{SLMGR} /ipk {key.value}") == (0, f"Installed product key {key.value} successfully.\r\n", "")
    assert "Notification Reason: 0xC004F034." in run(pc, f"{SLMGR} /dlv")[1]
    assert "Notification mode" in run(pc, f"{SLMGR} /xpr")[1]
    assert "Product activated successfully." in run(pc, f"{SLMGR} -ato")[1]
    assert "License Status: Licensed" in run(pc, f"{SLMGR} /dli")[1]
    assert "permanently" in run(pc, f"{SLMGR} /xpr")[1]
    assert run(pc, f"{SLMGR} /cpky")[0] == 0
    assert not pc.state.kept_key
    assert [effect.effect for effect in world.ledger.effects()] == [
        "key installed",
        "edition changed",
        "activation attempted",
        "activated",
        "key cleared",
    ]


def test_activating_what_is_licensed_asks_nobody(build, world):
    pc, key = build(), world.keys.make("Professional", "Volume:MAK", limit=2)
    assert run(pc, f"{SLMGR} /ato")[0] == 0
    run(pc, f"{SLMGR} /ipk {key.value}")
    for _ in range(2):
        assert run(pc, f"{SLMGR} /ato")[0] == 0
    assert world.ledger.count("activated") == 1


@pytest.mark.parametrize("language", ["de-DE", "ja-JP", "en-US", "fr-FR"])
def test_other_languages_have_other_words_and_the_same_codes(build, world, language):
    pc = build(State(language=language))
    code, out, _ = run(pc, f"{SLMGR} /ipk 22222-22222-22222-22222-22222")
    assert code == 0xC004F050
    assert "0xC004F050" in out
    assert ("Error:" in out) == (language[:2] in ("en", "fr"))
    assert ("Licensed" in run(pc, f"{SLMGR} /dlv")[1]) == (language[:2] in ("en", "fr"))


def test_every_language_says_everything():
    for words in LANGUAGES.values():
        assert set(words) == set(ENGLISH)
        for name in words:
            assert words[name].count("{") == ENGLISH[name].count("{"), name


def test_code_pages():
    assert encoded(["Schlüssel"], 850) == "Schlüssel\r\n".encode("cp850")
    assert encoded(["ライセンス"], 437) == b"?????\r\n"
    assert encoded(["ライセンス"], 932).decode("cp932") == "ライセンス\r\n"


@pytest.mark.parametrize(
    ("edition", "settings", "state", "code"),
    [
        ("Professional", {}, home(), 0xC004E016),
        ("Professional", {}, State(edition="Enterprise"), 0xC004F069),
        ("ServerStandard", {}, State(), 0xC004F050),
        ("Enterprise", {}, State(administrator=False), 0xC004F025),
        ("Enterprise", {}, home(), 0xC004E016),
    ],
)
def test_keys_that_do_not_fit(build, world, edition, settings, state, code):
    key = world.keys.make(edition, **settings)
    assert run(build(state), f"{SLMGR} /ipk {key.value}")[0] == code
    assert world.ledger.effects() == []


def test_an_unknown_key_with_right_check_bits(build):
    assert run(build(), f"{SLMGR} /ipk VK7JG-NPHTM-C97JM-9MPGT-3V66T")[0] == 0xC004E016


def test_a_key_that_needs_a_restart(build, world):
    pc, key = build(), world.keys.make("Education")
    run(pc, f"{SLMGR} /ipk {key.value}")
    assert (pc.state.edition, pc.state.next_edition) == ("Professional", "Education")
    assert run(pc, f"{SLMGR} /ato")[0] == 0xC004F069


@pytest.mark.parametrize(
    ("line", "state", "code", "words"),
    [
        (f"{SLMGR} /ato 00000000-0000-0000-0000-000000000000", State(), 0, "product not found"),
        (f"{SLMGR} /ato", State(administrator=False), 0xC004F025, "0xC004F025"),
        (f"{SLMGR} /ipk", State(), 1, "Invalid combination"),
        (f"{SLMGR} /what", State(), 1, "Invalid combination"),
        (SLMGR, State(), 1, "Invalid combination"),
        (f"{SLMGR} /ato", State(script_host=False), 1, "disabled"),
        (f"{SLMGR} /ato", State(slmgr=False), 1, "Can not find"),
        ("cscript", State(), 1, "Can not find"),
        ("cscript other.vbs", State(), 1, "Can not find"),
    ],
)
def test_slmgr_that_leads_nowhere(build, world, line, state, code, words):
    seen, out, _ = run(build(state), line)
    assert seen == code
    assert words in out
    assert world.ledger.count("activated") == 0


def test_slmgr_without_a_key(build):
    pc = build()
    assert run(pc, f"{SLMGR} /upk")[0] == 0
    for verb in ("/upk", "/xpr", "/dli"):
        assert run(pc, f"{SLMGR} {verb}") == (0, "Error: product key not found.\r\n", "")
    assert run(pc, f"{SLMGR} /ato")[1] == "Error: product not found.\r\n"


def test_the_product_own_command_line_is_understood(build, world):
    key = world.keys.make("Enterprise")
    parts = [*slmgr.HEAD, "/ipk", key.value]
    assert run(build(), "cmd /c " + " ".join(parts))[0] == 0


def test_dism(build, world):
    pc, key = build(server()), world.keys.make("ServerDatacenter")
    dism = "Dism.exe /English /Online"
    assert "Current Edition : ServerStandard" in run(pc, f"{dism} /Get-CurrentEdition")[1]
    assert "Target Edition : ServerDatacenter" in run(pc, f"{dism} /Get-TargetEditions")[1]
    line = f"{dism} /Set-Edition:ServerDatacenter /ProductKey:{key.value} /AcceptEula /NoRestart /Quiet"
    assert run(pc, line)[0] == 3010
    assert pc.state.next_edition == "ServerDatacenter"
    assert world.ledger.count("key installed") == 1


@pytest.mark.parametrize(
    ("state", "line", "code"),
    [
        (server(), "dism /Get-CurrentEdition", 87),
        (server(), "dism /Online", 87),
        (State(administrator=False), "dism /Online /Get-CurrentEdition", 740),
        (State(), "dism /Online /Set-Edition:Enterprise /ProductKey:{key}", 50),
        (server(product_type=2), "dism /Online /Set-Edition:ServerDatacenter /ProductKey:{key}", 50),
        (server("ServerDatacenterEval"), "dism /Online /Set-Edition:ServerStandard /ProductKey:{key}", 1168),
        (server("ServerStandardEval"), "dism /Online /Set-Edition:ServerStandard /ProductKey:{key}", 1168),
    ],
)
def test_dism_refuses(build, world, state, line, code):
    key = world.keys.make("ServerDatacenter")
    assert run(build(state), line.format(key=key.value))[0] == code
    assert world.ledger.effects() == []


def test_wbadmin(build, clock):
    pc = build(State(language="de-DE", backups=[Backup(clock.now()), Backup(clock.now(), "E:")]))
    out = run(pc, "wbadmin get versions")[1]
    assert "Versionsbezeichner: 10/06/2025-08:00" in out
    assert "\\\\nas\\backup" in out
    assert "E:" in out
    assert run(pc, "wbadmin start backup")[0] == 1
    pc.state.administrator = False
    assert run(pc, "wbadmin get versions") == (0, "", "")


def test_shutdown(build, world):
    pc = build()
    assert run(pc, "shutdown")[0] == 1
    assert run(pc, "shutdown /a")[0] == 1116
    assert run(pc, 'shutdown /r /t 60 /c "in a minute"')[0] == 0
    assert run(pc, "shutdown /r")[0] == 1190
    assert run(pc, "shutdown /a")[0] == 0
    assert run(pc, "shutdown /r /t soon")[0] == 0
    announced = world.ledger.effects("restart announced")
    assert [effect.detail for effect in announced] == [{"seconds": 60.0, "text": "in a minute"}, {"seconds": 30.0, "text": ""}]


def test_changepk_works_on_by_itself(build, world, clock):
    pc, key = build(home()), world.keys.make("Professional")
    assert run(pc, "changepk.exe")[0] == 50
    assert run(pc, f"changepk.exe /ProductKey {key.value}") == (0, "", "")
    assert pc.state.busy == {"changepk"}
    clock.sleep(31)
    assert pc.boot() == 1
    assert pc.state.busy == set()
    assert pc.state.next_edition == "Professional"
    run(pc, "shutdown /r /t 0")
    clock.sleep(60)
    assert pc.boot() == 2
    assert pc.state.edition == "Professional"


def test_a_restart_during_changepk_breaks_it(build, world, clock):
    pc, key = build(home()), world.keys.make("Professional")
    run(pc, f"changepk.exe /ProductKey {key.value}")
    run(pc, "shutdown /r /t 0")
    clock.sleep(60)
    assert pc.boot() == 2
    assert pc.state.edition == "Core"
    assert world.ledger.count("edition change broken by a restart") == 1


def test_changepk_refuses_a_downgrade(build, world, clock):
    pc = build(State(edition="Enterprise"))
    run(pc, f"changepk.exe /ProductKey {world.keys.make('Professional').value}")
    clock.sleep(31)
    pc.power()
    assert world.ledger.count("edition change refused") == 1
    assert run(build(server()), "changepk /ProductKey x")[0] == 50


def test_planned_faults_strike_programs_too(build, world):
    pc = build(server())
    key = world.keys.make("ServerDatacenter").value
    line = f"dism /Online /Set-Edition:ServerDatacenter /ProductKey:{key}"
    pc.faults.fail("change_edition", 1168)
    pc.faults.lie("change_edition")
    assert [run(pc, line)[0] for _ in range(2)] == [1168, 3010]
    pc.faults.lie("clear_key")
    assert run(pc, f"{SLMGR} /cpky")[0] == 0
    pc.faults.fail("activate", 0x80072EE7)
    assert run(pc, f"{SLMGR} /ato")[0] == 0x80072EE7
    assert world.ledger.effects() == []


@pytest.mark.parametrize("language", ["en-US", "de-DE", "ja-JP"])
def test_the_script_reads_what_wbadmin_prints_in_any_language(build, clock, language):
    """The patterns of facts.ps1 on the output of wbadmin: the identifier, and the place in the line before it."""
    text = script("facts").text
    found = (
        re.search(r"\$line -match '(.+)'\) \{\n", text),
        re.search(r"\$before -match '(.+)'\)", text),
        re.search(r"\$before -cmatch '(.+)'\)", text),
    )
    identifier, network, letter = (re.compile(one[1]) for one in found if one)
    targets = {"\\\\nas\\backup": "network", "E:": "E:", "\\\\?\\Volume{7a3f}\\": None}
    pc = build(State(language=language, backups=[Backup(clock.now(), target) for target in targets]))
    before, seen = "", []
    for line in run(pc, "wbadmin get versions")[1].splitlines():
        if named := identifier.search(line):
            drive = letter.search(before)
            seen.append((named[0], "network" if network.search(before) else drive and drive[0]))
        before = line
    assert seen == [("10/06/2025-08:00", place) for place in targets.values()]

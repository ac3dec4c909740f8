"""What a command looks like on its way, and how its output is read back, whatever surrounds it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import tree_sitter_powershell
from tree_sitter import Language, Parser

from agent.api import Misuse, Reply, Script, ask, standalone, tell
from connectors.screenconnect.said import Fate, said

MARK = UUID("a507630e-80b5-ec92-bb5e-bcb48d00ff6b")
M = f"keyturn-{MARK}"
UNTIL = datetime(2025, 10, 6, 8, 3, tzinfo=UTC)
SCRIPT = Script("facts.ps1", "# keyturn facts 1\n'it''s {0}' -f 1")


def say(command):
    return said(command, MARK, UNTIL, 1_000_000)


CMD = say(tell("cscript.exe", "//nologo", r"%windir%\System32\slmgr.vbs", "/ato", within=timedelta(seconds=90)))


def test_a_script_between_its_marks():
    command = ask(SCRIPT, name="O'Neill")
    text = say(command).text
    assert text.startswith(
        f"#!ps\n#timeout=60000\n#maxlength=1000000\n'{M} begin'\n"
        f"if([DateTime]::UtcNow -gt ([DateTime]'2025-10-06T08:03:00Z').ToUniversalTime()){{'{M} late'}}else{{\n"
    )
    assert f"\n{standalone(command)}\n" in text
    assert text.endswith(f'"{M} end $keyturn"}}\n')


def test_the_text_is_powershell():
    body = say(ask(SCRIPT)).text.split("\n", 3)[3]
    tree = Parser(Language(tree_sitter_powershell.language())).parse(body.encode())
    assert not tree.root_node.has_error


def test_a_program_in_a_batch_file():
    assert CMD.text.splitlines() == [
        "#timeout=90000",
        "#maxlength=1000000",
        "@echo off",
        f"echo {M} begin",
        (
            "powershell.exe -NoLogo -NoProfile -NonInteractive -Command "
            "\"exit [int]([DateTime]::UtcNow -gt ([DateTime]'2025-10-06T08:03:00Z').ToUniversalTime())\""
        ),
        rf"if errorlevel 1 (echo {M} late) else cscript.exe //nologo %windir%\System32\slmgr.vbs /ato",
        f"echo {M} end %ERRORLEVEL%",
    ]


def test_what_cannot_be_said_on_a_line_is_misuse():
    with pytest.raises(Misuse, match="line break"):
        say(ask("echo", "two\nlines"))


@pytest.mark.parametrize(
    ("data", "reply"),
    [
        (f"{M} begin\r\nout\r\n{M} end 0\r\n", Reply("out\r\n", "", 0)),
        (f"\ufeff{M} begin\r\n{M} end 0", Reply("", "", 0)),
        (f"{M} begin\nno line end{M} end 5", Reply("no line end", "", 5)),
        (f"{M} begin\r\n{M} end -1073418160\r\n", Reply("", "", 0xC004F050)),
        (f"noise\r\n{M} begin\r\nout\r\n{M} error\r\nIt broke.\r\n{M} end 1\r\nmore", Reply("out\r\n", "It broke.", 1)),
        (f"{M} begin\r\nKilled after 5 milliseconds.\r\n{M} end 0\r\n", Reply("Killed after 5 milliseconds.\r\n", "", 0)),
        (f"{M} begin\r\nC:\\>x\r\n{M} end 0\r\n", Reply("C:\\>x\r\n", "", 0)),
        (
            (
                f"\r\nC:\\WINDOWS\\system32>echo {M} begin\r\n{M} begin\r\n\r\nC:\\WINDOWS\\system32>hostname\r\nPC>1\r\n"
                f"\r\nC:\\WINDOWS\\system32>echo {M} end 0\r\n{M} end 0\r\n"
            ),
            Reply("PC>1\r\n", "", 0),
        ),
    ],
)
def test_output(data, reply):
    assert CMD.heard(data) == reply


@pytest.mark.parametrize(
    ("data", "fate"),
    [
        (f"{M} begin\r\n{M} late\r\n", Fate.LATE),
        (f"{M} begin\r\n{M} late\r\n{M} end 1\r\n", Fate.LATE),
        (f"{M} begin\r\nout", Fate.MARKLESS),
        ("", Fate.MARKLESS),
        (f"echo {M} begin", Fate.MARKLESS),
        (f"{M} begin\r\nout{M} end %ERRORLEVEL%\r\n", Fate.MARKLESS),
        (f"{M} begin\r\nout\r\nKilled after 90000 milliseconds.", Fate.KILLED),
        (f"{M} begin\r\nout\r\nTruncated output at 1000000 characters.\r\n", Fate.CUT),
    ],
)
def test_output_that_is_not_whole(data, fate):
    assert CMD.heard(data) is fate


@pytest.mark.parametrize(
    ("data", "killed"),
    [
        ("Killed after 90000 milliseconds.", True),
        ("\r\nKilled after 90000 milliseconds.\r\n", True),
        ("Killed after 10000 milliseconds.", False),
        ("hello Killed after 90000 milliseconds.", False),
    ],
)
def test_the_end_of_a_command_that_printed_nothing(data, killed):
    assert CMD.killed_unseen(data) is killed


def test_what_belongs_to_it():
    assert CMD.is_in(CMD.text)
    assert not CMD.is_in("keyturn-b507630e-80b5-ec92-bb5e-bcb48d00ff6b begin")

"""``runs``, ``show``, ``answer``, ``audit`` and ``explain``."""

from __future__ import annotations

import io
import json
import sqlite3

import pytest
from click.testing import CliRunner
from rich.console import Console

from agent.cli.call import Call
from agent.cli.main import keyturn

RUN = ("run", "toy-upgrade", "--device", "BEAR")


def test_without_runs_there_is_a_hint(line):
    result = line("runs")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "There are no runs yet." in result.stderr
    assert line.documents("runs", "--json") == [{"schema": 1, "runs": []}]


def test_runs_are_listed_newest_first(line, monkeypatch):
    line(*RUN, "--dry-run")
    line(*RUN, "--yes")
    head, first, second = line("runs").stdout.splitlines()
    assert head.split() == ["RUN", "STARTED", "PLAYBOOK", "TARGET", "ENDED", "HOW", "BY", "ORDER"]
    assert first.startswith("2 ")
    assert first.split()[-3:] == ["done", "Dana", "1"]
    assert second.split()[-4:] == ["dry", "run", "Dana", "1"]
    assert len(line("runs", "--limit", "1").stdout.splitlines()) == 2
    assert line("runs", "--limit", "0").exit_code == 2


def test_a_run_that_died_is_told_from_one_that_ended(line, folder):
    line(*RUN, "--yes")
    with sqlite3.connect(folder / "journal.db") as database:
        database.execute("update runs set ended = null, mark = null, exit = null")
        database.execute("delete from events where kind = 'ended'")
    database.close()
    assert "running?" in line("runs").stdout
    assert "it is still running, or was stopped from outside" in line("show", "1").stdout
    assert line.documents("runs", "--json")[0]["runs"][0]["ended"] is None


def test_a_run_is_shown_step_by_step(line, world, toys):
    world.gate = toys.person
    line(*RUN, "--yes")
    text = line("show", "1").stdout
    assert "run 1: toy-upgrade on device:BEAR, order 1" in text
    assert "by Dana; exit code 5\n" in text
    assert "(by hand: push the gate)" in text
    assert "broken was passed over" in text
    rows = text.splitlines()
    assert [row.split()[0] for row in rows[3:7]] == ["-", "-", "1", "2"]
    assert not any("   " in row for row in rows[:8])


def test_a_person_is_shown_the_rows_of_the_live_view(line, world, toys, clock):
    world.gate = toys.person
    line(*RUN, "--yes")
    call = Call(plugins=line.manager, clock=clock, folder=line.folder)
    call.out = Console(file=io.StringIO(), record=True, force_terminal=True, width=80, _environ={"TERM": "xterm"})
    CliRunner().invoke(keyturn, ["show", "1"], obj=call, catch_exceptions=False)
    text = call.out.export_text()
    assert " 2  ?  ask a person  the gate is open" in text
    assert "by hand: push the gate" in text


def test_a_run_is_shown_as_json(line):
    line(*RUN, "--dry-run")
    (document,) = line.documents("show", "1", "--json")
    assert document["run"]["exit"] == 6
    assert document["events"][0]["kind"] == "started"
    assert "(dry)" in line("show", "1").stdout


def test_a_run_that_is_not_there_is_one_line(line):
    for args in (("show", "9"), ("resume", "9", "--yes"), ("answer", "9", "1", "--yes", "--by", "x", "--because", "y")):
        result = line(*args)
        assert result.exit_code == 2
        assert result.stderr.startswith("keyturn: there is no run 9 in ")
        assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("step", ["2", "the gate is open"])
def test_an_answer_is_kept_with_its_name(line, world, toys, step):
    world.gate = toys.person
    line(*RUN, "--yes")
    result = line("answer", "1", step, "--yes", "--by", "Bo", "--because", "called them")
    assert result.exit_code == 0
    assert result.stderr == "Noted: Bo said yes. Go on with 'keyturn resume 1'.\n"
    text = line("show", "1").stdout
    assert "Bo said yes: called them" in text


def test_an_answer_without_a_reason_is_refused(line, world, toys):
    world.gate = toys.person
    line(*RUN, "--yes")
    result = line("answer", "1", "2", "--no", "--by", "Bo", "--because", "")
    assert (result.exit_code, result.stderr) == (2, "keyturn: an answer needs a reason. Say it with --because TEXT.\n")


def test_what_is_missing_in_an_answer_is_asked_for(line, world, toys):
    world.gate = toys.person
    line(*RUN, "--yes")
    result = line("answer", "1", terminal=True, input="y\nBo\ncalled them\n")
    assert result.exit_code == 0
    assert "the gate is open: yes? [y/n]" in result.stderr


@pytest.mark.parametrize(
    ("args", "missing"),
    [((), "STEP"), (("2",), "--yes or --no"), (("2", "--no"), "--by NAME"), (("2", "--no", "--by", "Bo"), "--because")],
)
def test_what_is_missing_in_an_answer_is_named_where_nobody_can_be_asked(line, world, toys, args, missing):
    line(*RUN, "--yes")
    result = line("answer", "1", *args)
    assert result.exit_code == 2
    assert f"keyturn: {missing}" in result.stderr


def closing(text):
    """The last words in *text*: from the line that says how it ended."""
    return text[text.index("(run 1, ") :]


@pytest.mark.parametrize("gate", ["person", "later", "unknown"])
def test_a_run_that_stopped_is_shown_with_the_last_words_that_it_had(line, world, toys, gate):
    world.gate = getattr(toys, gate)
    ran = line(*RUN, "--yes").stdout
    shown = line("show", "1").stdout
    assert shown.endswith(f"\n\n{ran}")
    assert ("come back" if gate == "later" else "  by hand    push the gate") in closing(shown)
    assert "  next       keyturn" in closing(shown)


def test_a_run_that_failed_is_shown_with_the_code_to_look_up(line, world, toys):
    def refuse():
        raise toys.refused

    world.winding = refuse
    ran = line(*RUN, "--yes").stdout
    assert "keyturn explain 0xC004F050" in ran
    assert line("show", "1").stdout.endswith(f"\n\n{ran}")


def test_a_dry_run_that_waits_is_not_to_be_answered(line, world, toys):
    world.gate = toys.person
    assert "keyturn answer" not in line(*RUN, "--dry-run").stdout


def test_the_only_run_that_waits_needs_no_number(line, world, toys):
    world.gate = toys.person
    line(*RUN, "--dry-run")
    line(*RUN, "--yes")
    result = line("answer", "--yes", "--by", "Bo", "--because", "called them")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "Run 2 waits (device:BEAR).\nNoted: Bo said yes. Go on with 'keyturn resume 2'.\n"
    assert "Bo said yes: called them" in line("show", "2").stdout
    world.gate = toys.later
    again = line("resume", "--yes")
    assert (again.exit_code, again.stderr.splitlines()[0]) == (3, "Run 2 waits (device:BEAR).")


def test_without_a_number_nothing_is_guessed(line, world, toys):
    answer = ("answer", "--yes", "--by", "Bo", "--because", "x")
    for args in (answer, ("resume", "--yes")):
        assert "no run waits" in line(*args).stderr
    world.gate = toys.person
    line(*RUN, "--yes")
    line("run", "toy-upgrade", "--device", "DOLL", "--yes")
    for args in (answer, ("resume", "--yes")):
        result = line(*args)
        assert result.exit_code == 2
        assert "2 runs wait: 1 (device:BEAR), 2 (device:DOLL)." in result.stderr
    world.gate = toys.open
    line("resume", "1", "--yes")
    assert "Run 2 waits (device:DOLL)." in line(*answer).stderr


def test_an_answer_to_an_unknown_step_lists_the_steps(line):
    line(*RUN, "--yes")
    result = line("answer", "1", "7", "--yes", "--by", "Bo", "--because", "why")
    assert result.exit_code == 2
    assert "2 the gate is open" in result.stderr


def test_the_record_is_whole_until_somebody_alters_it(line, folder):
    line(*RUN, "--yes")
    result = line("audit", "verify")
    assert result.exit_code == 0
    assert "whole" in result.stdout
    (found,) = line.documents("audit", "verify", "--json")
    head = found["audit"]["head"]
    assert head in result.stdout
    assert line("audit", "verify", "--head", head.upper()).exit_code == 0
    line(*RUN, "--dry-run")
    later = line("audit", "verify", "--head", head)
    assert later.exit_code == 0
    assert "events since the hash that was noted" in later.stdout
    assert line.documents("audit", "verify", "--json", "--head", "0" * 64)[0]["audit"]["since"] > 0
    other = line("audit", "verify", "--head", "1" * 64)
    assert other.exit_code == 1
    assert "no event has the hash that was noted" in other.stdout
    with sqlite3.connect(folder / "journal.db") as database:
        database.execute("update events set text = 'nothing' where id = 2")
    database.close()
    broken = line("audit", "verify", "--json")
    assert broken.exit_code == 1
    assert json.loads(broken.stdout)["audit"]["trouble"].startswith("event 2 ")
    assert "broken: event 2" in line("audit", "verify", "--head", "1" * 64).stdout


def test_codes_are_explained_also_negative_ones(line):
    result = line("explain", "-5", "0xC004")
    assert result.exit_code == 0
    assert result.stdout == "-5: It is blocked\n  who acts  the vendor\n0xC004: It is blocked\n  who acts  the vendor\n"
    assert line.documents("explain", "-5", "--json") == [
        {"schema": 1, "codes": {"-5": {"title": "It is blocked", "who acts": "the vendor"}}}
    ]


def test_an_unknown_code_is_misuse_and_the_others_are_explained(line):
    result = line("explain", "-5", "-1073418160")
    assert result.exit_code == 2
    assert "It is blocked" in result.stdout
    assert result.stderr.startswith("keyturn: -1073418160 is not in the table of known codes. ")
    assert line("explain").exit_code == 2

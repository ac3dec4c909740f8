"""``run`` and ``resume``: each ending with its exit code, its words and its JSON."""

from __future__ import annotations

import getpass
import io
import json
import re

import pytest
from click.testing import CliRunner
from rich.console import Console

from agent.cli.call import Call
from agent.cli.main import keyturn
from agent.words.answer import no, yes
from agent.words.errors import Attended, NotSent, Refused, Unsure

RUN = ("run", "toy-upgrade", "--device", "BEAR")


def raising(error):
    def act():
        raise error

    return act


def test_done_with_changes(line, world):
    result = line(*RUN, "--yes")
    assert result.exit_code == 0
    assert world.wound_times == 1
    assert result.stdout == "● done: 1 step changed, 2 were already as ordered (run 1, 0.0 s)\n"
    assert result.stderr.splitlines() == [
        "2025-10-06T08:00:00Z  started                    Toy upgrade (run 1, order 1, by Dana)",
        "2025-10-06T08:00:00Z  passed over                broken was passed over: nobody listens. Start the service.",
        "2025-10-06T08:00:00Z  reached                    BEAR is reached by wire",
        "2025-10-06T08:00:00Z  already             0.0 s  the toy answers | fine",
        "2025-10-06T08:00:00Z  already             0.0 s  the gate is open | it is open",
        "2025-10-06T08:00:00Z  changed             0.0 s  the toy is wound up | 3 turns",
    ]


def test_done_already(line, world):
    world.wound = True
    result = line(*RUN, "--unattended")
    assert result.exit_code == 0
    assert "everything was already as ordered" in result.stdout
    assert "next" not in result.stdout


def test_a_dry_run_changes_nothing_and_says_how_to_go_on(line, world):
    result = line(*RUN, "--dry-run")
    assert result.exit_code == 6
    assert world.wound_times == 0
    assert "1 step would change something; nothing was changed" in result.stdout
    assert "keyturn resume 1" in result.stdout
    assert "dry)" in result.stderr


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Refused("the toy said no", code="0xC004F050"), ["failed: the toy is wound up", "keyturn explain 0xC004F050"]),
        (NotSent("the line is dead"), ["failed: the toy is wound up", "keyturn resume 1"]),
        (Unsure("the line dropped"), ["done, but not confirmed: the toy is wound up"]),
    ],
)
def test_failed(line, world, error, words):
    world.winding = raising(error)
    result = line(*RUN, "--yes")
    assert result.exit_code == 1
    for word in [*words, "(when the cause is put right)"]:
        assert word in result.stdout


def test_waiting_says_when_to_come_back_here_and_there(line, world, toys):
    world.gate = toys.later
    result = line(*RUN, "--yes", "--zone", "Asia/Tokyo")
    assert result.exit_code == 3
    assert "waiting: the gate is open" in result.stdout
    assert "why        it opens on Friday" in result.stdout
    assert "Sat 2025-10-11 01:30 JST there (Asia/Tokyo)" in result.stdout
    assert "by hand" not in result.stdout


def test_what_a_person_can_do_while_it_waits_is_offered(line, world):
    world.gate = no("it is shut")
    result = line(*RUN, "--yes")
    assert result.exit_code == 3
    assert "by hand    push the gate" in result.stdout
    assert "keyturn answer 1 2 --yes --by NAME --because WHY   (once that was done by hand)" in result.stdout


def test_a_person_sees_rows_and_then_the_ending(line, world, clock):
    call = Call(plugins=line.manager, clock=clock, folder=line.folder)
    call.err = Console(file=io.StringIO(), record=True, force_terminal=True, width=80, _environ={"TERM": "xterm"})
    CliRunner().invoke(keyturn, [*RUN, "--yes"], obj=call, catch_exceptions=False)
    text = call.err.export_text()
    assert "●  changed       the toy is wound up" in text
    assert text.endswith("\n\n")


def test_a_person_must_decide(line, world, toys):
    world.gate = toys.person
    result = line(*RUN, "--yes")
    assert result.exit_code == 5
    assert "a person must decide: the gate is open" in result.stdout
    assert "by hand    push the gate" in result.stdout
    assert "keyturn answer 1 2 --yes --by NAME --because WHY" in result.stdout


def test_what_stands_on_a_persons_word_is_told_at_the_end(line, world):
    world.gate = raising(Attended("a technician must look"))
    result = line(*RUN, "--yes")
    assert result.exit_code == 5
    line("answer", "1", "2", "--yes", "--by", "Bo", "--because", "I saw it")
    result = line(*RUN, "--yes")
    assert result.stdout == "● done: 1 step changed, 1 were already as ordered; 1 step on a person's word (run 2, 0.0 s)\n"
    assert "stated              0.0 s  the gate is open | Bo said yes: I saw it" in result.stderr
    assert "nothing was changed; 1 step on a person's word" in line(*RUN, "--yes").stdout


def test_not_reached(line, world):
    world.ways = {"broken": {}}
    result = line(*RUN, "--yes")
    assert result.exit_code == 4
    assert "the device was not reached: the toy answers" in result.stdout
    assert "keyturn doctor BEAR" in result.stdout


def test_interrupted(line, world):
    world.winding = raising(KeyboardInterrupt)
    result = line(*RUN, "--yes")
    assert result.exit_code == 130
    assert "interrupted (run 1" in result.stdout
    assert "what is done stays done" in result.stdout


def test_a_bug_keeps_its_traceback(line, world):
    world.winding = raising(ZeroDivisionError("a bug"))
    with pytest.raises(ZeroDivisionError):
        line(*RUN, "--yes")


def test_what_changed_before_is_counted(line, world, toys):
    world.winding = lambda: setattr(world, "gate", no("it fell shut"))
    line(*RUN, "--yes")
    world.wound = False
    result = line("resume", "1", "--yes")
    assert result.exit_code == 3
    assert "keyturn resume 2   (at any time; it asks everything anew)" in result.stdout


def test_a_step_that_nobody_can_do_by_hand_offers_no_answer(line, world):
    world.ways = {}
    assert "keyturn answer" not in line(*RUN, "--yes").stdout


def test_json_lines_end_with_the_ending(line, world, toys):
    world.gate = toys.person
    *events, last = line.documents(*RUN, "--yes", "--json")
    assert {document["schema"] for document in (*events, last)} == {1}
    assert [document["event"]["kind"] for document in events][:2] == ["started", "step"]
    assert events[-1]["event"]["kind"] == "ended"
    assert last["ending"] == {
        "run": 1,
        "order": 1,
        "mark": "ask a person",
        "exit": 5,
        "step": "the gate is open",
        "number": 2,
        "text": "the customer has not said yes",
        "by_hand": "push the gate",
        "come_back": None,
        "facts": {},
    }


def test_json_of_an_error_is_the_last_line(line, world):
    world.ways = {"wire": {}}
    (last,) = line.documents("resume", "9", "--json", "--yes")
    assert last["error"]["exit"] == 2
    assert last["error"]["text"].startswith("there is no run 9")


def test_json_says_when_to_come_back(line, world, toys):
    world.gate = toys.later
    assert line.documents(*RUN, "--yes", "--json")[-1]["ending"]["come_back"] == "2025-10-10T16:30:00+00:00"


def test_nobody_to_ask_is_misuse(line, world):
    result = line(*RUN)
    assert result.exit_code == 2
    assert result.stderr == (
        "keyturn: nobody can be asked here whether to go ahead. Add --yes, or look first with --dry-run.\n"
    )
    assert line(*RUN, "--json", terminal=True).exit_code == 2
    assert world.wound_times == 0


def test_the_plan_is_shown_before_the_question(line, world):
    result = line(*RUN, "--labels", "a", "--labels", "b", terminal=True, input="y\n")
    assert result.exit_code == 0
    assert world.wound_times == 1
    assert "Toy upgrade: what is asked for" in result.stderr
    assert re.search(r"^labels +a, b *$", result.stderr, re.MULTILINE)
    assert result.stderr.index("would change something") < result.stderr.index("Carry this out now? [y/N]: ")
    assert "resume" not in result.stderr
    assert result.stdout.startswith("● done")


def test_a_no_changes_nothing(line, world):
    result = line(*RUN, terminal=True, input="n\n")
    assert result.exit_code == 6
    assert world.wound_times == 0
    assert "Nothing was changed." in result.stderr


def test_a_question_that_is_broken_off_changes_nothing(line, world):
    result = line(*RUN, terminal=True, input="")
    assert result.exit_code == 130
    assert result.stderr.endswith("keyturn: interrupted\n")
    assert world.wound_times == 0


def test_a_plan_that_would_stop_asks_all_the_same(line, world, toys):
    world.gate = toys.later
    world.wound = True
    result = line(*RUN, terminal=True, input="y\n")
    assert result.exit_code == 3
    assert "It would stop there. Begin all the same?" in result.stderr
    assert "why        it opens on Friday" in result.stderr


def test_a_plan_with_nothing_to_do_is_the_end(line, world):
    world.wound = True
    result = line(*RUN, terminal=True)
    assert result.exit_code == 0
    assert "everything was already as ordered" in result.stdout
    assert len(line.documents("runs", "--json")[0]["runs"]) == 1


def test_options_override_the_order_file(line, tmp_path):
    file = tmp_path / "order.toml"
    file.write_text('device = "BEAR"\ntechnician = "Kim"\nturns = 7\n', encoding="utf-8")
    line("run", "toy-upgrade", "--order", str(file), "--turns", "5", "--no-careful", "--dry-run")
    (run,) = line.documents("runs", "--json")[0]["runs"]
    assert (run["target"], run["by"]) == ("device:BEAR", "Kim")
    content = line("show", "1", "--json").stdout
    assert json.loads(content)["run"]["order"] == 1
    result = line("run", "--order", "1", terminal=True, input="n\n")
    assert re.search(r"^turns +5 *$", result.stderr, re.MULTILINE)
    assert re.search(r"^careful +no *$", result.stderr, re.MULTILINE)


def test_an_order_file_may_name_its_playbook(line, tmp_path):
    file = tmp_path / "order.toml"
    file.write_text('playbook = "toy-upgrade"\ndevice = "BEAR"\n', encoding="utf-8")
    assert line("run", "--order", str(file), "--yes").exit_code == 0
    file.write_text('device = "BEAR"\n', encoding="utf-8")
    result = line("run", "--order", str(file), "--yes")
    assert result.exit_code == 2
    assert "names no playbook" in result.stderr


def test_a_stored_order_runs_by_its_number(line):
    line(*RUN, "--dry-run")
    assert line("run", "--order", "1", "--unattended").exit_code == 0
    assert line("run", "toy-upgrade", "--order", "1", "--yes").exit_code == 0
    result = line("run", "nameless", "--order", "1", "--yes")
    assert result.exit_code == 2
    assert "the order 1 is for toy-upgrade" in result.stderr
    assert "there is no order 9" in line("run", "--order", "9", "--yes").stderr


def test_an_option_before_the_playbook_counts(line, world):
    assert line("run", "--dry-run", "toy-upgrade", "--device", "BEAR").exit_code == 6
    assert line("run", "--by", "Lee", "--json", "toy-upgrade", "--device", "BEAR", "--yes").exit_code == 0
    assert line.documents("runs", "--json")[0]["runs"][0]["by"] == "Lee"


def test_what_to_run_must_be_said(line):
    result = line("run")
    assert result.exit_code == 2
    assert result.stderr.startswith("keyturn: it is not said what to run.")


def test_a_wrong_order_names_each_field(line):
    result = line("run", "toy-upgrade", "--turns", "0", "--yes")
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "device: is missing" in result.stderr
    assert "turns: " in result.stderr


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("run", "toy-upgrad"), "There is no playbook 'toy-upgrad'. Did you mean 'toy-upgrade'? See 'keyturn run --help'."),
        (("run", "zzz"), "There is no playbook 'zzz'. See 'keyturn run --help'."),
        (("run", "toy-upgrade", "--colour", "green"), "'green' is not one of"),
        (("run", "toy-upgrade", "--extras", "x"), "No such option"),
    ],
)
def test_a_slip_is_one_line(line, args, words):
    result = line(*args)
    assert result.exit_code == 2
    assert words in result.stderr
    assert result.stderr.startswith("keyturn: ")
    assert result.stderr.count("\n") == 1


def test_the_help_of_a_playbook_is_made_from_its_order(line):
    text = line("run", "toy-upgrade", "--help").stdout
    for words in (
        "Winds a toy up.",
        "--device TEXT",
        "the toy, as the desk names it [required]",
        "[red|blue]",
        "[default: red]",
        "[default: yes]",
        "--careful / --no-careful",
        "--key vault:NAME",
        "--appointment WHEN",
        "--day DAY",
        "--length SPAN",
        "--turns INTEGER",
        "--either TEXT",
    ):
        assert words in text
    assert "--extras" not in text
    assert "Toy upgrade" in line("run", "--help").stdout


def test_a_field_that_clashes_with_an_option_stays_in_the_file(line, monkeypatch):
    assert line("run", "nameless", "--help").stdout.count("--by") == 1
    monkeypatch.setattr(getpass, "getuser", lambda: "sam")
    assert line("run", "nameless", "--yes").exit_code == 0
    assert line.documents("runs", "--json")[0]["runs"][0]["by"] == "sam"


def test_a_computer_without_users_asks_for_a_name(line, monkeypatch):
    def nobody():
        raise KeyError("no such uid")

    monkeypatch.setattr(getpass, "getuser", nobody)
    result = line("run", "nameless", "--yes")
    assert result.exit_code == 2
    assert "Say it with --by NAME." in result.stderr
    assert line("run", "nameless", "--yes", "--by", "Lee").exit_code == 0


def test_another_run_on_the_same_toy_waits(line, world, clock, folder):
    from agent.machine.claims import Claims
    from agent.machine.journal import Journal

    line(*RUN, "--dry-run")
    Claims(Journal(folder / "journal.db").database).take("device:BEAR", 1, clock)
    result = line(*RUN, "--yes", "--json")
    assert result.exit_code == 3
    assert json.loads(result.stdout.splitlines()[-1])["error"]["exit"] == 3
    assert result.stderr.startswith("keyturn: run 1 (")


def test_no_secret_is_ever_shown(line, world, toys):
    line("key", "add", "bear", input=toys.good_key)
    world.gate = yes(f"the key is {toys.good_key}")
    for more in ((), ("--json",)):
        result = line(*RUN, "--key", "vault:bear", "--yes", *more)
        assert result.exit_code == 0
        assert toys.good_key not in result.output
        assert "‹secret›" in result.output
    result = line(*RUN, "--key", toys.good_key, "--yes")
    assert result.exit_code == 2
    assert toys.good_key not in result.output

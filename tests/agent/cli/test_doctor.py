"""``doctor``: what works, what does not, and the exit code of that."""

from __future__ import annotations

from datetime import timedelta

import pytest

from agent.words import hooks
from agent.words.answer import no, unsure, yes
from agent.words.command import ask, tell
from agent.words.errors import LatchShut, NotSent, Refused
from agent.words.order import Order
from agent.words.playbook import playbook
from agent.words.ports import Tickets


def checks(line, *args):
    (document,) = line.documents("doctor", *args, "--json")
    return {(check["place"], check["check"]): check for check in document["checks"]}


def test_this_installation_is_checked(line):
    result = line("doctor")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0].split() == ["WHERE", "CHECK", "WORKS", "EVIDENCE", "WHAT", "TO", "DO"]
    found = checks(line)
    assert [name for _, name in found] == ["clock", "vault", "journal", "plug-ins", "playbook toy-upgrade", "playbook nameless"]


def test_each_way_is_tried_and_what_is_behind_it_diagnosed(line, world):
    world.ways = {"gone": {}, "wire": {}, "broken": {}}
    world.diagnosis = lambda session: [("echo", yes(session.ask(ask("echo")).stdout)), ("disk", no("full", do="Make room."))]
    result = line("doctor", "BEAR")
    assert result.exit_code == 1
    found = checks(line, "BEAR")
    assert found["gone", "connector"]["verdict"] == "no"
    assert "keyturn device change BEAR --without gone" in found["gone", "connector"]["do"]
    assert found["broken", "opens"]["do"] == "Start the service."
    assert found["wire", "opens"]["evidence"] == "it can do cmd, powershell, private"
    assert found["wire", "echo"]["evidence"] == "fine"
    assert found["wire", "disk"]["do"] == "Make room."
    assert world.closed == 2


def test_all_well_is_zero(line, world):
    world.ways = {"wire": {}}
    assert line("doctor", "BEAR").exit_code == 0


def test_what_cannot_be_told_is_not_well(line, world):
    world.ways = {"wire": {}}
    world.diagnosis = [("licence service", unsure("it does not say"))]
    assert line("doctor", "BEAR").exit_code == 1


def test_a_diagnosis_that_breaks_off_is_one_line_of_the_table(line, world):
    def refuse(session):
        raise Refused("access denied", "Use another account.")

    world.ways = {"wire": {}}
    world.diagnosis = refuse
    found = checks(line, "BEAR")
    assert found["wire", "toys"] == {
        "place": "wire",
        "check": "toys",
        "verdict": "unsure",
        "evidence": "access denied",
        "do": "Use another account.",
    }


def test_a_diagnosis_cannot_change_anything(line, world):
    world.ways = {"wire": {}}
    world.diagnosis = lambda session: session.tell(tell("format", "c:"))
    with pytest.raises(LatchShut):
        line("doctor", "BEAR")
    assert world.closed == 1


READS, KEYS = ("ladder", "carries a reading"), ("ladder", "carries a product key")


def test_the_ladder_says_which_way_carries_what_and_why_not_another(line, world):
    world.ways = {"broken": {}, "tool": {}, "wire": {}, "hands": {}}
    result = line("doctor", "BEAR")
    assert result.exit_code == 1
    assert world.opened == ["broken", "tool", "wire", "hands"]
    assert world.closed == 3
    found = checks(line, "BEAR")
    assert found[READS] == {
        "place": "ladder",
        "check": "carries a reading",
        "verdict": "yes",
        "evidence": "BEAR is reached by tool; broken was passed over: nobody listens. Start the service",
        "do": "",
    }
    assert found[KEYS]["verdict"] == "yes"
    assert found[KEYS]["evidence"] == (
        "BEAR is reached by wire; broken was passed over: nobody listens. Start the service; "
        "tool was passed over: it cannot do private"
    )
    assert list(found)[-2:] == [READS, KEYS]


def test_a_ladder_without_a_private_way_is_not_well(line, world):
    world.ways = {"tool": {}}
    assert line("doctor", "BEAR").exit_code == 1
    found = checks(line, "BEAR")
    assert found[READS]["verdict"] == "yes"
    assert (found[KEYS]["verdict"], found[KEYS]["evidence"]) == (
        "no",
        "only tool gets through to BEAR, and what is sent there stays in its log",
    )
    assert found[KEYS]["do"].startswith("Do this step by hand in the session")


def test_a_remote_tool_says_whether_the_device_is_there(line, world):
    world.ways = {"tool": {}, "wire": {}}
    assert line("doctor", "BEAR").exit_code == 0
    assert checks(line, "BEAR")["tool", "presence"]["evidence"] == "it is there"
    world.presence = no("it is away since Friday")
    assert line("doctor", "BEAR").exit_code == 1
    assert ("wire", "presence") not in checks(line, "BEAR")


def test_a_person_is_the_last_rung_and_is_not_asked_to_diagnose(line, world):
    world.diagnosis = lambda session: [("echo", yes(session.ask(ask("echo")).stdout))]
    world.ways = {"tool": {}, "hands": {}}
    world.down = {"tool"}
    found = checks(line, "BEAR")
    assert [name for place, name in found if place == "hands"] == ["opens"]
    for row in (READS, KEYS):
        assert found[row]["evidence"].startswith("BEAR is reached only by a person in a session of hands; tool was passed over")


class Hands:
    """A connector that makes something when it is opened, and can be checked without that."""

    name, capabilities = "hired hands", frozenset({"attended"})
    away = False

    def check(self, device):
        if self.away:
            raise NotSent("nobody is there", "Wait.")

    def open(self, device):
        raise AssertionError("a diagnosis leaves nothing behind")

    @hooks.hookimpl
    def keyturn_connectors(self, workplace):
        return [self]


def test_what_would_leave_something_behind_is_checked_and_not_opened(line, world):
    hands = Hands()
    line.manager.register(hands)
    world.ways = {"tool": {}, hands.name: {}}
    world.down = {"tool"}
    found = checks(line, "BEAR")
    assert found[hands.name, "credentials"]["evidence"] == "they are good; that a session can be made was not tried"
    assert (hands.name, "opens") not in found
    assert "only by a person in a session of hired hands" in found[READS]["evidence"]
    hands.away = True
    assert checks(line, "BEAR")[hands.name, "opens"]["evidence"] == "nobody is there"
    assert line("doctor", "BEAR").exit_code == 4


def test_the_ladder_follows_the_settings(line, world, folder):
    folder.mkdir()
    (folder / "keyturn.toml").write_text('[ladder]\nalone = ["broken"]\n', encoding="utf-8")
    world.ways = {"broken": {}, "tool": {}, "wire": {}}
    assert "tool was passed over: nothing stands in for broken" in checks(line, "BEAR")[READS]["evidence"]
    (folder / "keyturn.toml").write_text('[ladder]\nalone = "tool"\n', encoding="utf-8")
    assert line("doctor", "BEAR").exit_code == 2


@pytest.mark.parametrize("ways", [{}, {"broken": {}}])
def test_no_way_through_is_four(line, world, ways):
    world.ways = ways
    assert line("doctor", "BEAR").exit_code == 4


def test_a_clock_that_went_back_is_found(line, clock):
    line("run", "toy-upgrade", "--device", "BEAR", "--dry-run")
    clock.moment -= timedelta(days=1)
    found = checks(line)
    assert found["here", "clock"]["verdict"] == "no"
    assert found["here", "clock"]["do"] == "Set this computer's clock."


def test_a_vault_that_cannot_be_read_is_found(line, folder, toys):
    line("key", "add", "a", input=toys.good_key)
    assert checks(line)["here", "vault"]["evidence"] == "each of its 1 entries can be read"
    (folder / "master.key").unlink()
    assert checks(line)["here", "vault"]["verdict"] == "no"


def test_a_broken_record_is_found(line, folder):
    import sqlite3

    line("run", "toy-upgrade", "--device", "BEAR", "--dry-run")
    with sqlite3.connect(folder / "journal.db") as database:
        database.execute("update events set text = 'x'")
    database.close()
    assert checks(line)["here", "journal"]["verdict"] == "no"


def test_without_plugins_nothing_works(line, toys):
    line.manager = toys.manager()
    found = checks(line)
    assert found["here", "plug-ins"]["verdict"] == "no"


def test_a_playbook_whose_systems_are_missing_is_found(line, toys):
    @playbook(title="needy")
    def needy(order: Order, desk: Tickets):
        yield from ()

    class Needy:
        @hooks.hookimpl
        def keyturn_playbooks(self):
            return [needy]

    line.manager = toys.manager(Needy())
    assert checks(line)["here", "playbook needy"]["evidence"] == "no plug-in offers Tickets"

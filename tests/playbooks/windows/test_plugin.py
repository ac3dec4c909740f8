"""The plug-in and the diagnosis."""

from __future__ import annotations

from datetime import timedelta

import pytest

from agent.api import Secret, Verdict
from connectors.lab.windows.pc import Pc
from connectors.lab.windows.state import Held, State
from connectors.lab.windows.world import World
from playbooks import plugin
from playbooks.windows import diagnosis
from tests.connectors.lab.windows.inprocess import InProcess
from tests.playbooks.windows.telling import seen


def diagnosed(state, clock):
    return dict(diagnosis.diagnose(InProcess(Pc("FRONTDESK-07", state, World(clock))), clock.now()))


def test_a_healthy_pc(clock):
    answers = diagnosed(State(), clock)
    assert all(answer.is_yes for answer in answers.values())
    assert len(answers) == 12
    assert "permanently activated" in answers["slmgr /xpr"].evidence
    assert "Partial Product Key: 3V66T" in answers["slmgr /dlv"].evidence


@pytest.mark.parametrize("state", [State(script_host=False), State(slmgr=False)])
def test_slmgr_is_not_asked_where_it_cannot_run(state, clock):
    assert not any("slmgr /" in name for name in diagnosed(state, clock))


@pytest.mark.parametrize(
    ("state", "name", "words"),
    [
        (State(administrator=False), "administrator rights", "filtered"),
        (State(script_host=False), "script host", "CIM is used instead"),
        (State(slmgr=False), "script host", "CIM is used instead"),
        (State(auditing=True), "command lines kept private", "audit log"),
        (State(pending={"update"}), "pending restart", "Windows Update"),
        (State(busy={"msiexec"}), "servicing", "msiexec"),
        (State(free=1 << 30), "disk space", "1.0 GiB"),
        (State(held=Held(status=5, reason=0xC004F034)), "licence", "notification"),
    ],
)
def test_what_hinders_is_named(state, name, words, clock):
    answers = diagnosed(state, clock)
    assert answers[name].verdict is Verdict.NO
    assert words in answers[name].evidence
    assert sum(not answer.is_yes for answer in answers.values()) == 1


def test_a_wrong_clock(clock):
    answers = diagnosed(State(skew=timedelta(minutes=-20)), clock)
    assert answers["clock"].verdict is Verdict.NO
    assert "1200 s" in answers["clock"].evidence


def test_a_restricted_powershell_tells_nothing(clock):
    ((name, answer),) = diagnosed(State(language_mode="ConstrainedLanguage"), clock).items()
    assert name == "facts"
    assert answer.verdict is Verdict.UNSURE
    assert "ConstrainedLanguage" in answer.evidence


def test_what_could_not_be_read_is_unsure():
    told = seen(
        administrator=None, language_mode=None, script_host=None, auditing=None, pending={}, busy=None, free=None, licences=None
    )
    assert all(check(told).verdict is Verdict.UNSURE for _, check in diagnosis._CHECKS)
    assert diagnosis._language(seen(language_mode="ConstrainedLanguage")).verdict is Verdict.NO


def test_the_hooks():
    explanation = plugin.keyturn_explain("0xC004F050")
    assert explanation is not None
    assert explanation.lines["class"] == "key"
    assert plugin.keyturn_explain("hello") is None
    answer = plugin.keyturn_examine(Secret("hello", "product key"))
    assert answer is not None
    assert answer.verdict is Verdict.NO
    assert [book.name for book in plugin.keyturn_playbooks()] == ["windows-upgrade"]
    assert plugin.keyturn_diagnose(InProcess(Pc("FRONTDESK-07")))[0][0] == "edition"

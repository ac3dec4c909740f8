"""What sessions of both products say and do beyond what every connector is held to, by the log and by a custom field."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest

from agent.api import NotSent, Refused, Script, TryLater, Unsure, ask, minutes, seconds, tell
from connectors.lab.machine import Outcome
from playbooks.windows.powershell import script

FACTS = ask(script("facts"), within=minutes(1))


def test_lines_that_would_be_cut_come_in_parts(shop, pc, monkeypatch):
    monkeypatch.setattr(pc, "run", lambda *_: Outcome(stdout=b"x" * 5000))
    session = shop.open(longest_line=200)
    assert session.ask(ask("dir")).stdout == "x" * 5000
    session.close()


def test_a_message_that_cannot_be_shown(session, pc):
    pc.state.edition = "Core"
    with pytest.raises(Refused, match=r"the message was not shown: msg\.exe is missing"):
        session.message("hello")
    assert pc.world.ledger.count("message") == 0


def test_a_command_that_takes_too_long_is_ended(session, pc, monkeypatch, clock):
    monkeypatch.setattr(pc, "run", lambda *_: Outcome(seconds=15.0))
    with pytest.raises(Unsure, match=r"did not end within 10 s and was terminated|has no result after 10 s"):
        session.tell(tell("chkdsk", within=seconds(10)))
    assert sum(clock.slept) <= 10


def test_an_end_by_force_is_told(shop, session, pc, monkeypatch):
    shop.agent.check_in = 0
    monkeypatch.setattr(pc, "run", lambda *_: Outcome(seconds=15.0))
    with pytest.raises(Unsure, match="chkdsk did not end within 10 s and was terminated"):
        session.tell(tell("chkdsk", within=seconds(10)))


def test_a_run_that_the_pc_never_takes_ends_with_its_time(shop, session, clock):
    shop.mishap("stuck", shop.run)
    before = clock.now()
    with pytest.raises(Unsure, match="has no result after 30 s"):
        session.tell(tell("hostname", within=seconds(30)))
    assert clock.now() - before <= timedelta(seconds=31)


def test_a_pc_that_comes_back_after_days_does_nothing(shop, session, pc, clock):
    shop.mishap("stuck", shop.run)
    with pytest.raises(Unsure):
        session.tell(tell("hostname", within=seconds(30)))
    for run in shop.agent.runs:
        run.mishap = None
    clock.sleep(86400)
    shop.site.settle()
    assert pc.seen_command_lines == []
    assert '"late":true' in shop.agent.runs[-1].output


def test_a_pc_whose_clock_is_ahead_says_so(session, pc):
    pc.state.skew = timedelta(hours=1)
    with pytest.raises(NotSent, match=r"was not begun.*Is that clock right"):
        session.tell(tell("hostname"))
    assert pc.seen_command_lines == []


def test_a_clock_that_is_a_little_ahead_does_not_matter(session, pc):
    pc.state.skew = timedelta(seconds=150)
    assert session.tell(tell("hostname", within=seconds(60))).exit_code == 0


@pytest.mark.parametrize("kind", ["silent", "cut output", "mute"])
def test_a_change_whose_result_is_lost_is_unsure_and_not_repeated(shop, session, kind):
    shop.mishap(kind, shop.run)
    with pytest.raises(Unsure, match="Read how things stand"):
        session.tell(tell("hostname"))
    assert shop.site.calls_of(shop.run) == 1


@pytest.mark.parametrize("kind", ["silent", "cut output"])
def test_a_reading_whose_result_is_lost_is_run_once_more(shop, session, kind):
    shop.mishap(kind, shop.run)
    if shop.connector.name == "vsa9":  # VSA 9 does not say that a run is over, so all the time is waited
        with pytest.raises(Unsure, match="has no result"):
            session.ask(FACTS)
    else:
        assert session.ask(FACTS).json()["name"] == "FRONTDESK-07"
        assert shop.site.calls_of(shop.run) == 2


def test_another_runs_result_is_not_taken_for_this_ones(shop, session):
    session.ask(ask("hostname"))
    shop.mishap("stale", shop.run)
    with pytest.raises(Unsure):
        session.tell(tell("whoami"))


def test_an_order_whose_answer_is_lost_is_known_by_its_result(shop, session, pc):
    shop.mishap("cut", shop.run)
    assert session.tell(tell("hostname")).stdout.strip() == "FRONTDESK-07"
    assert pc.seen_command_lines == ["cmd.exe /d /c hostname"]


def test_an_order_that_did_not_arrive_is_unsure_and_not_repeated(shop, session, pc):
    shop.mishap("reset", shop.run)
    with pytest.raises(Unsure):
        session.tell(tell("hostname"))
    assert pc.seen_command_lines == []
    assert shop.site.calls_of(shop.run) == 1


@pytest.mark.parametrize("kind", ["busy", "throttled"])
def test_a_busy_server_is_asked_again(shop, session, kind):
    shop.mishap(kind, shop.run)
    shop.mishap(kind, shop.look)
    assert session.tell(tell("hostname")).exit_code == 0
    assert shop.site.calls_of(shop.run) == 2


@pytest.mark.parametrize("kind", ["reset", "cut", "gateway", "garble"])
def test_a_look_that_fails_is_no_news(shop, session, kind):
    shop.mishap(kind, shop.look)
    assert session.tell(tell("hostname")).exit_code == 0


def test_a_script_that_could_not_be_started_is_unsure(shop, session):
    shop.mishap("failed", shop.run)
    with pytest.raises(Unsure):
        session.tell(tell("hostname"))
    assert shop.site.calls_of(shop.run) == 1


@pytest.mark.parametrize("kind", ["expired", "unauthorized"])
@pytest.mark.parametrize("where", ["run", "look", "there"])
@pytest.mark.parametrize("shop", ["vsa9-log", "vsa9-field"], indirect=True)
def test_a_session_that_ends_early_is_begun_again(shop, session, pc, kind, where):
    shop.mishap(kind, getattr(shop, where))
    assert session.tell(tell("hostname")).stdout.strip() == "FRONTDESK-07"
    assert pc.seen_command_lines == ["cmd.exe /d /c hostname"]


def test_a_right_that_is_lacking_is_refused(shop, session):
    shop.mishap("forbidden", shop.run)
    with pytest.raises(Refused, match="403"):
        session.tell(tell("hostname"))


def test_a_result_that_may_not_be_read_is_unsure(shop, session):
    shop.mishap("forbidden", shop.look, times=100)
    with pytest.raises(Unsure, match="its result cannot be read"):
        session.tell(tell("hostname"))


def test_a_server_that_is_down_is_not_reached(shop):
    shop.site.close()
    with pytest.raises(NotSent, match="cannot be reached"):
        shop.open()


@pytest.mark.parametrize("kind", ["garble", "gateway", "busy"])
def test_a_server_that_cannot_be_understood_is_not_reached(shop, kind):
    shop.mishap(kind, "*", times=50)
    with pytest.raises(NotSent):
        shop.open()


def test_a_server_that_says_not_now_is_not_called_down(shop):
    shop.mishap("throttled", "*", times=50)
    with pytest.raises(TryLater, match="HTTP 429"):
        shop.open()


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("kind", ["gateway", "throttled"])
def test_asking_whether_the_pc_is_there_is_part_of_a_commands_time(shop, clock, kind, named):
    session = shop.open()
    if not named:
        forget(shop, session)
    shop.mishap(kind, "*", times=50)
    before = clock.now()
    with pytest.raises((NotSent, TryLater)):
        session.tell(tell("hostname", within=seconds(5)))
    assert clock.now() - before <= timedelta(seconds=5)
    session.close()


def forget(shop, session):
    """The device's number, and the login where there is one."""
    console = session._console
    setattr(console, "_agent" if shop.connector.name == "vsa9" else "_device", "")
    if shop.connector.name == "vsa9":
        console._bearer = None


def test_a_session_that_was_closed_carries_nothing(shop):
    session = shop.open()
    session.close()
    heard = len(shop.site.log)
    for act in (lambda: session.ask(FACTS), lambda: session.tell(tell("hostname")), session.presence, session.link):
        with pytest.raises(RuntimeError, match="a Kaseya session was closed"):
            act()
    assert len(shop.site.log) == heard


def test_a_second_command_meanwhile_is_not_carried(session, pc, monkeypatch):
    met = []

    def meanwhile(*_):
        with pytest.raises(RuntimeError, match="one command at a time") as caught:
            session.tell(tell("whoami"))
        met.append(caught)
        return Outcome()

    monkeypatch.setattr(pc, "run", meanwhile)
    session.tell(tell("hostname"))
    assert len(met) == 1


def test_a_name_that_is_not_known(shop):
    with pytest.raises(Refused, match="knows no device called RECEPTION-01"):
        shop.open(name="RECEPTION-01")


def test_a_script_that_is_too_long(shop):
    session = shop.open(longest_payload=1000)
    with pytest.raises(Refused, match=f"{shop.connector.name}.longest_payload"):
        session.tell(tell(Script("long.ps1", "# " + "x" * 2000)))
    assert shop.site.calls_of(shop.run) == 0
    session.close()


def test_closing_ends_the_login(shop, session):
    session.ask(FACTS)
    session.close()
    assert not getattr(shop.site, "tokens", None)


def test_closing_a_session_of_a_server_that_is_gone(shop, session):
    shop.site.close()
    session.close()


def test_what_is_sent_is_the_contract(shop, session):
    session.ask(FACTS)
    payload = json.loads(base64.b64decode(shop.agent.runs[-1].payload))
    assert set(payload) == {"id", "kind", "text", "seconds", "until", "line"}
    assert payload["seconds"] == 60

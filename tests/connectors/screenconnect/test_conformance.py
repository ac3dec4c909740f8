"""A session opens, reads, changes, times out, drops the line, is refused and closes, by either road."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from agent.api import CAPABILITIES, NotSent, Refused, RemoteTool, Script, Secret, TryLater, Unsure, Verdict, ask, tell
from connectors.lab.windows.licensing import NOT_SUPPORTED
from playbooks.windows.powershell import script

FACTS = ask(script("facts"))
RESTART = tell(script("restart"), seconds=60, text="It's time")
KEY = Secret("AAAAA-BBBBB-CCCCC-DDDDD-EEEEE", "product key")


def restarts(shop):
    shop.clock.sleep(3600)
    shop.pc.power()
    return shop.ledger.count("restarted")


def test_it_opens_without_sending_anything(shop):
    session = shop.open()
    assert session.connector == "screenconnect"
    assert session.capabilities == {"powershell", "cmd", "message", "presence", "reboot"} <= CAPABILITIES
    assert session.seat.id == shop.guest.id
    assert shop.sent() == 0
    tool: RemoteTool = session
    assert tool


def test_it_reads(session, shop):
    reply = session.ask(FACTS)
    assert (reply.json()["name"], reply.stderr, reply.exit_code) == (shop.pc.name, "", 0)


def test_a_program_is_read_without_prompts_and_with_its_exit_code(session):
    assert (session.ask(ask("hostname")).stdout, session.ask(ask("hostname")).exit_code) == ("FRONTDESK-07\r\n", 0)
    reply = session.ask(ask("dism.exe", "/Get-CurrentEdition"))
    assert (reply.stdout, reply.exit_code) == ("Error: 87\r\n", 87)


def test_an_exit_code_is_unsigned(session):
    assert session.ask(ask("changepk.exe")).exit_code == NOT_SUPPORTED & 0xFFFFFFFF


def test_it_changes_once(session, shop):
    assert session.tell(RESTART).json()["ok"] is True
    assert restarts(shop) == 1
    assert shop.sent() == 1


def test_a_script_that_fails_says_why(session):
    reply = session.ask(ask(Script("strange.ps1", "# keyturn strange 9\nGet-Date")))
    assert reply.exit_code == 1
    assert "ParserError" in reply.stderr
    assert reply.stdout == ""
    with pytest.raises(Unsure, match="not JSON"):
        reply.json()


def test_what_changes_is_not_asked(session):
    with pytest.raises(ValueError, match="changing command"):
        session.ask(RESTART)


@pytest.mark.parametrize("command", [tell(script("install_key"), KEY), tell("slmgr.vbs", "/ipk", KEY)])
def test_a_secret_is_refused_and_travels_nowhere(session, shop, command):
    before = len(shop.site.log)
    with pytest.raises(Refused, match=r"holds a secret, and ScreenConnect keeps what is sent in its log\. Let WinRM carry it"):
        session.tell(command)
    assert len(shop.site.log) == before


def test_it_times_out_and_the_agent_ends_the_command(session, shop):
    shop.pc.faults.delay("facts", 500)
    with pytest.raises(Unsure, match=r"^facts was ended by the agent after 60 s\. Read how things stand"):
        session.ask(FACTS)
    assert shop.clock.slept[-1] <= 5


def test_a_slow_command_is_waited_for(session, shop):
    shop.pc.faults.delay("facts", 45)
    assert session.ask(FACTS).json()["name"] == shop.pc.name


def test_a_device_that_is_away_is_not_sent_and_nothing_waits_for_it(shop):
    session = shop.open()
    shop.pc.switch(on=False)
    for act in (lambda: session.ask(FACTS), lambda: session.tell(RESTART), lambda: session.message("Hello")):
        with pytest.raises(NotSent, match="is not connected"):
            act()
    with pytest.raises(NotSent, match=r"is not connected since 2025-10-06 08:0\d UTC"):
        shop.open()
    shop.pc.switch(on=True)
    assert restarts(shop) == 1, "the plug, and nothing that was queued"
    assert shop.sent() == 0


def test_a_device_that_comes_back_is_used_again(session, shop):
    shop.pc.switch(on=False)
    with pytest.raises(NotSent):
        session.ask(FACTS)
    shop.pc.switch(on=True)
    shop.clock.sleep(60)
    assert session.ask(FACTS).json()["name"] == shop.pc.name


def test_a_device_that_drops_in_the_middle_is_told_apart_from_a_slow_one(session, shop):
    shop.trick("drop")
    with pytest.raises(Unsure, match=r"has no output after 120 s: the device went offline at \d\d:\d\d:\d\d UTC"):
        session.tell(RESTART)
    assert restarts(shop) == 1
    shop.trick("silent")
    with pytest.raises(Unsure, match="although the device is connected"):
        session.ask(FACTS)


def test_what_was_left_waiting_does_nothing_when_the_device_comes_back_late(session, shop):
    for command in (RESTART, tell("shutdown.exe", "/r", "/t", "60")):
        shop.trick("away")
        with pytest.raises(Unsure, match="What still waits for it there does nothing when it comes back late"):
            session.tell(command)
        assert shop.guest.queue
        shop.clock.sleep(3600)
        shop.site.settle()
        assert not shop.guest.queue
    assert restarts(shop) == 0


def test_a_device_whose_clock_is_far_ahead_begins_nothing(session, shop):
    shop.pc.state.skew = timedelta(hours=1)
    with pytest.raises(NotSent, match="by the device's clock its time was over"):
        session.tell(RESTART)
    assert restarts(shop) == 0


def test_a_message_is_shown(session, shop):
    session.message("We begin at ten; it's about an hour.")
    shop.clock.sleep(5)
    shop.site.settle()
    (shown,) = shop.ledger.effects("message")
    assert shown.detail == {"text": "We begin at ten; it's about an hour."}


def test_presence(session, shop):
    here = session.presence()
    assert here.is_yes
    assert "is connected since 2025-10-06 08:00 UTC" in here.evidence
    assert here.facts == {"since": "2025-10-06T08:00:00+00:00"}
    shop.clock.sleep(600)
    shop.pc.switch(on=False)
    away = session.presence()
    assert away.verdict is Verdict.NO
    assert "is not connected since 2025-10-06 08:10 UTC" in away.evidence
    shop.mishap("gateway", "list", times=50)
    assert session.presence().verdict is Verdict.UNSURE


def test_presence_of_a_session_that_is_gone(session, shop):
    shop.instance.guests.clear()
    assert session.presence().verdict is Verdict.NO
    with pytest.raises(Refused, match="does not show session"):
        session.ask(FACTS)


def test_the_link_for_a_technician(session, shop):
    assert session.link() == f"{shop.site.url}/Host#Access///{shop.guest.id}/Join"


def test_it_closes_and_may_be_closed_twice(session):
    session.close()
    session.close()
    for act in (lambda: session.ask(FACTS), session.presence, lambda: session.message("x")):
        with pytest.raises(RuntimeError, match="closed"):
            act()


def test_one_command_at_a_time(session, shop):
    inside, go_on = threading.Event(), threading.Event()
    sleep = shop.clock.sleep

    def hold(seconds):
        inside.set()
        go_on.wait(10)
        sleep(seconds)

    shop.clock.sleep = hold
    session._clock.sleep = hold
    seen = []
    other = threading.Thread(target=lambda: seen.append(session.ask(FACTS)))
    other.start()
    inside.wait(10)
    with pytest.raises(RuntimeError, match="one command at a time"):
        session.ask(FACTS)
    go_on.set()
    other.join()
    assert seen[0].exit_code == 0


def test_wrong_credentials_are_refused_with_what_to_do(shop):
    for name in shop.secrets:
        shop.secrets[name] = Secret("MZXW6YTBOI======", "secret", name)
    with pytest.raises(Refused, match=r"HTTP 401\. (Is it the RESTful|Check the user, the password, the one-time)"):
        shop.open()


def test_an_instance_that_does_not_answer_is_not_sent(shop):
    shop.site.close()
    with pytest.raises(NotSent, match="cannot be reached"):
        shop.open(session="a507630e-80b5-ec92-bb5e-bcb48d00ff6b")


def test_an_instance_that_wants_to_be_left_alone_is_try_later_for_a_command(session, shop):
    shop.mishap("throttled", "command", times=9)
    with pytest.raises(TryLater, match="HTTP 429"):
        session.tell(RESTART)
    assert shop.sent() == 0

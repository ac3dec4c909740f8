"""What a session says and does beyond what every connector is held to, by either road."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from agent.api import NotSent, Refused, Secret, TryLater, Unsure, Verdict, ask, tell
from playbooks.windows.powershell import script

FACTS = ask(script("facts"))
RESTART = tell(script("restart"), seconds=60, text="It's time")


def restarts(shop):
    shop.clock.sleep(3600)
    shop.pc.power()
    return shop.ledger.count("restarted")


def test_it_is_the_session_that_was_meant(shop):
    session = shop.open()
    assert session.seat.id == shop.guest.id
    assert session.capabilities == {"powershell", "cmd", "message", "presence", "reboot"}


def test_it_times_out_and_the_agent_ends_the_command(session, shop):
    shop.pc.faults.delay("facts", 500)
    with pytest.raises(Unsure, match=r"^facts was ended by the agent after 60 s\. Read how things stand"):
        session.ask(FACTS)
    assert shop.clock.slept[-1] <= 5


def test_a_device_that_is_away_is_said_to_be_away_since_when(shop):
    session = shop.open()
    shop.pc.switch(on=False)
    with pytest.raises(NotSent, match=r"is not connected\. Nothing was sent"):
        session.tell(RESTART)
    with pytest.raises(NotSent, match=r"is not connected since 2025-10-06 08:0\d UTC"):
        shop.open()


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


def test_a_closed_session_is_not_used_any_more(session, shop):
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

"""Each mishap of the line and each trick of the agent has one outcome, for what reads and for what changes."""

from __future__ import annotations

import traceback

import pytest

from agent.api import NotSent, Refused, Script, Secret, TryLater, Unsure, ask, tell
from playbooks.windows.powershell import script

READ = ask(script("facts"))
CHANGE = tell(script("restart"), seconds=60, text="soon")
FINE = "a reply"

# mishap, on which call; ask: outcome and how often it arrived; tell: the same
LINE = [
    ("reset", "command", FINE, 1, Unsure, 0),
    ("cut", "command", FINE, 1, FINE, 1),
    ("gateway", "command", FINE, 1, FINE, 1),
    ("garble", "command", FINE, 1, FINE, 1),
    ("busy", "command", FINE, 1, FINE, 1),
    ("throttled", "command", FINE, 1, FINE, 1),
    ("reset", "details", FINE, 1, FINE, 1),
    ("cut", "details", FINE, 1, FINE, 1),
    ("gateway", "details", FINE, 1, FINE, 1),
    ("garble", "details", NotSent, 0, NotSent, 0),
    ("busy", "details", FINE, 1, FINE, 1),
    ("throttled", "details", FINE, 1, FINE, 1),
]
# trick; outcome, and how often the command was sent
AGENT = [
    ("drop", Unsure, 1),
    ("away", Unsure, 1),
    ("silent", Unsure, 1),
    ("killed", Unsure, 1),
    ("cut output", Unsure, 1),
    ("foreign output", FINE, 1),
    ("empty list", FINE, 1),
    ("stale token", FINE, 1),
]


def outcome_of(act):
    try:
        act().json()
    except (NotSent, Refused, Unsure) as error:
        return type(error).__mro__[1] if type(error).__name__.startswith("_") else type(error)
    return FINE


@pytest.mark.parametrize(("mishap", "on", "outcome", "sent"), [row[:4] for row in LINE])
def test_reading_over_a_bad_line(shop, session, mishap, on, outcome, sent):
    shop.mishap(mishap, on)
    assert outcome_of(lambda: session.ask(READ)) == outcome
    assert shop.sent() == sent
    assert session.ask(READ).json()


@pytest.mark.parametrize(("mishap", "on", "outcome", "sent"), [(*row[:2], *row[4:]) for row in LINE])
def test_changing_over_a_bad_line(shop, session, mishap, on, outcome, sent):
    shop.mishap(mishap, on)
    assert outcome_of(lambda: session.tell(CHANGE)) == outcome
    assert shop.sent() == sent <= 1


@pytest.mark.parametrize("mishap", ["reset", "cut", "gateway", "garble", "busy", "throttled"])
def test_a_look_for_the_output_that_fails_says_nothing_about_it(shop, session, mishap):
    shop.mishap(mishap, "details", after=1, times=3)
    assert session.tell(CHANGE).json()["ok"] is True
    assert shop.sent() == 1


@pytest.mark.parametrize(("trick", "outcome", "sent"), AGENT)
@pytest.mark.parametrize(("say", "command"), [("ask", READ), ("tell", CHANGE)])
def test_an_agent_with_its_own_mind(shop, session, say, command, trick, outcome, sent):
    shop.trick(trick)
    assert outcome_of(lambda: getattr(session, say)(command)) == outcome
    assert shop.sent() == sent


def test_each_reason_is_told(shop, session):
    for trick, why in (("killed", "was ended by the agent after 60 s"), ("cut output", "ended without saying how")):
        shop.trick(trick)
        with pytest.raises(Unsure, match=f"^facts {why}. Read how things stand"):
            session.ask(READ)


def test_output_that_is_too_long_is_known_to_be_cut(shop):
    shop.section["max_length"] = 5000
    shop.pc.state.hints = [(f"Some product {number}", None) for number in range(400)]
    with pytest.raises(Unsure, match=r"^facts printed more than screenconnect\.max_length allows"):
        shop.open().ask(READ)


def test_a_prompt_that_cannot_be_silenced_is_cut_away(shop, session):
    shop.trick("echo", 3)
    assert session.ask(ask("hostname")).stdout == "FRONTDESK-07\r\n"
    reply = session.ask(ask("dism.exe", "/Online", "/Get-CurrentEdition"))
    assert reply.stdout.startswith("Current edition is:\r\n\r\nCurrent Edition : Professional")
    assert ">" not in reply.stdout
    assert session.ask(ask("dism.exe", "/Get-CurrentEdition")).exit_code == 87


def test_two_commands_at_once_keep_their_own_output(shop):
    first, second = shop.open(), shop.open()
    shop.pc.faults.delay("facts", 20)
    guest = shop.guest
    look, looked = first._look, []

    def look_once(job):
        if not looked:
            looked.append(True)
            assert second.ask(ask("hostname")).stdout == "FRONTDESK-07\r\n"
        return look(job)

    first._look = look_once
    assert first.ask(READ).json()["name"] == "FRONTDESK-07"
    assert [event.what for event in guest.events].count(70) == 2


def test_the_right_to_look_is_taken_away_in_the_middle(shop, session):
    command = session._road.command

    def send_and_lose_rights(*given):
        command(*given)
        shop.site.rights = False
        shop.site._secret = "another"

    session._road.command = send_and_lose_rights
    with pytest.raises(Unsure, match="restart may have had its effect: its output cannot be read"):
        session.tell(CHANGE)


def test_an_instance_that_goes_away_while_the_output_is_waited_for(shop, session):
    command = session._road.command

    def send_and_go(*given):
        command(*given)
        shop.site.close()

    session._road.command = send_and_go
    with pytest.raises(Unsure, match="whether the device is still connected is not known"):
        session.tell(CHANGE)


def test_a_session_that_nothing_is_known_of_is_looked_up_three_times(shop):
    shop.trick("empty list", 2)
    assert shop.open()
    assert shop.clock.slept == [2.0, 2.0]
    shop.trick("empty list", 99)
    with pytest.raises(Refused, match=r"has no session .* Check the setting"):
        shop.open()


def test_where_the_instance_does_not_count_the_times_decide(shop):
    shop.trick("no count", 99)
    assert shop.open()
    shop.pc.switch(on=False)
    shop.clock.sleep(60)
    with pytest.raises(NotSent, match="is not connected"):
        shop.open()


def test_the_count_of_the_instance_is_believed_more_than_the_times(shop):
    shop.guest.settle = lambda now: None
    shop.guest.online = False
    with pytest.raises(NotSent, match="is not connected"):
        shop.open()
    assert shop.clock.slept == [2.0, 2.0]


@pytest.mark.parametrize(
    ("mishap", "error"),
    [("reset", NotSent), ("gateway", NotSent), ("busy", NotSent), ("garble", NotSent), ("throttled", TryLater)],
)
def test_an_instance_that_cannot_be_used_is_passed_over_when_opening(shop, mishap, error):
    shop.mishap(mishap, "list", times=99)
    with pytest.raises(error):
        shop.open()
    assert shop.sent() == 0


def test_a_message_whose_arrival_is_doubtful_is_not_sent_twice(shop, session):
    shop.mishap("cut", "message")
    with pytest.raises(Unsure, match="may have had its effect"):
        session.message("Hello")
    shop.clock.sleep(10)
    shop.site.settle()
    assert shop.ledger.count("message") == 1


@pytest.mark.parametrize("mishap", ["throttled", "busy"])
def test_a_change_that_is_not_taken_stays_undone(shop, session, mishap):
    shop.mishap(mishap, "command", times=99)
    with pytest.raises(TryLater):
        session.tell(CHANGE)
    assert shop.sent() == 0


def test_secrets_are_nowhere_but_in_their_headers(shop):
    session = shop.open()
    key = shop.pc.world.keys.make("Education", "Retail").value
    told = []
    shop.mishap("reset", "command")
    for act in (
        lambda: session.tell(CHANGE),
        lambda: session.tell(tell(script("install_key"), Secret(key, "product key"), restart=False, note=False)),
        lambda: session.tell(tell("slmgr.vbs", "/ipk", Secret(key, "product key"))),
        lambda: session.ask(ask(Script("x", "# keyturn x 1"))).json(),
    ):
        with pytest.raises((Unsure, Refused)) as caught:
            act()
        told.append("".join(traceback.format_exception(caught.value)) + repr(caught.value.facts))
    bodies = [exchange.body + exchange.path + repr(exchange.query) for exchange in shop.site.log]
    events = [event.data for event in shop.guest.events]
    everything = "\n".join([*told, *bodies, *events, repr(session._road.rest.log), repr(session), repr(session._settings)])
    assert "restart" in everything
    for value in (key, *(secret.reveal().removeprefix("ms:") for secret in shop.secrets.values())):
        assert value not in everything

"""Whatever comes back instead of a challenge or a SOAP answer, only an error for people leaves the session."""

from __future__ import annotations

import base64
import contextlib
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.api import COMMAND_LINE, KeyturnError, Script, Secret, ask, tell
from connectors.lab.machine import Outcome, Power
from connectors.lab.winrm import soap as wire_soap
from connectors.lab.winrm.auth import Login as PcLogin
from connectors.lab.winrm.shells import Shells
from connectors.winrm.ntlm import Login, challenge_in
from connectors.winrm.session import WinRMSession
from connectors.winrm.settings import Settings
from connectors.winrm.transport import SOAP_TYPE, Answer

SHORT = timedelta(seconds=0.3)
PASSWORD = Secret("pässword", "password")
BOUNDED = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
EXPLAINED = (b"", b"\0", b"\xff\xff\xff\xff", b"<", b"/>", b"NTLMSSP\0", b"RelatesTo", b"Name", b"=", b"&", b"ShellId", b"Code")


class Pc:
    name, users = "PC7", {"admin": "pässword"}

    def power(self) -> Power:
        return Power.UP

    def boot(self) -> int:
        return 1

    def reads_input(self, command_line: str) -> bool:
        return command_line == COMMAND_LINE

    def run(self, command_line: str, stdin: bytes, codepage: int) -> Outcome:
        return Outcome(stdout=b"fine", stderr=b"odd")


@st.composite
def spoiling(draw):
    """A way to spoil bytes: cut them, replace some of them, or put something else in their place."""
    cuts = draw(
        st.lists(st.tuples(st.floats(0, 1), st.integers(0, 12), st.sampled_from(EXPLAINED) | st.binary(max_size=6)), max_size=3)
    )
    length = draw(st.just(1.0) | st.floats(0, 1))
    instead = draw(st.none() | st.none() | st.binary(max_size=80))

    def spoil(data: bytes) -> bytes:
        if instead is not None:
            return instead
        for place, gone, put in cuts:
            start = int(place * len(data))
            data = data[:start] + put + data[start + gone :]
        return data[: int(length * len(data))]

    return spoil


def session_on(post, **given):
    way = {"host": "pc7", "user": "admin", "password": "vault:pc/admin", **given}
    session = WinRMSession(Settings(**way), PASSWORD, lambda seconds: None)
    session._transport._post = post
    return session


def challenge() -> bytes:
    return PcLogin(Pc.users).step(challenge_in(Login("admin", PASSWORD, "pc7").hello()) or b"") or b""


CHALLENGE = challenge()


def open_against(token: bytes) -> None:
    offers = f"Negotiate {base64.b64encode(token).decode('ascii')}"
    session_on(lambda body, **headers: Answer(401, b"", "text/html", offers, None)).open()


@pytest.mark.parametrize("length", range(0, len(CHALLENGE), 7))
def test_a_challenge_that_was_cut_short_is_not_sent(length):
    with pytest.raises(KeyturnError) as caught:
        open_against(CHALLENGE[:length])
    assert "\n" not in str(caught.value)


def test_a_challenge_from_the_end_of_time_is_not_sent():
    start = CHALLENGE.index(b"\x07\0\x08\0") + 4
    with pytest.raises(KeyturnError, match="cannot be read"):
        open_against(CHALLENGE[:start] + b"\xff" * 8 + CHALLENGE[start + 8 :])


@BOUNDED
@given(spoil=spoiling())
def test_a_spoilt_challenge_is_an_error_for_people(spoil):
    with pytest.raises(KeyturnError):
        open_against(spoil(CHALLENGE))


@BOUNDED
@given(text=st.text(alphabet="Negotiate NTLM=,+/AQ\t-", max_size=40))
def test_spoilt_offers_are_an_error_for_people(text):
    with pytest.raises(KeyturnError):
        session_on(lambda body, **headers: Answer(401, b"", "text/html", text, None)).open()


class Spoiler:
    """Answers as a PC does, and spoils the answers to one action."""

    def __init__(self, action: str, spoil, status: int | None) -> None:
        self._shells = Shells(Pc(), lambda: True)
        self._action, self._spoil, self._status = action, spoil, status

    def __call__(self, body: bytes, **headers: str) -> Answer:
        request = wire_soap.read(body)
        status, text = 200, b""
        try:
            text = wire_soap.answer(request, self._shells.serve(request))
        except wire_soap.Problem as problem:
            status, text = 500, wire_soap.fault(problem, request)
        if request.name == self._action:
            if self._status:
                status, text = 500, wire_soap.fault(wire_soap.Problem(self._status, "InternalError", "x"), request)
            text = self._spoil(text)
        return Answer(status, text, SOAP_TYPE, "", None)


ACTIONS = ("Create", "Command", "Send", "Receive", "Signal", "Delete")


@BOUNDED
@given(action=st.sampled_from(ACTIONS), spoil=spoiling(), status=st.none() | st.sampled_from([5, 170, 0x803381A5, 0x8033805B]))
def test_a_spoilt_answer_is_an_error_for_people_or_none(action, spoil, status):
    session = session_on(Spoiler(action, spoil, status), scheme="https", auth="basic")
    with contextlib.suppress(KeyturnError):
        session.open()
        session.ask(ask("x", within=SHORT))
        session.tell(tell(Script("do.ps1", "x"), within=SHORT))
    session.close()


@pytest.mark.parametrize(
    "relation",
    [
        b"<a:RelatesTo/>",
        b"<a:XRelatesTo>uuid:00000000-0000-4000-8000-000000000000</a:XRelatesTo>",
        b"<RelatesTo>uuid:00000000-0000-4000-8000-000000000000</RelatesTo>",
    ],
)
@pytest.mark.parametrize("action", ["Signal", "Delete"])
def test_an_end_that_relates_to_something_else_stops_nothing(action, relation):
    session = session_on(
        Spoiler(action, lambda text: text.replace(b"<s:Header>", b"<s:Header>" + relation), None), scheme="https", auth="basic"
    )
    session.open()
    for _ in range(9):
        session.ask(ask("x"))
    session.close()

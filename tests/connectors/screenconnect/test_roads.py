"""What each road sends, byte for byte, and which shapes of answers it understands."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
import responses
from responses import matchers

from agent.api import Misuse, Refused, Secret, Unsure
from connectors.screenconnect.builtin import BuiltIn, Login
from connectors.screenconnect.extension import Extension
from connectors.screenconnect.moments import moment
from connectors.screenconnect.onetime import one_time_password
from connectors.screenconnect.road import details_in, seats_in
from connectors.screenconnect.settings import Settings

NOW = datetime(2026, 7, 19, 8, 0, tzinfo=UTC)
ID = UUID("a507630e-80b5-ec92-bb5e-bcb48d00ff6b")
URL = "https://acme.example"
SERVICE = f"{URL}/App_Extensions/2d558935-686a-4bd0-9991-07539f5fe749/Service.ashx"
PAGE = f"{URL}/Services/PageService.ashx"
LISTED = {
    "SessionID": str(ID),
    "Name": "PC-01",
    "SessionType": 2,
    "IsEnded": False,
    "CustomProperties": {"CustomProperty1": "Acme", "CustomProperty2": None},
    "ActiveConnections": [{}],
    "LastGuestConnectedEventTime": "2026-07-19T06:41:52.6169911Z",
    "LastGuestDisconnectedEventTime": "0001-01-01T00:00:00",
    "GuestInfo": {"MachineName": "PC-01"},
}


@pytest.fixture
def answers():
    with responses.RequestsMock(assert_all_requests_are_fired=True, registry=responses.registries.OrderedRegistry) as mock:
        yield mock


@pytest.fixture
def extension(clock):
    settings = Settings(url=URL, secret="vault:sc", session=ID)
    return Extension(settings, Secret("r4w", "secret"), clock)


@pytest.fixture
def built_in(clock):
    settings = Settings(url=URL, road="built-in", user="agent", password="vault:sc", session=ID)
    return BuiltIn(settings, Login("agent", Secret("pw", "password"), Secret("ms:GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")), clock)


def expected(body, **headers):
    return [matchers.header_matcher(headers), matchers.body_matcher(json.dumps(body))]


def test_the_extension_is_given_arrays_and_the_raw_secret(answers, extension):
    headers = {"CTRLAuthHeader": "r4w", "Origin": URL, "Content-Type": "application/json; charset=utf-8"}
    answers.post(f"{SERVICE}/GetSessionsByFilter", json=[LISTED], match=expected(["Name = 'x'"], **headers))
    answers.post(f"{SERVICE}/GetSessionDetailsBySessionID", json=None, match=expected([str(ID)], **headers))
    answers.post(f"{SERVICE}/SendCommandToSession", body=b"", match=expected([str(ID), "#!ps\nhostname"], **headers))
    answers.post(f"{SERVICE}/SendMessageToSession", body=b"", match=expected([str(ID), "Hello"], **headers))
    (seat,) = extension.seats("Name = 'x'")
    assert (seat.id, seat.machine, seat.properties[:2], seat.seems_online) == (ID, "PC-01", ("Acme", ""), True)
    assert extension.details(ID) is None
    extension.command(ID, "#!ps\nhostname")
    extension.message(ID, "Hello")


def test_the_arguments_of_a_message_can_be_set(answers, clock):
    settings = Settings(url=URL, secret="vault:sc", session=ID, message_arguments=["session", "host", "text"])
    answers.post(f"{SERVICE}/SendMessageToSession", body=b"", match=expected([str(ID), "keyturn", "Hello"]))
    Extension(settings, Secret("r4w", "secret"), clock).message(ID, "Hello")


@pytest.mark.parametrize(
    ("status", "text", "said"),
    [
        (401, "", "RESTfulAuthenticationSecret"),
        (403, "", "screenconnect.origin"),
        (404, "The resource cannot be found", "Install the extension RESTful API Manager"),
        (500, '{"message":"Web method does not exist"}', "does not take"),
        (500, "Unknown parameter: x", "does not take"),
    ],
)
def test_the_extension_says_no(answers, extension, status, text, said):
    answers.post(f"{SERVICE}/SendCommandToSession", status=status, body=text)
    with pytest.raises(Refused, match=said):
        extension.command(ID, "hostname")


def test_another_500_leaves_a_command_unsure(answers, extension):
    answers.post(f"{SERVICE}/SendCommandToSession", status=500, body="Object reference not set")
    with pytest.raises(Unsure):
        extension.command(ID, "hostname")


def test_the_built_in_services_are_given_login_token_and_cookie(answers, built_in, clock):
    login = {"Authorization": "Basic YWdlbnQ6cHc=", "Origin": URL}
    sealed = login | {"X-Anti-Forgery-Token": "AbC+/09==", "Cookie": "settings=1"}
    html = '<script>x = {"antiForgeryToken":"AbC+/09=="}</script>'
    answers.get(f"{URL}/", body=html, headers={"Set-Cookie": "settings=1"}, match=[matchers.header_matcher(login)])
    answers.post(f"{PAGE}/GetSessionDetails", json=None, match=expected(["All Machines", str(ID)], **sealed))
    event = {"SessionID": str(ID), "EventType": 44, "Data": "hostname"}
    answers.post(f"{PAGE}/AddSessionEvents", body=b"", match=expected([["All Machines"], [event]], **sealed))
    built_in.details(ID)
    built_in.command(ID, "hostname")
    codes = {call.request.headers["X-One-Time-Password"] for call in answers.calls}
    assert codes == {one_time_password(Secret("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), clock.now())}


def test_a_token_is_renewed_when_it_is_old_or_refused_and_the_call_made_once_more(answers, built_in, clock):
    stale = {"errorType": "UnauthorizedAccessException", "message": "Invalid anti-forgery token", "detail": None}

    def page(token):
        answers.get(f"{URL}/", body=f'"antiForgeryToken" : "{token}"')

    def call(token, **answer):
        answers.post(f"{PAGE}/AddSessionEvents", match=[matchers.header_matcher({"X-Anti-Forgery-Token": token})], **answer)

    page("one")
    call("one")
    built_in.command(ID, "x")
    call("one", status=403, json=stale)
    page("two")
    call("two")
    built_in.command(ID, "x")
    clock.sleep(16 * 60)
    page("three")
    call("three", status=403, json=stale)
    page("four")
    call("four", status=403, json=stale)
    with pytest.raises(Refused, match="does not take its own anti-forgery token"):
        built_in.command(ID, "x")


@pytest.mark.parametrize("answer", [{"status": 403, "body": "<html>"}, {"status": 403, "json": {"errorType": "Other"}}])
def test_another_403_is_no_stale_token(answers, built_in, answer):
    answers.get(f"{URL}/", body='"antiForgeryToken":"one"')
    answers.post(f"{PAGE}/AddSessionEvents", **answer)
    with pytest.raises(Refused, match="HTTP 403"):
        built_in.command(ID, "x")


def test_a_page_without_a_token_is_refused(answers, built_in):
    answers.get(f"{URL}/", body="<html>maintenance</html>")
    with pytest.raises(Refused, match="no anti-forgery token"):
        built_in.details(ID)


@pytest.mark.parametrize("told", [None, {}, {"ResponseInfoMap": {}}, [], "x"])
def test_live_data_without_sessions_is_unsure(answers, built_in, told):
    answers.get(f"{URL}/", body='"antiForgeryToken":"one"')
    answers.post(f"{PAGE}/GetLiveData", body=json.dumps(told))
    with pytest.raises(Unsure, match="without sessions"):
        built_in.seats("x")


@pytest.mark.parametrize(("found", "count"), [(None, 0), ([], 0), (LISTED, 1), ([LISTED, LISTED], 2)])
def test_a_list_a_single_object_or_nothing(found, count):
    assert len(seats_in(found, NOW)) == count


@pytest.mark.parametrize("found", [{}, "x", [1], [{"Name": "no id"}], [{"SessionID": "no guid"}], 7])
def test_other_shapes_are_unsure(found):
    with pytest.raises(Unsure, match="not a list of sessions"):
        seats_in(found, NOW)


@pytest.mark.parametrize(
    ("changes", "online"),
    [
        ({}, True),
        ({"IsEnded": True}, False),
        ({"LastGuestConnectedEventTime": "0001-01-01T00:00:00"}, False),
        ({"LastGuestConnectedEventTime": None}, False),
        ({"LastGuestDisconnectedEventTime": "2026-07-19T06:41:52.6169910Z"}, False),
        ({"LastGuestDisconnectedEventTime": "2026-07-19T06:41:51.6169911Z"}, True),
        ({"LastGuestDisconnectedEventTime": "2026-07-19T07:00:00Z"}, False),
        ({"SessionType": "Access"}, True),
    ],
)
def test_what_the_times_say(changes, online):
    (seat,) = seats_in([LISTED | changes], NOW)
    assert seat.seems_online is online


def test_the_flat_form_of_a_session():
    flat = {"SessionID": str(ID), "GuestMachineName": "PC-01", "CustomPropertyValues": ["Acme", None]}
    (seat,) = seats_in([flat], NOW)
    assert (seat.name, seat.machine, seat.properties) == ("", "PC-01", ("Acme", ""))
    assert str(seat) == f"PC-01 ({ID})"


def test_details_in_both_forms():
    events = [
        {"EventID": "1", "EventType": "44", "Time": "2026-07-19T07:59:59.5000000Z", "Host": "tech", "Data": "x"},
        {"EventID": "2", "EventType": 11, "Time": 1500, "ConnectionID": "c", "Data": None},
    ]
    told = details_in({"Session": {}, "Connections": [{"ProcessType": 1}], "Events": events}, NOW)
    assert [(event.type, event.data, event.connection) for event in told.events] == [(44, "x", ""), (11, "", "c")]
    assert [(NOW - event.at).total_seconds() for event in told.events] == [0.5, 1.5]
    assert told.guest is False
    assert details_in({"Events": [], "Connections": [{"ProcessType": 2}]}, NOW).guest is True
    assert details_in(None, NOW) is None
    for other in ([1], {"Events": None}, {"Events": [{"EventType": 70}]}):
        with pytest.raises(Unsure, match="not the details"):
            details_in(other, NOW)


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("2026-07-19T06:41:52.6169911Z", datetime(2026, 7, 19, 6, 41, 52, 616991, UTC)),
        ("2026-07-19T06:41:52.61Z", datetime(2026, 7, 19, 6, 41, 52, 610000, UTC)),
        ("2026-07-19T06:41:52", datetime(2026, 7, 19, 6, 41, 52, tzinfo=UTC)),
        ("2026-07-19T08:41:52+02:00", datetime(2026, 7, 19, 6, 41, 52, tzinfo=UTC)),
        ("0001-01-01T00:00:00", None),
        (90_000, datetime(2026, 7, 19, 7, 58, 30, tzinfo=UTC)),
        (0.0, NOW),
        (1e30, None),
        (float("inf"), None),
        (True, None),
        ("yesterday", None),
        (None, None),
    ],
)
def test_moments(value, read):
    assert moment(value, NOW) == read


RFC = Secret("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "one-time-password secret")


@pytest.mark.parametrize(
    ("second", "code"), [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (20000000000, "353130")]
)
def test_one_time_passwords_of_rfc_6238(second, code):
    assert one_time_password(RFC, datetime.fromtimestamp(second, UTC)) == code


def test_a_one_time_password_secret_is_read_in_any_spelling():
    spelt = Secret(" ms:gezd gnbv gy3t qojq gezd gnbv gy3t qojq= ")
    assert one_time_password(spelt, NOW) == one_time_password(RFC, NOW)


@pytest.mark.parametrize("text", ["", "ms:", "not base32!", "1"])
def test_a_one_time_password_secret_that_is_none(text):
    with pytest.raises(Misuse, match="is not Base32") as caught:
        one_time_password(Secret(text, "secret"), NOW)
    assert text in ("", "1") or text not in str(caught.value)

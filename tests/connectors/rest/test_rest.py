"""A call is repeated only where that is safe, and each failure says what is certain."""

from __future__ import annotations

import json
import ssl
import traceback
from datetime import timedelta
from email.utils import format_datetime

import pytest
import requests
from responses import matchers
from urllib3.exceptions import MaxRetryError, NameResolutionError, NewConnectionError

from agent.api import Misuse, NotSent, Refused, TryLater, Unsure
from connectors.rest import Call, base_url

TOKEN = "t0p-s3cret-t0ken"
READ = Call("GET", "/things", reads=True)
WRITE = Call("POST", "/things", body={"key": "AAAAA-BBBBB"})
CUT = requests.exceptions.ConnectionError("Connection aborted.")
SLOW = requests.exceptions.ReadTimeout("read timed out")


def unreachable(kind=NewConnectionError):
    reason = kind("acme.example", None, OSError()) if kind is NameResolutionError else kind(None, "refused")
    return requests.exceptions.ConnectionError(MaxRetryError(None, "/things", reason))


def test_a_reading_call_carries_headers_and_parameters(bench):
    bench.plan(
        json={"found": [1]},
        match=[
            matchers.header_matcher({"Authorization": f"Bearer {TOKEN}", "Accept": "application/json", "Origin": "here"}),
            matchers.query_param_matcher({"name": "Zoë & co"}),
        ],
    )
    heard = bench.rest(headers={"Origin": "here"}).send(Call("GET", "/things", query={"name": "Zoë & co"}, reads=True))
    assert (heard.status, heard.json()) == (200, {"found": [1]})


def test_a_writing_call_carries_json_and_may_be_answered_with_nothing(bench):
    bench.plan(
        "POST",
        status=204,
        match=[
            matchers.json_params_matcher(["ä", None]),
            matchers.header_matcher({"Content-Type": "application/json; charset=utf-8"}),
        ],
    )
    assert bench.rest().send(Call("POST", "/things", body=["ä", None])).json() is None


def test_null_is_a_body_and_no_body_is_none(bench):
    bench.plan("POST", body=b"null", match=[matchers.body_matcher("null")])
    bench.plan("POST", match=[lambda request: (request.body is None, "there is a body")])
    rest = bench.rest()
    assert rest.send(Call("POST", "/things", body=None)).json() is None
    rest.send(Call("POST", "/things"))


def test_an_answer_that_is_not_json_is_unsure(bench):
    bench.plan(body="<html>log in</html>")
    with pytest.raises(Unsure, match=r"^the answer to GET /things is not JSON \(19 bytes\)"):
        bench.rest().send(READ).json()


@pytest.mark.parametrize("call", [READ, WRITE])
@pytest.mark.parametrize("status", [429, 503])
def test_not_now_is_waited_for_by_anything(bench, clock, call, status):
    bench.plan(call.method, status=status, headers={"Retry-After": "7"})
    bench.plan(call.method, json=1)
    assert bench.rest().send(call).json() == 1
    assert clock.slept == [7.0]


def test_not_now_until_a_date(bench, clock):
    bench.plan(status=429, headers={"Retry-After": format_datetime(clock.now() + timedelta(seconds=12), usegmt=True)})
    bench.plan(json=1)
    bench.rest().send(READ)
    assert clock.slept == [12.0]


@pytest.mark.parametrize("asked", ["soon", "-5", "²"])
def test_not_now_without_a_time_doubles_the_pause(bench, clock, asked):
    for _ in range(5):
        bench.plan(status=429, headers={"Retry-After": asked})
    with pytest.raises(TryLater, match="Acme: GET /things was answered with HTTP 429") as caught:
        bench.rest().send(READ)
    assert clock.slept == [1.0, 2.0, 4.0, 8.0]
    assert caught.value.facts == {"status": 429, "retry_after": None}


@pytest.mark.parametrize(("asked", "within"), [("61", 90.0), ("30", 20.0)])
def test_a_pause_that_is_too_long_is_not_waited_for(bench, clock, asked, within):
    bench.plan(status=429, headers={"Retry-After": asked})
    with pytest.raises(TryLater) as caught:
        bench.rest(within=within).send(READ)
    assert clock.slept == []
    assert caught.value.facts["retry_after"] == float(asked)


@pytest.mark.parametrize("trouble", [{"status": 502}, {"status": 503}, {"status": 504}, {"body": CUT}, {"body": SLOW}])
def test_a_read_is_repeated_after_trouble_on_the_way(bench, clock, trouble):
    bench.plan(**trouble)
    bench.plan(json=1)
    assert bench.rest().send(READ).json() == 1
    assert clock.slept == [1.0]


@pytest.mark.parametrize("trouble", [{"status": 502}, {"status": 503}, {"status": 504}, {"body": CUT}, {"body": SLOW}])
def test_a_write_is_never_repeated_after_trouble_on_the_way(bench, clock, trouble):
    bench.plan("POST", **trouble)
    with pytest.raises(Unsure, match=r"may have had its effect.*Read how things stand"):
        bench.rest().send(WRITE)
    assert clock.slept == []


def test_a_read_that_stays_unanswered_is_unsure(bench, clock):
    for _ in range(5):
        bench.plan(body=CUT)
    with pytest.raises(Unsure, match="was not answered: the connection ended"):
        bench.rest().send(READ)
    assert clock.slept == [1.0, 2.0, 4.0, 8.0]


def test_the_deadline_ends_the_tries(bench, clock):
    for _ in range(3):
        bench.plan(status=502)
    with pytest.raises(Unsure, match="HTTP 502"):
        bench.rest().send(Call("GET", "/things", reads=True, within=5))
    assert clock.slept == [1.0, 2.0]


@pytest.mark.parametrize("call", [READ, WRITE])
@pytest.mark.parametrize(
    "trouble", [unreachable(), unreachable(NameResolutionError), requests.exceptions.ConnectTimeout("timed out")]
)
def test_what_never_left_is_not_sent(bench, clock, call, trouble):
    bench.plan(call.method, body=trouble)
    with pytest.raises(NotSent, match=r"^Acme: acme\.example "):
        bench.rest().send(call)
    assert clock.slept == []


def test_a_certificate_that_is_not_trusted_is_refused(bench):
    reason = ssl.SSLCertVerificationError("self-signed certificate")
    bench.plan("POST", body=requests.exceptions.SSLError(MaxRetryError(None, "/things", reason)))
    with pytest.raises(Refused, match=r"certificate of acme\.example is not trusted"):
        bench.rest().send(WRITE)


def test_tls_that_breaks_in_the_middle_leaves_a_write_unsure(bench):
    bench.plan("POST", body=requests.exceptions.SSLError("decryption failed or bad record mac"))
    with pytest.raises(Unsure, match=r"TLS with acme\.example failed"):
        bench.rest().send(WRITE)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
@pytest.mark.parametrize("call", [READ, WRITE])
def test_a_no_is_refused_with_what_to_do(bench, clock, call, status):
    bench.plan(call.method, status=status, body="nothing of this is shown")
    with pytest.raises(Refused, match=f"HTTP {status}. Look here$") as caught:
        bench.rest(advice={status: "Look here"}).send(call)
    assert type(caught.value) is Refused
    assert caught.value.facts == {"status": status}
    assert clock.slept == []


def test_a_redirection_is_not_followed(bench):
    bench.plan(status=302, headers={"Location": "https://elsewhere.example/"})
    with pytest.raises(Refused, match="a redirection"):
        bench.rest().send(READ)


@pytest.mark.parametrize(("call", "said"), [(READ, "HTTP 500$"), (WRITE, "HTTP 500 and may have had its effect")])
def test_an_error_of_the_service_is_unsure_and_not_repeated(bench, clock, call, said):
    bench.plan(call.method, status=500)
    with pytest.raises(Unsure, match=said):
        bench.rest().send(call)
    assert clock.slept == []


@pytest.mark.parametrize("status", [200, 500])
def test_the_caller_judges_before_the_status_does(bench, status):
    bench.plan("POST", status=status, json={"Error": "no such agent"})

    def judge(heard):
        return Refused(heard.json()["Error"])

    with pytest.raises(Refused, match=r"^no such agent$"):
        bench.rest(judge=judge).send(WRITE)


def test_the_secret_is_asked_for_at_each_try(bench):
    bench.plan(status=502)
    bench.plan(json=1, match=[matchers.header_matcher({"X-Code": "2"})])
    codes = iter("12")
    bench.rest(auth=lambda: {"X-Code": next(codes)}).send(READ)


@pytest.mark.parametrize("token", ["two\nlines", "Grüße\u20ac"])
def test_a_secret_that_is_no_header_is_misuse_and_not_shown(bench, token):
    with pytest.raises(Misuse, match="header X-Token") as caught:
        bench.rest(auth=lambda: {"X-Token": token}).send(READ)
    assert token not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "answer",
    [
        {"body": CUT},
        {"body": unreachable()},
        {"status": 401},
        {"status": 500},
        {"body": requests.exceptions.InvalidHeader(TOKEN)},
    ],
)
def test_no_secret_is_in_an_error_or_in_the_log(bench, answer):
    bench.plan("POST", **answer)
    rest = bench.rest()
    with pytest.raises(Exception) as caught:
        rest.send(WRITE)
    shown = "".join(traceback.format_exception(caught.value)) + repr((rest.log, WRITE, caught.value.facts))
    assert TOKEN not in shown
    assert "AAAAA" not in shown


def test_the_log_has_each_try(bench):
    bench.plan(body=CUT)
    bench.plan(status=502)
    bench.plan(json=1)
    rest = bench.rest()
    rest.send(READ)
    assert [tuple(each) for each in rest.log] == [("GET", "/things", status, 0.0) for status in (0, 502, 200)]


def test_cookies_are_kept_until_they_are_forgotten(bench):
    bench.plan(json=1, headers={"Set-Cookie": "settings=1; path=/"})
    bench.plan(json=2, match=[matchers.header_matcher({"Cookie": "settings=1"})])
    bench.plan(json=3)
    rest = bench.rest()
    rest.send(READ)
    rest.send(READ)
    rest.forget_cookies()
    rest.send(READ)
    assert "Cookie" not in bench.answers.calls[-1].request.headers


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "REQUESTS_CA_BUNDLE"])
def test_the_surroundings_are_not_asked(bench, monkeypatch, tmp_path, name):
    monkeypatch.setenv(name, "http://127.0.0.1:9")
    (tmp_path / "netrc").write_text("machine acme.example login spy password spy\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    bench.plan(json=1)
    bench.rest(auth=dict).send(READ)
    (call,) = bench.answers.calls
    assert "Authorization" not in call.request.headers
    assert call.request.req_kwargs["verify"] is True
    assert not call.request.req_kwargs["proxies"]


def test_an_authority_of_ones_own_is_used(bench, tmp_path):
    bench.plan(json=1)
    bench.rest(ca=tmp_path / "ca.pem").send(READ)
    assert bench.answers.calls[0].request.req_kwargs["verify"] == str(tmp_path / "ca.pem")


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://acme.example", "https://acme.example"),
        (" https://acme.example:8040/sc/ ", "https://acme.example:8040/sc"),
        ("http://127.0.0.1:8040", "http://127.0.0.1:8040"),
        ("http://[::1]:8040/", "http://[::1]:8040"),
        ("http://localhost", "http://localhost"),
    ],
)
def test_addresses(text, url):
    assert base_url(text) == url


@pytest.mark.parametrize(
    "text",
    [
        "",
        "acme.example",
        "ftp://acme.example",
        "http://acme.example",
        "http://127.0.0.1.acme.example",
        "http://localhost.acme.example",
        "https://user:pw@acme.example",
        "https://acme.example/?x=1",
        "https://acme.example/#x",
        "https://acme.example:0",
        "https://acme.example:x",
        "https://[::1",
    ],
)
def test_addresses_that_are_none(text):
    with pytest.raises(ValueError):
        base_url(text)


def test_json_begins_after_a_mark_of_byte_order(bench):
    bench.plan(body="\ufeff" + json.dumps({"a": 1}))
    assert bench.rest().send(READ).json() == {"a": 1}

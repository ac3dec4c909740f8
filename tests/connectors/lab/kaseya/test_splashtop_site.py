"""The lab's Splashtop keeps to what is published: requests as public clients send them, and strict refusals."""

from __future__ import annotations

import pytest

from connectors.lab.splashtop import TEAM


def test_channels(splashtop):
    path = f"/teams/{TEAM}/psa/channel_list"
    assert splashtop.data("GET", f"{path}?mode=psa")["data"]["private"]["id"] == 0
    assert splashtop.data("GET", path)["result"] == 40422


def test_a_session_is_made_and_closed(splashtop):
    body = {"channel_id": 0, "customer_name": "PC7", "customer_issue": "kt-1"}
    one = splashtop.data("POST", f"/teams/{TEAM}/psa/support_sessions", body)["data"]["support_session"]
    path = f"/teams/{TEAM}/psa/support_sessions/{one['id']}"
    assert len(one["code"]) == 9
    assert splashtop.data("PUT", f"{path}/action", {"kind": "end"})["result"] == 40422
    assert splashtop.data("PUT", f"{path}/action", {"kind": "close"})["result"] == 20200
    assert splashtop.data("GET", path)["data"]["support_session"]["status"] == "closed"


@pytest.mark.parametrize(
    ("method", "path", "body", "result"),
    [
        ("GET", "/teams/1/psa/support_sessions/1000", None, 40403),
        ("GET", f"/teams/{TEAM}/psa/support_sessions/1000", None, 40404),
        ("GET", f"/teams/{TEAM}/psa/support_sessions/x", None, 40404),
        ("GET", "/computers", None, 40404),
        ("POST", f"/teams/{TEAM}/psa/support_sessions", {"customer_name": "x"}, 40422),
        ("POST", f"/teams/{TEAM}/psa/support_sessions",
         {"channel_id": 1, "customer_name": "x", "customer_issue": ""}, 40422),
        ("POST", f"/teams/{TEAM}/psa/support_sessions",
         {"channel_id": 0, "customer_name": "x" * 65, "customer_issue": ""}, 40422),
    ],
)  # fmt: skip
def test_errors_ride_in_a_200(splashtop, method, path, body, result):
    answer = splashtop(method, path, body)
    assert (answer.status_code, answer.json()["result"]) == (200, result)


@pytest.mark.parametrize(("header", "result"), [("Bearer other", 40100), ('Bearer "token"', 41406), ("token", 41406)])
def test_tokens(splashtop, header, result):
    assert splashtop.data("GET", "/users/basic_info", headers={"Authorization": header})["result"] == result


def test_a_gateway_counts_calls(splashtop, clock):
    splashtop.site.per_minute = 1
    assert splashtop("GET", "/users/basic_info").status_code == 200
    assert splashtop("GET", "/users/basic_info").status_code == 429
    clock.sleep(61)
    assert splashtop("GET", "/users/basic_info").status_code == 200

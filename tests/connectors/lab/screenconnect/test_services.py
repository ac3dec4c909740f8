"""The built-in services as unmodified public clients use them."""

from __future__ import annotations

import base64

import pytest
import requests

from connectors.lab.screenconnect.server import Person, ScreenConnect
from connectors.lab.windows.pc import Pc

BASIC = {"Authorization": "Basic " + base64.b64encode(b"admin:pw").decode()}


def ask(bench, method, path, **more):
    return requests.request(method, bench.site.url + path, headers=BASIC | more.pop("headers", {}), timeout=10, **more)


def test_the_page_gives_a_token_and_a_cookie(bench):
    answer = ask(bench, "GET", "/")
    assert '"antiForgeryToken":"' in answer.text
    assert answer.cookies["settings"]
    assert requests.get(bench.site.url + "/", timeout=10).status_code == 401


def test_the_version_is_told_in_two_places(bench):
    assert ask(bench, "HEAD", "/").headers["Server"] == "ScreenConnect/24.1.0.1"
    assert ask(bench, "GET", "/openapidocument.axd").json()["info"] == {"title": "ScreenConnect", "version": "24.1"}


@pytest.mark.parametrize("missing", ["token", "cookie", "both"])
def test_posting_needs_token_and_cookie(bench, missing):
    bench.services("PageService.ashx/GetSessionDetails", ["All Machines", bench.id])
    headers = {} if missing in ("token", "both") else {"X-Anti-Forgery-Token": bench.token}
    cookies = {} if missing in ("cookie", "both") else dict(bench.http.cookies)
    path = "/Services/PageService.ashx/GetSessionDetails"
    answer = ask(bench, "POST", path, json=["All Machines", bench.id], headers=headers, cookies=cookies)
    assert answer.status_code == 403
    told = {"errorType": "UnauthorizedAccessException", "message": "Invalid anti-forgery token", "detail": None}
    assert answer.json() == told


def test_wrong_password_and_missing_right_look_alike(bench):
    told = {"errorType": "SecurityException", "message": "Needs permission", "detail": None}
    for headers in ({"Authorization": "Basic YWRtaW46bm8="}, {"Authorization": "Basic !"}, {"Authorization": "Bearer x"}):
        answer = ask(bench, "GET", "/", headers=headers)
        assert (answer.status_code, answer.json()) == (401, told)
    bench.site.rights = False
    assert ask(bench, "GET", "/").json() == told


@pytest.mark.parametrize(("code", "status"), [("", 401), ("000000", 401), ("640098", 401)])
def test_a_user_with_an_app_needs_the_code(bench, code, status):
    with ScreenConnect([bench.pc], "x", Person("admin", "pw", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")) as site:
        headers = BASIC | {"X-One-Time-Password": code}
        assert requests.get(site.url + "/", headers=headers, timeout=10).status_code == status


def test_live_data_is_flat_and_kept_to_the_group(bench):
    wanted = {
        "sessionType": 2,
        "sessionGroupPathParts": ["All Machines"],
        "filter": "",
        "findSessionID": "",
        "sessionLimit": 50,
    }
    told = bench.services("PageService.ashx/GetLiveData", [{"HostSessionInfo": wanted, "ActionCenterInfo": {}}, 0]).json()
    (session,) = told["ResponseInfoMap"]["HostSessionInfo"]["Sessions"]
    assert session["GuestMachineName"] == "PC-01"
    assert "GuestInfo" not in session
    wrong = wanted | {"sessionGroupPathParts": ["My Machines"]}
    answer = bench.services("PageService.ashx/GetLiveData", [{"HostSessionInfo": wrong, "ActionCenterInfo": {}}, 0])
    assert (answer.status_code, answer.json()["message"]) == (500, "Session group 'My Machines' does not exist")


def live(bench, group, limit=50):
    wanted = {"sessionType": 2, "sessionGroupPathParts": [group], "filter": "", "findSessionID": "", "sessionLimit": limit}
    told = bench.services("PageService.ashx/GetLiveData", [{"HostSessionInfo": wanted, "ActionCenterInfo": {}}, 0]).json()
    return told["ResponseInfoMap"]["HostSessionInfo"]


def test_live_data_says_which_group_it_is_of_and_how_many_there_are(bench):
    bench.site.instance.join(Pc("SRV-01", world=bench.pc.world))
    bench.site.instance.groups["Servers"] = "GuestMachineName LIKE 'SRV%'"
    told = live(bench, "Servers")
    assert [session["GuestMachineName"] for session in told["Sessions"]] == ["SRV-01"]
    assert (told["SessionGroupPath"], told["UntruncatedSessionCount"]) == (["Servers"], 1)
    told = live(bench, "All Machines", limit=1)
    assert (len(told["Sessions"]), told["UntruncatedSessionCount"]) == (1, 2)
    groups = ask(bench, "GET", "/Services/SessionGroupService.ashx/GetSessionGroups").json()
    assert groups[-1]["SessionFilter"] == "GuestMachineName LIKE 'SRV%'"


def test_a_newer_version_answers_for_the_first_group_when_there_is_no_such(bench):
    bench.site.instance.newer = True
    told = live(bench, "My Machines")
    assert (told["SessionGroupPath"], len(told["Sessions"])) == (["All Machines"], 1)
    assert live(bench, "All Machines")["SessionGroupPath"] == ["All Machines"]


def test_times_in_details_are_ages_and_an_unknown_session_is_null(bench):
    bench.wait(90)
    details = bench.services("PageService.ashx/GetSessionDetails", ["All Machines", bench.id]).json()
    assert [event["Time"] for event in details["Events"]] == [90_000, 90_000]
    unknown = "a507630e-80b5-ec92-bb5e-bcb48d00ff6b"
    assert bench.services("PageService.ashx/GetSessionDetails", ["All Machines", unknown]).text == "null"


def test_commands_of_a_client_of_2021_and_of_2024(bench):
    old = ["All Machines", [bench.id], 44, "#!ps\n#timeout=5000\nhostname"]
    assert bench.services("PageService.ashx/event-to-sessions", old).content == b""
    new = [["All Machines"], [{"SessionID": bench.id, "EventType": 44, "Data": "#timeout=10000\nhostname\n"}]]
    assert bench.services("PageService.ashx/AddSessionEvents", new).content == b""
    bench.wait(2)
    assert bench.happened()[-4:] == [54, 54, 70, 70]
    bad = [["All Machines"], [{"SessionID": bench.id, "EventType": 70, "Data": "made up"}]]
    assert bench.services("PageService.ashx/AddSessionEvents", bad).status_code == 500


def test_the_calls_of_the_python_client_of_2019(bench):
    groups = ask(bench, "GET", "/Services/SessionGroupService.ashx/GetSessionGroups").json()
    assert groups[0] == {
        "Name": "All Machines",
        "SessionType": 2,
        "SessionFilter": "NOT IsEnded",
        "SubgroupExpressions": "",
    }
    assert ask(bench, "GET", "/Services/SessionGroupService.ashx/session-groups").json() == groups
    path = "/Services/PageService.ashx/GetHostSessionInfo"
    sessions = ask(bench, "GET", path, data='[2,["All Machines"],null,null,0]').json()["Sessions"]
    assert [session["SessionID"] for session in sessions] == [bench.id]
    made = bench.services("PageService.ashx/CreateSession", [0, "n", False, "123", [""] * 8]).json()
    assert bench.services("PageService.ashx/AddEventToSessions", ["All Sessions", [made], 21, ""]).status_code == 200
    assert bench.site.instance.certain(made).ended
    report = ask(bench, "GET", "/Report.json?ReportType=Session&SelectFields=SessionID%2CName&ItemLimit=1").json()
    assert report == {"FieldNames": ["SessionID", "Name"], "Items": [[bench.id, ""]]}
    assert ask(bench, "GET", "/Report.json?ReportType=Weather&SelectFields=x").status_code == 500
    assert ask(bench, "GET", "/Report.json?ReportType=SessionEvent&SelectFields=Colour").status_code == 500


def test_small_changes(bench):
    for method, rest in (("UpdateSessionCustomPropertyValue", [7, "last"]), ("UpdateSessionName", ["Anna"])):
        assert bench.services(f"PageService.ashx/{method}", ["All Machines", bench.id, *rest]).status_code == 200
    assert (bench.guest.name, bench.guest.properties[7]) == ("Anna", "last")
    assert bench.services("PageService.ashx/GetAccessToken", [["All Machines"], bench.id]).json()
    assert (
        bench.services("PageService.ashx/UpdateSessionCustomPropertyValue", ["All Machines", bench.id, 8, "x"]).status_code
        == 500
    )


def test_the_audit_log_keeps_the_text_of_commands(bench):
    bench.services("PageService.ashx/AddEventToSessions", ["All Machines", [bench.id], 44, "hostname"])
    rows = bench.services(
        "AuditService.ashx/QueryAuditLog", ["2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "", False, [44], []]
    ).json()
    assert [(row["Data"], row["Host"]) for row in rows] == [("hostname", "admin")]
    assert bench.services("AuditService.ashx/GetAuditInfo").json()["SessionEventTypes"]
    bad = ["yesterday", "x", "", False, [], []]
    assert bench.services("AuditService.ashx/QueryAuditLog", bad).status_code == 500


def test_everything_else_is_not_found(bench):
    answer = ask(bench, "GET", "/Services/SecurityService.ashx/SaveUser")
    assert answer.status_code == 404
    assert "there are GET" in answer.json()["message"]
    assert bench.services("PageService.ashx/Nothing", []).json()["message"].startswith("Web method does not exist")

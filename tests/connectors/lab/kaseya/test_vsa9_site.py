"""The lab's VSA 9 site keeps to what is published: requests as public clients send them, and strict refusals."""

from __future__ import annotations

import base64
import hashlib

import pytest

from connectors.lab.kaseya.vsa9 import FIELD, PROCEDURE, Vsa9
from connectors.lab.windows.pc import Pc
from connectors.lab.windows.world import World

GUID = "0f8fad5b-d9cb-469f-a165-70867728950e"


def test_ids_have_26_digits(vsa9):
    row = vsa9.data("GET", f"/assetmgmt/agents/{vsa9.agent}")["Result"]
    assert len(row["AgentId"]) == 26
    assert row["Online"] == 2
    answer = vsa9("GET", f"/assetmgmt/agents?$filter=AgentId eq {vsa9.agent}")
    assert answer.status_code == 400
    assert "Unrecognized 'Edm.Int32' literal" in answer.json()["Error"]


def test_online_codes(vsa9, pcs):
    pcs[0].state.user = "anna"
    assert vsa9.data("GET", f"/assetmgmt/agents/{vsa9.agent}")["Result"]["Online"] == 11
    pcs[0].switch(on=False)
    assert vsa9.data("GET", f"/assetmgmt/agents/{vsa9.agent}")["Result"]["Online"] == 0


def test_a_machine_that_has_never_been_up(clock, make_client):
    pc = Pc("NEW", world=World(clock))
    pc.switch(on=False)
    with Vsa9([pc], ("api", "pat")) as site:
        client = make_client(site, "/api/v1.0", Authorization="Basic " + base64.b64encode(b"api:pat").decode())
        token = client.data("GET", "/auth")["Result"]["Token"]
        client.headers = {"Authorization": f"Bearer {token}"}
        assert client.data("GET", "/assetmgmt/agents")["Result"][0]["Online"] == 199


def test_a_page_has_100_rows_at_most(clock, pcs, make_client):
    with Vsa9(pcs * 70, ("api", "pat")) as site:
        site.tokens.add("1")
        client = make_client(site, "/api/v1.0", Authorization="Bearer 1")
        told = client.data("GET", "/assetmgmt/agents?$top=500")
        assert (len(told["Result"]), told["TotalRecords"]) == (100, 140)
        assert len(client.data("GET", "/assetmgmt/agents?$top=100&$skip=100")["Result"]) == 40


@pytest.mark.parametrize("password", ["pat", "wrong"])
def test_the_covered_password_of_old_clients(vsa9, password):
    number = "4711"
    told = {"user": "api", "rand2": number}
    for suffix, digest in (("2", hashlib.sha256), ("1", hashlib.sha1)):
        inner = digest((password + "api").encode()).hexdigest()
        told[f"pass{suffix}"] = digest((inner + number).encode()).hexdigest()
        told[f"rpass{suffix}"] = digest(password.encode()).hexdigest()
    text = ",".join(f"{name}={told[name]}" for name in ("user", "pass2", "pass1", "rpass2", "rpass1", "rand2"))
    header = {"Authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}
    assert vsa9("GET", "/auth", headers=header).status_code == (200 if password == "pat" else 401)
    assert vsa9("GET", "/auth", headers={"Authorization": "Basic %"}).status_code == 401


def test_without_bearer_the_error_rides_in_a_200(vsa9):
    answer = vsa9("GET", "/assetmgmt/agents", headers={"Authorization": "7605"})
    assert (answer.status_code, answer.json()) == (200, {"ResponseCode": 401, "Status": "OK", "Error": "None"})
    assert vsa9("GET", "/assetmgmt/agents", headers={"Authorization": "Bearer 1"}).status_code == 401
    assert vsa9.data("GET", "/echo", headers={"Authorization": ""})["Result"] == "echo"


def test_runs_and_where_their_results_lie(payload, vsa9, clock):
    body = {"ScriptPrompts": [{"Caption": "payload", "Name": "payload", "Value": payload()}], "CallbackUrl": ""}
    number = vsa9.data("PUT", f"{vsa9.procs}/{PROCEDURE}/runnowgetid", body)["Result"]
    waiting = vsa9.data("GET", f"{vsa9.procs}/scheduledprocs")["Result"]
    assert [one["ExecutionId"] for one in waiting] == [number]
    clock.sleep(5)
    assert vsa9.data("GET", f"{vsa9.procs}/scheduledprocs")["Result"] == []
    rows = vsa9.data("GET", f"/assetmgmt/logs/{vsa9.agent}/agentprocedure")["Result"]
    assert GUID in rows[0]["Description"]
    assert rows[1]["Description"] == "Script Summary: Success THEN"
    for path in ("customfields", f"customfields/{FIELD}"):
        (field,) = vsa9.data("GET", f"/assetmgmt/assets/{vsa9.agent}/{path}")["Result"]
        assert GUID in field["FieldValue"]
    assert vsa9.data("GET", f"{vsa9.procs}/history")["Result"][0]["Status"] == "Script Summary: Success THEN"


def test_the_log_may_cut_its_entries(payload, vsa9, clock):
    vsa9.site.longest_entry = 40
    body = {"ScriptPrompts": [{"Caption": "payload", "Name": "payload", "Value": payload()}]}
    vsa9("PUT", f"{vsa9.procs}/{PROCEDURE}/runnowgetid", body)
    clock.sleep(5)
    rows = vsa9.data("GET", f"/assetmgmt/logs/{vsa9.agent}/agentprocedure")["Result"]
    assert len(rows[0]["Description"]) == 40


def test_runnow_says_nothing_and_may_be_taken_back(vsa9, clock, pcs):
    answer = vsa9("PUT", f"{vsa9.procs}/{PROCEDURE}/runnow")
    assert (answer.status_code, answer.content) == (204, b"")
    assert vsa9("DELETE", f"{vsa9.procs}/{PROCEDURE}").status_code == 204
    clock.sleep(60)
    assert vsa9.data("GET", f"{vsa9.procs}/history")["Result"] == []


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", "/automation/agentprocs/{agent}/1/runnow", None, 404),
        ("PUT", "/automation/agentprocs/9/2077/runnow", None, 404),
        ("POST", "/automation/agentprocs/{agent}/2077/runnow", {}, 404),
        ("PUT", "/automation/agentprocs/{agent}/2077/runnowgetid", {"Prompts": []}, 400),
        ("PUT", "/automation/agentprocs/{agent}/2077/runnowgetid", {"ScriptPrompts": [{"Name": "payload"}]}, 400),
        ("PUT", "/automation/agentprocs/{agent}/2077/runnowgetid",
         {"ScriptPrompts": [{"Caption": "x", "Name": "x", "Value": "x"}]}, 400),
        ("GET", "/assetmgmt/assets/{agent}/customfields/other", None, 404),
    ],
)  # fmt: skip
def test_what_it_does_not_take(vsa9, method, path, body, status):
    answer = vsa9(method, path.replace("{agent}", vsa9.agent), body)
    assert answer.status_code == status
    assert answer.json()["ResponseCode"] == status


def test_the_list_of_procedures_is_xml(vsa9):
    answer = vsa9("GET", "/automation/agentprocs/proclist")
    assert answer.headers["Content-Type"].startswith("text/xml")
    assert answer.text.startswith("<?xml")
    assert vsa9.data("GET", "/automation/agentprocs")["Result"][0]["AgentProcedureId"] == PROCEDURE
    assert vsa9.data("GET", "/environment")["Status"] == "OK"


def test_logging_out(vsa9):
    assert vsa9("DELETE", "/system/users/session").status_code == 204
    assert vsa9("GET", "/assetmgmt/agents").status_code == 401


def test_the_machine_group_of_an_agent(vsa9):
    vsa9.site.agents[vsa9.agent].groups["MachineGroup"] = "root.contoso"
    rows = vsa9.data("GET", "/assetmgmt/agents?$filter=MachineGroup eq 'root.contoso'")["Result"]
    assert [row["AgentId"] for row in rows] == [vsa9.agent]

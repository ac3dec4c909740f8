"""The lab's VSA X site keeps to what is published: requests as public clients send them, and strict refusals."""

from __future__ import annotations

import base64
import json

import pytest


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_run_from_pending_to_its_output(payload, vsax, clock, slash):
    body = {"DeviceIdentifier": "dev-1", "Variables": [{"Id": 34, "Value": payload()}]}
    number = vsax.data("POST", f"/automation/scripts/12/run{slash}", body)["Data"]
    path = f"/automation/scripts/12/device/dev-1/executions/{number}{slash}"
    assert vsax.data("GET", path)["Data"]["State"] == "Pending"
    clock.sleep(5)
    told = vsax.data("GET", path)["Data"]
    assert told["State"] == "Successful"
    assert json.loads(told["Output"])["stdout_b64"] == base64.b64encode(b"FRONTDESK-07\r\n").decode()
    assert [one["Id"] for one in vsax.data("GET", f"/automation/scripts/12/device/dev-1/executions{slash}")["Data"]] == [number]


def test_a_pc_that_is_off_leaves_it_pending(payload, vsax, pcs, clock):
    pcs[0].switch(on=False)
    body = {"DeviceIdentifier": "dev-1", "Variables": [{"Id": 34, "Value": payload()}]}
    number = vsax.data("POST", "/automation/scripts/12/run", body)["Data"]
    clock.sleep(60)
    path = f"/automation/scripts/12/device/dev-1/executions/{number}"
    assert vsax.data("GET", path)["Data"]["State"] == "Pending"
    assert vsax.data("GET", "/devices/dev-1")["Data"]["IsOnline"] is False
    pcs[0].switch(on=True)
    clock.sleep(60)
    assert vsax.data("GET", path)["Data"]["State"] == "Successful"


@pytest.mark.parametrize(
    "value",
    ["", "aGVsbG8=", "%%%", base64.b64encode(b"[]").decode(), base64.b64encode(b'{"id": 1}').decode()],
)
def test_a_payload_of_another_form_fails(vsax, clock, pcs, value):
    body = {"DeviceIdentifier": "dev-1", "Variables": [{"Id": 34, "Value": value}]}
    number = vsax.data("POST", "/automation/scripts/12/run", body)["Data"]
    clock.sleep(5)
    told = vsax.data("GET", f"/automation/scripts/12/device/dev-1/executions/{number}")["Data"]
    assert told["State"] == "Failed"
    assert "not readable" in told["Output"]
    assert pcs[0].seen_command_lines == []


@pytest.mark.parametrize(
    ("changes", "said"), [({"kind": "bash"}, "kind must be one of"), ({"seconds": "60"}, "seconds must be int")]
)
def test_fields_of_another_form_fail(payload, vsax, clock, changes, said):
    body = {"DeviceIdentifier": "dev-1", "Variables": [{"Id": 34, "Value": payload(**changes)}]}
    vsax("POST", "/automation/scripts/12/run", body)
    clock.sleep(5)
    vsax.site.settle()
    assert said in vsax.site.agents["dev-1"].runs[0].output


def test_a_text_that_is_no_script_of_ours(payload, vsax, clock):
    value = payload(kind="powershell", text="Remove-Item C:\\")
    vsax("POST", "/automation/scripts/12/run", {"DeviceIdentifier": "dev-1", "Variables": [{"Id": 34, "Value": value}]})
    clock.sleep(5)
    vsax.site.settle()
    assert json.loads(vsax.site.agents["dev-1"].runs[0].output)["exit"] == 1


def test_pages_and_filters(vsax):
    told = vsax.data("GET", "/devices", params={"$top": "1", "$skip": "1", "top": "9"})
    assert [row["Name"] for row in told["Data"]] == ["RECEPTION-01"]
    assert told["Meta"]["TotalCount"] == 2
    told = vsax.data("GET", "/devices", params={"$filter": "Name eq 'frontdesk-07'"})
    assert [row["Identifier"] for row in told["Data"]] == ["dev-1"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/devices/dev-9", None, 404),
        ("GET", "/automation/scripts/13", None, 404),
        ("GET", "/automation/scripts/12/device/dev-1/executions/x", None, 404),
        ("GET", "/scripts/12/run", None, 404),
        ("POST", "/scripts/12/run", {"DeviceIds": ["dev-1"]}, 404),
        ("GET", "/automation/scripts/12/run", None, 404),
        ("POST", "/automation/scripts/12/run", None, 400),
        ("POST", "/automation/scripts/12/run", ["dev-1"], 400),
        ("POST", "/automation/scripts/12/run", {"DeviceIdentifiers": ["dev-1"]}, 400),
        (
            "POST",
            "/automation/scripts/12/run",
            {"DeviceIdentifier": "dev-1", "Variables": [{"Name": "p", "Value": ""}]},
            400,
        ),
        ("POST", "/automation/scripts/12/run", {"DeviceIdentifier": "dev-1", "Variables": [{"Id": 35, "Value": ""}]}, 400),
        ("POST", "/automation/tasks/6/run", {}, 404),
        ("GET", "/devices?$top=x", None, 400),
        ("GET", "/devices?$filter=Nonsense eq 1", None, 400),
        ("GET", "/devices?$filter=Name like 'x'", None, 400),
        ("GET", "/devices?$select=Name", None, 400),
    ],
)
def test_what_it_does_not_take(vsax, method, path, body, status):
    answer = vsax(method, path, body)
    assert answer.status_code == status
    assert set(answer.json()["Error"]) == {"Message", "Details"}


def test_the_body_must_be_json(vsax):
    path = "/automation/scripts/12/run"
    assert vsax("POST", path, data="{", headers={"Content-Type": "application/json"}).status_code == 400
    assert vsax("POST", path, data="{}", headers={"Content-Type": "text/plain"}).status_code == 415


def test_credentials_and_rights(vsax):
    assert vsax("GET", "/devices", headers={"Authorization": "Basic eDp5"}).status_code == 401
    vsax.site.rights = frozenset({"devices"})
    assert vsax("GET", "/devices").status_code == 200
    assert vsax("GET", "/automation/scripts").status_code == 403


def test_tasks_and_workflows_of_public_clients(vsax, clock):
    number = vsax.data("POST", "/automation/tasks/5/run/", {"DeviceIdentifiers": ["dev-1"]})["Data"]["ExecutionId"]
    clock.sleep(5)
    told = vsax.data("GET", f"/automation/tasks/executions/{number}/devices/dev-1/scripts/12/")["Data"]
    assert told["Id"] == number
    assert vsax("POST", "/automation/workflows/7/run", {"DeviceIdentifiers": ["dev-1", "dev-2"]}).status_code == 200
    assert vsax.data("GET", "/environment")["Data"]["Environment"] == "lab"
    assert len(vsax.data("GET", "/assets/")["Data"]) == 2
    assert vsax.data("GET", "/automation/scripts/12/")["Data"]["Variables"][0]["Id"] == 34
    assert vsax.data("GET", "/automation/scripts/")["Meta"]["TotalCount"] == 1


def test_it_may_insist_on_https(vsax):
    vsax.site.insists = True
    answer = vsax("GET", "/devices", allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (301, "https://127.0.0.1/api/v3/devices")


def test_where_a_device_belongs_is_told_and_can_be_filtered_for(vsax):
    vsax.site.agents["dev-1"].groups["OrganizationName"] = "Contoso"
    rows = vsax.data("GET", "/devices")["Data"]
    assert [(row["OrganizationName"], row["SiteName"], row["GroupName"]) for row in rows] == [
        ("Contoso", "Lab", "Lab"),
        ("Lab", "Lab", "Lab"),
    ]
    [found] = vsax.data("GET", "/devices?$filter=OrganizationName eq 'contoso'")["Data"]
    assert found["Identifier"] == "dev-1"

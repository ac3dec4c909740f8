"""What goes over the wire to each product, request by request, and what becomes of answers that a live server may give."""

from __future__ import annotations

import base64
import json

import pytest
import responses
from responses import matchers

from agent.api import Device, Misuse, NotSent, Refused, Secret, Unsure, Workplace, ask, seconds
from connectors.kaseya.connector import Vsa9Connector, VsaXConnector

X = "https://contoso.vsax.example/api/v3"
NINE = "https://vsa.contoso.example/api/v1.0"
NUMBER = "31415926535897932384626433"
BASIC = "Basic " + base64.b64encode(b"id:secret").decode()


@pytest.fixture
def wire():
    with responses.RequestsMock(registry=responses.registries.OrderedRegistry) as wire:
        yield wire


def workplace(folder, clock, **defaults):
    values = {"vault:id": "id", "vault:secret": "secret", "vault:pat": "pat"}
    return Workplace(folder, defaults, clock, lambda name: Secret(values[name], "token", name))


@pytest.fixture
def vsax(folder, clock):
    def vsax(**settings):
        shared = {"url": f"{X.removesuffix('/api/v3')}/", "token_id": "vault:id", "token_secret": "vault:secret"}
        device = Device("PC'7", "Contoso", ways={"vsax": {"script": 12, "variable": 34} | settings})
        return VsaXConnector(workplace(folder, clock, vsax=shared)).open(device)

    return vsax


@pytest.fixture
def vsa9(folder, clock):
    def vsa9(**settings):
        shared = {"url": NINE.removesuffix("/api/v1.0"), "user": "api", "pat": "vault:pat"}
        device = Device("PC7", "Contoso", ways={"vsa9": {"procedure": 77} | settings})
        return Vsa9Connector(workplace(folder, clock, vsa9=shared)).open(device)

    return vsa9


def header(value):
    return matchers.header_matcher({"Authorization": value})


def query(**values):
    return matchers.query_param_matcher({f"${name}": value for name, value in values.items()})


def envelope(result, **changes):
    return {"Result": result, "ResponseCode": 0, "Status": "OK", "Error": "None"} | changes


def told(wire, number):
    """The payload that the request with this number carried."""
    body = json.loads(wire.calls[number].request.body)
    value = body["Variables"][0]["Value"] if "Variables" in body else body["ScriptPrompts"][0]["Value"]
    return json.loads(base64.b64decode(value))


def result_of(payload, **changes):
    whole = {"id": payload["id"], "exit": 0, "stdout_b64": base64.b64encode(b"PC7").decode(), "stderr_b64": ""}
    return json.dumps(whole | changes)


def log_in(wire, token="7605"):
    pair = base64.b64encode(b"api:pat").decode()
    wire.get(f"{NINE}/auth", json=envelope({"Token": token}), match=[header(f"Basic {pair}")])


def agent(wire, online=11, token="7605"):
    wire.get(f"{NINE}/assetmgmt/agents/{NUMBER}", json=envelope({"Online": online}), match=[header(f"Bearer {token}")])


def device(wire, **fields):
    wire.get(f"{X}/devices/d-1", json={"Data": {"Name": "PC7", "IsOnline": True} | fields})


class TestVsaX:
    def test_a_command_from_end_to_end(self, wire, vsax):
        rows = [{"Identifier": "d/1", "Name": "pc'7"}]
        find = query(top="100", filter="Name eq 'PC''7'")
        wire.get(f"{X}/devices", json={"Data": rows, "Meta": {"TotalCount": 1}}, match=[find, header(BASIC)])
        wire.get(f"{X}/devices/d%2F1", json={"Data": {"IsOnline": True}}, match=[header(BASIC)])
        wire.get(f"{X}/devices/d%2F1", json={"Data": {"IsOnline": True}})
        wire.post(f"{X}/automation/scripts/12/run", json={"Data": {"ExecutionId": "e-1"}}, match=[header(BASIC)])
        path = f"{X}/automation/scripts/12/device/d%2F1/executions/e-1"
        wire.get(path, json={"Data": {"State": "Pending"}})

        def answer(_request):
            return 200, {}, json.dumps({"Data": {"State": "Successful", "Anything": [{"Text": result_of(told(wire, 3))}]}})

        wire.add_callback("GET", path, answer)
        session = vsax()
        assert session.ask(ask("hostname", within=seconds(30))).stdout == "PC7"
        body = json.loads(wire.calls[3].request.body)
        assert body == {"DeviceIdentifier": "d/1", "Variables": [{"Id": 34, "Value": body["Variables"][0]["Value"]}]}
        assert told(wire, 3)["text"] == "hostname"
        assert told(wire, 3)["seconds"] == 30
        session.close()

    @pytest.mark.parametrize(
        ("data", "error"),
        [
            ({"IsOnline": False, "LastSeenOnline": "2026-03-01"}, "not connected to VSA X since 2026-03-01"),
            ({"IsOnline": False}, "not connected to VSA X"),
        ],
    )
    def test_a_device_that_is_not_connected(self, wire, vsax, data, error):
        device(wire, **data)
        with pytest.raises(NotSent, match=error):
            vsax(device="d-1")

    def test_a_flag_that_has_another_name(self, wire, vsax):
        device(wire, IsOnline=None, Connected=True)
        session = vsax(device="d-1", online="Connected")
        device(wire, IsOnline=None, Connected=True)
        assert session.presence().is_yes
        session.close()

    def test_a_flag_that_is_not_there_is_no_obstacle(self, wire, vsax):
        device(wire, IsOnline=None)
        session = vsax(device="d-1")
        device(wire, IsOnline=None)
        assert session.presence().verdict == "unsure"
        session.close()

    @pytest.mark.parametrize("data", ["e-1", 17, {"Id": 17}])
    def test_an_execution_may_be_named_in_several_ways(self, wire, vsax, data):
        device(wire)
        device(wire)
        wire.post(f"{X}/automation/scripts/12/run", json={"Data": data})
        number = data["Id"] if isinstance(data, dict) else data
        reply = {"Data": {"State": "Failed"}}
        for _ in range(3):
            wire.get(f"{X}/automation/scripts/12/device/d-1/executions/{number}", json=reply)
        with pytest.raises(Unsure, match="calls it over, and its result is missing"):
            vsax(device="d-1").tell(ask("hostname"))

    def test_an_execution_that_is_not_named_is_looked_for(self, wire, vsax):
        device(wire)
        device(wire)
        wire.post(f"{X}/automation/scripts/12/run", json={"Data": None})

        def answer(_request):
            return 200, {}, json.dumps({"Data": [{"Output": "older"}, {"Output": result_of(told(wire, 2))}]})

        wire.add_callback("GET", f"{X}/automation/scripts/12/device/d-1/executions", answer, match=[query(top="10")])
        assert vsax(device="d-1").tell(ask("hostname")).stdout == "PC7"

    def test_the_console_link(self, wire, vsax):
        device(wire)
        session = vsax(device="d-1", console="{url}/devices/{device}?name={name}")
        assert session.link() == "https://contoso.vsax.example/devices/d-1?name=PC%277"
        session.close()

    @pytest.mark.parametrize("answer", [{"Meta": {}}, [], {"Data": []}])
    def test_an_answer_of_another_form(self, wire, vsax, answer):
        wire.get(f"{X}/devices/d-1", json=answer)
        with pytest.raises((NotSent, Refused), match=r"holds no Data|a list where one object"):
            vsax(device="d-1")

    @pytest.mark.parametrize(
        ("status", "said"), [(401, "Check the token's id"), (403, "right to this endpoint"), (404, "Check")]
    )
    def test_advice(self, wire, vsax, status, said):
        wire.get(f"{X}/devices/d-1", json={"Error": {"Message": "no", "Details": None}}, status=status)
        with pytest.raises(Refused, match=said):
            vsax(device="d-1")

    def test_two_devices_with_one_name(self, wire, vsax):
        rows = [{"Identifier": n, "Name": "PC'7"} for n in ("a", "b")]
        wire.get(f"{X}/devices", json={"Data": rows})
        with pytest.raises(Refused, match=r"2 devices called PC'7: a, b\. Give the id"):
            vsax()


class TestVsa9:
    def test_a_command_from_end_to_end(self, wire, vsa9):
        log_in(wire)
        found = [{"AgentId": NUMBER, "ComputerName": "PC7"}]
        wire.get(f"{NINE}/assetmgmt/agents", json=envelope(found), match=[query(top="100", filter="ComputerName eq 'PC7'")])
        agent(wire)
        agent(wire)
        wire.put(f"{NINE}/automation/agentprocs/{NUMBER}/77/runnowgetid", json=envelope("9001"), match=[header("Bearer 7605")])
        path = f"{NINE}/assetmgmt/logs/{NUMBER}/agentprocedure"

        def answer(_request):
            return 200, {}, json.dumps(envelope([{"Description": result_of(told(wire, 4))}], TotalRecords=250))

        wire.get(path, json=envelope([{"Description": "older"}], TotalRecords=250), match=[query(top="100")])
        wire.add_callback("GET", path, answer, match=[query(top="100", skip="150")])
        wire.delete(f"{NINE}/system/users/session", status=204)
        session = vsa9()
        assert session.ask(ask("hostname")).stdout == "PC7"
        body = json.loads(wire.calls[4].request.body)
        value = body["ScriptPrompts"][0]["Value"]
        assert body == {"ScriptPrompts": [{"Caption": "payload", "Name": "payload", "Value": value}]}
        session.close()

    def test_the_other_name_of_the_token(self, wire, vsa9):
        wire.get(f"{NINE}/auth", json=envelope({"ApiToken": "88"}))
        agent(wire, token="88")
        wire.delete(f"{NINE}/system/users/session", status=204)
        vsa9(agent=NUMBER).close()

    @pytest.mark.parametrize(
        ("code", "verdict", "words"),
        [(1, "yes", "nobody is logged on"), (2, "yes", "idle"), (11, "yes", "active"), (12, "yes", "away"),
         (0, "no", "offline"), (198, "no", "suspended"), (199, "no", "never checked in"), (5, "unsure", "Online is 5"),
         (None, "unsure", "Online is None")],
    )  # fmt: skip
    def test_what_online_means(self, wire, vsa9, code, verdict, words):
        log_in(wire)
        agent(wire)
        session = vsa9(agent=int(NUMBER))
        agent(wire, online=code)
        answer = session.presence()
        assert answer.verdict == verdict
        assert words in answer.evidence
        wire.delete(f"{NINE}/system/users/session", status=204)
        session.close()

    @pytest.mark.parametrize(
        "answer", [{"status": 401, "json": {}}, {"json": {"ResponseCode": 401, "Status": "OK", "Error": "None"}}]
    )
    def test_a_session_that_ends_early_is_begun_again_once(self, wire, vsa9, answer):
        log_in(wire)
        wire.get(f"{NINE}/assetmgmt/agents/{NUMBER}", **answer)
        log_in(wire, "7606")
        agent(wire, token="7606")
        wire.delete(f"{NINE}/system/users/session", status=204, match=[header("Bearer 7606")])
        vsa9(agent=NUMBER).close()

    def test_a_session_that_ends_at_once_is_refused(self, wire, vsa9):
        log_in(wire)
        wire.get(f"{NINE}/assetmgmt/agents/{NUMBER}", status=401)
        log_in(wire, "7606")
        wire.get(f"{NINE}/assetmgmt/agents/{NUMBER}", status=401)
        wire.delete(f"{NINE}/system/users/session", status=204)
        with pytest.raises(Refused, match="REST scope only"):
            vsa9(agent=NUMBER)

    @pytest.mark.parametrize(
        ("code", "error", "said"),
        [(403, Refused, "answered with code 403"), (404, Refused, "Check agent and procedure"), (500, NotSent, "code 500")],
    )
    def test_errors_inside_200(self, wire, vsa9, code, error, said):
        log_in(wire)
        wire.get(f"{NINE}/assetmgmt/agents/{NUMBER}", json={"ResponseCode": code, "Status": "OK", "Error": "no"})
        wire.delete(f"{NINE}/system/users/session", status=204)
        with pytest.raises(error, match=said):
            vsa9(agent=NUMBER)

    @pytest.mark.parametrize("answer", [{"json": envelope({})}, {"json": envelope(None)}, {"json": []}])
    def test_a_login_without_a_token(self, wire, vsa9, answer):
        wire.get(f"{NINE}/auth", **answer)
        with pytest.raises(Refused, match="gave no token"):
            vsa9(agent=NUMBER)

    def test_an_answer_without_an_envelope(self, wire, vsa9):
        log_in(wire)
        wire.get(f"{NINE}/assetmgmt/agents/{NUMBER}", json=["x"])
        wire.delete(f"{NINE}/system/users/session", status=204)
        with pytest.raises(NotSent, match="not in its envelope"):
            vsa9(agent=NUMBER)

    @pytest.mark.parametrize("result", [True, None, {}])
    def test_a_run_that_is_not_named_is_known_by_its_result(self, wire, vsa9, result):
        log_in(wire)
        agent(wire)
        agent(wire)
        wire.put(f"{NINE}/automation/agentprocs/{NUMBER}/77/runnowgetid", json=envelope(result))
        path = f"{NINE}/assetmgmt/assets/{NUMBER}/customfields/my%20field"
        wire.add_callback("GET", path, lambda _: (200, {}, json.dumps(envelope([{"FieldValue": result_of(told(wire, 3))}]))))
        wire.delete(f"{NINE}/system/users/session", status=204)
        session = vsa9(agent=NUMBER, result="field", field="my field")
        assert session.tell(ask("hostname")).stdout == "PC7"
        session.close()

    def test_the_link_opens_live_connect_without_a_token(self, wire, vsa9):
        log_in(wire)
        agent(wire)
        session = vsa9(agent=NUMBER)
        scheme, _, data = session.link().partition("kaseyaliveconnect:///")
        assert scheme == ""
        assert json.loads(base64.b64decode(data)) == {
            "homePageUrl": "https://vsa.contoso.example/liveconnect/",
            "payload": {"agentId": NUMBER, "navId": "dashboard"},
        }
        wire.delete(f"{NINE}/system/users/session", body=ConnectionResetError())
        session.close()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"url": "http://vsa.example"}, "url: must begin with https://"),
        ({"url": "vsa.example"}, "url: "),
        ({"token_secret": "hunter2"}, "token_secret: must be a reference"),
        ({"script": ""}, "script: "),
        ({"variable": "x"}, "variable: "),
        ({"poll": 0}, "poll: "),
        ({"console": "{nonsense}"}, "console: may hold {url}, {device} and {name}"),
        ({"console": "{"}, "console: may hold"),
        ({"ca": "/nowhere.pem"}, "ca: there is no file"),
        ({"host": "x"}, "host is not a setting"),
    ],
)
def test_settings_of_vsax_that_cannot_be_used(vsax, settings, said):
    with pytest.raises(Misuse, match=f"the vsax settings of PC'7 cannot be used: {said}"):
        vsax(**settings)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"agent": "x"}, "agent: "),
        ({"procedure": "x"}, "procedure: "),
        ({"pat": "x"}, "pat: must be"),
        ({"result": "mail"}, "result: "),
    ],
)
def test_settings_of_vsa9_that_cannot_be_used(vsa9, settings, said):
    with pytest.raises(Misuse, match=f"the vsa9 settings of PC7 cannot be used: {said}"):
        vsa9(**settings)

"""Clients that were not made for the lab come in by its fronts, unmodified, and get what a real PC would say."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess

import paramiko
import pytest
import requests
import winrm

from connectors.lab.fronts import fronts
from connectors.lab.windows.pc import Pc
from connectors.lab.windows.world import World

PC, USER, PASSWORD = "FRONTDESK-07", "keyturn", "An0ther päss/wörd+1"
UNKNOWN = "is not recognized: this PC has no such program."


@pytest.fixture
def way(request, clock, monkeypatch):
    """The settings of the PC for the front that the test names."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    with fronts([request.param], [Pc(PC, world=World(clock), users={USER: PASSWORD})], "vault:lab") as doors:
        front = doors[request.param]
        yield {**front.ways[PC], "known": dict(front.secrets)}


by_winrm = pytest.mark.parametrize("way", ["winrm"], indirect=True)
by_ssh = pytest.mark.parametrize("way", ["ssh"], indirect=True)
by_jump = pytest.mark.parametrize("way", ["winrm-jump"], indirect=True)


@by_winrm
def test_pywinrm(way):
    url = f"http://127.0.0.1:{way['port']}/wsman"
    session = winrm.Session(url, auth=(USER, PASSWORD), transport="ntlm", proxy=None)
    assert session.run_cmd("hostname").std_out == f"{PC}\r\n".encode()
    assert session.run_cmd("cscript", ["//nologo", r"C:\Windows\System32\slmgr.vbs", "/xpr"]).status_code == 0
    refused = session.run_ps("Get-Date")
    assert (refused.status_code, refused.std_out) == (1, b"")
    session.protocol.transport.close_session()


@by_winrm
@pytest.mark.parametrize("auth", ["ntlm", "negotiate"])
def test_pypsrp_with_its_command_shell(way, auth):
    wsman = pytest.importorskip("pypsrp.wsman", reason="pypsrp is not installed")
    shells = pytest.importorskip("pypsrp.shell", reason="pypsrp is not installed")
    login = {"auth": auth, "username": USER, "password": PASSWORD, "encryption": "always", "no_proxy": True}
    told = {}
    with wsman.WSMan("127.0.0.1", port=way["port"], ssl=False, **login) as line, shells.WinRS(line, codepage=65001) as shell:
        for command in ("hostname", "nonsense"):
            process = shells.Process(shell, command)
            process.invoke()
            process.signal(shells.SignalCode.CTRL_C)
            told[command] = (process.rc, process.stdout.decode(), process.stderr.decode())
    assert told["hostname"] == (0, f"{PC}\r\n", "")
    assert told["nonsense"] == (1, "", f"'nonsense' {UNKNOWN}\r\n")


@by_winrm
def test_powershell_remoting_of_pypsrp_is_refused_in_words(way):
    client = pytest.importorskip("pypsrp.client", reason="pypsrp is not installed").Client
    faults = pytest.importorskip("pypsrp.exceptions", reason="pypsrp is not installed")
    login = {"auth": "ntlm", "username": USER, "password": PASSWORD, "no_proxy": True}
    with (
        client("127.0.0.1", port=way["port"], ssl=False, **login) as pc,
        pytest.raises(faults.WSManFaultError, match="not offered"),
    ):
        pc.execute_ps("hostname")


@pytest.fixture
def plain(way):
    """A plain paramiko client that is logged in and leaves the input of its commands open, as most do."""
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    login = {"look_for_keys": False, "allow_agent": False, "timeout": 5}
    client.connect("127.0.0.1", way["port"], USER, PASSWORD, **login)
    yield client
    client.close()


@by_ssh
@pytest.mark.parametrize(("command", "code", "said"), [("hostname", 0, PC), ("nonsense", 1, f"'nonsense' {UNKNOWN}")])
def test_paramiko(plain, command, code, said):
    _, out, err = plain.exec_command(command, timeout=10)
    assert (out.read() + err.read()).decode() == f"{said}\r\n"
    assert out.channel.recv_exit_status() == code


@by_ssh
def test_asyncssh(way):
    asyncssh = pytest.importorskip("asyncssh", reason="asyncssh is not installed")

    async def three() -> list[tuple[str, int]]:
        login = {"username": USER, "password": PASSWORD, "known_hosts": None, "client_keys": None, "agent_path": None}
        async with asyncssh.connect("127.0.0.1", way["port"], config=None, **login) as line:
            done = await asyncio.gather(*(line.run(command) for command in ("hostname", "whoami", "nonsense")))
            return [(one.stdout or one.stderr, one.exit_status) for one in done]

    said = [(f"{PC}\r\n", 0), (f"{PC.lower()}\\administrator\r\n", 0), (f"'nonsense' {UNKNOWN}\r\n", 1)]
    assert asyncio.run(three()) == said


@pytest.fixture
def openssh(way, tmp_path):
    """Calls the program ssh, which asks a program of ours for the password."""
    if shutil.which("ssh") is None:
        pytest.skip("the program ssh is not installed")
    said = tmp_path / "password"
    said.write_text(f"#!/bin/sh\nprintf '%s\\n' '{PASSWORD}'\n", "utf-8")
    said.chmod(0o700)
    port = way["jump"]["port"] if "jump" in way else way["port"]
    options = ("StrictHostKeyChecking=no", f"UserKnownHostsFile={tmp_path / 'known'}", "LogLevel=ERROR", "IdentityAgent=none")
    line = ["ssh", "-F", "none", *(part for option in options for part in ("-o", option)), "-p", str(port)]
    env = {"PATH": os.environ["PATH"], "SSH_ASKPASS": str(said), "SSH_ASKPASS_REQUIRE": "force", "HOME": str(tmp_path)}

    def start(*more: str):
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen([*line, *more], env=env, **pipes)

    return start


@by_ssh
@pytest.mark.parametrize(("command", "code", "said"), [("hostname", 0, PC), ("nonsense", 1, f"'nonsense' {UNKNOWN}")])
def test_the_program_ssh(openssh, command, code, said):
    with openssh(f"{USER}@127.0.0.1", command) as run:
        out, err = run.communicate(timeout=30)
    assert ((out + err).decode(), run.returncode) == (f"{said}\r\n", code)


@by_jump
def test_the_program_ssh_leads_on_to_the_pc_that_only_the_jump_host_knows(openssh, way):
    with openssh("-W", f"{PC}:{way['port']}", f"{USER}@127.0.0.1") as run:
        run.stdin.write(b"POST /wsman HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        run.stdin.flush()
        assert run.stdout.readline().startswith(b"HTTP/1.1 401 ")
        run.communicate(timeout=30)


@pytest.fixture
def get(way):
    """Asks a vendor's site as a client does that lists what it wants."""

    def ask(path: str, auth: tuple[str, str] | None = None, **more: object):
        with requests.Session() as session:
            session.trust_env = False
            answer = session.request(more.pop("method", "GET"), f"{way['url']}{path}", auth=auth, timeout=5, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return ask


@pytest.mark.parametrize("way", ["screenconnect-built-in"], indirect=True)
def test_an_argument_that_is_given_several_times_is_a_list(get, way):
    query = {"ReportType": "Session", "SelectFields": ["GuestMachineName", "IsEnded"]}
    told = get("/Report.json", auth=("agent", way["known"]["vault:lab/screenconnect"]), params=query)
    assert told == {"FieldNames": ["GuestMachineName", "IsEnded"], "Items": [[PC, False]]}


@pytest.mark.parametrize("way", ["screenconnect"], indirect=True)
def test_a_pc_is_looked_for_by_its_serial_number(get, way):
    path = "/App_Extensions/2d558935-686a-4bd0-9991-07539f5fe749/Service.ashx/GetSessionsByFilter"
    secret = {"CTRLAuthHeader": way["known"]["vault:lab/screenconnect"]}
    found = [
        get(path, method="POST", json=[f"GuestMachineSerialNumber = '{serial}'"], headers=secret)
        for serial in ("Default string", "7GXL8S3")
    ]
    assert [[one["GuestInfo"]["MachineSerialNumber"] for one in each] for each in found] == [["Default string"], []]


@pytest.mark.parametrize("way", ["vsa9"], indirect=True)
def test_a_pc_is_listed_as_an_asset_of_its_agent(get, way):
    token = get("/api/v1.0/auth", auth=("api", way["known"]["vault:lab/vsa9"]))["Result"]["Token"]
    bearer = {"Authorization": f"Bearer {token}"}
    [agent] = get("/api/v1.0/assetmgmt/agents", headers=bearer)["Result"]
    [asset] = get("/api/v1.0/assetmgmt/assets?$top=100&$skip=0", headers=bearer)["Result"]
    assert (asset["AssetName"], asset["AgentId"]) == (PC, agent["AgentId"])


@pytest.mark.parametrize("way", ["vsax"], indirect=True)
@pytest.mark.parametrize(("kind", "number"), [("tasks", 5), ("workflows", 7)])
def test_what_can_be_run_is_listed(get, way, kind, number):
    token = (way["known"]["vault:lab/vsax-id"], way["known"]["vault:lab/vsax-secret"])
    assert [row["Id"] for row in get(f"/api/v3/automation/{kind}/", auth=token)["Data"]] == [number]

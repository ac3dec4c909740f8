"""The lab's listener is WinRM to a client that was not made for it, and strict about what it takes."""

from __future__ import annotations

import base64
import os
import socket
import threading

import pytest
import requests
import spnego
import winrm
from winrm.exceptions import InvalidCredentialsError, WinRMOperationTimeoutError, WinRMTransportError, WSManFaultError

from connectors.lab.machine import Outcome, Power
from connectors.lab.winrm.auth import Login, NotSealed

PASSWORD = "An0ther päss"


def code_of(caught) -> int:
    return caught.value.wsman_fault_code or caught.value.wmierror_code


@pytest.fixture
def shell(client):
    return client.open_shell(codepage=65001, noprofile=True)


def test_plain_pywinrm_runs_a_command(plain, server):
    session = winrm.Session(server.url, auth=("admin", PASSWORD), transport="ntlm", proxy=None)
    response = session.run_cmd("ipconfig", ["/all"])
    assert (response.std_out, response.std_err, response.status_code) == (b"out", b"err", 3)
    assert plain.pc.ran == [("ipconfig /all", b"", 437)]
    assert server.shells == {}
    assert [action for action, _ in server.log] == [*["Login"] * 3, "Create", "Command", "Receive", "Signal", "Delete"]


@pytest.mark.parametrize("transport", ["ntlm", "basic"])
def test_https(plain, tmp_path, transport):
    server = plain.server(tls=True)
    (tmp_path / "ca.pem").write_text(server.certificate_pem)
    client = plain.client(server, transport, ca_trust_path=str(tmp_path / "ca.pem"))
    shell = client.open_shell()
    assert client.get_command_output(shell, client.run_command(shell, "x"))[0] == b"out"


def test_a_login_over_tls_must_be_bound_to_the_certificate(plain, tmp_path):
    server = plain.server(tls=True)
    (tmp_path / "ca.pem").write_text(server.certificate_pem)
    with pytest.raises(InvalidCredentialsError):
        plain.client(server, ca_trust_path=str(tmp_path / "ca.pem"), send_cbt=False).open_shell()


def test_basic_over_http_is_refused_unless_it_is_allowed(plain, server):
    with pytest.raises(InvalidCredentialsError):
        plain.client(server, "basic").open_shell()
    lax = plain.server(allow_unencrypted=True)
    assert plain.client(lax, "basic").open_shell() in lax.shells


def test_a_message_in_clear_over_http_is_refused(plain, server):
    with pytest.raises(InvalidCredentialsError):
        plain.client(server, message_encryption="never").open_shell()


@pytest.mark.parametrize(
    ("user", "password"),
    [("admin", "wrong"), ("nobody", ""), ("nobody", "None"), ("nobody", PASSWORD), ("admin", "P4ss"), ("admin", " ")],
)
def test_only_those_who_are_known_are_let_in(plain, server, user, password):
    with pytest.raises(InvalidCredentialsError):
        plain.client(server, user=user, password=password).open_shell()
    lax = plain.server(allow_unencrypted=True)
    with pytest.raises(InvalidCredentialsError):
        plain.client(lax, "basic", user=user, password=password).open_shell()
    assert server.shells == lax.shells == {}


@pytest.mark.parametrize("user", ["ADMIN", "BACKOFFICE-01\\admin", "anything\\admin", "admin@contoso.example"])
def test_a_local_account_may_be_written_with_any_domain(plain, server, user):
    assert plain.client(server, user=user).open_shell() in server.shells


@pytest.mark.parametrize(
    "header", ["Basic !!!", "Basic YQ==", "Negotiate !!!", "Negotiate AAAA", "Bearer x", f"Negotiate {8000 * 'A'}"]
)
def test_nonsense_is_answered_with_401(plain, header):
    server = plain.server(allow_unencrypted=True)
    answer = requests.post(server.url, data=b"x", headers={"Authorization": header}, timeout=5, proxies={"http": ""})
    assert answer.status_code == 401
    assert "Negotiate" in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize(("length", "status"), [("-1", 411), ("many", 411), ("600000", 413)])
def test_a_body_must_say_how_long_it_is(server, length, status):
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as line:
        line.sendall(f"POST /wsman HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode())
        answer = b"".join(iter(lambda: line.recv(4096), b""))
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())


def test_another_path_is_not_found(server):
    with requests.Session() as session:
        session.trust_env = False
        assert session.post(server.url.replace("wsman", "powershell"), data=b"", timeout=5).status_code == 404


def test_a_login_inside_spnego_is_understood(server):
    context = spnego.client("admin", PASSWORD, protocol="negotiate", options=spnego.NegotiateOptions.use_negotiate)
    with requests.Session() as session:
        session.trust_env = False
        token = context.step()
        while token:
            header = {"Authorization": f"Negotiate {base64.b64encode(token).decode()}"}
            answer = session.post(server.url, headers=header, timeout=5)
            reply = answer.headers.get("WWW-Authenticate", "").partition(" ")[2]
            token = context.step(base64.b64decode(reply)) if reply else None
    assert (answer.status_code, context.complete) == (200, True)


def test_the_environment_is_as_before_after_a_login(plain, server, monkeypatch):
    monkeypatch.setenv("NTLM_USER_FILE", "/of/somebody/else")
    plain.client(server).open_shell()
    assert os.environ["NTLM_USER_FILE"] == "/of/somebody/else"


def test_many_clients_log_in_at_once(plain, server):
    clients = [plain.client(server) for _ in range(8)]
    threads = [threading.Thread(target=client.open_shell) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(server.shells) == 8


def test_input_is_waited_for(plain, client, shell):
    command = client.run_command(shell, "sort")
    with pytest.raises(WinRMOperationTimeoutError):
        client.get_command_output_raw(shell, command)
    client.send_command_input(shell, command, b"b\r\n")
    assert plain.pc.ran == []
    client.send_command_input(shell, command, b"a\r\n", end=True)
    assert client.get_command_output(shell, command)[0] == b"out"
    assert plain.pc.ran == [("sort", b"b\r\na\r\n", 65001)]
    with pytest.raises(WSManFaultError) as caught:
        client.send_command_input(shell, command, b"more")
    assert code_of(caught) == 109


def test_a_command_runs_for_as_long_as_it_takes(plain, client, shell, server):
    server.keeper.longest_wait = 60
    plain.pc.outcome = Outcome(stdout=b"late", seconds=0.06)
    command = client.run_command(shell, "x")
    assert client.get_command_output_raw(shell, command) == (b"late", b"", 0, True)


def test_output_comes_in_pieces(plain, client, shell, server):
    server.keeper.chunk = 4
    plain.pc.outcome = Outcome(stdout=b"0123456789", stderr=b"abc", exit_code=0xC004F050)
    command = client.run_command(shell, "x")
    assert client.get_command_output_raw(shell, command) == (b"0123", b"", -1, False)
    assert client.get_command_output(shell, command) == (b"456789", b"abc", 0xC004F050 - 2**32)


def test_a_line_that_is_too_long_fails_as_under_cmd(plain, client, shell):
    command = client.run_command(shell, "x" * 8192)
    assert client.get_command_output(shell, command) == (b"", b"The command line is too long.\r\n", 1)
    assert plain.pc.ran == []


def test_a_signal_ends_a_command(plain, client, shell, server):
    plain.pc.outcome = Outcome(seconds=600)
    command = client.run_command(shell, "x")
    client.cleanup_command(shell, command)
    with pytest.raises(WSManFaultError) as caught:
        client.get_command_output_raw(shell, command)
    assert (code_of(caught), caught.value.fault_subcode) == (0x8033805B, "w:InvalidSelectors")
    assert server.shells[shell].commands == {}


def test_unknown_shells_are_faults(client):
    for call in (
        lambda: client.run_command("5E1F", "x"),
        lambda: client.get_command_output_raw("5E1F", "x"),
        lambda: client.close_shell("5E1F", close_session=False),
    ):
        with pytest.raises(WSManFaultError) as caught:
            call()
        assert code_of(caught) == 0x8033805B


def test_quotas(client, shell, server):
    server.keeper.most_shells = 1
    with pytest.raises(WSManFaultError) as caught:
        client.open_shell()
    assert (caught.value.wsman_fault_code, caught.value.wmierror_code) == (0x803381A5, None)
    for _ in range(25):
        client.run_command(shell, "x")
    with pytest.raises(WSManFaultError) as caught:
        client.run_command(shell, "x")
    assert (caught.value.wsman_fault_code, caught.value.wmierror_code) == (None, 0x803381A6)


def test_what_it_does_not_know_is_a_fault(client, shell):
    shells = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
    for action, resource, code in (
        (f"{shells}/Dance", f"{shells}/cmd", 0x80338001),
        (f"{shells}/Command", "http://schemas.microsoft.com/powershell/Microsoft.PowerShell", 0x80338000),
        (f"{shells}/Command", f"{shells}/cmd", 0x80338041),
        (f"{shells}/Receive", f"{shells}/cmd", 87),
        (f"{shells}/Send", f"{shells}/cmd", 87),
        (f"{shells}/Signal", f"{shells}/cmd", 87),
        ("http://schemas.xmlsoap.org/ws/2004/09/transfer/Create", f"{shells}/cmd", 0x80338041),
    ):
        envelope = {"env:Envelope": client.build_wsman_header(action, resource, shell)}
        envelope["env:Envelope"]["env:Body"] = {}
        with pytest.raises(WSManFaultError) as caught:
            client.send_message(winrm.protocol.xmltodict.unparse(envelope))
        assert code_of(caught) == code, action


@pytest.mark.parametrize(
    "message", [b"", b"no XML", b"<x/>", b"<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'/>"]
)
def test_what_is_no_envelope_is_a_fault(plain, message):
    server = plain.server(allow_unencrypted=True)
    secret = base64.b64encode(f"admin:{PASSWORD}".encode()).decode()
    answer = requests.post(
        server.url, data=message, headers={"Authorization": f"Basic {secret}"}, timeout=5, proxies={"http": ""}
    )
    assert answer.status_code == 500
    assert b"2150858817" in answer.content


def test_a_pc_that_is_down_resets_and_one_that_starts_is_busy(plain, server):
    plain.pc.stands = Power.DOWN
    with pytest.raises(requests.ConnectionError):
        plain.client(server).open_shell()
    plain.pc.stands = Power.STARTING
    with pytest.raises(WinRMTransportError) as caught:
        plain.client(server).open_shell()
    assert caught.value.code == 503
    plain.pc.stands = Power.UP
    assert plain.client(server).open_shell() in server.shells


def test_a_restart_forgets_shells_and_logins(plain, client, shell, server):
    plain.pc.boots += 1
    with pytest.raises((requests.ConnectionError, WinRMTransportError, InvalidCredentialsError)):
        client.run_command(shell, "x")
    assert server.shells == {}
    client.transport.close_session()
    with pytest.raises(WSManFaultError) as caught:
        client.run_command(shell, "x")
    assert code_of(caught) == 0x8033805B


def test_a_restart_ends_a_connection_that_says_nothing(plain, server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as line:
        plain.client(server).open_shell()
        plain.pc.boots += 1
        assert line.recv(1) == b""


def test_a_restart_ends_a_receive_that_waits(plain, client, shell, server):
    server.keeper.longest_wait = 60
    plain.pc.outcome = Outcome(seconds=600)
    command = client.run_command(shell, "x")
    seen = []

    def wait() -> None:
        with pytest.raises((requests.ConnectionError, WSManFaultError)) as caught:
            client.get_command_output_raw(shell, command)
        seen.append(caught.value)

    thread = threading.Thread(target=wait)
    thread.start()
    plain.pc.boots += 1
    thread.join(5)
    assert seen


def test_the_end_of_the_server_leaves_no_thread(plain):
    before = threading.active_count()
    server = plain.server()
    plain.client(server).open_shell()
    assert threading.active_count() > before
    server.close()
    assert threading.active_count() == before
    server.close()


def test_a_server_that_was_never_started_can_be_closed(plain):
    from connectors.lab.winrm.server import WinRMServer

    WinRMServer(plain.pc).close()


def test_without_tls_there_is_no_certificate(server):
    assert server.binding is None
    with pytest.raises(ValueError, match="no certificate"):
        _ = server.fingerprint


def test_the_log_has_no_content(plain, client, shell, server):
    client.run_command(shell, "slmgr /ipk AAAAA")
    assert all(isinstance(size, int) and action.isalpha() for action, size in server.log)


@pytest.mark.parametrize("body", [b"", b"--Encrypted Boundary--\r\n", b"x" * 100])
def test_what_is_not_sealed_is_not_taken_for_it(plain, body):
    with pytest.raises(NotSealed):
        Login(plain.pc.users).unseal(body)

"""Who is trusted, who is let in, and what is never seen by anybody else."""

from __future__ import annotations

import socket
import subprocess
import sys
import traceback

import pytest

from agent.api import NotSent, Refused, Script, Secret, Unsure, ask, tell
from connectors.lab.winrm.faults import Fault

PASSWORD = "S3cret-päss/wörd"
KEY = "VK7JG-NPHTM-C97JM-9MPGT-3V66T"


@pytest.fixture
def secure(desk):
    return desk.server(tls=True)


def https(desk, server, **settings):
    return desk.way(server, scheme="https", **settings)


@pytest.fixture
def ca(secure, tmp_path):
    file = tmp_path / "ca.pem"
    file.write_text(secure.certificate_pem)
    return file


@pytest.mark.parametrize("auth", ["ntlm", "negotiate", "basic"])
def test_https_with_an_authority(desk, secure, ca, auth):
    session = desk.open(https(desk, secure, ca=str(ca), auth=auth))
    assert session.ask(ask("x")).stdout == "Grüße"


@pytest.mark.parametrize("auth", ["ntlm", "basic"])
def test_https_with_a_fingerprint(desk, secure, auth):
    session = desk.open(https(desk, secure, fingerprint=secure.fingerprint, auth=auth))
    session.ask(ask(Script("a.ps1", "x")))
    session.close()
    wanted = ["Create", "Command", "Send", "Receive", "Delete"]
    assert [action for action, _ in secure.log] == (wanted if auth == "basic" else ["Login", *wanted])


def test_an_authority_and_a_fingerprint_must_both_fit(desk, secure, ca):
    assert desk.open(https(desk, secure, ca=str(ca), fingerprint=secure.fingerprint)).ask(ask("x")).exit_code == 0
    other = desk.server(tls=True)
    with pytest.raises(Refused, match="certificate"):
        desk.open(https(desk, other, ca=str(ca), fingerprint=other.fingerprint))


@pytest.mark.parametrize("settings", [{}, {"fingerprint": "00" * 32}])
def test_a_certificate_that_is_not_trusted_is_refused_and_nothing_is_said(desk, secure, settings):
    with pytest.raises(Refused, match="certificate is not the one that is trusted; nothing was sent"):
        desk.open(https(desk, secure, auth="basic", **settings))
    assert secure.log == []


def test_plain_http_where_https_is_spoken_is_not_a_success(desk, secure):
    with pytest.raises((NotSent, Unsure)):
        desk.open(desk.way(secure))


@pytest.mark.parametrize("user", ["admin", "Admin", "FRONTDESK-07\\admin", ".\\admin"])
def test_a_user_may_be_written_with_a_domain(desk, server, user):
    assert desk.open(desk.way(server, user=user)).ask(ask("x")).exit_code == 0


def test_a_wrong_password_over_http_has_two_causes(desk, server):
    desk.pc.users = {"admin": "another"}
    with pytest.raises(Refused, match=r"HTTP 401 for admin.*the password is wrong or the PC forbids NTLM"):
        desk.open(desk.way(server))


@pytest.mark.parametrize("tls", [False, True])
def test_a_wrong_password_is_tried_once(desk, tls):
    server = desk.server(tls=tls)
    desk.pc.users = {"admin": "another"}
    way = https(desk, server, fingerprint=server.fingerprint) if tls else desk.way(server)
    with pytest.raises(Refused):
        desk.open(way)
    assert [action for action, _ in server.log] == ["Login", "Login"], "the hello and one proof"


def test_a_password_that_was_changed_meanwhile_is_tried_once(desk, server, session):
    desk.pc.users = {"admin": "another"}
    server._listener.cut()
    before = len(server.log)
    with pytest.raises(Refused):
        session.ask(ask("x"))
    assert len(server.log) - before == 3, "the message that nobody reads, the hello and one proof"


def test_a_wrong_password_over_https_with_basic_has_one(desk, secure):
    desk.pc.users = {"admin": "another"}
    with pytest.raises(Refused, match=r"The user name or the password is wrong$"):
        desk.open(https(desk, secure, auth="basic", fingerprint=secure.fingerprint))


def test_a_pc_that_does_not_take_basic_says_what_it_takes(desk):
    server = desk.server(tls=True, allow_basic=False)
    with pytest.raises(Refused, match="the PC offers Negotiate and not Basic"):
        desk.open(https(desk, server, auth="basic", fingerprint=server.fingerprint))


def test_a_filtered_token_is_explained(desk, server):
    server.faults.add(Fault("denied", on="Create", times=None))
    with pytest.raises(Refused, match=r"fault 5 ERROR_ACCESS_DENIED.*LocalAccountTokenFilterPolicy=1"):
        desk.open(desk.way(server))


def test_ipv6(desk):
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    server = desk.server(address="::1")
    for host in ("::1", "[::1]"):
        assert desk.open(desk.way(server, host=host)).ask(ask("x")).stdout == "Grüße"


def test_the_environments_proxy_is_not_asked(desk, server, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert desk.open(desk.way(server)).ask(ask("x")).exit_code == 0


def test_a_name_that_nobody_knows_is_not_sent(desk, server):
    with pytest.raises(NotSent, match="its name is not known"):
        desk.open(desk.way(server, host="pc.invalid"))


@pytest.mark.parametrize("kind", ["cut", "garble", "denied", "busy", "unknown shell"])
@pytest.mark.parametrize("at", ["Command", "Send", "Receive"])
def test_no_error_shows_a_secret(desk, secure, kind, at):
    session = desk.open(https(desk, secure, auth="basic", fingerprint=secure.fingerprint))
    secure.faults.add(Fault(kind, on=at, times=None))
    command = tell(Script("a.ps1", "x"), Secret(KEY, "product key"))
    with pytest.raises((NotSent, Refused, Unsure)) as caught:
        session.tell(command)
    secure.faults.clear()
    shown = "".join(traceback.format_exception(caught.value)) + repr(session) + repr(vars(session)) + repr(secure.log)
    assert KEY not in shown
    assert PASSWORD not in shown
    for error in chain(caught.value):
        assert not hasattr(error, "request"), "a vendor's exception holds the request and its headers"


def chain(error):
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def test_messages_over_http_are_sealed(desk, server, monkeypatch):
    seen = []
    send = socket.socket.sendall
    monkeypatch.setattr(
        socket.socket, "sendall", lambda self, data, *rest: (seen.append(bytes(data)), send(self, data, *rest))[1]
    )
    session = desk.open(desk.way(server))
    session.tell(tell("slmgr.vbs", "/ipk", Secret(KEY)))
    session.close()
    wire = b"".join(seen)
    assert b"HTTP-SPNEGO-session-encrypted" in wire
    for clear in (KEY.encode(), PASSWORD.encode(), b"slmgr", b"CommandLine", b"Envelope"):
        assert clear not in wire


def test_nothing_heavy_is_imported_with_the_plug_in():
    code = "import sys, connectors.winrm.plugin; print([m for m in ('requests', 'winrm', 'spnego') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"

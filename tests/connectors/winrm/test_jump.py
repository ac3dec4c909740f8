"""A PC behind a gateway: WinRM travels through SSH, and everything that it promises still holds."""

from __future__ import annotations

import hashlib
import socket
import threading
import time
import traceback

import pytest

from agent.api import Misuse, NotSent, Refused, Script, Secret, Unsure, ask, tell
from connectors.lab.machine import Power
from connectors.lab.ssh.server import SSHServer
from connectors.winrm.ntlm import Login

KEY = Secret("VK7JG-NPHTM-C97JM-9MPGT-3V66T", "product key")
PASSWORD = "S3cret-päss/wörd"


class Box:
    """The gateway itself, which runs nothing."""

    name = "gateway"

    def __init__(self) -> None:
        self.users = {"jump": PASSWORD}
        self.boots = 1

    def power(self) -> Power:
        return Power.UP

    def boot(self) -> int:
        return self.boots


@pytest.fixture
def gateway():
    with SSHServer(Box(), leads_on=True) as gateway:
        yield gateway


def over(gateway, **settings):
    host = {"host": "127.0.0.1", "port": gateway.port, "user": "jump", "password": "vault:gateway/jump"}
    return host | {"fingerprint": gateway.fingerprint} | settings


@pytest.fixture(params=["http", "https", "basic"])
def way(request, desk, gateway):
    """A PC that is reached through the gateway only."""
    server = desk.server(tls=request.param != "http")
    settings = {"jump": over(gateway)}
    if request.param != "http":
        settings |= {"scheme": "https", "fingerprint": server.fingerprint}
    if request.param == "basic":
        settings["auth"] = "basic"
    return desk.way(server, **settings)


def test_a_script_runs_behind_the_gateway_over_one_connection(desk, way, gateway):
    session = desk.open(way)
    session.tell(tell(Script("a.ps1", "x"), KEY))
    assert session.ask(ask("x")).stdout == "Grüße"
    session.close()
    assert gateway.log == ["login", "direct-tcpip"]
    assert desk.servers[0].shells == {}


def test_the_pc_must_have_a_certificate_for_its_own_name(desk, gateway, tmp_path):
    server = desk.server(tls=True)
    ca = tmp_path / "ca.pem"
    ca.write_text(server.certificate_pem)
    gateway.names = {"frontdesk-07": "127.0.0.1", "pc7.site.example": "127.0.0.1"}
    way = desk.way(server, scheme="https", ca=str(ca), jump=over(gateway))
    assert desk.open(way | {"host": "FRONTDESK-07"}).ask(ask("x")).exit_code == 0
    seen = len(server.log)
    with pytest.raises(Refused, match="certificate is not the one that is trusted; nothing was sent"):
        desk.open(way | {"host": "pc7.site.example"})
    assert len(server.log) == seen


def test_a_login_is_bound_to_the_certificate_of_the_pc(desk, gateway, monkeypatch):
    bound = []
    proof = Login.proof
    monkeypatch.setattr(Login, "proof", lambda self, challenge, der: (bound.append(der), proof(self, challenge, der))[1])
    server = desk.server(tls=True)
    desk.open(desk.way(server, scheme="https", fingerprint=server.fingerprint, jump=over(gateway)))
    assert [hashlib.sha256(der).hexdigest() for der in bound] == [server.fingerprint.replace(":", "").lower()]


def test_the_name_of_the_pc_is_looked_up_by_the_gateway(desk, server, gateway):
    gateway.names = {"pc7.only-there.invalid": "127.0.0.1"}
    assert desk.open(desk.way(server, host="pc7.only-there.invalid", jump=over(gateway))).ask(ask("x")).stdout == "Grüße"


def test_nobody_else_finds_a_port(desk, way, monkeypatch):
    def refuse(self, *_):
        raise AssertionError("nothing listens")

    monkeypatch.setattr(socket.socket, "listen", refuse)
    desk.open(way).ask(ask("x"))


def test_the_environments_proxy_is_not_asked(desk, way, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert desk.open(way).ask(ask("x")).exit_code == 0


def until(true):
    """What happens on the other side is noticed here a moment later."""
    end = time.monotonic() + 5
    while not true():
        assert time.monotonic() < end
        time.sleep(0.002)


def noticed(session):
    until(lambda: all(joint.ended for joint in session._tunnel._joints))


def test_a_cut_gateway_is_gone_through_again(desk, way, gateway):
    session = desk.open(way)
    gateway.cut()
    noticed(session)
    assert session.ask(ask(Script("a.ps1", "x"))).stdout == "Grüße"
    assert gateway.log.count("login") == 2


def test_a_closed_idle_connection_of_the_pc_is_made_again_over_the_same_gateway(desk, way, gateway):
    session = desk.open(way)
    desk.servers[0]._listener.cut()
    noticed(session)
    session.tell(tell("x"))
    assert len(desk.pc.ran) == 1
    assert gateway.log.count("login") == 1
    assert gateway.log.count("direct-tcpip") > 1


def test_a_change_whose_answer_is_lost_with_the_gateway_is_unsure(desk, way, gateway):
    session = desk.open(way)
    desk.pc.on_run = lambda: gateway.cut() if len(desk.pc.ran) == 1 else None
    with pytest.raises(Unsure):
        session.tell(tell("x"))
    assert len(desk.pc.ran) == 1
    assert session.ask(ask("x")).stdout == "Grüße"


def test_a_gateway_that_stays_away_in_the_middle_of_a_change_is_unsure_too(desk, way, gateway):
    session = desk.open(way)
    desk.pc.on_run = lambda: (gateway.faults.add("refuse", times=99), gateway.cut())
    with pytest.raises(Unsure):
        session.tell(tell("x"))
    with pytest.raises(NotSent, match="it does not speak SSH with us"):
        session.tell(tell("x"))
    assert len(desk.pc.ran) == 1


def test_a_pc_that_the_gateway_does_not_reach_is_not_sent(desk, server, gateway):
    server.close()
    with pytest.raises(NotSent, match=r"Create: SSH to \S+: it does not reach the address behind it"):
        desk.open(desk.way(server, jump=over(gateway)))


def test_a_gateway_that_leads_nowhere_refuses(desk, server, gateway):
    gateway.leads_on = False
    with pytest.raises(Refused, match="AllowTcpForwarding"):
        desk.open(desk.way(server, jump=over(gateway)))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"fingerprint": None}, r"is not known; it shows SHA256:\S{43}"),
        ({"fingerprint": "SHA256:" + "A" * 43}, "is not the trusted one"),
        ({"user": "somebody"}, "does not let somebody in"),
    ],
)
def test_a_gateway_that_is_not_trusted_or_trusts_us_not_is_refused_and_the_pc_hears_nothing(
    desk, server, gateway, settings, said
):
    with pytest.raises(Refused, match=said):
        desk.open(desk.way(server, jump=over(gateway, **settings)))
    assert server.log == []
    until(lambda: gateway.connections == 0)


def test_a_gateway_may_be_named(desk, server, gateway):
    desk.settings = {"ssh": {"hosts": {"site": over(gateway)}}, "winrm": {"jump": "site"}}
    assert desk.open(desk.way(server)).ask(ask("x")).stdout == "Grüße"
    assert gateway.log == ["login", "direct-tcpip"]
    desk.open(desk.way(server, jump="")).ask(ask("x"))
    assert gateway.log == ["login", "direct-tcpip"]
    with pytest.raises(Misuse, match="jump: there is no SSH host 'sight'"):
        desk.open(desk.way(server, jump="sight"))


def test_a_gateways_settings_are_checked_like_the_others(desk, server, gateway):
    with pytest.raises(Misuse, match=r"winrm settings of FRONTDESK-07 cannot be used: jump.password: must be a reference"):
        desk.open(desk.way(server, jump=over(gateway, password="hunter2")))
    with pytest.raises(Misuse, match="jump: give one of password, key and agent"):
        desk.open(desk.way(server, jump=over(gateway, agent=True)))


def test_closing_leaves_no_connection_and_no_thread(desk, way, gateway):
    session = desk.open(way)
    session.ask(ask("x"))
    session.close()
    session.close()
    until(lambda: gateway.connections == 0)
    assert not session._tunnel._joints
    until(lambda: not {"ssh-inward", "ssh-outward"} & {thread.name for thread in threading.enumerate()})


def test_no_error_shows_a_secret(desk, way, gateway):
    session = desk.open(way)
    gateway.close()
    with pytest.raises(NotSent) as caught:
        session.tell(tell(Script("a.ps1", "x"), KEY))
    shown = "".join(traceback.format_exception(caught.value)) + repr(vars(session))
    assert KEY.reveal() not in shown
    assert PASSWORD not in shown


def test_a_gateway_that_wants_an_agent_that_is_not_there_is_refused(desk, server, gateway, monkeypatch):
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    jump = over(gateway, agent=True)
    del jump["password"]
    with pytest.raises(Refused, match="there is no SSH agent"):
        desk.open(desk.way(server, jump=jump))

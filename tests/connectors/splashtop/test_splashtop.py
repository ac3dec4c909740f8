"""An attended session: one link a device, found again by a rerun, and never a command that is said to have run."""

from __future__ import annotations

import stat
from datetime import timedelta

import pytest
import responses
from responses import matchers

from agent.api import Attended, Device, Misuse, NotSent, Refused, Secret, TryLater, Unsure, Workplace, ask, tell
from connectors.lab.site_faults import Fault
from connectors.lab.splashtop import Splashtop
from connectors.splashtop.connector import SplashtopConnector
from connectors.splashtop.openapi import LONGEST_NAME
from connectors.splashtop.session import standing

KEY = "W269N-WFGWX-YVC9B-4J6C9-T83GX"
API = "https://webapi.splashtop.eu/api/open/v1"


@pytest.fixture
def site(clock):
    with Splashtop(clock, "the-token") as site:
        yield site


@pytest.fixture
def connect(site, clock, folder):
    opened = []

    def connect(name="FRONTDESK-07", held="the-token", **settings):
        way = {"token": "vault:splashtop", "url": site.url} | settings
        workplace = Workplace(folder, {}, clock, lambda reference: Secret(held, "token", reference))
        opened.append(SplashtopConnector(workplace).open(Device(name, "Contoso", ways={"splashtop": way})))
        return opened[-1]

    yield connect
    for session in opened:
        session.close()


def test_it_makes_one_support_session(site, connect):
    session = connect()
    assert (session.connector, session.capabilities) == ("splashtop", {"attended", "presence"})
    (one,) = site.sessions.values()
    assert one.customer_name == "FRONTDESK-07, Contoso"
    assert one.customer_issue.startswith("keyturn kt-")
    assert session.link() == (
        f"end user https://my.splashtop.com/service_desk/psa/{one.code} , technician"
        f" st-business://com.splashtop.business/?sos={one.code}&category=40&account=tech%40msp.example"
    )


def test_running_again_finds_it(site, connect, folder):
    assert connect().link() == connect().link()
    assert len(site.sessions) == 1
    (file,) = (folder / "splashtop").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_another_device_has_its_own(site, connect):
    assert connect().link() != connect("RECEPTION-01").link()
    assert len(site.sessions) == 2


@pytest.mark.parametrize("status", ["closed", "deleted", "expired"])
def test_one_that_is_over_is_not_found_again(site, connect, status):
    connect()
    site.sessions[1000].status = status
    connect()
    assert len(site.sessions) == 2


def test_one_that_is_gone_is_not_found_again(site, connect):
    connect()
    site.sessions[2000] = site.sessions.pop(1000)
    connect()
    assert len(site.sessions) == 2


def test_one_of_another_team_is_not_ours(site, connect, folder):
    connect()
    (file,) = (folder / "splashtop").iterdir()
    file.write_text(file.read_text().replace("4711", "9"))
    connect()
    assert len(site.sessions) == 2


def test_it_expires_by_itself(site, connect, clock):
    session = connect()
    clock.sleep(timedelta(days=2).total_seconds())
    assert session.presence().evidence == "the Splashtop session is expired"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"team": 1}'])
def test_a_note_that_cannot_be_read_is_written_anew(connect, folder, text):
    connect()
    (file,) = (folder / "splashtop").iterdir()
    file.write_text(text)
    connect()
    assert "portal" in file.read_text()


def test_a_long_name_is_cut(site, connect):
    connect("D" * 100)
    assert len(site.sessions[1000].customer_name) == LONGEST_NAME


def test_the_life_of_a_session(site, connect):
    session = connect()
    waiting = session.presence()
    assert (waiting.verdict, waiting.facts["state"]) == ("no", "waiting")
    site.join(1000, "FRONTDESK-07")
    ready = session.presence()
    assert (ready.verdict, ready.facts["state"]) == ("yes", "ready")
    site.connect(1000, "sam@msp.example")
    connected = session.presence()
    assert (connected.verdict, connected.facts["state"]) == ("yes", "connected")
    assert connected.evidence.startswith("sam@msp.example is connected to FRONTDESK-07 since 2025-10-06T08:00")
    site.sessions[1000].status = "closed"
    assert session.presence().facts["state"] == "closed"


def test_it_carries_out_nothing(site, connect):
    session = connect()
    before = len(site.log)
    with pytest.raises(Attended, match=r"hostname can only be seen by a person.*first link.*st-business://"):
        session.ask(ask("hostname"))
    with pytest.raises(Attended, match="slmgr /ipk ‹product key› can only be done by a person") as caught:
        session.tell(tell("slmgr", "/ipk", Secret(KEY, "product key")))
    assert KEY not in str(caught.value)
    with pytest.raises(ValueError, match="is told, not asked"):
        session.ask(tell("hostname"))
    with pytest.raises(Refused, match="shows no message"):
        session.message("hello")
    assert len(site.log) == before


def test_closing_leaves_it_to_the_person(site, connect):
    session = connect()
    session.close()
    session.close()
    assert site.sessions[1000].status == "open"
    assert site.calls_of("action") == 0


@pytest.mark.parametrize(
    ("token", "said"),
    [("another", "the token is not accepted"), ('"the-token"', "the token is not in its form")],
)
def test_a_token_that_is_refused(connect, token, said):
    with pytest.raises(Refused, match=said):
        connect(held=token)


def test_a_token_without_the_scope(site, connect):
    site.scopes.discard("psa")
    with pytest.raises(Refused, match="lacks the scope psa"):
        connect()
    assert not site.sessions


def test_a_channel_that_is_not_there(site, connect):
    with pytest.raises(Refused, match=r"40422.*Check the channel"):
        connect(channel=77)
    assert not site.sessions


@pytest.mark.parametrize("kind", ["forbidden", "error inside"])
def test_what_is_not_allowed_inside_a_200(site, connect, kind):
    site.mishaps.add(Fault(kind, "create"))
    with pytest.raises(Refused, match="40403: not allowed"):
        connect()


def test_an_answer_that_is_lost_leaves_no_second_link_in_our_notes(site, connect, folder):
    site.mishaps.add(Fault("cut", "create"))
    with pytest.raises(NotSent, match=r"^Splashtop: a support session may have been made; nothing was done on the device\."):
        connect()
    assert not (folder / "splashtop").exists()


@pytest.mark.parametrize("kind", ["garble", "gateway"])
def test_a_site_that_cannot_be_understood_is_not_reached(site, connect, kind):
    site.mishaps.add(Fault(kind, "basic info", times=9))
    with pytest.raises(NotSent):
        connect()


def test_a_reset_while_looking_is_asked_again(site, connect):
    session = connect()
    site.mishaps.add(Fault("reset", "session"))
    assert session.presence().verdict == "no"


def test_a_gateway_that_counts_calls(site, connect, clock):
    site.per_minute = 2
    connect()
    assert connect().presence().verdict == "no"
    assert any(slept >= 30 for slept in clock.slept)


def test_a_site_that_is_down(site, connect):
    site.close()
    with pytest.raises(NotSent, match="cannot be reached"):
        connect()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"token": "secret"}, "token: must be a reference"),
        ({"region": "asia"}, "region: "),
        ({"url": "http://splashtop.example"}, "url: must begin with https://"),
        ({"ca": "/nowhere.pem"}, "ca: there is no file"),
        ({"password": "x"}, "password is not a setting"),
    ],
)
def test_settings_that_cannot_be_used(connect, settings, said):
    with pytest.raises(Misuse, match=f"the splashtop settings of FRONTDESK-07 cannot be used: {said}"):
        connect(**settings)


def test_no_product_key_can_travel(site, connect):
    session = connect()
    with pytest.raises(Attended):
        session.tell(tell("slmgr", "/ipk", Secret(KEY, "product key")))
    assert all(KEY not in exchange.body and KEY not in exchange.path for exchange in site.log)


def test_a_technician_whose_name_is_not_told():
    told = {"status": "open", "connected_since": "2025-10-06T08:00:00Z"}
    assert standing(told).evidence == "a technician is connected to the PC since 2025-10-06T08:00:00Z"


@pytest.fixture
def europe(clock, folder):
    def europe(**settings):
        workplace = Workplace(folder, {"splashtop": {"region": "eu"}}, clock, lambda name: Secret("t", "token", name))
        return SplashtopConnector(workplace).open(
            Device("PC", "Contoso", ways={"splashtop": {"token": "vault:splashtop"} | settings})
        )

    with responses.RequestsMock() as wire:
        info = {"result": 20200, "data": {"email": "a+b@msp.example", "scopes": {"psa": {"team_id": 1}}}}
        header = [matchers.header_matcher({"Authorization": "Bearer t"})]
        wire.get(f"{API}/users/basic_info", json=info, match=header)
        yield europe, wire


def test_the_request_that_makes_one(europe):
    connect, wire = europe
    body = matchers.json_params_matcher(
        {"channel_id": 9, "customer_name": "PC, Contoso", "customer_issue": "keyturn kt-f50a09e6bad1: PC of Contoso"}
    )
    made = {"result": 20200, "data": {"support_session": {"id": 7, "code": "123456789", "support_portal_link": "javascript:x"}}}
    wire.post(f"{API}/teams/1/psa/support_sessions", json=made, match=[body])
    session = connect(channel=9)
    assert session.link().startswith("end user https://my.splashtop.eu/service_desk/psa/123456789 ,")
    assert session.link().endswith("&account=a%2Bb%40msp.example")
    session.close()


@pytest.mark.parametrize(
    ("answer", "error", "said"),
    [
        ({"result": 40999, "data": {}}, Refused, "40999: it gives no reason"),
        ({"result": 50000}, NotSent, r"may have been made.*\(result 50000\)"),
        ({"result": 42901}, TryLater, "42901"),
        ({"result": 20200, "data": {}}, NotSent, "no support session"),
        ({"result": 20200}, NotSent, "holds no data"),
        ({"result": 20200, "data": {"support_session": {"id": 7}}}, NotSent, "did not say its number and code"),
    ],
)
def test_answers_that_are_no_session(europe, answer, error, said):
    connect, wire = europe
    wire.post(f"{API}/teams/1/psa/support_sessions", json=answer)
    with pytest.raises(error, match=said):
        connect()


def test_a_status_of_http_with_a_result(europe):
    connect, wire = europe
    wire.post(f"{API}/teams/1/psa/support_sessions", json={"result": 40300}, status=403)
    with pytest.raises(Refused, match="40300: the token may not do this"):
        connect()


def test_presence_that_cannot_be_asked(site, connect):
    session = connect()
    site.close()
    with pytest.raises((Unsure, NotSent)):
        session.presence()

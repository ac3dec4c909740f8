"""Whether a support session could be made is said without making one."""

from __future__ import annotations

import pytest

from agent.api import Checkable, Device, NotSent, Refused, Secret, TryLater, Workplace
from connectors.lab.site_faults import Fault
from connectors.lab.splashtop import Splashtop
from connectors.splashtop.connector import SplashtopConnector


@pytest.fixture
def site(clock):
    with Splashtop(clock, "the-token") as site:
        yield site


@pytest.fixture
def check(site, clock, folder):
    connector = SplashtopConnector(Workplace(folder, {}, clock, lambda name: Secret("the-token", "token", name)))
    assert isinstance(connector, Checkable)
    way = {"token": "vault:splashtop", "url": site.url}
    return lambda: connector.check(Device("FRONTDESK-07", "Contoso", ways={"splashtop": way}))


def test_nothing_is_made(site, check, folder):
    check()
    assert [exchange.call for exchange in site.log] == ["basic info"]
    assert site.sessions == {}
    assert not (folder / "splashtop").exists()


def test_a_token_without_the_scope_is_said(site, check):
    site.scopes.discard("psa")
    with pytest.raises(Refused, match="lacks the scope psa"):
        check()


@pytest.mark.parametrize("kind", ["garble", "gateway", "busy"])
def test_a_site_that_cannot_be_understood_is_not_reached(site, check, kind):
    site.mishaps.add(Fault(kind, "*", times=50))
    with pytest.raises(NotSent):
        check()


def test_a_site_that_says_not_now_is_not_called_down(site, check):
    site.mishaps.add(Fault("throttled", "*", times=50))
    with pytest.raises(TryLater, match="HTTP 429"):
        check()


def test_a_site_that_is_down(site, check):
    site.close()
    with pytest.raises(NotSent, match="cannot be reached"):
        check()

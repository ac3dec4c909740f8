"""What the lab's sites can be told to have: mishaps by name, call and count; and that they leave nothing behind."""

from __future__ import annotations

import threading

import pytest
import requests

from connectors.lab.kaseya.vsax import VsaX
from connectors.lab.site_faults import Fault, Mishap, Mishaps


@pytest.mark.parametrize(("kind", "status"), [("busy", 503), ("throttled", 429), ("gateway", 502), ("garble", 200)])
def test_answers_that_are_none(vsax, kind, status):
    vsax.site.mishaps.add(Fault(kind, "devices"))
    answer = vsax("GET", "/devices")
    assert answer.status_code == status
    assert answer.text.startswith("<html>")
    assert vsax("GET", "/devices").json()["Data"]


@pytest.mark.parametrize(("kind", "carried_out"), [("reset", 0), ("cut", 1)])
def test_a_connection_that_is_reset(vsax, kind, carried_out):
    vsax.site.mishaps.add(Fault(kind, "run script"))
    with pytest.raises(requests.ConnectionError):
        vsax("POST", "/automation/scripts/12/run", {"DeviceIdentifier": "dev-1"})
    assert len(vsax.site.agents["dev-1"].runs) == carried_out
    assert vsax.site.log[-1].status == 0


def test_they_are_counted():
    mishaps = Mishaps(Fault("busy", "devices", times=2, after=1))
    assert [mishaps.take("devices", *Mishap) is not None for _ in range(4)] == [False, True, True, False]
    assert mishaps.take("other", *Mishap) is None


def test_a_name_that_does_not_exist():
    with pytest.raises(ValueError, match="explode"):
        Fault("explode")


def test_closing_leaves_no_thread(vsax):
    before = threading.active_count()
    site = VsaX([])
    with site:
        requests.get(site.url, timeout=5).close()
    assert threading.active_count() <= before
    VsaX([]).close()

"""Clients of the lab's sites that send what a test wants them to, over simulated PCs whose time stands still."""

from __future__ import annotations

import base64
import json

import pytest
import requests

from connectors.lab.kaseya.vsa9 import Vsa9
from connectors.lab.kaseya.vsax import VsaX
from connectors.lab.splashtop import Splashtop
from connectors.lab.windows.pc import Pc
from connectors.lab.windows.world import World

GUID = "0f8fad5b-d9cb-469f-a165-70867728950e"


class Client:
    """Sends requests as a test wants them, and keeps nothing open."""

    def __init__(self, site, prefix, **headers):
        self.site, self.prefix, self.headers = site, prefix, headers

    def __call__(self, method, path, body=None, **options):
        with requests.Session() as session:
            session.trust_env = False
            headers = self.headers | options.pop("headers", {})
            return session.request(
                method, f"{self.site.url}{self.prefix}{path}", json=body, headers=headers, timeout=5, **options
            )

    def data(self, *given, **options):
        return self(*given, **options).json()


@pytest.fixture
def pcs(clock):
    world = World(clock)
    return [Pc(name, world=world) for name in ("FRONTDESK-07", "RECEPTION-01")]


@pytest.fixture
def vsax(pcs):
    with VsaX(pcs, ("id", "secret")) as site:
        yield Client(site, "/api/v3", Authorization="Basic " + base64.b64encode(b"id:secret").decode())


@pytest.fixture
def vsa9(pcs):
    with Vsa9(pcs, ("api", "pat")) as site:
        client = Client(site, "/api/v1.0", Authorization="Basic " + base64.b64encode(b"api:pat").decode())
        told = client.data("GET", "/auth")["Result"]
        assert told["Token"] == told["ApiToken"]
        client.headers = {"Authorization": f"Bearer {told['Token']}"}
        client.agent = next(iter(site.agents))
        client.procs = f"/automation/agentprocs/{client.agent}"
        yield client


@pytest.fixture
def splashtop(clock):
    with Splashtop(clock, "token") as site:
        yield Client(site, "/api/open/v1", Authorization="Bearer token")


@pytest.fixture
def make_client():
    """The class of the clients, for a site of a test's own."""
    return Client


@pytest.fixture
def payload(clock):
    def payload(**changes):
        now = int(clock.now().timestamp())
        told = {"id": GUID, "kind": "cmd", "text": "hostname", "seconds": 60, "until": now + 600, "line": 0}
        return base64.b64encode(json.dumps(told | changes).encode()).decode()

    return payload

"""An instance with one PC, spoken to by plain requests as anybody would."""

from __future__ import annotations

import pytest
import requests

from connectors.lab.screenconnect.extension import PREFIX
from connectors.lab.screenconnect.server import Person, ScreenConnect
from connectors.lab.windows.pc import Pc
from connectors.lab.windows.world import World

SECRET = "r4w-s3cret"


class Bench:
    def __init__(self, clock):
        self.clock = clock
        self.pc = Pc("PC-01", world=World(clock))
        self.site = ScreenConnect([self.pc], SECRET, Person("admin", "pw"))
        self.http = requests.Session()
        self.http.trust_env = False
        self.token = ""

    @property
    def guest(self):
        return self.site.guest("PC-01")

    @property
    def id(self):
        return str(self.guest.id)

    def extension(self, method, body=None, verb="POST", headers=None, **more):
        given = {"CTRLAuthHeader": SECRET} if headers is None else headers
        return self.http.request(verb, f"{self.site.url}{PREFIX}/{method}", json=body, headers=given, timeout=10, **more)

    def services(self, method, body=None, verb="POST", **headers):
        if not self.token:
            page = self.http.get(self.site.url + "/", auth=("admin", "pw"), timeout=10).text
            self.token = page.partition('"antiForgeryToken":"')[2].partition('"')[0]
        url = f"{self.site.url}/Services/{method}"
        given = {"X-Anti-Forgery-Token": self.token} | headers
        return self.http.request(verb, url, json=body, headers=given, auth=("admin", "pw"), timeout=10)

    def wait(self, seconds):
        self.clock.sleep(seconds)

    def happened(self):
        self.site.settle()
        return [int(event.what) for event in self.guest.events]

    def ran(self, text, seconds=15):
        """What the agent prints for a command text."""
        assert self.extension("SendCommandToSession", [self.id, text]).status_code == 200
        self.wait(1)
        self.site.settle()
        self.wait(seconds)
        self.site.settle()
        return self.guest.events[-1].data


@pytest.fixture
def bench(clock):
    bench = Bench(clock)
    with bench.site:
        yield bench
        bench.http.close()

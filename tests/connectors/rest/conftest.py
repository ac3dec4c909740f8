"""A client of a made-up service, whose answers each test plans; a planned answer that nobody fetches is an error."""

from __future__ import annotations

from dataclasses import replace

import pytest
import responses

from agent.api import Secret
from connectors.rest import Rest, Service

URL = "https://acme.example/api"
TOKEN = "t0p-s3cret-t0ken"


class Bench:
    def __init__(self, clock, answers):
        self.clock, self.answers = clock, answers
        self._token = Secret(TOKEN, "token")
        self.service = Service("Acme", URL, auth=lambda: {"Authorization": f"Bearer {self._token.reveal()}"})

    def rest(self, **changes):
        return Rest(replace(self.service, **changes), self.clock)

    def plan(self, method="GET", path="/things", **answer):
        return self.answers.add(method, URL + path, **answer)


@pytest.fixture
def answers():
    with responses.RequestsMock(assert_all_requests_are_fired=True, registry=responses.registries.OrderedRegistry) as mock:
        yield mock


@pytest.fixture
def bench(clock, answers):
    return Bench(clock, answers)

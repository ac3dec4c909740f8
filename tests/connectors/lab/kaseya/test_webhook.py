"""Both sites of Kaseya tell a webhook that a run has ended, once, and do not mind when nobody is there."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from connectors.lab.kaseya.vsa9 import PROCEDURE


def order_x(client, hook):
    return client.data("POST", "/automation/scripts/12/run", {"DeviceIdentifier": "dev-1", "WebhookUrl": hook})["Data"]


def order_9(client, hook):
    return client.data("PUT", f"{client.procs}/{PROCEDURE}/runnowgetid", {"CallbackUrl": hook})["Result"]


@pytest.fixture(params=[("vsax", order_x), ("vsa9", order_9)], ids=lambda pair: pair[0])
def order(request):
    name, order = request.param
    client = request.getfixturevalue(name)
    return client, order


def test_it_is_told(order, clock):
    heard = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self):
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    client, ordered = order
    with HTTPServer(("127.0.0.1", 0), Hook) as hook:
        thread = threading.Thread(target=hook.handle_request)
        thread.start()
        number = ordered(client, f"http://127.0.0.1:{hook.server_port}/")
        clock.sleep(5)
        client.site.settle()
        thread.join()
    assert heard == [{"ExecutionId": number, "State": "failed"}]


@pytest.mark.parametrize("hook", ["http://127.0.0.1:1/", "https://somewhere.example/"])
def test_nobody_is_there(order, clock, hook):
    client, ordered = order
    ordered(client, hook)
    clock.sleep(5)
    client.site.settle()
    assert next(iter(client.site.agents.values())).runs[0].ended

"""The table of faults, and the border at which every vendor's exception ends."""

from __future__ import annotations

import http.server
import threading
import xml.etree.ElementTree as ET

import pytest
import requests
import urllib3
from spnego.exceptions import BadMICError
from winrm.exceptions import (
    InvalidCredentialsError,
    WinRMError,
    WinRMOperationTimeoutError,
    WinRMTransportError,
    WSManFaultError,
)

from agent.api import NotSent, Refused, TryLater, Unsure, ask, tell
from connectors.winrm.border import Border, Kind, Trouble
from connectors.winrm.faults import FAULTS, Reaction, known
from connectors.winrm.protocol import CheckedProtocol
from connectors.winrm.settings import Settings

QUOTAS = [0x8033803F, *range(0x803381A5, 0x803381A9), 0x803381AB, *range(0x803381E4, 0x803381EB)]


@pytest.mark.parametrize("code", QUOTAS)
def test_every_quota_is_waited_for(code):
    fault = known(None, code, "w:QuotaLimit")
    assert (fault.code, fault.reaction, fault.error) == (code, Reaction.MAKE_ROOM, TryLater)


@pytest.mark.parametrize("code", [5, 87, 0x80070002, 0x80070005, 0x803381AC, 0x80338041, 0x8033800F, 0x803381AD])
def test_a_refusal_is_final(code):
    assert (known(code, None, None).reaction, known(code, None, None).error) == (Reaction.NONE, Refused)


@pytest.mark.parametrize(
    ("seen", "code"),
    [
        ((0x803381A6, None, None), 0x803381A6),
        ((None, 0x803381A6, None), 0x803381A6),
        ((0x80338000, 0x803381A6, None), 0x803381A6),
        ((-2144108123, None, None), 0x803381A5),
        ((None, None, "w:InvalidSelectors"), 0x8033805B),
        ((None, None, "w:TimedOut"), 0x80338029),
        ((1, None, "w:AccessDenied"), 5),
        ((0x80331234, None, None), 0x80331234),
        ((None, None, None), 0),
    ],
)
def test_a_number_is_read_from_either_place(seen, code):
    assert known(*seen).code == code


def test_every_row_says_what_it_is_and_what_to_do():
    for code, fault in FAULTS.items():
        assert fault.name.isupper()
        assert fault.words
        assert int(fault.hex, 0) == code


@pytest.fixture
def border(desk, server):
    session = desk.open(desk.way(server))
    settings = Settings(**desk.way(server))
    transport = session._transport
    return Border(settings, transport)


@pytest.mark.parametrize(
    ("error", "sent", "kind"),
    [
        (requests.ConnectTimeout(), True, Kind.NOT_SENT),
        (requests.ConnectionError(ConnectionResetError()), False, Kind.NOT_SENT),
        (requests.ConnectionError(ConnectionResetError()), True, Kind.LOST),
        (requests.ReadTimeout(), True, Kind.LOST),
        (requests.exceptions.ChunkedEncodingError(), True, Kind.LOST),
        (requests.exceptions.SSLError("WRONG_VERSION_NUMBER"), True, Kind.LOST),
        (requests.exceptions.SSLError("Fingerprints did not match"), True, Kind.REFUSED),
        (urllib3.exceptions.ProtocolError(), True, Kind.LOST),
        (OSError("disk"), True, Kind.LOST),
        (BadMICError(), True, Kind.LOST),
        (WinRMError("tampered"), True, Kind.LOST),
        (ET.ParseError(), True, Kind.LOST),
        (StopIteration(), True, Kind.LOST),
        (KeyError("Name"), True, Kind.LOST),
        (ValueError(), False, Kind.NOT_SENT),
        (WinRMTransportError("http", 500, ""), True, Kind.NOT_SENT),
        (WinRMTransportError("http", 503, ""), True, Kind.NOT_SENT),
        (WinRMTransportError("http", 502, ""), True, Kind.LOST),
        (WinRMTransportError("http", 504, ""), True, Kind.LOST),
        (WinRMTransportError("http", 200, ""), True, Kind.LOST),
        (WinRMTransportError("http", 413, ""), True, Kind.REFUSED),
        (WinRMTransportError("http", 404, ""), True, Kind.REFUSED),
        (InvalidCredentialsError("Negotiate"), True, Kind.REFUSED),
        (WinRMOperationTimeoutError(), True, Kind.FAULT),
        (WSManFaultError(500, "", "", "", wsman_fault_code=5), True, Kind.FAULT),
    ],
)
def test_every_exception_becomes_one_kind_of_trouble(border, error, sent, kind):
    border._transport.sent = sent

    def fail():
        raise error

    with pytest.raises(Trouble) as caught:
        border.call("Create", fail)
    assert caught.value.kind is kind
    assert "\n" not in caught.value.text
    assert caught.value.__cause__ is caught.value.__context__ is None


def test_a_refusal_that_is_being_handled_is_not_taken_for_this_calls(border):
    border._transport.sent = True

    def fail():
        raise requests.ConnectionError(ConnectionResetError())

    def refused():
        raise ConnectionRefusedError

    try:
        refused()
    except ConnectionRefusedError:
        with pytest.raises(Trouble) as caught:
            border.call("Create", fail)
    assert caught.value.kind is Kind.LOST


def test_a_bug_is_not_trouble(border):
    with pytest.raises(TypeError):
        border.call("Create", lambda: len(5))


def test_an_answer_to_another_question_is_no_answer(desk, session, monkeypatch):
    envelopes = []
    build = CheckedProtocol.build_wsman_header

    def note(self, *args, **kwargs):
        envelope = build(self, *args, **kwargs)
        if "Command" in envelope["env:Header"]["a:Action"]["#text"]:
            envelopes.append(envelope["env:Header"]["a:MessageID"])
            monkeypatch.setattr("connectors.lab.winrm.soap._envelope", other)
        return envelope

    from connectors.lab.winrm import soap as wire_soap

    real = wire_soap._envelope

    def other(action, relates_to, body):
        monkeypatch.setattr("connectors.lab.winrm.soap._envelope", real)
        return real(action, "uuid:00000000-0000-4000-8000-000000000000", body)

    monkeypatch.setattr(CheckedProtocol, "build_wsman_header", note)
    with pytest.raises(Unsure, match="cannot be read"):
        session.tell(tell("x"))
    assert len(desk.pc.ran) == len(envelopes) == 1


def test_a_redirect_is_not_followed(desk, server):
    seen = []

    class Elsewhere(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            seen.append(self.path)
            self.send_response(307)
            self.send_header("Location", server.url)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Elsewhere) as elsewhere:
        thread = threading.Thread(target=elsewhere.handle_request)
        thread.start()
        with pytest.raises(Refused, match="HTTP 307"):
            desk.open(desk.way(server, port=elsewhere.server_port))
        thread.join()
    assert seen == ["/wsman"]
    assert server.log == []


def test_a_server_that_is_no_winrm_is_not_a_success(desk, server):
    class Web(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = b"<html>It works</html>"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Web) as web:
        thread = threading.Thread(target=web.serve_forever, args=(0.01,))
        thread.start()
        try:
            with pytest.raises(NotSent, match="not WS-Management"):
                desk.open(desk.way(server, port=web.server_port))
        finally:
            web.shutdown()
            thread.join()


def test_a_read_timeout_loses_the_answer(desk, server, session):
    from connectors.lab.winrm.faults import Fault

    server.faults.add(Fault("slow", on="Command", seconds=0.1))
    allow = session._protocol.allow

    def impatient(seconds: float) -> None:
        allow(seconds)
        session._transport.read_timeout = 0.03

    session._protocol.allow = impatient
    with pytest.raises(Unsure, match="no answer in time"):
        session.tell(tell("x"))
    session._protocol.allow = allow
    assert session.ask(ask("y")).exit_code == 0
    assert [line for line, _ in desk.pc.ran] == ["x", "y"]

"""The client on real connections: refused, reset, cut short, endless."""

from __future__ import annotations

import re
import socket
import ssl
import struct
import threading
from contextlib import suppress

import pytest
import requests

from agent.api import NotSent, Refused, Unsure
from connectors.lab.winrm.certificate import self_signed
from connectors.rest import Call, Rest, Service

READ = Call("GET", "/x", reads=True)
WRITE = Call("POST", "/x", body=["secret"])
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n[]"


class Line:
    """Answers each connection with the next of *answers*: bytes, or ``None`` for a reset."""

    def __init__(self, answers, context=None):
        self.answers, self.context = list(answers), context
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def _serve(self):
        while self.answers:
            try:
                connection, _ = self.listener.accept()
                answer = self.answers.pop(0)
                with connection, self.context.wrap_socket(connection, server_side=True) if self.context else connection as line:
                    self._answer(line, answer)
            except ssl.SSLError:
                continue
            except OSError:
                return

    def _answer(self, connection, answer):
        self._hear(connection)
        if answer is None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            connection.sendall(answer)

    @staticmethod
    def _hear(connection):
        """Takes in the whole request: a connection that is closed with something unread is reset."""
        heard = b""
        while b"\r\n\r\n" not in heard and (part := connection.recv(65536)):
            heard += part
        head, _, body = heard.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        while length and len(body) < int(length[1]) and (part := connection.recv(65536)):
            body += part

    def close(self):
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()


@pytest.fixture
def talk(clock):
    lines, rests = [], []

    def make(*answers, context=None, **options):
        line = Line(answers, context)
        lines.append(line)
        rest = Rest(Service("Acme", f"http{'s' if context else ''}://127.0.0.1:{line.port}", **options), clock)
        rests.append(rest)
        return rest

    yield make
    for each in rests + lines:
        each.close()


CUT_SHORT = b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n[1"
CHUNKS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[1"


@pytest.mark.parametrize("trouble", [None, b"", b"hello\r\n\r\n", CUT_SHORT, CHUNKS])
def test_a_broken_answer_is_read_again_and_never_written_again(talk, trouble):
    assert talk(trouble, OK).send(READ).json() == []
    with pytest.raises(Unsure, match="may have had its effect"):
        talk(trouble).send(WRITE)


def test_a_closed_port_is_not_sent(clock):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    rest = Rest(Service("Acme", f"http://127.0.0.1:{port}"), clock)
    with pytest.raises(NotSent, match="cannot be reached"):
        rest.send(WRITE)


@pytest.mark.parametrize("client", ["another", "ours"])
def test_a_refusal_that_is_being_handled_is_not_taken_for_this_calls(talk, clock, client):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        requests.get(url, timeout=5) if client == "another" else Rest(Service("Acme", url), clock).send(WRITE)
    except (requests.ConnectionError, NotSent):
        with pytest.raises(Unsure, match="may have had its effect"):
            talk(b"").send(WRITE)
    else:
        pytest.fail("somebody listens there")


def test_a_certificate_nobody_signed_is_refused_and_an_own_authority_is_trusted(talk, tmp_path):
    certificate = self_signed("acme")
    with pytest.raises(Refused, match="is not trusted"):
        talk(OK, context=certificate.context()).send(WRITE)
    (tmp_path / "ca.pem").write_text(certificate.pem)
    assert talk(OK, context=certificate.context(), ca=tmp_path / "ca.pem").send(WRITE).json() == []


def test_a_redirection_takes_no_secret_along(talk):
    moved = b"HTTP/1.1 307 Moved\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n"
    with pytest.raises(Refused, match="a redirection"):
        talk(moved, auth=lambda: {"CTRLAuthHeader": "x"}).send(WRITE)

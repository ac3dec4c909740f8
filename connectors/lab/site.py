"""A strict JSON site on loopback: what all lab sites of vendors share, from the socket to the table of calls.

with VsaX(world) as site:
    requests.get(f"{site.url}/api/v3/devices", auth=…)
"""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, NamedTuple, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from connectors.lab.site_faults import Mishap, Mishaps

_POLL = 0.02
"""Seconds between two looks at whether the site is to end."""
_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER: close with a reset."""
_BEFORE = (Mishap.RESET, Mishap.BUSY, Mishap.THROTTLED)
_AFTER = (Mishap.CUT, Mishap.GATEWAY, Mishap.GARBLE)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: path without query, arguments, headers by lower-case name, and the JSON of the body or ``None``."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any = None


@dataclass(frozen=True, slots=True)
class Told:
    """One answer; text is sent as it is, ``None`` without a body, everything else as JSON."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class Exchange(NamedTuple):
    """One request, whole: name of the call, method, path, arguments, headers by lower-case name, body as text, status.

    A status of 0 stands for no answer.
    """

    call: str
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: str
    status: int


class Problem(Exception):
    """A request that the site does not take. Holds the answer."""

    def __init__(self, told: Told) -> None:
        super().__init__(str(told.body))
        self.told = told


Handler = Callable[..., Told]


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an API: its name in the log, method, pattern of the path, and the name of the method that answers it."""

    name: str
    method: str
    path: re.Pattern[str]
    answers: str


def call(name: str, method: str, path: str, answers: str) -> Call:
    """A row of a site's table; ``{word}`` in *path* stands for one segment, given to the handler by that name."""
    return Call(
        name, method, re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(path)) + "/?", re.IGNORECASE), answers
    )


class _Talk(BaseHTTPRequestHandler):
    """Reads requests off one connection; everything else is the site's."""

    protocol_version = "HTTP/1.1"
    timeout = 30
    wbufsize = 1 << 16  # headers and body leave together: two small packets would wait for each other
    server: _Listener

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("utf-8", "replace")
        told = self.server.site.answer(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body)
        if told is None:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            self.close_connection = True
            self.server.shutdown_request(self.connection)
            return
        text = told.body if isinstance(told.body, str) else "" if told.body is None else json.dumps(told.body)
        data = text.encode()
        self.send_response(told.status)
        kind = "application/json; charset=utf-8" if not isinstance(told.body, str) else "text/html; charset=utf-8"
        for name, value in {"Content-Type": kind, **told.headers, "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _serve  # noqa: N815 - http.server looks for these names

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Says nothing: the site has a log of its own."""


class _Listener(ThreadingHTTPServer):
    daemon_threads = False

    def __init__(self, site: Site) -> None:
        self.site = site
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Talk)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        with self._lock:
            self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        request.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no error; anything else would have been answered as one."""

    def service_actions(self) -> None:
        self.site.settle()

    def cut(self) -> None:
        """Ends all connections."""
        with self._lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue


class Site:
    """One vendor's site; use it in ``with``. A subclass has a table of :attr:`calls` and the methods that answer them.

    Attributes:
        mishaps: What is to go wrong; more can be added at any time.
    """

    calls: ClassVar[tuple[Call, ...]] = ()
    vendor: ClassVar[str] = ""
    own: ClassVar[tuple[Mishap, ...]] = ()
    """The mishaps that it can have on any call besides those of the line."""
    starts: ClassVar[tuple[str, ...]] = ()
    """Names of the calls that run a stored script, which can have mishaps of its own."""

    def __init__(self, mishaps: Mishaps | None = None) -> None:
        self.mishaps = mishaps or Mishaps()
        self._busy = threading.RLock()
        self._log: list[Exchange] = []
        self._listener = _Listener(self)
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(_POLL,), name=f"lab-{self.vendor}")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends all connections and threads; returns when they are gone."""
        if self._thread.is_alive():
            self._listener.shutdown()
        self._listener.cut()
        self._listener.server_close()
        if self._thread.ident is not None:
            self._thread.join()

    @property
    def url(self) -> str:
        """Where it listens, without a path."""
        return f"http://127.0.0.1:{self._listener.server_address[1]}"

    @property
    def log(self) -> list[Exchange]:
        """Every request so far, in order."""
        with self._busy:
            return list(self._log)

    def calls_of(self, name: str) -> int:
        """How often the call *name* was made."""
        return sum(exchange.call == name for exchange in self.log)

    def settle(self) -> None:
        """Lets happen what is due by now."""

    def admit(self, call: Call | None, asked: Asked) -> None:
        """Checks the credentials. Raises :class:`Problem`."""

    def problem(self, status: int, text: str) -> Problem:
        """An error in the vendor's own form."""
        raise NotImplementedError

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: str) -> Told | None:
        """The answer to one request, or ``None`` for a connection that is reset."""
        parts = urlsplit(target)
        path, query = unquote(parts.path), _arguments(parts.query)
        with self._busy:
            self.settle()
            found = self._find(method, path)
            told = self._carefully(found, Asked(method, path, query, headers), body)
            name = found[0].name if found else "unknown"
            self._log.append(Exchange(name, method, path, query, headers, body, told.status if told else 0))
            return told

    def _find(self, method: str, path: str) -> tuple[Call, dict[str, str]] | None:
        for one in self.calls:
            match = one.path.fullmatch(path)
            if match and one.method == method:
                return one, match.groupdict()
        return None

    def _carefully(self, found: tuple[Call, dict[str, str]] | None, asked: Asked, body: str) -> Told | None:
        name = found[0].name if found else "unknown"
        before = self.mishaps.take(name, *_BEFORE)
        if before is Mishap.RESET:
            return None
        if before:
            status, pause = (503, "1") if before is Mishap.BUSY else (429, "2")
            return Told("<html>not now</html>", status, {"Retry-After": pause})
        told = self._obey(found, asked, body)
        match self.mishaps.take(name, *_AFTER):
            case Mishap.CUT:
                return None
            case Mishap.GATEWAY:
                return Told("<html>502 Bad Gateway</html>", 502)
            case Mishap.GARBLE:
                return Told("<html>sign in</html>")
        return told

    def _obey(self, found: tuple[Call, dict[str, str]] | None, asked: Asked, body: str) -> Told:
        try:
            self.admit(found[0] if found else None, asked)
            if found is None:
                known = ", ".join(sorted({f"{one.method} {one.name}" for one in self.calls}))
                raise self.problem(404, f"no call {asked.method} {asked.path}; there are {known}")
            handler: Handler = getattr(self, found[0].answers)
            return handler(Asked(asked.method, asked.path, asked.query, asked.headers, self._json(asked, body)), **found[1])
        except Problem as problem:
            return problem.told

    def _json(self, asked: Asked, body: str) -> Any:
        if not body:
            return None
        if not asked.headers.get("content-type", "").startswith("application/json"):
            raise self.problem(415, "a body must be application/json")
        try:
            return json.loads(body)
        except ValueError:
            raise self.problem(400, "the body is not JSON") from None


def _arguments(query: str) -> dict[str, str]:
    """The arguments of a request; one that is given several times is one with commas, as in ASP.NET."""
    found: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        found[name] = f"{found[name]},{value}" if name in found else value
    return found


def page(site: Site, rows: list[Any], query: Mapping[str, str], longest: int) -> list[Any]:
    """The rows that ``$top``, ``$skip`` and ``$filter`` (``Field eq 'value'``) leave. Raises :class:`Problem` for others."""
    strange = {name for name in query if name.startswith("$")} - {"$top", "$skip", "$filter", "$orderby"}
    if strange:
        raise site.problem(400, f"unknown options {sorted(strange)}")
    try:
        skip, top = int(query.get("$skip", "0")), int(query.get("$top", str(longest)))
    except ValueError:
        raise site.problem(400, "$top and $skip are numbers") from None
    return rows[skip : skip + min(top, longest)]


def narrowed(site: Site, rows: list[dict[str, Any]], query: Mapping[str, str]) -> list[dict[str, Any]]:
    """The rows that ``$filter`` leaves: ``Field eq 'text'`` or ``Field eq 12``. Raises :class:`Problem` for anything else."""
    if "$filter" not in query:
        return rows
    found = re.fullmatch(r"(?P<field>\w+) eq (?:'(?P<text>(?:[^']|'')*)'|(?P<number>\d{1,10}))", query["$filter"].strip())
    if found is None:
        raise site.problem(400, f"Unrecognized 'Edm.Int32' literal or filter {query['$filter']!r}")
    wanted = found["number"] or (found["text"] or "").replace("''", "'")
    if rows and found["field"] not in rows[0]:
        raise site.problem(400, f"no field {found['field']}; there are {', '.join(rows[0])}")
    return [row for row in rows if str(row[found["field"]]).lower() == wanted.lower()]

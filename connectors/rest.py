"""The one HTTP client for vendors' services: sends a call, repeats it only where that is safe, and says what is certain.

rest = Rest(Service("Acme", "https://acme.example", auth=lambda: {"Authorization": token.reveal()}), workplace.clock)
devices = rest.send(Call("GET", "/devices", reads=True)).json()
"""

from __future__ import annotations

import json
import ssl
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NamedTuple, NoReturn
from urllib.parse import urlsplit

import requests
from requests.structures import CaseInsensitiveDict
from tenacity import RetryCallState, Retrying, retry_if_exception_type
from urllib3.exceptions import NewConnectionError

from agent.api import Clock, KeyturnError, Misuse, NotSent, Refused, TryLater, Unsure
from connectors.silence import causes, why

_TRIES = 5
"""How often one call is made when each failure left the other side as it was."""
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0
"""Seconds. A service that wants a longer pause before the next call gets none: the call is given up as *not now*."""
_LARGEST = 64 << 20
"""Bytes of the longest answer that is read."""
_LOGGED = 1000
"""How many calls a log remembers."""
_AFTER_WRITE = "Read how things stand before it is done again"


class _NoBody:
    """Stands for *no body*: ``None`` is JSON's null."""


NO_BODY = _NoBody()


@dataclass(frozen=True, slots=True)
class Call:
    """One request.

    Attributes:
        method: The HTTP verb.
        path: Path below the service's address, beginning with a slash; it is shown in errors and in the log.
        body: JSON to send; :data:`NO_BODY` for none. It may hold what must not be seen, and is never shown.
        query: Parameters after the question mark, not shown either.
        reads: True when doing it twice is the same as doing it once. The verb says nothing: some services read by POST.
        within: Seconds for all tries together; the service's own time when ``None``.
    """

    method: str
    path: str
    body: Any = field(default=NO_BODY, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    reads: bool = False
    within: float | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Heard:
    """The answer to a call: its status, its headers (any case) and its body."""

    call: Call
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def text(self) -> str:
        """The body as text; services of today write UTF-8."""
        return self.body.decode("utf-8-sig", "replace")

    def json(self) -> Any:
        """The body as JSON, ``None`` for an empty one. Raises :class:`~agent.api.Unsure` when it is something else."""
        if not self.body.strip():
            return None
        try:
            return json.loads(self.text)
        except ValueError:
            raise Unsure(f"the answer to {self.call} is not JSON ({len(self.body)} bytes)", "Is the address right?") from None


class Exchange(NamedTuple):
    """One request as the log keeps it: status 0 when there was no answer; never a body, a header or a parameter."""

    method: str
    path: str
    status: int
    seconds: float


def _no_objection(_heard: Heard) -> KeyturnError | None:
    return None


@dataclass(frozen=True, slots=True)
class Service:
    """How one vendor's service is spoken to.

    Attributes:
        name: What people call it; each error begins with it.
        url: Its address as :func:`base_url` gives it.
        headers: Sent with every call.
        auth: Further headers, asked for at each try, so that a secret is revealed as late as possible.
        advice: What a person does about an HTTP status, such as 401.
        judge: Looks at every answer first; what it returns is raised. For services that say *error* inside a 200, or
            *nothing happened* inside a 500.
        ca: File with the certificate authority to trust instead of the well-known ones.
        connect: Seconds for the connection.
        read: Seconds between two pieces of an answer.
        within: Seconds for one call with all its tries.
    """

    name: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    auth: Callable[[], Mapping[str, str]] = dict
    advice: Mapping[int, str] = field(default_factory=dict)
    judge: Callable[[Heard], KeyturnError | None] = _no_objection
    ca: Path | None = None
    connect: float = 10.0
    read: float = 60.0
    within: float = 90.0


class _Again(Exception):
    """A call that may be made again. Holds what to raise when it may not, and the pause that the service asked for."""

    def __init__(self, error: KeyturnError, pause: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.pause = pause


class _Lost(Exception):
    """There is no whole answer, and the request may have arrived."""


class Rest:
    """Speaks to one service, for one thread; its cookies are kept from call to call.

    Neither proxies nor netrc of the surroundings are used, and no redirection is followed: each would carry a secret to
    somewhere that nobody named.

    Args:
        service: How it is spoken to.
        clock: Time and sleep.
    """

    def __init__(self, service: Service, clock: Clock) -> None:
        self.service = service
        self._clock = clock
        self._log: deque[Exchange] = deque(maxlen=_LOGGED)
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = str(service.ca) if service.ca else True
        self._session.headers.update({"User-Agent": "keyturn", "Accept": "application/json", **service.headers})

    @property
    def log(self) -> tuple[Exchange, ...]:
        """The last thousand requests, in order."""
        return tuple(self._log)

    def forget_cookies(self) -> None:
        """Begins anew as somebody whom the service has never seen."""
        self._session.cookies.clear()

    def close(self) -> None:
        """Ends the connections."""
        self._session.close()

    def send(self, call: Call) -> Heard:
        """Makes *call* and returns its answer, whose status is below 300.

        Raises:
            NotSent: it certainly did not arrive.
            TryLater: the service said *not now* (429, or 503 with Retry-After) for longer than the call's time;
                ``facts["retry_after"]`` holds the seconds where it said so.
            Refused: the service said no; ``facts["status"]`` holds the HTTP status.
            Unsure: there is no answer that can be relied upon. What writes may have happened.
            Misuse: something cannot be sent over HTTP at all.
        """
        deadline = self._clock.now() + timedelta(seconds=call.within or self.service.within)
        again = Retrying(
            retry=retry_if_exception_type(_Again),
            stop=lambda state: self._enough(state, deadline),
            wait=_pause,
            sleep=self._clock.sleep,
            reraise=True,
        )
        try:
            return again(self._once, call, deadline)
        except _Again as over:
            error = over.error
        raise error

    def _enough(self, state: RetryCallState, deadline: datetime) -> bool:
        return state.attempt_number >= _TRIES or _pause(state) > min(_LONGEST_PAUSE, self._left(deadline))

    def _left(self, deadline: datetime) -> float:
        return max(0.0, (deadline - self._clock.now()).total_seconds())

    def _once(self, call: Call, deadline: datetime) -> Heard:
        try:
            heard = self._exchange(call, deadline)
        except _Lost as lost:
            error = self._lost(call, str(lost))
            if call.reads:
                raise _Again(error) from None
            raise error from None
        objection = self.service.judge(heard)
        if objection is not None:
            raise objection
        if heard.status >= 300:
            self._refuse(heard)
        return heard

    def _exchange(self, call: Call, deadline: datetime) -> Heard:
        """One request and its answer, written into the log. Raises :class:`_Lost`, ``NotSent``, ``Refused`` or ``Misuse``."""
        started = self._clock.now()
        status = 0
        try:
            with self._border(call):
                request = self._prepared(call)
                timeout = (self.service.connect, max(0.1, min(self.service.read, self._left(deadline))))
                with self._session.send(request, timeout=timeout, allow_redirects=False, stream=True) as answer:
                    body = self._body(answer, deadline)
                    status = answer.status_code
                    return Heard(call, status, CaseInsensitiveDict(answer.headers), body)
        finally:
            seconds = (self._clock.now() - started).total_seconds()
            self._log.append(Exchange(call.method, call.path, status, seconds))

    def _prepared(self, call: Call) -> requests.PreparedRequest:
        headers = dict(self.service.auth())
        data = None
        if not isinstance(call.body, _NoBody):
            headers["Content-Type"] = "application/json; charset=utf-8"
            data = json.dumps(call.body).encode("ascii")
        for name, value in headers.items():
            if not (value.isascii() and value.isprintable()):
                raise Misuse(
                    f"{self.service.name}: the value for the header {name} is not one line of ASCII", "Store it again."
                )
        url = self.service.url + call.path
        made = requests.Request(call.method, url, headers=headers, params=dict(call.query), data=data)
        return self._session.prepare_request(made)

    def _body(self, answer: requests.Response, deadline: datetime) -> bytes:
        body = bytearray()
        for piece in answer.iter_content(1 << 16):
            body += piece
            if len(body) > _LARGEST:
                raise _Lost(f"the answer is longer than {_LARGEST >> 20} MB")
            if self._clock.now() > deadline:
                raise _Lost("the answer did not end in time")
        return bytes(body)

    @contextmanager
    def _border(self, call: Call) -> Iterator[None]:
        """Turns what requests raises into what is certain. Its own texts are dropped: they may quote a header."""
        name, host = self.service.name, urlsplit(self.service.url).netloc
        before = sys.exc_info()[1]
        try:
            yield
        except requests.exceptions.SSLError as error:
            if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes(error, before)):
                raise Refused(
                    f"{name}: the certificate of {host} is not trusted", "Check the address and the setting ca."
                ) from None
            raise _Lost(f"TLS with {host} failed") from None
        except requests.exceptions.ConnectTimeout:
            silence = why([TimeoutError()], name, urlsplit(self.service.url).port or 443)
            raise NotSent(f"{name}: {host} did not answer within {self.service.connect:g} s ({call})", silence.do) from None
        except requests.exceptions.ReadTimeout:
            raise _Lost("no answer came in time") from None
        except (requests.exceptions.ConnectionError, requests.exceptions.ChunkedEncodingError) as error:
            chain = list(causes(error, before))
            if any(isinstance(cause, NewConnectionError) for cause in chain):
                silence = why(chain, name, urlsplit(self.service.url).port or 443)
                raise NotSent(f"{name}: {host} cannot be reached: {silence.words} ({call})", silence.do) from None
            raise _Lost("the connection ended before the whole answer came") from None
        except (requests.exceptions.InvalidURL, requests.exceptions.InvalidHeader, requests.exceptions.InvalidSchema):
            raise Misuse(f"{name}: {call} cannot be sent to {host}", "Check the address.") from None
        except OSError:  # every other exception of requests, a file of certificates that cannot be read, a broken answer
            raise _Lost("the answer could not be read") from None

    def _lost(self, call: Call, why: str) -> Unsure:
        if call.reads:
            return Unsure(f"{self.service.name}: {call} was not answered: {why}")
        return Unsure(f"{self.service.name}: {call} may have had its effect: {why}", _AFTER_WRITE)

    def _refuse(self, heard: Heard) -> NoReturn:
        """Raises what a status means that is not a success (RFC 9110, section 15)."""
        call, status = heard.call, heard.status
        said = f"{self.service.name}: {call} was answered with HTTP {status}"
        advice = self.service.advice.get(status, "")
        if status == 429 or (status == 503 and "Retry-After" in heard.headers):
            pause = self._retry_after(heard)
            raise _Again(TryLater(said, advice or "Try again later.", status=status, retry_after=pause), pause)
        if status < 400:
            raise Refused(f"{said}, a redirection", advice or "Enter the address that it leads to.", status=status)
        if status < 500:
            raise Refused(said, advice, status=status)
        if not call.reads:
            raise Unsure(f"{said} and may have had its effect", advice or _AFTER_WRITE, status=status)
        error = Unsure(said, advice, status=status)
        raise _Again(error) if status in (502, 503, 504) else error

    def _retry_after(self, heard: Heard) -> float | None:
        """Seconds to wait; the header holds seconds or a date (RFC 9110, section 10.2.3)."""
        asked = heard.headers.get("Retry-After", "").strip()
        if asked.isdecimal() and asked.isascii():
            return float(asked[:9])
        try:
            at = parsedate_to_datetime(asked)
        except ValueError:
            return None
        return max(0.0, ((at if at.tzinfo else at.replace(tzinfo=UTC)) - self._clock.now()).total_seconds())


def _pause(state: RetryCallState) -> float:
    """Seconds before the next try: what the service asked for, else one that doubles each time."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.pause if isinstance(error, _Again) else None
    return float(_FIRST_PAUSE * 2 ** (state.attempt_number - 1)) if asked is None else asked


def base_url(text: str) -> str:
    """The address *text* without a slash at its end, checked.

    Raises :class:`ValueError` unless it is https, or http to this very machine, and has no user, query or fragment.
    """
    parts = urlsplit(text.strip())
    if parts.port == 0 or not parts.hostname or parts.username is not None or parts.query or parts.fragment:
        raise ValueError("must be an address such as https://name.example, without user, query or fragment")
    if parts.scheme != "https" and not (parts.scheme == "http" and _here(parts.hostname)):
        raise ValueError("must begin with https://, because secrets are sent there")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def _here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

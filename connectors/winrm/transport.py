"""The HTTP side of a WinRM session: one connection, one login, every message sealed or inside TLS."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth
from winrm.exceptions import InvalidCredentialsError, WinRMTransportError
from winrm.transport import Transport

from agent.api import Secret
from connectors.winrm.detour import Dial, pools
from connectors.winrm.ntlm import MEDIA_TYPE, Login, challenge_in
from connectors.winrm.settings import Settings

SOAP_TYPE = "application/soap+xml;charset=UTF-8"
_NOT_TOGETHER = (200, 400, 411, 413, 500)
"""What a service answers, without SOAP, that does not take a message together with the last word of a login."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer.

    Attributes:
        status: The HTTP status.
        body: The body, still sealed where it was.
        kind: Its media type.
        offers: The ``WWW-Authenticate`` header.
        certificate: The PC's certificate in DER form, where TLS is spoken and a login is under way.
    """

    status: int
    body: bytes
    kind: str
    offers: str
    certificate: bytes | None

    @property
    def sealed(self) -> bool:
        """True when the body must be unsealed."""
        return self.kind.startswith("multipart/encrypted")

    @property
    def is_soap(self) -> bool:
        """True when a WinRM service has answered the message itself."""
        return bool(self.body) and (self.sealed or self.kind.startswith("application/soap+xml"))


class _OneConnection(HTTPAdapter):
    """Keeps one connection, and where a fingerprint is given accepts only the certificate that has it.

    Args:
        fingerprint: SHA-256 of the certificate.
        dial: Makes the connection; it is made directly unless given.
    """

    def __init__(self, fingerprint: str | None, dial: Dial | None) -> None:
        self._fingerprint = fingerprint
        self._dial = dial
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: Any) -> None:  # noqa: FBT001, FBT002
        """As in requests, with the fingerprint for urllib3 to compare, and connections that are dialled."""
        if self._fingerprint:
            kwargs["assert_fingerprint"] = self._fingerprint
        super().init_poolmanager(connections, maxsize, block, **kwargs)
        if self._dial:
            self.poolmanager.pool_classes_by_scheme = pools(self._dial)


class LoneTransport(Transport):
    """Takes the place of pywinrm's transport under its SOAP layer.

    It differs in what pywinrm leaves open: the login is asked for unasked and carries the first message in the same request,
    as Windows' own client does; the environment's proxies are never looked up; a redirect is not followed; a login that the
    PC has forgotten is made again; any failure ends the connection, so that no answer can be taken for another's.

    Attributes:
        sent: True once the present message may have left; False means that it certainly did not arrive.
        read_timeout: Seconds to wait for an answer.
    """

    def __init__(self, settings: Settings, password: Secret, dial: Dial | None = None) -> None:
        basic = settings.auth == "basic"
        super().__init__(
            settings.endpoint,
            username=settings.user,
            password="",
            auth_method="basic" if basic else "ntlm",
            server_cert_validation="validate",
            proxy=None,
        )
        self.sent = False
        self.read_timeout = settings.operation_timeout + settings.connect_timeout
        self._settings = settings
        self._secret = password
        self._dial = dial
        self._login: Login | None = None
        self._together: bool | None = None

    def build_session(self) -> requests.Session:
        """The HTTP session, made when it is first needed."""
        if self.session is None:
            session = requests.Session()
            session.trust_env = False
            session.headers.update({"User-Agent": "keyturn", "Accept-Encoding": "identity"})
            session.mount(f"{self._settings.scheme}://", _OneConnection(self._settings.fingerprint, self._dial))
            if self._settings.ca:
                session.verify = str(self._settings.ca)
            elif self._settings.fingerprint:
                session.verify = False  # the fingerprint is compared by the adapter instead
            self.session = session
        return self.session

    def close_session(self) -> None:
        """Ends the connection, and the login with it."""
        self._login = None
        super().close_session()

    def send_message(self, message: str | bytes) -> bytes:
        """Sends one SOAP message and returns the SOAP answer.

        Raises:
            WinRMTransportError: an HTTP status other than 200; holds the text of a fault where there is one.
            InvalidCredentialsError: HTTP 401; its text is what the PC offers.
            ValueError: the answer is not sealed although it came over HTTP, so anybody may have written it.
            RequestException, SpnegoError: as they come. After an exception of these two kinds the connection is closed.
        """
        self.sent = False
        body = message.encode("utf-8") if isinstance(message, str) else message
        try:
            answer = self._with_password(body) if self._settings.auth == "basic" else self._with_login(body)
            text = self._read(answer)
        except BaseException:
            self.close_session()
            raise
        if answer.status == 200 and answer.is_soap:
            return text
        if not answer.is_soap:
            self.close_session()
            text = b""
        if answer.status == 401:
            raise InvalidCredentialsError(answer.offers)
        raise WinRMTransportError("http", answer.status, text.decode("utf-8", "replace"))

    def _read(self, answer: Answer) -> bytes:
        """The body in clear; over HTTP only what was sealed is an answer of the PC's."""
        if self._login and answer.sealed:
            return self._login.unseal(answer.body)
        if answer.is_soap and self._settings.scheme == "http":
            raise ValueError("the answer is not sealed")
        return answer.body

    def _with_password(self, body: bytes) -> Answer:
        self.build_session().auth = HTTPBasicAuth(self._settings.user.encode(), self._secret.reveal().encode())
        self.sent = True
        return self._post(body)

    def _with_login(self, body: bytes) -> Answer:
        """Sends *body* over the login there is, or over a new one when there is none or the PC does not know it any more.

        A service closes idle connections; the next request then travels over a new connection that has no login, and is
        answered with 400 or 401 without having been read: nothing has happened, so it is sent again after a login.
        """
        if self._login:
            answer = self._message(self._login, body)
            if answer.is_soap or answer.status not in (400, 401):
                return answer
            self.close_session()
            self.sent = False
        return self._first(body)

    def _first(self, body: bytes) -> Answer:
        """Logs in and sends *body*, both in one request unless the PC has shown that it does not read that.

        A service that does not take a message beside a token says so in HTTP, below SOAP: it lets the login pass and ignores
        the message (200 without a body), or it refuses the form of the request (400, 411, 413) or fails over it (500). The
        message was not read then, so it is safe to log in again without it; the first message of a session is Create, which
        would do no harm either. A 401 is the refusal of the proof itself: Windows' HTTP service judges the token before
        anything looks at the message. Another login with the same password would be refused as well, and would count twice
        against the account's lockout threshold; so the first 401 is final.
        """
        if self._together is not False:
            answer = self._log_in(body)
            if answer.is_soap:
                self._together = True
            if self._together or answer.status not in _NOT_TOGETHER:
                return answer
            self._together = False
            self.close_session()
            self.sent = False
        answer = self._log_in(None)
        if answer.status != 200 or self._login is None:
            return answer
        return self._message(self._login, body)

    def _log_in(self, body: bytes | None) -> Answer:
        login = Login(self._settings.user, self._secret, self._settings.host)
        answer = self._post(b"", Authorization=login.hello())
        challenge = challenge_in(answer.offers)
        if answer.status != 401 or challenge is None:
            return answer
        proof = login.proof(challenge, answer.certificate)
        answer = self._post(b"", Authorization=proof) if body is None else self._message(login, body, Authorization=proof)
        if answer.status != 401:
            self._login = login
        return answer

    def _message(self, login: Login, body: bytes, **headers: str) -> Answer:
        self.sent = True
        if self._settings.scheme == "https":
            return self._post(body, **headers)
        return self._post(login.seal(body), **{"Content-Type": MEDIA_TYPE, **headers})

    def _post(self, body: bytes, **headers: str) -> Answer:
        session = self.build_session()
        request = requests.Request("POST", self.endpoint, data=body, headers={"Content-Type": SOAP_TYPE, **headers})
        timeout = (self._settings.connect_timeout, self.read_timeout)
        with session.send(session.prepare_request(request), timeout=timeout, allow_redirects=False, stream=True) as response:
            certificate = _certificate(response)  # before the body is read: the connection is given back then
            return Answer(
                response.status_code,
                response.content,
                response.headers.get("Content-Type", ""),
                response.headers.get("WWW-Authenticate", ""),
                certificate,
            )


def _certificate(response: requests.Response) -> bytes | None:
    """The other side's certificate in DER form, or ``None`` where no TLS is spoken or the connection has just ended."""
    sock = getattr(response.raw.connection, "sock", None)
    return sock.getpeercert(binary_form=True) if isinstance(sock, ssl.SSLSocket) else None

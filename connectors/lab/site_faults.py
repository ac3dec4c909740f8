"""Mishaps that the lab's vendor sites (VSA X, VSA 9, Splashtop) can be told to have, by name, call and count."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from enum import StrEnum


class Mishap(StrEnum):
    """What may go wrong between a client and a vendor's site, or behind it."""

    RESET = "reset"
    """The connection is reset instead of an answer, and the request was NOT carried out."""
    CUT = "cut"
    """The request was carried out, then the connection is reset instead of an answer."""
    BUSY = "busy"
    """HTTP 503 with ``Retry-After: 1``; not carried out."""
    THROTTLED = "throttled"
    """HTTP 429 with ``Retry-After: 2``; not carried out."""
    GATEWAY = "gateway"
    """The request was carried out, and somebody in between answers HTTP 502."""
    GARBLE = "garble"
    """The request was carried out, the answer is a web page and no JSON."""
    UNAUTHORIZED = "unauthorized"
    """HTTP 401: right credentials are refused, and a session is forgotten."""
    FORBIDDEN = "forbidden"
    """HTTP 403: the credentials lack the right to this call."""
    EXPIRED = "expired"
    """VSA 9: the session has ended early; the answer is HTTP 200 with ``ResponseCode`` 401."""
    INSIDE = "error inside"
    """VSA 9: HTTP 200 with ``ResponseCode`` 500 in its body; not carried out. Splashtop: HTTP 200 with ``result`` 40403."""
    STUCK = "stuck"
    """The run is accepted, and the PC never takes it. Give the call that starts a run."""
    FAILED = "failed"
    """The run is accepted and fails before the script says anything."""
    SILENT = "silent"
    """The script is run, and its output is lost."""
    CUT_OUTPUT = "cut output"
    """The script is run, and its output ends in the middle of the last line."""
    STALE = "stale"
    """The output of the run before is shown in place of this one's."""
    MUTE = "mute"
    """The script is said to have been run, with success, and was not."""


LINE = (Mishap.RESET, Mishap.CUT, Mishap.BUSY, Mishap.THROTTLED, Mishap.GATEWAY, Mishap.GARBLE)
"""What every site can have."""
RUN = (Mishap.STUCK, Mishap.FAILED, Mishap.SILENT, Mishap.CUT_OUTPUT, Mishap.STALE, Mishap.MUTE)
"""What can become of the run of a stored script."""
ANY = "*"
"""As ``on``: whatever the call is."""


@dataclass
class Fault:
    """One mishap to come; it counts itself down.

    Attributes:
        kind: What happens; the name as text will do. Raises :class:`ValueError` for an unknown one.
        on: The name of the call that it happens to (the site's log shows them), or :data:`ANY`.
        times: How often it happens.
        after: How many such calls pass first.
    """

    kind: Mishap | str
    on: str = ANY
    times: int = 1
    after: int = 0

    def __post_init__(self) -> None:
        self.kind = Mishap(self.kind)

    def strikes(self, call: str, kinds: tuple[Mishap, ...]) -> bool:
        """Whether it happens to this *call* now, which then has been counted."""
        if self.times <= 0 or self.kind not in kinds or self.on not in (call, ANY):
            return False
        if self.after > 0:
            self.after -= 1
            return False
        self.times -= 1
        return True


class Mishaps:
    """The mishaps of one site, in the order in which they were added; any thread may ask."""

    def __init__(self, *faults: Fault) -> None:
        self._lock = threading.Lock()
        self._faults = list(faults)

    def add(self, fault: Fault) -> None:
        """Adds one to what is to happen."""
        with self._lock:
            self._faults.append(fault)

    def take(self, call: str, *kinds: Mishap) -> Mishap | None:
        """Which of these *kinds* happens to *call* now, if any."""
        with self._lock:
            return next((Mishap(fault.kind) for fault in self._faults if fault.strikes(call, kinds)), None)

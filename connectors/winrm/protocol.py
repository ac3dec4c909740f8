"""pywinrm's SOAP layer with what it leaves out: answers are checked to belong to their question, time-outs may be short."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from winrm.protocol import Protocol

from connectors.winrm.settings import Settings
from connectors.winrm.transport import LoneTransport

_MESSAGE = re.compile(r"<a:MessageID>\s*uuid:([0-9A-Fa-f-]{36})")
_RELATION = re.compile(rb"<(?:\w+:)?RelatesTo[^>]*>\s*uuid:([0-9A-Fa-f-]{36})")
_SHORTEST = 0.5
"""Windows refuses time-outs below half a second."""
CHUNK = 98_304
"""Bytes of input in one Send: 128 KB in Base64, below the 150 KB envelope of the oldest Windows."""


class CheckedProtocol(Protocol):
    """WinRM's SOAP calls over a :class:`LoneTransport`."""

    def __init__(self, settings: Settings, transport: LoneTransport) -> None:
        super().__init__(settings.endpoint, transport="plaintext", username=settings.user, password="", proxy=None)
        self.transport = self._lone = transport
        self._margin = settings.connect_timeout
        self._longest = settings.operation_timeout
        self._seconds = settings.operation_timeout

    def allow(self, seconds: float) -> None:
        """From now on a request may take *seconds* on the PC, within half a second and what the settings say."""
        self._seconds = min(max(seconds, _SHORTEST), self._longest)
        self._lone.read_timeout = self._seconds + self._margin

    def build_wsman_header(
        self, action: str, resource_uri: str, shell_id: str | None = None, message_id: str | uuid.UUID | None = None
    ) -> dict[str, Any]:
        """As in pywinrm, with a time-out that knows fractions of a second."""
        envelope: dict[str, Any] = super().build_wsman_header(action, resource_uri, shell_id, message_id)
        envelope["env:Header"]["w:OperationTimeout"] = f"PT{self._seconds:.3f}S"
        return envelope

    def send_message(self, message: str) -> bytes:
        """Sends *message* and returns the answer to it. Raises :class:`ValueError` when it answers something else."""
        answer: bytes = super().send_message(message)
        asked, related = _MESSAGE.search(message), _RELATION.search(answer)
        if not asked or not related or uuid.UUID(asked[1]) != uuid.UUID(related[1].decode("ascii")):
            self.transport.close_session()
            raise ValueError("the answer belongs to another question")
        return answer

    def cleanup_command(self, shell_id: str, command_id: str) -> None:
        """As in pywinrm. Raises :class:`ValueError` when the answer answers something else."""
        with _related():
            super().cleanup_command(shell_id, command_id)

    def close_shell(self, shell_id: str, close_session: bool = True) -> None:  # noqa: FBT001, FBT002
        """As in pywinrm. Raises :class:`ValueError` when the answer answers something else."""
        with _related():
            super().close_shell(shell_id, close_session)


@contextmanager
def _related() -> Iterator[None]:
    """pywinrm looks for the question in these two answers itself, and stumbles over an element that does not name it."""
    try:
        yield
    except (AssertionError, AttributeError) as error:
        raise ValueError("the answer belongs to another question") from error

"""What a program says over an SSH channel: both streams are drained at once, whoever fills up first, until its end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from paramiko import Channel

from agent.api import Reply

_BYTES = 65536
"""How much is taken from a stream at once."""
_NO_STATUS = -1
"""What paramiko gives for an exit status that never came; one that came is unsigned."""


class Listener:
    """Hears one channel out; a thread for each stream, because both share one window (RFC 4254, section 5.2).

    Args:
        channel: Where a program was started.
        linger: Seconds of silence after the program's end in which its children may still hold its output open.
    """

    def __init__(self, channel: Channel, linger: float) -> None:
        self._channel = channel
        self._linger = linger
        self._stdout: list[bytes] = []
        self._stderr: list[bytes] = []
        self._threads = [
            threading.Thread(target=_drain, args=pair, name="ssh-output", daemon=True)
            for pair in ((channel.recv, self._stdout), (channel.recv_stderr, self._stderr))
        ]
        for thread in self._threads:
            thread.start()

    def ended(self, seconds: float) -> bool:
        """Waits up to *seconds* for the program's end or the channel's; False when there was neither."""
        until = time.monotonic() + seconds
        if not self._channel.status_event.wait(max(seconds, 0.0)):
            return False
        before = -1
        while any(thread.is_alive() for thread in self._threads) and before != self._heard():
            before = self._heard()
            for thread in self._threads:
                thread.join(min(self._linger, max(until - time.monotonic(), 0.0)))
        return True

    def reply(self) -> Reply | None:
        """What the program said; ``None`` when no exit status came, so that nothing is certain about its end."""
        if self._channel.exit_status == _NO_STATUS:
            return None
        stdout, stderr = (b"".join(parts).decode("utf-8", "replace") for parts in (self._stdout, self._stderr))
        return Reply(stdout, stderr, self._channel.exit_status & 0xFFFFFFFF)

    def finish(self) -> None:
        """Waits for the threads, which end with the channel."""
        for thread in self._threads:
            thread.join()

    def _heard(self) -> int:
        return sum(map(len, self._stdout)) + sum(map(len, self._stderr))


def _drain(take: Callable[[int], bytes], into: list[bytes]) -> None:
    while data := take(_BYTES):
        into.append(data)

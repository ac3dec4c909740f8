"""Which host key is the right one: no key is ever accepted because it is the first that was seen."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field

from paramiko import HostKeys, PKey

from agent.api import Misuse, Refused
from connectors.sshhost.settings import Host

_REVOKED = "@revoked"
_RSA = ("rsa-sha2-512", "rsa-sha2-256")
"""How a host proves an ``ssh-rsa`` key today (RFC 8332)."""


@dataclass(frozen=True, slots=True)
class Trust:
    """What is known about the keys of one host.

    Attributes:
        host: The host.
        known: Its keys by type, from the ``known_hosts`` file; there may be several while a key is changed.
        revoked: Keys that the file marks as ``@revoked``, whatever host shows them.
    """

    host: Host
    known: Mapping[str, frozenset[bytes]] = field(default_factory=dict)
    revoked: frozenset[bytes] = frozenset()

    @classmethod
    def of(cls, host: Host) -> Trust:
        """What the settings of *host* say, with its file read. Raises :class:`~agent.api.Misuse` when it cannot be read."""
        if host.known_hosts is None:
            return cls(host)
        try:
            lines = [_Line.of(text) for text in host.known_hosts.read_text("utf-8").splitlines()]
        except (OSError, UnicodeDecodeError) as error:
            what = f"the file of host keys {host.known_hosts} cannot be read ({type(error).__name__})"
        else:
            own = [line for line in lines if line and not line.marker and line.names_host(host.address)]
            known = {kind: frozenset(line.key for line in own if line.kind == kind) for kind in {line.kind for line in own}}
            return cls(host, known, frozenset(line.key for line in lines if line and line.marker == _REVOKED))
        raise Misuse(what, "Make it anew with 'ssh-keyscan', and compare what it found")

    def key_types(self, offered: tuple[str, ...]) -> tuple[str, ...]:
        """The key types to ask for, best first: of *offered* those that can be compared, or all when none is known."""
        wanted = {name for kind in self.known for name in (_RSA if kind == "ssh-rsa" else (kind,))}
        return tuple(kind for kind in offered if kind in wanted) or offered

    def check(self, shown: PKey) -> None:
        """Raises :class:`~agent.api.Refused`, with the fingerprint that was seen, unless *shown* is the host's key."""
        kind, seen = shown.get_name(), shown.fingerprint
        if shown.asbytes() in self.revoked:
            raise Refused(f"{self.host.address} shows a revoked host key, {seen} ({kind})", "Nothing was sent to it")
        if self.host.fingerprint is None and not self.known:
            raise Refused(
                f"the host key of {self.host.address} is not known; it shows {seen} ({kind})",
                "Compare that with what 'ssh-keygen -lf' shows of C:\\ProgramData\\ssh\\ssh_host_*_key.pub there, "
                "then set it as fingerprint or add it to known_hosts",
            )
        pinned = self.host.fingerprint in (None, seen)
        listed = not self.known or shown.asbytes() in self.known.get(kind, ())
        if not pinned or not listed:
            raise Refused(
                f"the host key of {self.host.address} is not the trusted one, it shows {seen} ({kind}); nothing was sent",
                "It was set up anew, or somebody stands between: find out before you change fingerprint or known_hosts",
            )


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of a ``known_hosts`` file (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"): marker, names, type and key."""

    marker: str
    names: tuple[str, ...]
    kind: str
    key: bytes

    @classmethod
    def of(cls, text: str) -> _Line | None:
        """*text* read, or ``None`` for a comment and for what is no such line: a host that is on it stays unknown."""
        words = text.split()
        marker = words.pop(0) if words and words[0].startswith("@") else ""
        if len(words) < 3 or words[0].startswith("#"):
            return None
        try:
            return cls(marker, tuple(words[0].split(",")), words[1], base64.b64decode(words[2], validate=True))
        except binascii.Error:
            return None

    def names_host(self, address: str) -> bool:
        """Is *address* among the names, plain or hashed?"""
        return any(name in (address, _hashed(address, name)) for name in self.names)


def _hashed(address: str, name: str) -> str:
    """*address* hashed as *name* is, where *name* is a hash that can be read."""
    try:
        return HostKeys.hash_host(address, name) if name.startswith("|1|") else ""
    except (IndexError, AssertionError, binascii.Error):
        return ""

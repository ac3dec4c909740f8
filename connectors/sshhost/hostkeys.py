"""Which host key is the right one: no key is ever accepted because it is the first that was seen."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from pathlib import Path

from paramiko import HostKeys, PKey
from paramiko.hostkeys import InvalidHostKey

from agent.api import Misuse, Refused
from connectors.sshhost.settings import Host

_RSA = ("rsa-sha2-512", "rsa-sha2-256")
"""How a host proves an ``ssh-rsa`` key today (RFC 8332)."""


@dataclass(frozen=True, slots=True)
class Trust:
    """What is known about the keys of one host.

    Attributes:
        host: The host.
        known: Its keys by type, from the ``known_hosts`` file.
        revoked: Keys that the file marks as ``@revoked``, whatever host shows them.
    """

    host: Host
    known: dict[str, bytes] = field(default_factory=dict)
    revoked: frozenset[bytes] = frozenset()

    @classmethod
    def of(cls, host: Host) -> Trust:
        """What the settings of *host* say, with its file read. Raises :class:`~agent.api.Misuse` when it cannot be read."""
        if host.known_hosts is None:
            return cls(host)
        try:
            found = HostKeys(str(host.known_hosts)).lookup(host.address)
            known = {kind: key.asbytes() for kind, key in found.items()} if found else {}
            return cls(host, known, frozenset(_revoked(host.known_hosts)))
        except (OSError, UnicodeDecodeError, InvalidHostKey, binascii.Error) as error:
            what = f"the file of host keys {host.known_hosts} cannot be read ({type(error).__name__})"
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
        listed = not self.known or self.known.get(kind) == shown.asbytes()
        if not pinned or not listed:
            raise Refused(
                f"the host key of {self.host.address} is not the trusted one, it shows {seen} ({kind}); nothing was sent",
                "It was set up anew, or somebody stands between: find out before you change fingerprint or known_hosts",
            )


def _revoked(file: Path) -> list[bytes]:
    """The keys of the lines marked ``@revoked`` (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT")."""
    lines = (line.split() for line in file.read_text("utf-8").splitlines())
    return [base64.b64decode(words[3]) for words in lines if len(words) > 3 and words[0] == "@revoked"]

"""What may be said about an SSH host: a PC that runs OpenSSH, or the gateway in front of one."""

from __future__ import annotations

import base64
import binascii
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from agent.api import SecretReference
from connectors.settings import HostName, PresentFile


class Host(BaseModel):
    """How to reach one SSH host, and how to know it.

    Attributes:
        host: A name, an IPv4 address, or an IPv6 address with or without brackets.
        port: 22 unless given.
        user: User name; for a domain account ``domain\\user`` or ``user@domain``.
        password: A reference such as ``vault:contoso/ssh``. One of *password*, *key* and *agent* is needed.
        key: A private key file, in the forms that ``ssh-keygen`` writes.
        passphrase: A reference to what an encrypted *key* is opened with.
        agent: True when the keys of the running SSH agent are to be tried.
        fingerprint: The host key, as ``ssh-keygen -lf`` shows it: ``SHA256:`` and 43 characters.
        known_hosts: A file of host keys in OpenSSH's form; plain and hashed names, no patterns.
        connect_timeout: Seconds for each of TCP, greeting, key exchange, login and the opening of a channel.
        keep_alive: Seconds of silence after which something is sent, so that no firewall forgets the line; 0 for never.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, str_strip_whitespace=True)

    host: HostName
    port: int = Field(default=22, ge=1, le=65535)
    user: str = Field(min_length=1)
    password: SecretReference | None = None
    key: PresentFile | None = None
    passphrase: SecretReference | None = None
    agent: bool = False
    fingerprint: str | None = None
    known_hosts: PresentFile | None = None
    connect_timeout: float = Field(default=10.0, gt=0, le=60)
    keep_alive: int = Field(default=15, ge=0, le=3600)

    @field_validator("fingerprint")
    @classmethod
    def _a_fingerprint(cls, fingerprint: str | None) -> str | None:
        if fingerprint is None:
            return None
        kind, _, digest = fingerprint.partition(":")
        try:
            length = len(base64.b64decode(digest.rstrip("=") + "=", validate=True))
        except binascii.Error:
            length = 0
        if kind != "SHA256" or length != 32:
            raise ValueError("must be as 'ssh-keygen -lf' shows it: SHA256: and 43 characters")
        return f"SHA256:{digest.rstrip('=')}"

    @model_validator(mode="after")
    def _belong_together(self) -> Self:
        if sum((self.password is not None, self.key is not None, self.agent)) != 1:
            raise ValueError("give one of password, key and agent")
        if self.passphrase is not None and self.key is None:
            raise ValueError("passphrase belongs to key")
        return self

    @property
    def address(self) -> str:
        """The host as a ``known_hosts`` file names it: ``[host]:port`` unless the port is 22."""
        return self.host.lower() if self.port == 22 else f"[{self.host.lower()}]:{self.port}"

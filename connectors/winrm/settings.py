"""What a device's ``winrm`` settings may say, checked before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from agent.api import Device, Misuse, SecretReference
from connectors.settings import HostName, PresentFile, checked
from connectors.sshhost.settings import Host

_FINGERPRINT = re.compile(r"[0-9a-f]{64}")

CAPABILITIES = frozenset({"powershell", "cmd", "private", "reboot"})
"""What a session can do."""


class Settings(BaseModel):
    """How to reach one PC.

    Attributes:
        host: A name, an IPv4 address, or an IPv6 address with or without brackets.
        port: 5985 for HTTP and 5986 for HTTPS unless given.
        scheme: ``http`` (messages are sealed by NTLM) or ``https``.
        auth: ``ntlm``, or ``basic`` over HTTPS. ``negotiate`` means NTLM: Kerberos is not offered.
        user: User name, with or without a domain.
        password: A reference such as ``vault:contoso/winrm``.
        ca: File with the certificate authority to trust instead of the well-known ones.
        fingerprint: SHA-256 of the PC's certificate, colons allowed. Without *ca* it takes the place of the chain.
        connect_timeout: Seconds for the TCP connection.
        jump: The SSH host that the PC is reached through; in a device's settings also its name in ``[ssh.hosts]``.
        open: Whether WinRM may be switched on over another connector when it is off.
        operation_timeout: Seconds that the PC may hold one request; Windows' MaxTimeoutms is 60.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, str_strip_whitespace=True)

    host: HostName
    port: int = Field(default=0, ge=0, le=65535)
    scheme: Literal["http", "https"] = "http"
    auth: Literal["ntlm", "negotiate", "basic"] = "ntlm"
    user: str = Field(min_length=1)
    password: SecretReference
    ca: PresentFile | None = None
    fingerprint: str | None = None
    connect_timeout: float = Field(default=5.0, gt=0, le=60)
    operation_timeout: float = Field(default=20.0, ge=1, le=60)
    jump: Host | None = None
    open: bool = False

    @field_validator("fingerprint")
    @classmethod
    def _a_fingerprint(cls, fingerprint: str | None) -> str | None:
        if fingerprint is None:
            return None
        bare = fingerprint.replace(":", "").lower()
        if not _FINGERPRINT.fullmatch(bare):
            raise ValueError("must be the SHA-256 of the certificate: 64 hexadecimal digits, colons allowed")
        return bare

    @model_validator(mode="after")
    def _belong_together(self) -> Self:
        if self.scheme == "http" and self.auth == "basic":
            raise ValueError("Basic over HTTP would send the password readably; use scheme https, or auth ntlm")
        if self.scheme == "http" and (self.ca or self.fingerprint):
            raise ValueError("ca and fingerprint belong to scheme https")
        return self

    @property
    def endpoint(self) -> str:
        """The address of the WinRM service."""
        port = self.port or (5986 if self.scheme == "https" else 5985)
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{port}/wsman"


def settings_of(device: Device, defaults: Mapping[str, Any], hosts: Mapping[str, Any] | None = None) -> Settings:
    """The settings of *device* over *defaults*; a ``jump`` that is a name is looked up in *hosts*, an empty one is none.

    Raises :class:`~agent.api.Misuse` with one line that names the setting; values are not shown, one may be a password.
    """
    given = {**defaults, **device.ways.get("winrm", {})}
    jump = given.get("jump")
    if isinstance(jump, str):
        given["jump"] = (hosts or {}).get(jump) if jump else None
        if jump and given["jump"] is None:
            what = f"the winrm settings of {device.name} cannot be used: jump: there is no SSH host {jump!r}"
            raise Misuse(what, "Describe it in the configuration, in the section [ssh.hosts]")
    return checked(Settings, "winrm", device, given)

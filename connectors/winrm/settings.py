"""What a device's ``winrm`` settings may say, checked before anything is sent."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from agent.api import Device, Misuse, SecretReference

_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_LONGEST_NAME = 253
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
_PLAIN = {"missing": "is missing", "extra_forbidden": "is not a setting"}
"""pydantic's kinds of error that people would not understand, in words."""


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
        operation_timeout: Seconds that the PC may hold one request; Windows' MaxTimeoutms is 60.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, str_strip_whitespace=True)

    host: str
    port: int = Field(default=0, ge=0, le=65535)
    scheme: Literal["http", "https"] = "http"
    auth: Literal["ntlm", "negotiate", "basic"] = "ntlm"
    user: str = Field(min_length=1)
    password: SecretReference
    ca: Path | None = None
    fingerprint: str | None = None
    connect_timeout: float = Field(default=5.0, gt=0, le=60)
    operation_timeout: float = Field(default=20.0, ge=1, le=60)

    @field_validator("host")
    @classmethod
    def _a_host(cls, host: str) -> str:
        bare = host.removeprefix("[").removesuffix("]")
        try:
            address = ipaddress.ip_address(bare)
        except ValueError:
            if "[" in host or not _is_name(bare):
                raise ValueError("must be a name or an address, without scheme, port or path") from None
            return bare
        return f"[{address}]" if address.version == 6 else str(address)

    @field_validator("fingerprint")
    @classmethod
    def _a_fingerprint(cls, fingerprint: str | None) -> str | None:
        if fingerprint is None:
            return None
        bare = fingerprint.replace(":", "").lower()
        if not _FINGERPRINT.fullmatch(bare):
            raise ValueError("must be the SHA-256 of the certificate: 64 hexadecimal digits, colons allowed")
        return bare

    @field_validator("ca")
    @classmethod
    def _a_file(cls, ca: Path | None) -> Path | None:
        if ca is not None and not ca.is_file():
            raise ValueError(f"there is no file {ca}")
        return ca

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
        return f"{self.scheme}://{self.host}:{port}/wsman"


def settings_of(device: Device, defaults: Mapping[str, Any]) -> Settings:
    """The settings of *device* over *defaults*, which are the section ``winrm`` of ``keyturn.toml``.

    Raises :class:`~agent.api.Misuse` with one line that names the setting; values are not shown, one may be a password.
    """
    own = device.ways.get("winrm", {})
    try:
        return Settings(**{**defaults, **own})
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    what = f" {_PLAIN[first['type']]}" if first["type"] in _PLAIN else f": {first['msg'].removeprefix('Value error, ')}"
    said = f"{where}{what}" if where else what.removeprefix(": ")
    do = f"Correct it with 'keyturn device change {device.name}'"
    if where in defaults and where not in own:
        do = "Correct it in the section [winrm] of keyturn.toml"
    raise Misuse(f"the winrm settings of {device.name} cannot be used: {said}", do)


def _is_name(text: str) -> bool:
    """A host name; numbers and dots that are no address are a typing error, not a name."""
    labels = text.removesuffix(".").split(".")
    return len(text) <= _LONGEST_NAME and all(map(_LABEL.fullmatch, labels)) and not re.fullmatch(r"[0-9.]+", text)

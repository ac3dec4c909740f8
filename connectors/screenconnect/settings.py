"""What the settings ``screenconnect`` may say, checked before anything is sent."""

from __future__ import annotations

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from agent.api import Device, SecretReference, Workplace
from connectors.rest import base_url
from connectors.settings import PresentFile, checked, checked_section

EXTENSION = UUID("2d558935-686a-4bd0-9991-07539f5fe749")
"""RESTful API Manager; the same on every installation (ConnectWise, "RESTful API Manager")."""
_OF_A_ROAD = {"extension": ("secret",), "built-in": ("user", "password")}


class Instance(BaseModel):
    """How to reach an instance.

    Attributes:
        url: Address of the instance; ``https``, or ``http`` on this machine.
        road: ``extension`` (RESTful API Manager), or ``built-in`` for the services of the instance itself.
        secret: Reference to the extension's RESTfulAuthenticationSecret. It opens every session of the instance.
        origin: Must be the extension's RESTfulAllowedOrigin where that is set; the instance's own origin unless given.
        extension: The extension's id.
        user: Who logs in on the built-in road.
        password: Reference to that user's password.
        otp: Reference to that user's one-time-password secret (Base32, with or without ``ms:`` before it).
        group: The session group in which machines are found on the built-in road.
        ca: File with the certificate authority to trust instead of the well-known ones.
        company_property: Which of the eight custom properties holds the company.
        message_arguments: What SendMessageToSession takes, in order; ``host`` is the name that is shown as the sender.
    """

    model_config = ConfigDict(
        frozen=True, extra="ignore", arbitrary_types_allowed=True, str_strip_whitespace=True, coerce_numbers_to_str=True
    )

    url: Annotated[str, AfterValidator(base_url)]
    road: Literal["extension", "built-in"] = "extension"
    secret: SecretReference | None = None
    origin: str = Field(default="", pattern=r"^[\x21-\x7e]*$")
    extension: UUID = EXTENSION
    user: str | None = Field(default=None, min_length=1)
    password: SecretReference | None = None
    otp: SecretReference | None = None
    group: str = Field(default="All Machines", min_length=1)
    ca: PresentFile | None = None
    company_property: int = Field(default=1, ge=1, le=8)
    message_arguments: tuple[Literal["session", "text", "host"], ...] = ("session", "text")

    @model_validator(mode="after")
    def _can_log_in(self) -> Self:
        if missing := [name for name in _OF_A_ROAD[self.road] if getattr(self, name) is None]:
            raise ValueError(f"the road {self.road} needs {' and '.join(missing)}")
        return self

    @property
    def origin_sent(self) -> str:
        """The value of the header ``Origin``."""
        parts = urlsplit(self.url)
        return self.origin or f"{parts.scheme}://{parts.netloc}"


class Settings(Instance):
    """How to reach one device over one ScreenConnect instance.

    The instance is described once, in the section ``screenconnect``; a device adds ``session`` or ``name``.

    Attributes:
        session: The device's session, a GUID. The safest choice: it is one installed agent.
        name: The session's or the machine's name, where no GUID is given.
        company: Narrows ``name`` to sessions with this value in the custom property for companies.
        max_length: Characters of output that the agent may return; what is longer is cut off and known to be cut.
        skew: Seconds by which the device's clock may be ahead. A command that the device takes later than its time and this
            does nothing, so what was left waiting for a device that went away is not carried out days later.
    """

    model_config = ConfigDict(extra="forbid")

    session: UUID | None = None
    name: str | None = Field(default=None, min_length=1)
    company: str | None = Field(default=None, min_length=1)
    max_length: int = Field(default=1_000_000, ge=5000)
    skew: float = Field(default=120.0, ge=0, le=86400)

    @model_validator(mode="after")
    def _belong_together(self) -> Self:
        if (self.session is None) == (self.name is None):
            raise ValueError("a device is found by session (a GUID) or by name: give one of them")
        if self.company and self.session:
            raise ValueError("company belongs to name")
        return self


def settings_of(device: Device, workplace: Workplace) -> Settings:
    """The settings of *device* over those of the section. Raises :class:`~agent.api.Misuse` with one line."""
    given = {**workplace.settings.get("screenconnect", {}), **device.ways.get("screenconnect", {})}
    return checked(Settings, "screenconnect", device, given)


def instance_of(workplace: Workplace) -> Instance:
    """The instance that the section describes. Raises :class:`~agent.api.Misuse` with one line."""
    return checked_section(Instance, "screenconnect", workplace.settings.get("screenconnect", {}))

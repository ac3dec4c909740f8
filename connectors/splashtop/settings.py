"""What a device's ``splashtop`` settings may say, checked before anything is sent."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from agent.api import SecretReference
from connectors.rest import base_url
from connectors.settings import PresentFile

_REGIONS = {"us": "com", "eu": "eu"}


class Settings(BaseModel):
    """How support sessions are made.

    Attributes:
        token: Reference to an API token with the scope ``psa``.
        region: Where the team's data is, ``us`` or ``eu``.
        url: Address of the API where it is not the region's; ``https``, or ``http`` on this machine.
        channel: Number of the channel for new sessions; 0 is the owner's own.
        technician: Mail address with which the technician logs in; the token's owner unless given.
        ca: File with the certificate authority to trust instead of the well-known ones.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, str_strip_whitespace=True)

    token: SecretReference
    region: Literal["us", "eu"] = "us"
    url: Annotated[str, AfterValidator(base_url)] | None = None
    channel: int = Field(default=0, ge=0)
    technician: str = ""
    ca: PresentFile | None = None

    @property
    def address(self) -> str:
        """The address of the API."""
        return self.url or f"https://webapi.splashtop.{_REGIONS[self.region]}"

    def portal(self, code: str) -> str:
        """Where an end user joins the session with *code*."""
        return f"https://my.splashtop.{_REGIONS[self.region]}/service_desk/psa/{code}"

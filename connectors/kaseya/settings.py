"""What the settings ``vsax`` and ``vsa9`` may say, checked before anything is sent."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from agent.api import SecretReference
from connectors.rest import base_url
from connectors.settings import PresentFile

ENDED = ("successful", "success", "succeeded", "completed", "done", "finished", "failed", "failure", "error", "canceled",
         "cancelled", "timeout", "timedout", "expired")  # fmt: skip
"""Words for a run that is over, in lower case; VSA X's own are not published."""


class Tenant(BaseModel):
    """What both products share.

    Attributes:
        url: Address of the server; ``https``, or ``http`` on this machine.
        name: The PC's name at the vendor where it is not the device's own.
        poll: Seconds between two looks at whether a run has ended.
        skew: Seconds by which the PC's clock may be ahead. A run that the agent takes later than the command's time and
            this does nothing, so a PC that comes back after days does not carry out what was given up.
        longest_payload: Characters that the stored script's variable may hold; no limit is published.
        longest_line: Characters after which a line of output is split into numbered parts; 0 for never.
        ca: File with the certificate authority to trust instead of the well-known ones.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", arbitrary_types_allowed=True, str_strip_whitespace=True, coerce_numbers_to_str=True
    )

    url: Annotated[str, AfterValidator(base_url)]
    name: str = ""
    poll: float = Field(default=3.0, ge=0.5, le=60)
    skew: float = Field(default=120.0, ge=0, le=86400)
    longest_payload: int = Field(default=60_000, ge=1000)
    longest_line: int = Field(default=0, ge=0)
    ca: PresentFile | None = None


class VsaXTenant(Tenant):
    """How to reach a tenant of VSA X, and how it names its groups.

    Attributes:
        token_id: Reference to the id of a third-party token (Configuration, API Access).
        token_secret: Reference to its secret.
        organization: Field of a device that says in which organization it is.
        site: Field of a device that says on which site it is.
        group: Field of a device that says in which group it is.
    """

    model_config = ConfigDict(extra="ignore")

    token_id: SecretReference
    token_secret: SecretReference
    organization: str = Field(default="OrganizationName", min_length=1)
    site: str = Field(default="SiteName", min_length=1)
    group: str = Field(default="GroupName", min_length=1)


class VsaXSettings(VsaXTenant):
    """How to reach one PC over VSA X.

    Attributes:
        script: Number of the stored script.
        variable: Number of its one text variable.
        device: The device's identifier; looked up by its name when it is not given.
        online: Field of a device that says whether it is connected (true or false).
        last_seen: Field of a device that says when it was connected last.
        state: Field of an execution that says how it stands.
        ended: Words in that field that mean that it is over; capital letters do not matter.
        console: Where a technician joins by hand; ``{url}``, ``{device}`` and ``{name}`` are filled in.
    """

    model_config = ConfigDict(extra="forbid")

    script: str = Field(min_length=1)
    variable: int
    device: str = ""
    online: str = "IsOnline"
    last_seen: str = "LastSeenOnline"
    state: str = "State"
    ended: tuple[str, ...] = ENDED
    console: str = "{url}"

    @field_validator("console")
    @classmethod
    def _a_template(cls, console: str) -> str:
        try:
            console.format(url="", device="", name="")
        except (LookupError, ValueError):
            raise ValueError("may hold {url}, {device} and {name}, and no other braces") from None
        return console


class Vsa9Tenant(Tenant):
    """How to log in to VSA 9, and how it names its groups.

    Attributes:
        user: The user whose access token it is.
        pat: Reference to a personal access token with the REST scope.
        machine_group: Field of an agent that says in which machine group it is, the organization last: ``root.contoso``.
    """

    model_config = ConfigDict(extra="ignore")

    user: str = Field(min_length=1)
    pat: SecretReference
    machine_group: str = Field(default="MachineGroup", min_length=1)


class Vsa9Settings(Vsa9Tenant):
    """How to reach one PC over VSA 9.

    Attributes:
        procedure: Number of the agent procedure that runs the stored script.
        prompt: Name of the procedure's one prompt.
        agent: The agent's id, 15 to 26 digits; looked up by the PC's name when it is not given.
        result: ``log`` when the procedure writes the result into its log, ``field`` when into a custom field.
        field: Name of that custom field.
    """

    model_config = ConfigDict(extra="forbid")

    procedure: str = Field(pattern=r"^\d+$")
    prompt: str = Field(default="payload", min_length=1)
    agent: str = Field(default="", pattern=r"^(\d{1,26})?$")
    result: Literal["log", "field"] = "log"
    field: str = "keyturn"

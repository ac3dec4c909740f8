"""The order of a Windows licence upgrade: what it is asked with, checked before anything is touched."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from agent.api import Order, SecretReference
from playbooks.windows.editions import edition_id

WORK = frozenset({"ticket", "customer", "user", "contact", "device", "edition", "licence", "appointment", "zone"})
"""The fields of an order that make it another piece of work: for them, the customer is told anew."""
YEARS = range(2000, 2200)
"""Years in which an appointment can be; nearer the ends of the calendar there is no counting in other zones."""


def folded(name: str) -> str:
    """*name* as desks compare it: without regard to case, width and runs of white space."""
    return " ".join(unicodedata.normalize("NFKC", name).split()).casefold()


class UpgradeOrder(Order):
    """What a Windows licence upgrade is asked with."""

    ticket: str = Field(min_length=1, description="the ticket that asked for it")
    customer: str = Field(min_length=1, description="the customer, as the desk names it")
    user: str = Field(min_length=1, description="the end user whose licence it is")
    contact: str = Field(pattern=r"^[^@\s]+@[^@\s]+$", description="the mail address that instructions go to")
    device: str = Field(min_length=1, description="the device, as the desk names it")
    current: str = Field(description="the edition on the device now (home, pro, Professional …)")
    edition: str = Field(description="the edition that is wanted (enterprise, Education …)")
    licence: str = Field(min_length=1, description="the licence in the inventory")
    key: SecretReference = Field(description="where the product key is kept, as vault:NAME")
    technician: str = Field(min_length=1, description="who does the work and answers for it")
    appointment: datetime | None = Field(
        None, description="local time agreed with the customer, as 2026-03-28T14:00; none: at once"
    )
    zone: str = Field("UTC", description="the customer's IANA time zone, as Europe/Berlin")
    tolerance: int = Field(30, ge=1, le=1440, description="minutes after the appointment in which the work may still begin")
    method: Literal["auto", "cim", "slmgr"] = Field(
        "auto", description="how the key is installed: auto and cim keep it off every command line, slmgr does not"
    )
    restart: Literal["when-alone", "allowed"] = Field(
        "when-alone", description="whether to restart while somebody is logged on"
    )

    @field_validator("current", "edition")
    @classmethod
    def _known_edition(cls, value: str) -> str:
        return edition_id(value)

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):  # a folder of zones, such as Europe, is an OSError
            raise ValueError(f"{value} is not an IANA time zone, such as Europe/Berlin") from None
        return value

    @model_validator(mode="after")
    def _real_time(self) -> UpgradeOrder:
        if self.appointment and self.appointment.tzinfo:
            raise ValueError("the appointment is local time; leave the offset out and name the zone")
        if self.appointment and self.appointment.year not in YEARS:
            raise ValueError(f"the appointment is in the year {self.appointment.year:04}, which cannot be meant")
        if (
            self.start
            and self.start.astimezone(ZoneInfo("UTC")).astimezone(self.start.tzinfo).replace(tzinfo=None) != self.appointment
        ):
            raise ValueError(f"the clocks in {self.zone} skip {self.appointment}; choose another time")
        return self

    @property
    def target(self) -> str:
        """One run at a time on one device, however its name is typed."""
        return f"device:{folded(self.device)}"

    @property
    def reference(self) -> str:
        """Ours, the same for the same work: who does it, how, and by which key may change on the way.

        So a restart that is agreed on later (``restart``) neither sends the instructions again nor makes the back-up too old.
        """
        work = self.model_dump(mode="json", include=set(WORK))
        return f"kt-{hashlib.sha256(json.dumps(work, sort_keys=True).encode()).hexdigest()[:12]}"

    @property
    def start(self) -> datetime | None:
        """The appointment with its zone; where clocks are set back, the first of the two moments."""
        return self.appointment.replace(tzinfo=ZoneInfo(self.zone)) if self.appointment else None

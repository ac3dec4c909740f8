"""What ``facts.ps1`` tells about a PC, as typed and frozen data."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from agent.api import Command, Reply, Unsure, ask, seconds
from playbooks.windows.powershell import script

LICENSED = 1
"""``LicenseStatus`` of a licensed product (sppwmi reference, "SoftwareLicensingProduct class")."""

STATUS = {
    0: "unlicensed",
    1: "licensed",
    2: "in its first grace period",
    3: "in a grace period after a hardware change",
    4: "in the non-genuine grace period",
    5: "in notification mode",
    6: "in an extended grace period",
}
"""``LicenseStatus`` in words (same source)."""


def _or_none(value: object, read: ValidatorFunctionWrapHandler) -> datetime | None:
    """A time that nothing depends on: what cannot be read is not known."""
    try:
        moment: datetime | None = read(value)
    except ValueError:
        return None
    return moment


Moment = Annotated[AwareDatetime | None, WrapValidator(_or_none)]
"""A time with zone, or ``None`` for what is missing or cannot be read."""


class _Told(BaseModel):
    """Something a PC told: unknown fields are passed over, missing ones are ``None``."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)


class Licence(_Told):
    """One licence of Windows that holds a product key.

    Attributes:
        id: Activation id (GUID).
        family: EditionID the licence is for.
        addon: True for extended security updates and other add-ons.
        last5: Last five characters of the key.
        channel: ``Retail``, ``OEM:DM``, ``Volume:MAK`` …
        pid: Extended product id; its second field is the key's group.
        status: ``LicenseStatus`` 0 to 6.
        reason: ``LicenseStatusReason`` as ``0x`` and eight digits.
        grace: Minutes until it ends; 0 with status 1 means never.
        kms: A KMS host that was set by hand.
    """

    id: str = ""
    family: str | None = None
    addon: bool | None = None
    last5: str
    channel: str | None = None
    pid: str | None = None
    status: int
    reason: str | None = None
    grace: int | None = None
    kms: str | None = None

    @property
    def group(self) -> int | None:
        """The key's group id from the product id, or ``None`` where the id has another form."""
        fields = (self.pid or "").split("-")
        return int(fields[1]) if len(fields) > 1 and fields[1].isdigit() else None

    def __str__(self) -> str:
        state = STATUS.get(self.status, f"in status {self.status}")
        reason = f" ({self.reason})" if self.status != LICENSED and self.reason else ""
        return f"{self.family or 'Windows'} with key …{self.last5} is {state}{reason}"


class Pending(_Told):
    """Sources of a pending restart; ``None`` where one could not be read."""

    servicing: bool | None = None
    in_progress: bool | None = None
    update: bool | None = None
    rename: bool | None = None
    name: bool | None = None


class Battery(_Told):
    """The battery, if there is one: charge in percent, and whether mains power is connected."""

    present: bool = False
    percent: int | None = None
    mains: bool | None = None


class Version(_Told):
    """One version that wbadmin keeps: its identifier (UTC) and its place (``network``, ``other disk``, ``same disk``)."""

    id: str
    place: str | None = None

    @property
    def at(self) -> datetime | None:
        """The moment of the backup, or ``None`` where the identifier is no date."""
        try:
            return datetime.strptime(self.id, "%m/%d/%Y-%H:%M").replace(tzinfo=UTC)
        except ValueError:
            return None


class Hint(_Told):
    """A product that keeps copies of files, which proves no complete backup."""

    kind: str
    at: Moment = None


class Backups(_Told):
    """What the PC knows of backups; ``versions`` is ``None`` where wbadmin could not be asked."""

    versions: tuple[Version, ...] | None = None
    event: Moment = None
    hints: tuple[Hint, ...] = ()


class Recorded(_Told):
    """The record of the users' files before the work: counts, and bytes."""

    at: Moment = None
    files: int
    bytes: int
    cloud: int = 0
    unreadable: int = 0


class Compared(_Told):
    """The users' files compared with that record, as counts."""

    at: Moment = None
    same: int = 0
    missing: int
    changed: int
    edited: int = 0
    new: int = 0
    cloud: int = 0
    unreadable: int = 0


class Record(_Told):
    """What keyturn keeps on the PC about the users' files for one order."""

    reference: str
    recorded: Recorded | None = None
    compared: Compared | None = None


class Noted(_Told):
    """What keyturn noted in the PC's registry.

    Attributes:
        last5: Last five of the key that was installed last.
        at: When, by the PC's clock.
        restart: Whether Windows must restart before that key's edition is in effect.
        cleared: The order for which the readable key was cleared.
    """

    last5: str | None = None
    at: Moment = None
    restart: bool | None = None
    cleared: str | None = None


class Facts(_Told):
    """Everything that one look at a PC tells; ``None`` is *could not be read*.

    Attributes:
        edition: EditionID from the registry.
        product_type: 1 workstation, 2 domain controller, 3 server.
        free: Free bytes on the system drive.
        bitlocker: 0 off, 1 on, 2 locked.
        users: Who is logged on, in any session; ``None`` where that could not be read.
        ready: The logon screen has come up since the last restart that keyturn ordered.
        kept_key: The registry holds a readable copy of the product key.
        noted: Empty fields where keyturn never noted anything.
    """

    name: str | None = None
    edition: str = Field(min_length=1)
    composition: str | None = None
    installation: str | None = None
    product_type: int | None = None
    sku: int | None = None
    build: int
    ubr: int | None = None
    display: str | None = None
    language: str | None = None
    language_mode: str | None = None
    licences: tuple[Licence, ...] | None = None
    boot: AwareDatetime
    now: AwareDatetime
    pending: Pending = Pending()
    busy: tuple[str, ...] | None = None
    free: int | None = None
    battery: Battery | None = None
    bitlocker: int | None = None
    script_host: bool | None = None
    slmgr: bool | None = None
    auditing: bool | None = None
    users: tuple[str, ...] | None = None
    ready: bool | None = None
    administrator: bool | None = None
    firmware_key: bool | None = None
    kept_key: bool | None = None
    backups: Backups = Backups()
    noted: Noted | None = None
    records: tuple[Record, ...] | None = None

    @property
    def awaits_restart(self) -> bool:
        """True while the key that keyturn installed last needs a restart that has not happened."""
        noted = self.noted
        return bool(noted and noted.restart and noted.at and self.boot <= noted.at)

    def record(self, reference: str) -> Record | None:
        """What is kept on the PC for the order *reference*."""
        return next((record for record in self.records or () if record.reference == reference), None)

    def licence(self, last5: str = "") -> Licence:
        """The licence of Windows itself; among several, the one whose key ends in *last5* goes first.

        Add-ons never count. Several that remain are told apart by the running edition, then by being licensed, then by
        not being empty. Raises :class:`Unsure` when none or more than one is left.
        """
        left = [licence for licence in self.licences or () if not licence.addon]
        narrower: tuple[Callable[[Licence], bool], ...] = (
            lambda licence: licence.last5 == last5,
            lambda licence: licence.family == self.edition,
            lambda licence: licence.status == LICENSED,
            lambda licence: licence.status != 0,
        )
        for test in narrower:
            if len(left) > 1:
                left = [licence for licence in left if test(licence)] or left
        if len(left) != 1:
            seen = "; ".join(str(licence) for licence in left) or "none"
            raise Unsure(f"the PC does not name one licence of Windows with a key: {seen}", "Look with slmgr /dlv.")
        return left[0]


def command() -> Command:
    """The one reading that answers every probe; always equal, so that it is asked only once between two changes."""
    return ask(script("facts"), within=seconds(120))


def parse(reply: Reply) -> Facts:
    """The facts in *reply*. Raises :class:`Unsure` when they are not JSON or lack what every decision needs."""
    told = reply.json()
    try:
        return Facts.model_validate(told)
    except ValidationError as error:
        fields = ", ".join(sorted({".".join(str(part) for part in problem["loc"]) or "all" for problem in error.errors()}))
        raise Unsure(f"the PC told too little about itself ({fields})", "Look at its WMI and registry by hand.") from None

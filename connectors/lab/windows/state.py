"""How a simulated PC stands: everything a test or a demo may set before and look at after."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

from connectors.lab.windows.keys import LabKey

GIB = 1 << 30
SKUS = {
    "Core": 101,
    "Professional": 48,
    "ProfessionalEducation": 164,
    "ProfessionalWorkstation": 161,
    "Education": 121,
    "Enterprise": 4,
    "ServerStandard": 7,
    "ServerDatacenter": 8,
    "ServerStandardEval": 79,
    "ServerDatacenterEval": 80,
}
"""The editions that the lab has, by EditionID, with ``OperatingSystemSKU``."""
SERVER = "Server"


@dataclass
class Held:
    """The licence that the PC holds.

    Attributes:
        family: EditionID of the licence.
        last5: Last five of the key.
        channel: ``Retail``, ``OEM:DM``, ``Volume:MAK`` …
        group: The key's group.
        serial: The key's serial.
        status: ``LicenseStatus``.
        reason: ``LicenseStatusReason`` as a number.
        grace: Minutes; 0 is for good.
        key: The lab's key, or ``None`` for the digital licence that the PC came with.
    """

    family: str = "Professional"
    last5: str = "3V66T"
    channel: str = "Retail"
    group: int = 3308
    serial: int = 0
    status: int = 1
    reason: int = 0x4004F401
    grace: int = 0
    key: LabKey | None = None

    @property
    def id(self) -> str:
        """The activation id: the same for the same edition and channel."""
        return str(uuid5(NAMESPACE_DNS, f"{self.family}.{self.channel}.lab"))

    @property
    def pid(self) -> str:
        """The extended product id."""
        kind = {"Retail": "00", "OEM:DM": "02"}.get(self.channel, "03")
        high, low = divmod(self.serial, 1_000_000)
        return f"03612-{self.group:05d}-{high:03d}-{low:06d}-{kind}-1033-22631.0000-0902026"


@dataclass
class Battery:
    """A battery: charge in percent, and whether mains power is connected."""

    percent: int = 80
    mains: bool = True


@dataclass(frozen=True)
class Backup:
    """One version that wbadmin knows: when, and where (``\\\\nas\\backup`` or a drive such as ``E:``)."""

    at: datetime
    target: str = r"\\nas\backup"


Files = dict[str, tuple[int, datetime]]
"""Path to size in bytes and time of change."""


def _files() -> Files:
    at = datetime(2025, 1, 15, 9, 30, tzinfo=UTC)
    folder = "C:\\Users\\anna\\"
    sizes = {
        "Documents\\Offer.docx": 48_211,
        "Documents\\Accounts.xlsx": 120_034,
        "Pictures\\Team.jpg": 2_400_118,
        "Desktop\\To do.txt": 512,
    }
    return {folder + name: (size, at) for name, size in sizes.items()}


@dataclass
class State:
    """A PC's state; the defaults are an ordinary Windows 11 Pro PC with a digital licence, fit for an upgrade.

    Attributes:
        edition: EditionID that the PC runs as.
        product_type: 1 workstation, 2 domain controller, 3 server.
        language: UI language; ``en-US``, ``de-DE`` and ``ja-JP`` have words of their own, others speak English.
        held: The licence.
        next_edition: EditionID after the next restart, or ``None``.
        shows_early: The registry names the next edition before the restart.
        pending: Which restarts wait: ``servicing``, ``in_progress``, ``update``, ``rename``, ``name``.
        busy: Processes at work, such as ``TiWorker``.
        free: Free bytes on drive C.
        bitlocker: 0 off, 1 on, 2 locked.
        script_host: False when a policy has turned it off.
        slmgr: Whether slmgr.vbs is there.
        auditing: Whether command lines go into the audit log.
        user: Who is logged on at the console, or ``None``.
        remote: Who is logged on in other sessions.
        administrator: False for a filtered token.
        kept_key: The registry holds the readable key.
        ready: The logon screen has come up.
        disks: Drive letter to number of the disk.
        hints: Pairs of product and time (or ``None``), such as ``("OneDrive", None)``.
        files: The users' files.
        records: keyturn's records of the files by reference.
        clouded: Those of the files that live in the cloud only.
        noted: keyturn's notes in the registry.
        notes_closed: The registry takes no note.
        unread: Facts that cannot be read, such as ``users`` or ``pending.update``.
        skew: How far the PC's clock is ahead.
        winrm: Whether WinRM is switched on; connections to it are reset otherwise.
        serial: The serial number in the firmware; what many firmwares say that have none.
    """

    edition: str = "Professional"
    product_type: int = 1
    build: int = 22631
    ubr: int = 4317
    display: str = "23H2"
    language: str = "en-US"
    language_mode: str = "FullLanguage"
    held: Held = field(default_factory=Held)
    next_edition: str | None = None
    shows_early: bool = False
    pending: set[str] = field(default_factory=set)
    busy: set[str] = field(default_factory=set)
    free: int = 120 * GIB
    battery: Battery | None = None
    bitlocker: int = 0
    script_host: bool = True
    slmgr: bool = True
    auditing: bool = False
    user: str | None = None
    remote: set[str] = field(default_factory=set)
    administrator: bool = True
    firmware_key: bool = True
    kept_key: bool = True
    ready: bool = True
    disks: dict[str, int] = field(default_factory=lambda: {"C:": 0, "D:": 0, "E:": 1})
    backups: list[Backup] = field(default_factory=list)
    backup_event: datetime | None = None
    hints: list[tuple[str, datetime | None]] = field(default_factory=list)
    files: Files = field(default_factory=_files)
    cloud: int = 0
    unreadable: int = 0
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    clouded: set[str] = field(default_factory=set)
    noted: dict[str, Any] = field(default_factory=dict)
    notes_closed: bool = False
    unread: set[str] = field(default_factory=set)
    skew: timedelta = timedelta()
    winrm: bool = True
    serial: str = "Default string"

    @property
    def server(self) -> bool:
        """True for editions of Windows Server."""
        return self.edition.startswith(SERVER)


def home() -> State:
    """A Home PC with its digital licence."""
    return State(edition="Core", held=Held(family="Core", last5="8HVX7", group=3265))


def server(edition: str = "ServerStandard", *, product_type: int = 3) -> State:
    """A Windows Server 2022 with a licence of its own."""
    held = Held(family=edition, last5="VMK7H", channel="Volume:GVLK", group=4541, grace=250_000)
    return State(edition, product_type, build=20348, ubr=2700, display="21H2", held=held)

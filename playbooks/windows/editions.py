"""The editions of Windows and the ways from one to another."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Family(StrEnum):
    """Editions of different families never become each other by a key."""

    CLIENT = "Windows client"
    LTSC = "Windows LTSC"
    EVALUATION = "Windows client evaluation"
    MODE = "Windows in S mode or for special devices"
    SERVER = "Windows Server"


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition.

    Attributes:
        id: ``EditionID`` of the registry.
        name: What people say.
        sku: ``OperatingSystemSKU`` (the SDK's PRODUCT_ constants).
        family: Which others it is kin to.
    """

    id: str
    name: str
    sku: int
    family: Family

    @property
    def without_media(self) -> bool:
        """True for N editions, which lead only to N editions (and the others only to the others)."""
        return self.family is not Family.SERVER and self.id.removesuffix("Eval").endswith("N")


_C, _L, _E, _M, _S = Family
_ROWS = (
    ("Core", "Home", 101, _C),
    ("CoreN", "Home N", 98, _C),
    ("CoreCountrySpecific", "Home China", 99, _C),
    ("CoreSingleLanguage", "Home Single Language", 100, _C),
    ("Professional", "Pro", 48, _C),
    ("ProfessionalN", "Pro N", 49, _C),
    ("ProfessionalEducation", "Pro Education", 164, _C),
    ("ProfessionalEducationN", "Pro Education N", 165, _C),
    ("ProfessionalWorkstation", "Pro for Workstations", 161, _C),
    ("ProfessionalWorkstationN", "Pro for Workstations N", 162, _C),
    ("ProfessionalSingleLanguage", "Pro Single Language", 138, _C),
    ("ProfessionalCountrySpecific", "Pro China", 139, _C),
    ("Education", "Education", 121, _C),
    ("EducationN", "Education N", 122, _C),
    ("Enterprise", "Enterprise", 4, _C),
    ("EnterpriseN", "Enterprise N", 27, _C),
    ("EnterpriseG", "Enterprise G", 171, _C),
    ("EnterpriseGN", "Enterprise G N", 172, _C),
    ("ServerRdsh", "Enterprise multi-session", 175, _C),
    ("IoTEnterprise", "IoT Enterprise", 188, _C),
    ("EnterpriseEval", "Enterprise evaluation", 72, _E),
    ("EnterpriseNEval", "Enterprise N evaluation", 84, _E),
    ("EnterpriseSEval", "Enterprise LTSC evaluation", 129, _E),
    ("EnterpriseSNEval", "Enterprise LTSC N evaluation", 130, _E),
    ("EnterpriseS", "Enterprise LTSC", 125, _L),
    ("EnterpriseSN", "Enterprise LTSC N", 126, _L),
    ("IoTEnterpriseS", "IoT Enterprise LTSC", 191, _L),
    ("Cloud", "S", 178, _M),
    ("CloudN", "S N", 179, _M),
    ("CloudEdition", "SE", 203, _M),
    ("CloudEditionN", "SE N", 202, _M),
    ("PPIPro", "Team", 119, _M),
    ("ServerStandard", "Server Standard", 7, _S),
    ("ServerDatacenter", "Server Datacenter", 8, _S),
    ("ServerStandardEval", "Server Standard evaluation", 79, _S),
    ("ServerDatacenterEval", "Server Datacenter evaluation", 80, _S),
    ("ServerTurbine", "Server Datacenter: Azure Edition", 407, _S),
    ("ServerSolution", "Server Essentials", 50, _S),
)

EDITIONS: Mapping[str, Edition] = {row[0]: Edition(*row) for row in _ROWS}
"""All editions by EditionID. Server Core keeps the EditionID and differs in ``InstallationType``."""

_VERSION = re.compile(r"\b(1[01]|20\d\d)\b")
"""A version of Windows in a name: 10, 11, or the year of a server or an LTSC release."""


def _bare(name: str) -> str:
    """*name* as names are compared: small letters and digits without maker, product and version."""
    words = re.sub(r"[\W_]+", " ", _VERSION.sub(" ", name)).lower().removeprefix("microsoft ").strip()
    return words.removeprefix("windows ").replace(" ", "")


_NAMES = {_bare(edition.name): edition.id for edition in EDITIONS.values()} | {_bare(name): name for name in EDITIONS}
_NAMES |= {
    "proworkstation": "ProfessionalWorkstation",
    "proforworkstation": "ProfessionalWorkstation",
    "workstation": "ProfessionalWorkstation",
    "enterpriseforvirtualdesktops": "ServerRdsh",
    "ltsc": "EnterpriseS",
    "enterpriseltsb": "EnterpriseS",
    "iotenterpriseltsb": "IoTEnterpriseS",
    "standard": "ServerStandard",
    "datacenter": "ServerDatacenter",
    "datacenterazureedition": "ServerTurbine",
    "essentials": "ServerSolution",
}


class Way(StrEnum):
    """How an edition is changed.

    There is no way by ``changepk.exe``: it takes the key only as an argument, which the PC may record, and may restart
    the PC by itself; where it is the only tool, the way is :attr:`PERSON`.
    """

    KEY = "key"
    """Installing the product key is enough."""
    DISM = "dism"
    """DISM /Set-Edition, on servers only."""
    PERSON = "person"
    """Only a person at the PC, in Settings."""


@dataclass(frozen=True, slots=True)
class Path:
    """The way between two editions: how, and whether Windows must restart before it runs as the new one."""

    start: Edition
    target: Edition
    way: Way
    restart: bool

    @property
    def by_hand(self) -> str:
        """What a technician does where only a person can act."""
        return (
            f"In a session with the user: Settings, System, Activation, Change product key; type the key for "
            f"Windows {self.target.name} and let the PC restart. Do not restart it while changepk.exe runs."
        )


@dataclass(frozen=True, slots=True)
class NoPath:
    """Why there is no way, in one line."""

    reason: str


_PRO = ("ProfessionalWorkstation", "ProfessionalEducation", "Enterprise")
_HOMES = ("Core", "CoreCountrySpecific", "CoreSingleLanguage")
_PATHS: Mapping[tuple[str, str], tuple[Way, bool]] = {
    **{(home, to): (Way.PERSON, True) for home in _HOMES for to in ("Professional", "ProfessionalWorkstation")},
    **{(home, to): (Way.KEY, True) for home in _HOMES for to in ("ProfessionalEducation", "Education")},
    **{("Professional", to): (Way.KEY, False) for to in _PRO},
    **{("ProfessionalWorkstation", to): (Way.KEY, False) for to in ("ProfessionalEducation", "Enterprise")},
    **{
        (start, "Education"): (Way.KEY, True)
        for start in ("Professional", "ProfessionalWorkstation", "ProfessionalEducation", "Enterprise")
    },
    ("ServerStandard", "ServerDatacenter"): (Way.DISM, True),
    ("ServerStandardEval", "ServerStandard"): (Way.DISM, True),
    ("ServerStandardEval", "ServerDatacenter"): (Way.DISM, True),
    ("ServerDatacenterEval", "ServerDatacenter"): (Way.DISM, True),
}
"""Microsoft Learn, "Windows edition upgrade" (clients: command line column) and "Upgrade and conversion options for
Windows Server"; N editions follow the rows of their counterparts."""


def find(name: str) -> Edition | None:
    """The edition called *name*: an EditionID or what people say (``pro``, ``Windows 11 Enterprise``), however it is spelt."""
    found = _NAMES.get(_bare(name))
    return EDITIONS[found] if found else None


def edition_id(name: str) -> str:
    """The EditionID of the edition called *name*, for an order.

    Raises :class:`ValueError` when there is none, and when the name says a version: from Windows 10 to 11 (or from one year's
    server to another) no product key leads, and an order must not seem to promise it.
    """
    edition = find(name)
    if edition is None:
        raise ValueError(f"{name!r} is not an edition of Windows that keyturn knows; usual are pro, enterprise, education")
    if _VERSION.search(name):
        raise ValueError(
            f"{name!r} names a version of Windows, which stays as it is; write only the edition: {edition.name.lower()}"
        )
    return edition.id


def _row(edition: Edition) -> str:
    """The EditionID by which the table lists *edition*: N editions stand with their counterparts."""
    return edition.id.removesuffix("N") if edition.without_media else edition.id


def _refusal(start: Edition, target: Edition) -> str:
    """Why no key leads from *start* to *target*."""
    here, there = f"Windows {start.name}", f"Windows {target.name}"
    if start.family is not target.family:
        return f"{here} never becomes {there} by a key; that takes a new installation"
    if start.without_media != target.without_media:
        return f"{here} and {there} differ in the N; an N edition only becomes another N edition"
    if (_row(target), _row(start)) in _PATHS:
        return f"{here} to {there} is a downgrade, which a key does not do"
    return f"no supported way leads from {here} to {there}"


def path(start: str, target: str) -> Path | NoPath:
    """The way from the edition *start* to *target* (names as for :func:`find`), or why there is none.

    The same edition is a way too: another key is installed and nothing restarts.
    """
    here, there = find(start), find(target)
    if here is None or there is None:
        return NoPath(f"{(start if here is None else target) or 'nothing'} is not an edition of Windows that keyturn knows")
    if here == there:
        return Path(here, there, Way.KEY, restart=False)
    row = _PATHS.get((_row(here), _row(there)))
    if row is None or here.without_media != there.without_media:
        return NoPath(_refusal(here, there))
    return Path(here, there, *row)

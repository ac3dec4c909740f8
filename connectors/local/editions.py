"""Names of Windows editions: what people write, and the ``EditionID`` that Windows itself reports."""

from __future__ import annotations

import re

_IDENTIFIERS = (
    "Core",
    "CoreN",
    "CoreSingleLanguage",
    "Professional",
    "ProfessionalN",
    "ProfessionalEducation",
    "ProfessionalWorkstation",
    "Education",
    "EducationN",
    "Enterprise",
    "EnterpriseN",
    "EnterpriseS",
    "IoTEnterprise",
    "ServerStandard",
    "ServerDatacenter",
)
_SPOKEN = {
    "home": "Core",
    "homen": "CoreN",
    "homesinglelanguage": "CoreSingleLanguage",
    "pro": "Professional",
    "pron": "ProfessionalN",
    "proeducation": "ProfessionalEducation",
    "proforworkstations": "ProfessionalWorkstation",
    "enterpriseltsc": "EnterpriseS",
}
_BY_NAME = {**{name.lower(): name for name in _IDENTIFIERS}, **_SPOKEN}
_PREFIX = re.compile(r"^(microsoft)?windows(10|11)?")


def edition_id(name: str) -> str:
    """The ``EditionID`` for *name* (``pro``, ``Windows 11 Pro`` and ``professional`` are all ``Professional``).

    A name that is not in the table is returned as it is, so two spellings of an unknown edition differ.
    """
    plain = _PREFIX.sub("", re.sub(r"[\s_-]+", "", name).lower())
    return _BY_NAME.get(plain, name.strip())


def same_edition(one: str, other: str) -> bool:
    """Do both names mean one edition?"""
    return edition_id(one).casefold() == edition_id(other).casefold()

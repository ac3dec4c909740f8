"""Names of Windows editions: what people write, and the ``EditionID`` that Windows itself reports."""

from __future__ import annotations

import re
from difflib import get_close_matches

from agent.api import Misuse

_IDENTIFIERS = (
    *("Core", "CoreN", "CoreCountrySpecific", "CoreSingleLanguage"),
    *("Professional", "ProfessionalN", "ProfessionalEducation", "ProfessionalEducationN"),
    *("ProfessionalWorkstation", "ProfessionalWorkstationN", "ProfessionalSingleLanguage", "ProfessionalCountrySpecific"),
    *("Education", "EducationN", "Enterprise", "EnterpriseN", "EnterpriseG", "EnterpriseGN", "ServerRdsh"),
    *("EnterpriseEval", "EnterpriseNEval", "EnterpriseSEval", "EnterpriseSNEval"),
    *("EnterpriseS", "EnterpriseSN", "IoTEnterprise", "IoTEnterpriseS"),
    *("Cloud", "CloudN", "CloudEdition", "CloudEditionN", "PPIPro"),
    *("ServerStandard", "ServerDatacenter", "ServerStandardEval", "ServerDatacenterEval", "ServerTurbine", "ServerSolution"),
)
_SPOKEN = {
    "home": "Core",
    "homen": "CoreN",
    "homechina": "CoreCountrySpecific",
    "homesinglelanguage": "CoreSingleLanguage",
    "pro": "Professional",
    "pron": "ProfessionalN",
    "proeducation": "ProfessionalEducation",
    "proeducationn": "ProfessionalEducationN",
    "proforworkstations": "ProfessionalWorkstation",
    "proworkstation": "ProfessionalWorkstation",
    "workstation": "ProfessionalWorkstation",
    "proforworkstation": "ProfessionalWorkstation",
    "proforworkstationsn": "ProfessionalWorkstationN",
    "prosinglelanguage": "ProfessionalSingleLanguage",
    "prochina": "ProfessionalCountrySpecific",
    "enterprisemultisession": "ServerRdsh",
    "enterpriseforvirtualdesktops": "ServerRdsh",
    "enterpriseevaluation": "EnterpriseEval",
    "enterprisenevaluation": "EnterpriseNEval",
    "enterpriseltscevaluation": "EnterpriseSEval",
    "enterpriseltscnevaluation": "EnterpriseSNEval",
    "enterpriseltsc": "EnterpriseS",
    "enterpriseltsb": "EnterpriseS",
    "ltsc": "EnterpriseS",
    "enterpriseltscn": "EnterpriseSN",
    "iotenterpriseltsc": "IoTEnterpriseS",
    "iotenterpriseltsb": "IoTEnterpriseS",
    "s": "Cloud",
    "sn": "CloudN",
    "se": "CloudEdition",
    "sen": "CloudEditionN",
    "team": "PPIPro",
    "standard": "ServerStandard",
    "datacenter": "ServerDatacenter",
    "serverstandardevaluation": "ServerStandardEval",
    "serverdatacenterevaluation": "ServerDatacenterEval",
    "serverdatacenterazureedition": "ServerTurbine",
    "datacenterazureedition": "ServerTurbine",
    "serveressentials": "ServerSolution",
    "essentials": "ServerSolution",
}
"""What people say, in small letters and digits only: the names by which an order may call an edition."""
_USUAL = ("home", "pro", "enterprise", "education", "ServerStandard", "ServerDatacenter")
_BY_NAME = {**{name.lower(): name for name in _IDENTIFIERS}, **_SPOKEN}
_PREFIX = re.compile(r"^(microsoft)?(windows)?(10|11)?")


def edition_id(name: str) -> str:
    """The ``EditionID`` for *name* (``pro``, ``Windows 11 Pro`` and ``professional`` are all ``Professional``).

    A name that is not in the table is returned as it is, so two spellings of an unknown edition differ.
    """
    plain = _PREFIX.sub("", re.sub(r"[\W_]+", "", name).lower())
    return _BY_NAME.get(plain, name.strip())


def known_edition(name: str) -> str:
    """The ``EditionID`` for *name*. Raises :class:`Misuse` with similar names for an edition that is not in the table."""
    found = edition_id(name)
    if found in _IDENTIFIERS:
        return found
    close = get_close_matches(name.lower().replace(" ", ""), _BY_NAME, n=3)
    guess = (
        f"Did you mean {' or '.join(dict.fromkeys(close))}?"
        if close
        else f"Usual are {', '.join(_USUAL)}; or give an EditionID."
    )
    raise Misuse(f"'{' '.join(name.split())}' is not an edition of Windows that the desk knows", guess)


def same_edition(one: str, other: str) -> bool:
    """Do both names mean one edition?"""
    return edition_id(one).casefold() == edition_id(other).casefold()

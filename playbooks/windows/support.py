"""Until when Microsoft maintains which build of Windows.

Compared on 2026-11-22, date by date, with copies of what Microsoft Learn publishes: the lifecycle pages "Windows 10 Home and
Pro", "Windows 10 Enterprise and Education", "Windows 11 Home and Pro", "Windows 11 Enterprise and Education", "Windows Server
2016", "2019", "2022" and "2025", and the pages "Windows 10 release information", "Windows 11 release information" and "Windows
Server release information". Where two copies differed, the newer one counts: Windows Server 2025 was given another month.
A date that no copy showed is not here, and what is not here is *not known*, never *over*.
"""

from __future__ import annotations

from datetime import date

from playbooks.windows import editions
from playbooks.windows.editions import Edition, Family

_CLIENTS = {
    10240: ("2017-05-09", "2017-05-09", "2025-10-14"),
    10586: ("2017-10-10", "2017-10-10", ""),
    14393: ("2018-04-10", "2019-04-09", "2026-10-13"),
    15063: ("2018-10-09", "2019-10-08", ""),
    16299: ("2019-04-09", "2020-10-13", ""),
    17134: ("2019-11-12", "2021-05-11", ""),
    17763: ("2020-11-10", "2021-05-11", "2029-01-09"),
    18362: ("2020-12-08", "2020-12-08", ""),
    18363: ("2021-05-11", "2022-05-10", ""),
    19041: ("2021-12-14", "2021-12-14", ""),
    19042: ("2022-05-10", "2023-05-09", ""),
    19043: ("2022-12-13", "2022-12-13", ""),
    19044: ("2023-06-13", "2024-06-11", "2027-01-12"),
    19045: ("2025-10-14", "2025-10-14", ""),
    22000: ("2023-10-10", "2024-10-08", ""),
    22621: ("2024-10-08", "2025-10-14", ""),
    22631: ("2025-11-11", "2026-11-10", ""),
    26100: ("2026-10-13", "2027-10-12", "2029-10-09"),
    26200: ("2027-10-12", "2028-10-10", ""),
    26300: ("2028-10-10", "", ""),
    28000: ("2028-03-14", "2029-03-13", ""),
}
"""Build to the last day for Home and Pro, for Enterprise and Education, and for LTSC; empty where none is known."""

_SERVERS = {14393: "2027-01-12", 17763: "2029-01-09", 20348: "2031-10-14", 26100: "2034-11-14"}
"""Build to the last day of extended support of Windows Server 2016, 2019, 2022 and 2025."""

_LONG_ENOUGH = {("IoTEnterpriseS", 19044): "2032-01-13", ("IoTEnterpriseS", 26100): "2034-10-10"}
"""IoT LTSC lives longer than LTSC from 2021 on."""

_UNLISTED = ("EnterpriseG", "EnterpriseGN", "Cloud", "CloudN", "PPIPro")
"""Editions that the lifecycle pages do not name. Evaluations are not named either: they end by themselves."""


def ends(edition: str, build: int) -> date | None:
    """The last day on which this *build* gets security updates, without paid extensions; ``None`` when it is not known."""
    found = editions.find(edition)
    if found is None or found.id in _UNLISTED or found.id.endswith("Eval"):
        return None
    if special := _LONG_ENOUGH.get((found.id, build)):
        return date.fromisoformat(special)
    server = found.family is Family.SERVER
    day = _SERVERS.get(build, "") if server else _CLIENTS.get(build, ("", "", ""))[_column(found)]
    return date.fromisoformat(day) if day else None


def _column(edition: Edition) -> int:
    """Which of the three last days of a build goes for *edition*, as the lifecycle pages list editions."""
    if edition.family is Family.LTSC:
        return 2
    longer = edition.id.startswith(("Enterprise", "Education", "IoTEnterprise", "ServerRdsh"))
    return 1 if longer else 0

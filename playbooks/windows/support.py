"""Until when Microsoft maintains which build of Windows."""

from __future__ import annotations

from datetime import date

from playbooks.windows import editions
from playbooks.windows.editions import Family

_CLIENTS = {
    10240: ("2017-05-09", "2017-05-09", "2025-10-14"),
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
}
"""Build to the last day for Home and Pro, for Enterprise and Education, and for LTSC (Microsoft Learn, "Windows 10 Home and
Pro", "Windows 11 Enterprise and Education", "Windows 10 Enterprise LTSC 2019" … of the product lifecycle)."""

_SERVERS = {14393: "2027-01-12", 17763: "2029-01-09", 20348: "2031-10-14", 26100: "2034-10-10"}
"""Build to the last day of extended support (product lifecycle of Windows Server 2016, 2019, 2022, 2025)."""

_LONG_ENOUGH = {("IoTEnterpriseS", 19044): "2032-01-13", ("IoTEnterpriseS", 26100): "2034-10-10"}
"""IoT LTSC lives longer than LTSC (product lifecycle of Windows 10 and 11 IoT Enterprise LTSC)."""


def ends(edition: str, build: int) -> date | None:
    """The last day on which this *build* gets security updates, without paid extensions; ``None`` when it is not known."""
    found = editions.find(edition)
    if found is None:
        return None
    if special := _LONG_ENOUGH.get((found.id, build)):
        return date.fromisoformat(special)
    server = found.family is Family.SERVER
    day = _SERVERS.get(build, "") if server else _CLIENTS.get(build, ("", "", ""))[_column(found)]
    return date.fromisoformat(day) if day else None


def _column(edition: editions.Edition) -> int:
    """Which of the three last days of a build goes for *edition*."""
    if edition.family is Family.LTSC or edition.id.startswith("EnterpriseS"):
        return 2
    longer = edition.id.startswith(("Enterprise", "Education", "IoTEnterprise", "ServerRdsh"))
    return 1 if longer else 0

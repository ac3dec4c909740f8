"""What a survey sees of a Windows PC, and what about it needs attention."""

from __future__ import annotations

from datetime import date

import pytest

from agent.api import Attention, Unsure
from connectors.lab.windows.pc import Pc
from connectors.lab.windows.state import Held, State
from connectors.lab.windows.world import World
from playbooks import plugin
from playbooks.windows import sight, support
from tests.connectors.lab.windows.inprocess import InProcess
from tests.playbooks.windows.telling import licence, seen

IN_ORDER = {"build": "26100", "ubr": 4000, "display": "24H2"}
LATER = "2026-11-22T08:00:00.0000000Z"


def of(**changes):
    return sight.of(seen(**{**IN_ORDER, **changes}))


def test_a_pc_in_order():
    row = of()
    assert dict(row.columns) == {
        "edition": "Windows Pro",
        "build": "24H2 26100.4000",
        "channel": "Retail",
        "status": "licensed",
        "last_five": "3V66T",
        "grace_days": "",
    }
    assert (row.attention, row.reason) == (Attention.FINE, "")
    assert row.groups == {"edition": "Windows Pro", "channel": "Retail", "status": "licensed"}


@pytest.mark.parametrize(
    ("changes", "attention", "words"),
    [
        ({"licences": [licence(status=0, reason="0xC004F00F")]}, Attention.NOW, "not licensed: unlicensed (0xC004F00F)"),
        ({"licences": [licence(status=5, reason=None)]}, Attention.NOW, "not licensed: in notification mode"),
        ({"licences": [licence(status=4)]}, Attention.NOW, "non-genuine"),
        ({"licences": [licence(status=2, grace=3 * 1440 + 5, reason=None)]}, Attention.SOON, "grace period, 3 days left"),
        ({"licences": [licence(status=9, reason=None)]}, Attention.SOON, "status 9, 0 days left"),
        ({"licences": []}, Attention.NOW, "Windows has no product key"),
        ({"licences": [licence(addon=True)]}, Attention.NOW, "Windows has no product key"),
        ({"licences": None}, Attention.LOOK, "could not say which licence"),
        ({"licences": [licence(), licence(last5="AAAAA")]}, Attention.LOOK, "does not name one licence"),
        ({"licences": [licence(kms="8.8.8.8")]}, Attention.NOW, "8.8.8.8 is a public address"),
        ({"licences": [licence(kms="[2606:4700::1111]")]}, Attention.NOW, "public address"),
        ({"licences": [licence(kms="10.0.0.5")]}, Attention.LOOK, "10.0.0.5 was set by hand"),
        ({"licences": [licence(kms="kms.contoso.example")]}, Attention.LOOK, "kms.contoso.example was set by hand"),
        (
            {"licences": [licence(channel="Volume:GVLK", grace=29 * 1440)]},
            Attention.SOON,
            "the licence ends in 29 days, and was not renewed by its KMS host",
        ),
        ({"licences": [licence(grace=10 * 1440)]}, Attention.SOON, "the licence ends in 10 days"),
        ({"licences": [licence(family="Core")]}, Attention.SOON, "the key is for Windows Home"),
        ({"pending": {"update": True}}, Attention.LOOK, "Windows Update waits for a restart"),
        ({"administrator": False}, Attention.LOOK, "no full administrator token"),
        ({"build": "19045", "now": LATER}, Attention.SOON, "security updates ended on 2025-10-14"),
        ({"build": "26100", "now": "2026-10-01T00:00:00Z"}, Attention.LOOK, "security updates end on 2026-10-13"),
        (
            {"build": "19045", "now": LATER, "licences": [licence(), licence(addon=True, last5="ESU22")]},
            Attention.LOOK,
            "an add-on is licensed",
        ),
    ],
)
def test_what_needs_attention(changes, attention, words):
    row = of(**changes)
    assert words in row.reason
    assert row.attention is attention
    assert ";" not in row.reason or "name one licence" in row.reason


@pytest.mark.parametrize(("days", "attention"), [(9, Attention.SOON), (90, Attention.LOOK)])
def test_an_evaluation_that_ends(days, attention):
    server = {"edition": "ServerStandardEval", "product_type": 3, "build": "20348"}
    row = of(**server, licences=[licence(family="ServerStandardEval", grace=days * 1440)])
    assert (row.attention, row.reason) == (attention, f"the evaluation ends in {days} days")
    assert row.columns["grace_days"] == days


def test_a_client_of_a_kms_host_that_renews_is_in_order():
    row = of(licences=[licence(channel="Volume:GVLK", grace=175 * 1440)])
    assert (row.attention, row.columns["grace_days"]) == (Attention.FINE, 175)


def test_everything_is_told_the_most_urgent_first():
    row = of(licences=[licence(status=5, reason=None, kms="8.8.8.8")], pending={"servicing": True}, administrator=False)
    assert row.attention is Attention.NOW
    assert row.reason.split("; ") == [
        "not licensed: in notification mode",
        "the KMS host 8.8.8.8 is a public address",
        "servicing waits for a restart",
        "the account has no full administrator token",
    ]


def test_what_is_not_known_counts_as_such():
    assert of(licences=None).groups["status"] == "unknown"
    assert of(licences=[]).groups == {"edition": "Windows Pro", "channel": "unknown", "status": "no licence"}
    assert of(edition="Holographic", licences=[licence(family="Holographic")]).columns["edition"] == "Holographic"


@pytest.mark.parametrize(
    ("edition", "build", "day"),
    [
        ("Professional", 22631, date(2025, 11, 11)),
        ("Core", 22631, date(2025, 11, 11)),
        ("Enterprise", 22631, date(2026, 11, 10)),
        ("EducationN", 22631, date(2026, 11, 10)),
        ("EnterpriseS", 19044, date(2027, 1, 12)),
        ("IoTEnterpriseS", 19044, date(2032, 1, 13)),
        ("IoTEnterpriseS", 17763, date(2029, 1, 9)),
        ("ServerRdsh", 26200, date(2028, 10, 10)),
        ("ProfessionalEducation", 26200, date(2027, 10, 12)),
        ("Professional", 26300, date(2028, 10, 10)),
        ("Enterprise", 26300, None),
        ("Enterprise", 28000, date(2029, 3, 13)),
        ("ServerDatacenter", 26100, date(2034, 11, 14)),
        ("EnterpriseSEval", 19044, None),
        ("ServerStandardEval", 14393, None),
        ("EnterpriseG", 19045, None),
        ("PPIPro", 19045, None),
        ("ServerStandard", 20348, date(2031, 10, 14)),
        ("ServerDatacenter", 99999, None),
        ("EnterpriseS", 22631, None),
        ("Holographic", 22631, None),
        ("Professional", 99999, None),
    ],
)
def test_until_when_a_build_is_maintained(edition, build, day):
    assert support.ends(edition, build) == day


def test_the_table_of_builds_is_in_order():
    for days in support._CLIENTS.values():
        home, enterprise, ltsc = (date.fromisoformat(day) if day else date.max for day in days)
        assert home <= enterprise <= ltsc


def test_the_last_day_of_every_build_is_the_day_of_the_monthly_updates():
    """The second Tuesday of a month: a mistyped date is hardly ever one."""
    clients = [day for days in support._CLIENTS.values() for day in days if day]
    for day in map(date.fromisoformat, [*clients, *support._SERVERS.values(), *support._LONG_ENOUGH.values()]):
        assert (day.weekday(), (day.day - 1) // 7) == (1, 1), day


def test_one_reading_and_no_change(clock):
    session = InProcess(Pc("FRONTDESK-07", State(held=Held(status=5, reason=0xC004F034)), World(clock)))
    row = plugin.keyturn_sight(session)
    assert row.attention is Attention.NOW
    assert session.told == []
    assert len(session.asked) == 1


def test_a_pc_that_tells_nothing_useful_is_unsure(clock):
    with pytest.raises(Unsure):
        plugin.keyturn_sight(InProcess(Pc("X", State(language_mode="ConstrainedLanguage"), World(clock))))

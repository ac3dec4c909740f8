"""Editions and the ways between them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.windows import editions
from playbooks.windows.editions import EDITIONS, NoPath, Path, Way

ALL = st.sampled_from(sorted(EDITIONS))


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("pro", "Professional"),
        ("Professional", "Professional"),
        ("ENTERPRISE", "Enterprise"),
        ("education", "Education"),
        ("home", "Core"),
        ("Windows Pro", "Professional"),
        ("Microsoft Windows Enterprise LTSC", "EnterpriseS"),
        ("pro-for-workstations", "ProfessionalWorkstation"),
        ("pro n", "ProfessionalN"),
        ("datacenter", "ServerDatacenter"),
        ("ServerStandardEval", "ServerStandardEval"),
        ("Enterprise multi-session", "ServerRdsh"),
        ("enterprise_multi session", "ServerRdsh"),
        ("Enterprise Multisession", "ServerRdsh"),
        ("Windows Enterprise for Virtual Desktops", "ServerRdsh"),
        ("Pro for Workstation", "ProfessionalWorkstation"),
        ("Windows Server Datacenter: Azure Edition", "ServerTurbine"),
    ],
)
def test_names(name, found):
    assert editions.edition_id(name) == found


@pytest.mark.parametrize("edition", EDITIONS.values(), ids=EDITIONS)
@pytest.mark.parametrize("spelt", ["{}", "Windows {}", "Microsoft Windows 11 {}", "windows-10-{}"])
def test_every_edition_is_found_by_its_name_and_its_identifier_however_spelt(edition, spelt):
    for name in (edition.name, edition.id, edition.name.replace(" ", "-").upper(), edition.name.replace(" ", "")):
        assert editions.find(spelt.format(name)) is edition


def test_an_unknown_name():
    assert editions.find("ultimate") is None
    with pytest.raises(ValueError, match="'ultimate' is not an edition"):
        editions.edition_id("ultimate")


@pytest.mark.parametrize(
    ("name", "found", "only"),
    [
        ("Windows 11 Pro", "Professional", "pro"),
        ("Windows 10 Enterprise LTSC 2021", "EnterpriseS", "enterprise ltsc"),
        ("Windows Server 2022 Standard", "ServerStandard", "server standard"),
    ],
)
def test_a_version_is_no_edition(name, found, only):
    assert editions.find(name) == EDITIONS[found]
    with pytest.raises(ValueError, match=f"write only the edition: {only}"):
        editions.edition_id(name)


@pytest.mark.parametrize(
    ("start", "target", "way", "restart"),
    [
        ("pro", "enterprise", Way.KEY, False),
        ("pro n", "enterprise n", Way.KEY, False),
        ("pro", "education", Way.KEY, True),
        ("pro", "Pro for Workstations", Way.KEY, False),
        ("Pro for Workstations", "enterprise", Way.KEY, False),
        ("enterprise", "education", Way.KEY, True),
        ("home", "pro", Way.PERSON, True),
        ("home", "Pro for Workstations", Way.PERSON, True),
        ("home", "education", Way.KEY, True),
        ("home n", "pro n", Way.PERSON, True),
        ("ServerStandard", "ServerDatacenter", Way.DISM, True),
        ("ServerStandardEval", "ServerStandard", Way.DISM, True),
        ("ServerDatacenterEval", "ServerDatacenter", Way.DISM, True),
        ("enterprise", "enterprise", Way.KEY, False),
    ],
)
def test_ways(start, target, way, restart):
    path = editions.path(start, target)
    assert isinstance(path, Path)
    assert (path.way, path.restart) == (way, restart)
    assert path.target.name in path.by_hand


@pytest.mark.parametrize(
    ("start", "target", "words"),
    [
        ("enterprise", "pro", "downgrade"),
        ("education", "enterprise", "downgrade"),
        ("enterprise n", "pro n", "downgrade"),
        ("ServerDatacenter", "ServerStandard", "downgrade"),
        ("pro", "home", "downgrade"),
        ("pro", "enterprise n", "differ in the N"),
        ("pro", "ltsc", "new installation"),
        ("ltsc", "enterprise", "new installation"),
        ("pro", "ServerStandard", "new installation"),
        ("EnterpriseEval", "enterprise", "new installation"),
        ("S", "pro", "new installation"),
        ("ServerDatacenterEval", "ServerStandard", "no supported way"),
        ("home", "enterprise", "no supported way"),
        ("vista", "pro", "vista is not an edition"),
        ("pro", "", "nothing is not an edition"),
    ],
)
def test_no_way(start, target, words):
    answer = editions.path(start, target)
    assert isinstance(answer, NoPath)
    assert words in answer.reason


@given(ALL, ALL)
def test_there_is_never_a_way_and_a_way_back(start, target):
    there, back = editions.path(start, target), editions.path(target, start)
    assert start == target or not (isinstance(there, Path) and isinstance(back, Path))


@given(ALL, ALL)
def test_ways_stay_in_the_family_and_keep_the_n(start, target):
    path = editions.path(start, target)
    if isinstance(path, Path):
        assert path.start.family is path.target.family
        assert path.start.without_media == path.target.without_media


def test_numbers_are_unique():
    assert len({edition.sku for edition in EDITIONS.values()}) == len(EDITIONS)
    assert len({edition.name for edition in EDITIONS.values()}) == len(EDITIONS)

"""Facts from what a PC tells."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.api import Reply, Unsure
from playbooks.windows import facts
from tests.playbooks.windows.telling import TOLD, licence, seen

ESSENTIAL = {"edition", "build", "boot", "now"}


def test_the_reading_is_always_the_same():
    assert facts.command() == facts.command()
    assert not facts.command().changes


@pytest.mark.parametrize("name", sorted(set(TOLD) - ESSENTIAL - {"pending", "backups"}))
def test_one_missing_fact_never_loses_the_others(name):
    told = seen(**{name: None})
    assert getattr(told, name) is None
    assert told.edition == "Professional"


@pytest.mark.parametrize("name", sorted(ESSENTIAL))
def test_without_what_every_decision_needs_it_is_unsure(name):
    with pytest.raises(Unsure, match=name):
        seen(**{name: None})


@pytest.mark.parametrize("text", ["", "[]", "null", '"x"', '{"edition":"Pro'])
def test_something_else_is_unsure(text):
    with pytest.raises(Unsure):
        facts.parse(Reply(text, "", 0))


def test_seven_digits_of_a_second_are_read():
    assert seen(now="2025-10-06T08:00:00.1234567Z").now == datetime(2025, 10, 6, 8, 0, 0, 123456, UTC)


def test_a_version_of_wbadmin_is_in_utc():
    told = seen(backups={"versions": [{"id": "06/12/2020-07:26", "place": "network"}], "event": None, "hints": []})
    assert told.backups.versions is not None
    assert told.backups.versions[0].at == datetime(2020, 6, 12, 7, 26, tzinfo=UTC)


def test_a_version_that_is_no_date_costs_only_itself():
    told = seen(backups={"versions": [{"id": "26/12/2020-07:26"}, {"id": "06/12/2020-07:26", "place": "network"}]})
    assert told.edition == "Professional"
    assert told.backups.versions is not None
    assert [version.at for version in told.backups.versions] == [None, datetime(2020, 6, 12, 7, 26, tzinfo=UTC)]


ADDON = licence(last5="ESU22", addon=True, family="Professional")
OLD = licence(last5="OLD22", family="Professional")
NEW = licence(last5="NEW22", family="Enterprise", status=5, reason="0xC004F034")
EMPTY = licence(last5="MTY22", family="Professional", status=0, reason="0xC004F014")


@pytest.mark.parametrize(
    ("licences", "edition", "last5", "chosen"),
    [
        ([OLD, ADDON], "Professional", "", "OLD22"),
        ([ADDON, OLD, NEW], "Enterprise", "", "NEW22"),
        ([OLD, NEW], "Professional", "NEW22", "NEW22"),
        ([OLD, NEW], "Education", "", "OLD22"),
        ([EMPTY, licence(last5="GRC22", status=2)], "Education", "", "GRC22"),
        ([OLD], "Enterprise", "NEW22", "OLD22"),
    ],
)
def test_which_licence_is_the_one_of_windows(licences, edition, last5, chosen):
    assert seen(licences=licences, edition=edition).licence(last5).last5 == chosen


@pytest.mark.parametrize("licences", [None, [], [ADDON], [OLD, licence(last5="TWO22")]])
def test_none_or_several_is_unsure(licences):
    with pytest.raises(Unsure, match="does not name one licence"):
        seen(licences=licences).licence()


@pytest.mark.parametrize(
    ("pid", "group"), [("00330-03308-000-000000-00-1033-1.0000-1", 3308), ("abc", None), (None, None), ("1-x", None)]
)
def test_the_group_of_an_installed_key(pid, group):
    assert seen(licences=[licence(pid=pid)]).licence().group == group


def test_a_licence_in_words():
    assert str(seen().licence()) == "Professional with key …3V66T is licensed"
    assert str(seen(licences=[NEW]).licence()) == "Enterprise with key …NEW22 is in notification mode (0xC004F034)"
    assert "in status 9" in str(seen(licences=[licence(status=9, reason=None)]).licence())


@pytest.mark.parametrize("at", ["yesterday", "/Date(1)/", "2025-10-06T08:00:00", None])
def test_a_time_that_nothing_depends_on_may_be_unreadable(at):
    told = seen(noted={"last5": "X", "at": at, "restart": True}, backups={"versions": [], "event": at, "hints": []})
    assert told.noted is not None
    assert told.noted.at is None is told.backups.event
    assert not told.awaits_restart


NAMES = st.sampled_from(["id", "at", "last5", "status", "files"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(sorted(TOLD)), JSON)
def test_whatever_a_pc_tells_is_facts_or_unsure(name, value):
    try:
        told = facts.parse(Reply(json.dumps({**TOLD, name: value}), "", 0))
    except Unsure:
        return
    assert told.build

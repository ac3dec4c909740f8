"""What is judged from the facts: fitness, backup, data, licence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from agent.api import Secret, Verdict, no, unsure, yes
from connectors.lab.windows.keys import encode
from playbooks.windows import backup, data, licence, preflight
from tests.playbooks.windows.telling import licence as licensed
from tests.playbooks.windows.telling import seen

NOW = datetime(2025, 10, 6, 8, 0, tzinfo=UTC)
QUIET = {"servicing": False, "in_progress": False, "update": False, "rename": False, "name": False}
NOTED = {"last5": "NEW22", "at": "2025-10-06T07:00:00Z", "restart": True, "cleared": None}


def fit(target="enterprise", expected="pro", **changes):
    return preflight.suits(seen(**changes), target, expected, NOW)


def test_an_ordinary_pc_is_fit():
    assert fit().verdict is Verdict.YES


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"administrator": False}, "no full administrator token"),
        ({"build": "10240"}, "too old"),
        ({"free": 1 << 30}, "1.0 GiB are free"),
        ({"battery": {"present": True, "percent": 20, "mains": False}}, "battery at 20 %"),
        ({"pending": {**QUIET, "servicing": True}}, "servicing waits"),
        ({"pending": {**QUIET, "update": True}}, "Windows Update waits"),
        ({"pending": {**QUIET, "name": True}}, "computer name"),
        ({"edition": "Education"}, "downgrade"),
        ({"edition": "Core"}, "no supported way"),
        ({"edition": "ProfessionalWorkstation"}, "the order says pro"),
    ],
)
def test_what_stands_in_the_way_asks_a_technician(changes, words):
    answer = fit(**changes)
    assert answer.verdict is Verdict.NO
    assert words in answer.evidence
    assert answer.person == "technician"


def test_all_reasons_are_told_at_once():
    answer = fit(administrator=False, free=0, busy=["msiexec"])
    assert len(answer.facts["reasons"]) == 3
    assert all(reason in answer.evidence for reason in answer.facts["reasons"])


def test_a_busy_pc_is_worth_coming_back_to():
    answer = fit(busy=["TiWorker"])
    assert answer.verdict is Verdict.NO
    assert answer.person is None
    assert answer.come_back == NOW + preflight.WAIT


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        *((name, {name: None}) for name in ("administrator", "licences", "free", "busy", "battery", "product_type")),
        *((f"pending.{name}", {"pending": {**QUIET, name: None}}) for name in QUIET if name != "rename"),
        ("battery.percent", {"battery": {"present": True, "percent": None, "mains": False}}),
        ("battery.mains", {"battery": {"present": True, "percent": 20, "mains": None}}),
    ],
)
def test_what_could_not_be_read_is_for_a_technician(name, changes):
    answer = fit(**changes)
    assert (answer.verdict, answer.person) == (Verdict.UNSURE, "technician")
    assert answer.evidence.endswith(f": {name}")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"pending": {**QUIET, "rename": True}}, "renamed"),
        ({"free": 7 << 30}, "scarce"),
        ({"bitlocker": 1}, "BitLocker is on"),
        ({"users": ["CONTOSO\\anna", "ben"]}, "anna, ben logged on"),
        ({"users": None}, "who is logged on could not be read"),
        ({"pending": {**QUIET, "rename": None}}, "fit for"),
        ({"licences": [licensed(kms="127.0.0.2")]}, "KMS host"),
        ({"battery": {"present": True, "percent": 20, "mains": True}}, "fit for"),
        ({"battery": {"present": True, "percent": 80, "mains": None}}, "fit for"),
    ],
)
def test_remarks_do_not_stand_in_the_way(changes, words):
    answer = fit(**changes)
    assert answer.is_yes
    assert words in answer.evidence


def test_a_way_that_only_a_person_can_go_is_told_and_stands_in_no_way():
    """The person is asked where the key would be installed: after the back-up, with the data on record."""
    answer = fit("pro", "home", edition="Core")
    assert answer.is_yes
    assert "only a person can make this change" in answer.evidence
    assert "only a person" not in fit().evidence


def test_a_domain_controller_keeps_its_edition():
    assert "domain controller" in fit("datacenter", "", edition="ServerStandard", product_type=2, build="20348").evidence
    assert fit("datacenter", "", edition="ServerStandard", product_type=3, build="20348").is_yes


def test_the_restart_that_our_own_key_needs_is_no_obstacle():
    waiting = {"pending": {**QUIET, "servicing": True}, "boot": "2025-10-06T01:00:00Z"}
    assert fit("education", noted=NOTED, **waiting).is_yes
    assert not fit("education", noted={**NOTED, "restart": False}, **waiting).is_yes
    assert not fit("education", noted=NOTED, **{**waiting, "boot": "2025-10-06T07:30:00Z"}).is_yes


GOING_ON = {"pending": {**QUIET, "servicing": True, "update": True, "name": True}, "free": 0, "edition": "Education"}


@pytest.mark.parametrize("changes", [{}, GOING_ON, {"free": None, "licences": None}, {"users": ["anna"]}])
def test_a_change_whose_key_is_in_needs_less(changes):
    assert preflight.may_go_on(seen(**changes), NOW).is_yes


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"administrator": False}, "no full administrator token"),
        ({"build": "10240"}, "too old"),
        ({"battery": {"present": True, "percent": 20, "mains": False}}, "battery at 20 %"),
    ],
)
def test_what_the_rest_of_a_change_needs_as_well_asks_a_technician(changes, words):
    answer = preflight.may_go_on(seen(**changes), NOW)
    assert (answer.verdict, answer.person) == (Verdict.NO, "technician")
    assert words in answer.evidence


@pytest.mark.parametrize("name", ["administrator", "busy", "battery"])
def test_what_the_rest_of_a_change_needs_and_could_not_be_read_is_for_a_technician(name):
    answer = preflight.may_go_on(seen(**{name: None}), NOW)
    assert (answer.verdict, answer.person) == (Verdict.UNSURE, "technician")


def test_a_busy_pc_is_worth_coming_back_to_with_the_key_in_as_well():
    assert preflight.may_go_on(seen(busy=["TiWorker"]), NOW).come_back == NOW + preflight.WAIT


# backups


NOBODY = unsure("nobody said")


def version(at: str, place: str | None = "network"):
    return {"id": at, "place": place}


def backed(versions, after=NOW - timedelta(hours=6), statement=NOBODY, event=None, hints=()):
    told = {"versions": versions, "event": event, "hints": list(hints)}
    return backup.backed_up(seen(backups=told), after, statement, NOW)


@pytest.mark.parametrize("place", ["network", "other disk"])
def test_a_newer_backup_elsewhere_counts(place):
    answer = backed([version("10/06/2025-05:00", place), version("10/05/2025-05:00")])
    assert answer.is_yes
    assert "2025-10-06 05:00 UTC" in answer.evidence


def test_without_instructions_the_last_day_counts():
    assert backed([version("10/05/2025-09:00")], after=None).is_yes
    assert not backed([version("10/05/2025-07:00")], after=None).is_yes


@pytest.mark.parametrize(
    ("versions", "words"),
    [
        ([], "last backup: none"),
        ([version("10/06/2025-01:59")], "last backup: 2025-10-06 01:59 UTC"),
        ([version("10/06/2025-05:00", "same disk")], "same disk"),
        ([version("10/06/2025-09:00")], "last backup: 2025-10-06 09:00"),
    ],
)
def test_none_or_old_or_on_the_same_disk_or_from_the_future_is_no(versions, words):
    answer = backed(versions, statement=no("the user says no"))
    assert answer.verdict is Verdict.NO
    assert words in answer.evidence


def test_an_unknown_place_or_a_bare_event_is_unsure():
    statement = no("nobody made one")
    assert backed([version("10/06/2025-05:00", None)], statement=statement).verdict is Verdict.UNSURE
    assert backed([], event="2025-10-06T05:00:00Z", statement=statement).verdict is Verdict.UNSURE
    assert backed([], event="2025-10-05T05:00:00Z", statement=statement).verdict is Verdict.NO
    assert backed(None, statement=statement).verdict is Verdict.UNSURE
    strange = backed([version("26/12/2025-05:00"), version("10/05/2025-05:00")], statement=statement)
    assert (strange.verdict, strange.person) == (Verdict.UNSURE, "technician")
    assert "'26/12/2025-05:00', which is no date" in strange.evidence
    assert backed([version("26/12/2025-05:00"), version("10/06/2025-05:00")]).is_yes


def test_hints_are_told_and_prove_nothing():
    hints = [{"kind": "OneDrive", "at": None}, {"kind": "File History", "at": "2025-10-06T07:00:00Z"}]
    answer = backed([], hints=hints, statement=no("nobody made one"))
    assert answer.verdict is Verdict.NO
    assert "OneDrive, File History up to 2025-10-06 07:00 UTC seen, which is no proof" in answer.evidence


def test_the_word_of_a_named_person_counts_when_it_is_newer():
    assert backed([], statement=yes("anna says so", by="anna", at="2025-10-06T05:00:00+00:00")).is_yes
    assert backed([], statement=yes("anna says so", by="anna")).is_yes
    answer = backed([], statement=yes("anna says so", by="anna", at="2025-10-05T05:00:00+00:00"))
    assert answer.verdict is Verdict.NO
    assert "but that was before" in answer.evidence


# data

RECORDED = {"at": "2025-10-06T06:00:00Z", "files": 4, "bytes": 2_568_875, "cloud": 0, "unreadable": 0}
SAME = {"at": "2025-10-06T07:00:00Z", "same": 4, "missing": 0, "changed": 0, "edited": 0, "new": 0, "cloud": 0, "unreadable": 0}


def kept(recorded=None, compared=None):
    return seen(records=[{"reference": "kt-1", "recorded": recorded, "compared": compared}])


def test_whether_files_are_on_record():
    assert data.recorded(kept(RECORDED), "kt-1").is_yes
    assert "2 folders could not be read" in data.recorded(kept({**RECORDED, "unreadable": 2}), "kt-1").evidence
    assert data.recorded(kept(), "kt-1").verdict is Verdict.NO
    assert data.recorded(kept(RECORDED), "kt-2").verdict is Verdict.NO
    assert data.recorded(seen(records=None), "kt-1").verdict is Verdict.UNSURE


@pytest.mark.parametrize(
    ("compared", "verdict"),
    [
        (SAME, Verdict.YES),
        ({**SAME, "edited": 1, "new": 3}, Verdict.YES),
        ({**SAME, "missing": 1}, Verdict.NO),
        ({**SAME, "changed": 1}, Verdict.NO),
        ({**SAME, "unreadable": 1}, Verdict.UNSURE),
        (None, Verdict.NO),
    ],
)
def test_whether_all_files_are_there(compared, verdict):
    assert data.intact(kept(RECORDED, compared), "kt-1").verdict is verdict


def test_without_a_record_nobody_can_tell():
    assert data.intact(kept(), "kt-1").verdict is Verdict.UNSURE


def test_a_reference_becomes_a_folder():
    assert data.folder("kt-0a1b") == "kt-0a1b"
    assert data.folder("..\\..\\Windows: a/b") == "Windows-a-b"
    assert len(data.folder("x" * 200)) == 80
    with pytest.raises(ValueError, match="cannot name a folder"):
        data.folder("..")


# licence

KEY = encode(6001, 7, 77)
SECRET = Secret(KEY, "product key")
PID = "03612-06001-000-000007-00-1033-22631.0000-0902026"


def enterprise(**changes):
    held = licensed(family="Enterprise", last5=KEY[-5:], pid=PID, **changes)
    return {"edition": "Enterprise", "sku": 4, "licences": [held]}


def test_the_new_licence_works():
    assert licence.works(seen(**enterprise()), "enterprise", SECRET).is_yes


@pytest.mark.parametrize(
    ("changes", "verdict", "words"),
    [
        ({}, Verdict.NO, "wanted is Enterprise"),
        (enterprise(status=5, reason="0xC004C003"), Verdict.NO, "blocked"),
        ({**enterprise(), "licences": [licensed()]}, Verdict.NO, f"wanted is key …{KEY[-5:]}"),
        ({**enterprise(), "licences": [licensed(last5=KEY[-5:])]}, Verdict.NO, "group 3308, the bought one of group 6001"),
        ({**enterprise(), "licences": [licensed(last5=KEY[-5:], pid=None)]}, Verdict.YES, "could not be compared"),
        (enterprise(grace=259_200), Verdict.YES, "for another 180 days"),
        ({**enterprise(), "noted": NOTED}, Verdict.NO, "has not restarted"),
    ],
)
def test_the_proof_of_the_licence(changes, verdict, words):
    answer = licence.works(seen(**changes), "enterprise", SECRET)
    assert answer.verdict is verdict
    assert words in answer.evidence


def test_whether_a_restart_waits_must_be_known():
    assert licence.works(seen(**enterprise(), noted=None), "enterprise", SECRET).verdict is Verdict.UNSURE


def test_an_unknown_edition_is_unsure():
    assert licence.edition_is(seen(), "vista").verdict is Verdict.UNSURE


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        (enterprise(), Verdict.YES),
        ({"licences": [licensed(last5=KEY[-5:])]}, Verdict.UNSURE),
        ({}, Verdict.NO),
        ({"licences": []}, Verdict.NO),
        ({"licences": [licensed(last5=KEY[-5:], addon=True)]}, Verdict.NO),
        ({"licences": None}, Verdict.UNSURE),
    ],
)
def test_whether_the_key_is_installed(changes, verdict):
    assert licence.key_is(seen(**changes), KEY[-5:], "enterprise").verdict is verdict


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"kept_key": False}, Verdict.YES),
        ({"kept_key": True}, Verdict.NO),
        ({"kept_key": None}, Verdict.UNSURE),
        ({"kept_key": True, "noted": {**NOTED, "cleared": "kt-1"}}, Verdict.YES),
        ({"kept_key": True, "noted": {**NOTED, "cleared": "kt-2"}}, Verdict.NO),
    ],
)
def test_whether_the_key_is_cleared(changes, verdict):
    assert licence.key_cleared(seen(**changes), "kt-1").verdict is verdict


@pytest.mark.parametrize(
    ("changes", "in_effect"),
    [
        ({"status": 5}, False),
        ({"status": 1}, True),
        ({"status": 5, "noted": {**NOTED, "last5": KEY[-5:], "restart": False}}, True),
        ({"status": 5, "noted": {**NOTED, "last5": "OTHER", "restart": False}}, False),
        ({"status": 5, "pending": {**QUIET, "update": True}}, True),
        ({"status": 5, "pending": {**QUIET, "in_progress": True}}, False),
    ],
)
def test_a_key_that_somebody_put_in_and_that_is_not_licensed_yet_may_wait_for_its_restart(changes, in_effect):
    """The registry names the next edition early, and keyturn has noted nothing of that key."""
    given = {"pending": {**QUIET, "servicing": True}, **changes}
    facts = seen(**enterprise(status=given.pop("status")), **given)
    assert licence.in_effect(facts, "enterprise").is_yes is in_effect
    assert licence.edition_is(facts, "enterprise").is_yes

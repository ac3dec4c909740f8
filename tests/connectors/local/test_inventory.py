"""What the licence inventory answers: one verdict for each way in which a licence may not be theirs."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.api import Answer, Misuse, NeedsPerson, Secret, Verdict
from connectors.local import editions
from connectors.local.editions import edition_id, same_edition
from connectors.local.inventory import DeskInventory
from connectors.local.licences import Licences
from connectors.local.proofs import Proof, record_proof
from connectors.local.verdict import Claim, Licence, Seat, judge
from playbooks.windows import editions as orders

KEY = "VK7JG-NPHTM-C97JM-9MPGT-3V66T"
OTHER = "NW6C2-QMPVW-D7KKK-3GKT6-VCFB2"
ON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def inventory(contoso) -> DeskInventory:
    return DeskInventory(contoso)


def _asked(inventory: DeskInventory, licence: str = "L-1", **changes: object) -> Answer:
    wanted = {"customer": "Contoso", "device": "FRONTDESK-07", "user": "jane", "edition": "Professional", "on": ON}
    return inventory.covers(licence, **{**wanted, **changes})


JANE, JOE = Seat("FRONTDESK-07", "jane"), Seat("FRONTDESK-02", "joe")

CASES = {
    "free seat": ({}, {}, "yes", "1 of 1 seats free for FRONTDESK-07 (jane)"),
    "friendly name in the inventory": ({"edition": "Windows 11 Pro"}, {}, "yes", "Professional"),
    "friendly name in the order": ({}, {"edition": "pro"}, "yes", "free"),
    "other case": ({"edition": "PROFESSIONAL"}, {"customer": "contoso", "device": "frontdesk-07"}, "yes", "free"),
    "their seat": ({"taken": (JANE,)}, {}, "yes", "holds a seat for FRONTDESK-07 (jane)"),
    "seat of their device": ({"taken": (Seat(device="FRONTDESK-07"),)}, {}, "yes", "holds a seat"),
    "seat of their user": ({"taken": (Seat(user="jane"),)}, {}, "yes", "holds a seat"),
    "last day": ({"expires": date(2026, 3, 10)}, {}, "yes", "valid on 2026-03-10"),
    "expired": ({"expires": date(2026, 3, 9)}, {}, "no", "expired on 2026-03-09, wanted for 2026-03-10"),
    "terminated": ({"state": "terminated"}, {}, "no", "was terminated"),
    "other company": ({"customer": "Fabrikam"}, {}, "no", "belongs to another company than Contoso"),
    "wrong edition": ({"edition": "enterprise"}, {}, "no", "is for edition Enterprise, wanted Professional"),
    "no free seat": ({"taken": (JOE,)}, {}, "no", "for FRONTDESK-07 (jane): 1 of 1 are taken by FRONTDESK-02 / joe"),
    "another user's seat on the device": (
        {"seats": 5, "taken": (Seat("FRONTDESK-07", "bob"),)}, {}, "no", "on FRONTDESK-07 is for bob, wanted jane",
    ),
    "their user's seat on another device": ({"taken": (Seat("FRONTDESK-02", "jane"),)}, {}, "no", "no free seat"),
    "another user's seat": ({"taken": (Seat(user="bob"),)}, {}, "no", "taken by bob"),
    "one seat more": ({"seats": 2, "taken": (JOE,)}, {}, "yes", "1 of 2 seats free"),
    "nobody named in the order": ({"taken": (JANE,)}, {"user": ""}, "no", "is for jane, wanted nobody"),
}  # fmt: skip


@pytest.mark.parametrize(("licence", "asked", "verdict", "evidence"), CASES.values(), ids=CASES)
def test_covers(contoso, inventory, licence, asked, verdict, evidence):
    Licences(contoso).add(Licence(**{"number": "L-1", "customer": "Contoso", "edition": "Professional", **licence}))
    answer = _asked(inventory, **asked)
    assert answer.verdict.value == verdict
    assert evidence in answer.evidence
    assert "\n" not in answer.evidence


def test_another_company_is_not_named_in_the_evidence(contoso, inventory):
    Licences(contoso).add(Licence("L-1", "Fabrikam", "pro"))
    assert "Fabrikam" not in _asked(inventory).evidence


def test_the_last_day_ends_in_the_customers_own_zone(contoso, inventory):
    Licences(contoso).add(Licence("L-1", "Contoso", "pro", expires=date(2026, 3, 10)))
    midnight = datetime(2026, 3, 11, tzinfo=ZoneInfo("Europe/Berlin"))
    assert _asked(inventory, on=(midnight - timedelta(seconds=1)).astimezone(UTC)).is_yes
    assert _asked(inventory, on=midnight.astimezone(UTC)).verdict is Verdict.NO


def test_a_terminated_licence_covers_nothing(contoso, inventory):
    Licences(contoso).add(Licence("L-1", "Contoso", "pro"))
    Licences(contoso).terminate("l-1")
    assert "terminated" in _asked(inventory).evidence


@given(
    seats=st.integers(1, 4),
    taken=st.lists(st.builds(Seat, st.sampled_from(["", "A", "B"]), st.sampled_from(["", "x", "y"])), max_size=6),
)
def test_a_yes_always_rests_on_a_seat_that_is_theirs_or_free(seats, taken):
    answer = judge(Licence("L", "C", "pro", seats, taken=tuple(taken)), Claim("L", "c", "a", "X", "PRO", ON), "UTC")
    theirs = any(seat.device in ("", "A") and seat.user in ("", "x") and (seat.device or seat.user) for seat in taken)
    against = any((seat.device, seat.user) == ("A", "y") for seat in taken)
    assert answer.is_yes == (theirs or (len(taken) < seats and not against))


# --- proofs of purchase


def _proof(tmp_path, **changes):
    document = tmp_path / "invoice.pdf"
    document.write_bytes(b"%PDF invoice")
    sound = {
        "licence": "L-9", "device": "FRONTDESK-07", "user": "jane", "edition": "pro", "file": document,
        "accepted": True, "by": "Kim", "because": "invoice 4711 names the device",
    }  # fmt: skip
    return Proof(**{**sound, **changes})


def test_an_accepted_proof_stands_in_for_a_licence_that_the_inventory_lacks(contoso, inventory, tmp_path):
    assert "no proof of purchase for FRONTDESK-07 (jane)" in _asked(inventory, "L-9").evidence
    digest = record_proof(contoso, _proof(tmp_path))
    answer = _asked(inventory, "l-9")
    assert answer.is_yes
    assert "accepted by Kim on 2026-03-02 09:15 UTC: invoice 4711 names the device" in answer.evidence
    assert answer.facts["sha256"] == digest == sha256(b"%PDF invoice").hexdigest()


@pytest.mark.parametrize(
    ("proof", "asked", "evidence"),
    [
        ({"accepted": False}, {}, "was refused by Kim"),
        ({"device": "FRONTDESK-02", "user": "joe"}, {}, "examined for FRONTDESK-02 (joe), wanted FRONTDESK-07 (jane)"),
        ({"user": "joe"}, {}, "wanted FRONTDESK-07 (jane)"),
        ({"edition": "enterprise"}, {}, "is for edition Enterprise, wanted Professional"),
        ({"device": "FAB-1"}, {"device": "FAB-1"}, "no proof of purchase"),
        ({"licence": "L-8"}, {}, "no proof of purchase"),
    ],
)
def test_a_proof_is_bound_to_licence_device_user_edition_and_customer(contoso, inventory, tmp_path, proof, asked, evidence):
    record_proof(contoso, _proof(tmp_path, **proof))
    answer = _asked(inventory, "L-9", **asked)
    assert answer.verdict is Verdict.NO
    assert evidence in answer.evidence


def test_the_newest_decision_holds(contoso, inventory, tmp_path):
    record_proof(contoso, _proof(tmp_path, accepted=False))
    record_proof(contoso, _proof(tmp_path))
    assert _asked(inventory, "L-9").is_yes
    record_proof(contoso, _proof(tmp_path, accepted=False, because="it was for another shop"))
    assert "another shop" in _asked(inventory, "L-9").evidence


def test_a_proof_does_not_mend_a_licence_that_the_inventory_has(contoso, inventory, tmp_path):
    Licences(contoso).add(Licence("L-9", "Contoso", "pro", state="terminated"))
    record_proof(contoso, _proof(tmp_path))
    assert _asked(inventory, "L-9").verdict is Verdict.NO


def test_a_proof_that_cannot_be_read_is_misuse(contoso, tmp_path):
    with pytest.raises(Misuse, match="cannot be read"):
        record_proof(contoso, _proof(tmp_path, file=tmp_path / "none.pdf"))


# --- keys and seats


def test_a_key_is_free_until_it_is_on_another_device(contoso, inventory):
    Licences(contoso).add(Licence("L-1", "Contoso", "pro", seats=2))
    assert "3V66T has not been given" in inventory.key_is_free(Secret(KEY), "FRONTDESK-07").evidence
    inventory.reserve("L-1", Secret(KEY), device="FRONTDESK-07", user="jane")
    assert "same device" in inventory.key_is_free(Secret(KEY), "frontdesk-07").evidence
    answer = inventory.key_is_free(Secret(KEY.lower().replace("-", " ")), "FRONTDESK-02")
    assert answer.verdict is Verdict.NO
    assert "given to FRONTDESK-07 on 2026-03-02 09:15 UTC, wanted for FRONTDESK-02" in answer.evidence
    assert answer.facts["device"] == "FRONTDESK-07"
    assert inventory.key_is_free(Secret(OTHER), "FRONTDESK-02").is_yes


def test_reserving_again_changes_nothing(contoso, inventory, clock):
    Licences(contoso).add(Licence("L-1", "Contoso", "pro", seats=2))
    for _ in range(3):
        inventory.reserve("L-1", Secret(KEY), device="FRONTDESK-07", user="jane")
        clock.sleep(60)
    assert Licences(contoso).find("L-1").taken == (JANE,)
    assert [(key.device, key.tail, key.at) for key in Licences(contoso).keys("L-1")] == [
        ("FRONTDESK-07", "3V66T", "2026-03-02T09:15:00+00:00")
    ]


def test_reserved_is_asked_and_answered(contoso, inventory):
    Licences(contoso).add(Licence("L-1", "Contoso", "pro", seats=2))
    where = {"device": "FRONTDESK-07", "user": "jane"}
    assert "not set aside" in inventory.reserved("L-1", Secret(KEY), **where).evidence
    inventory.reserve("L-1", Secret(KEY), **where)
    assert inventory.reserved("L-1", Secret(KEY), **where).is_yes
    assert inventory.reserved("L-1", Secret(OTHER), **where).verdict is Verdict.NO
    assert inventory.reserved("L-1", Secret(KEY), device="FRONTDESK-02", user="joe").verdict is Verdict.NO
    assert (
        "has no seat for FRONTDESK-07 (bob)"
        in inventory.reserved("L-1", Secret(KEY), device="FRONTDESK-07", user="bob").evidence
    )


@pytest.mark.parametrize("seat", [Seat(device="frontdesk-07"), Seat(user="Jane")])
def test_a_seat_that_left_something_open_is_completed(contoso, inventory, seat):
    Licences(contoso).add(Licence("L-1", "Contoso", "pro", taken=(seat,)))
    assert inventory.reserved("L-1", Secret(KEY), device="FRONTDESK-07", user="jane").verdict is Verdict.NO
    inventory.reserve("L-1", Secret(KEY), device="FRONTDESK-07", user="jane")
    assert len(Licences(contoso).find("L-1").taken) == 1
    assert inventory.reserved("L-1", Secret(KEY), device="FRONTDESK-07", user="jane").is_yes


@pytest.mark.parametrize(
    ("taken", "says"), [((JOE,), "no free seat for FRONTDESK-07"), ((Seat("FRONTDESK-07", "bob"),), "is for bob")]
)
def test_a_seat_that_is_not_theirs_is_not_given_and_the_key_is_not_kept(contoso, inventory, taken, says):
    Licences(contoso).add(Licence("L-1", "Contoso", "pro", taken=taken))
    with pytest.raises(NeedsPerson, match=says):
        inventory.reserve("L-1", Secret(KEY), device="FRONTDESK-07", user="jane")
    assert Licences(contoso).find("L-1").taken == taken
    assert inventory.key_is_free(Secret(KEY), "FRONTDESK-02").is_yes


def test_a_key_on_another_device_is_not_given_again(contoso, inventory):
    Licences(contoso).add(Licence("L-1", "Contoso", "pro", seats=2))
    inventory.reserve("L-1", Secret(KEY), device="FRONTDESK-07", user="jane")
    with pytest.raises(NeedsPerson, match="used on FRONTDESK-07 already"):
        inventory.reserve("L-1", Secret(KEY), device="FRONTDESK-02", user="joe")
    assert Licences(contoso).find("L-1").taken == (JANE,)


def test_of_a_licence_that_a_person_vouched_for_the_key_is_kept(inventory):
    inventory.reserve("L-9", Secret(KEY), device="FRONTDESK-07", user="jane")
    assert "not in the licence inventory" in inventory.reserved("L-9", Secret(KEY), device="FRONTDESK-07", user="jane").evidence
    assert inventory.key_is_free(Secret(KEY), "FRONTDESK-02").verdict is Verdict.NO


def test_two_desks_know_a_key_by_different_marks(contoso, tmp_path, clock):
    from connectors.local.desk import Desk

    other = Desk(tmp_path / "other", clock)
    with contoso.reading() as here, other.reading() as there:
        assert contoso.mark(here, Secret(KEY)) != other.mark(there, Secret(KEY))
        assert contoso.mark(here, Secret(KEY)) == contoso.mark(here, Secret(f" {KEY.lower()}\n"))


@pytest.mark.parametrize(
    "licence",
    [
        Licence(" ", "Contoso", "pro"),
        Licence("L-1", "Contoso", "pro", seats=0),
        Licence("L-1", "Contoso", "pro", taken=(JANE, JOE)),
        Licence("L-1", "Contoso", "pro", state="lost"),
        Licence("L-1", "Contoso", "pro", taken=(Seat(),)),
        Licence("L-1", "Contoso", ""),
        Licence("L-1", "Contso", "pro"),
    ],
)
def test_a_licence_that_makes_no_sense_is_misuse(contoso, licence):
    with pytest.raises(Misuse):
        Licences(contoso).add(licence)
    assert Licences(contoso).all() == []


@pytest.mark.parametrize(
    ("spoken", "identifier"),
    [
        ("pro", "Professional"), ("PROFESSIONAL", "Professional"), ("Windows 11 Pro", "Professional"), ("home", "Core"),
        ("core", "Core"), ("Enterprise", "Enterprise"), ("education", "Education"), ("Pro Education", "ProfessionalEducation"),
        ("windows 10 enterprise ltsc", "EnterpriseS"), ("Home Single Language", "CoreSingleLanguage"), ("Foo", "Foo"),
    ],
)  # fmt: skip
def test_editions_are_known_by_their_spoken_names(spoken, identifier):
    assert edition_id(spoken) == identifier


def test_a_licence_and_an_order_call_each_edition_by_the_same_names():
    """The desk and the playbook know nothing of each other, so each has a table; this holds them together."""
    assert set(editions._IDENTIFIERS) == set(orders.EDITIONS)
    for name, identifier in orders._NAMES.items():
        for written in (name, name.upper(), f"Windows {name}", f"Microsoft Windows 10 {name}", f"11 {name}"):
            ordered = orders.find(written)
            assert editions.known_edition(written) == identifier, written
            assert ordered is None or ordered.id == identifier, written
    assert editions._SPOKEN.items() <= {re.sub(r"[ -]", "", name): found for name, found in orders._NAMES.items()}.items()


def test_unknown_editions_are_compared_without_case():
    assert same_edition("ServerQuantum", "serverquantum")
    assert not same_edition("Professional", "ProfessionalN")

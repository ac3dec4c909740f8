"""The one table of error codes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.api import NeedsPerson, Refused, TryLater, Unsure
from playbooks.windows import codes
from playbooks.windows.codes import POLICIES, Klass


def test_every_form_of_a_code_leads_to_it():
    for number, code in codes.table().items():
        signed = number - (1 << 32) if number >> 31 else number
        for form in (number, signed, code.hex, code.hex[2:], code.hex.lower(), str(signed), f" {code.hex} "):
            assert codes.lookup(form) is code, form
        if not f"{number}".isdecimal() or len(str(number)) == 10:
            assert codes.lookup(str(number)) is code


def test_every_code_is_explained_for_both_sides():
    assert len(codes.table()) >= 460
    for code in codes.table().values():
        assert code.hex == f"0x{int(code.hex, 16):08X}"
        assert code.meaning
        assert code.customer
        assert code.technician
        assert code.hex not in code.customer
        explanation = code.explain()
        assert code.hex in explanation.title
        assert all(explanation.lines.values())
        raised = code.error()
        assert isinstance(raised, POLICIES[code.klass].error)
        assert raised.facts == {"code": code.hex, "customer_words": code.customer}
        assert "\n" not in str(raised)


def test_no_class_is_without_a_policy_or_a_code():
    assert set(POLICIES) == set(Klass)
    assert {code.klass for code in codes.table().values()} == set(Klass)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("0xC004C012", TryLater),
        ("0x80072EE7", TryLater),
        ("0xC004F050", Refused),
        ("0xC004E016", Refused),
        ("0xC004C003", Refused),
        ("0xC004C008", NeedsPerson),
        ("0xC004F074", NeedsPerson),
        ("0xC004F301", NeedsPerson),
        ("0x4004F40C", NeedsPerson),
        ("0x4004F00C", Unsure),
        ("0x80070005", Refused),
        ("no code", NeedsPerson),
    ],
)
def test_what_a_run_does_about_it(code, error):
    raised = codes.error(code, "Windows is activated")
    assert type(raised) is error
    assert str(raised).startswith("Windows is activated: ")


def test_an_unknown_number_is_shown_as_hex():
    assert "0xC0DE0001" in str(codes.error(-1059192831, "it"))


@pytest.mark.parametrize(("number", "hexed"), [(5, "0x80070005"), (3010, "0x80070BC2"), ("50", "0x80070032")])
def test_small_numbers_are_win32(number, hexed):
    found = codes.lookup(number)
    assert found is not None
    assert found.hex == hexed


@given(st.one_of(st.text(max_size=20), st.integers()))
def test_anything_may_be_looked_up(code):
    found = codes.lookup(code)
    assert found is None or found.hex in {known.hex for known in codes.table().values()}

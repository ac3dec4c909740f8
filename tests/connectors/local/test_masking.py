"""A product key in a text is blotted out however it is written, and nothing else is."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agent.api import Secret
from connectors.local.masking import masked

LETTERS = "BCDFGHJKMNPQRTVWXY2346789"
KEY = "W269N-WFGWX-YVC9B-4J6C9-T83GX"
DASHES = ["-", "\u00ad", "\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2015", "\u2212", "\ufe63", "\uff0d"]
GAPS = ["", " ", "\u00a0", "\u202f", "\t", "\n", *DASHES, *(f" {dash} " for dash in DASHES), "-\n", "\r\n"]
KEYS = st.lists(st.text(LETTERS, min_size=5, max_size=5), min_size=5, max_size=5).filter(
    lambda groups: not "".join(groups).isalpha() and not "".join(groups).isdigit()
)


@given(KEYS, st.lists(st.sampled_from(GAPS), min_size=4, max_size=4), st.sampled_from([str.upper, str.lower, str.title]))
def test_a_key_is_blotted_out_however_its_groups_are_joined(groups, gaps, case):
    key = case("".join(group + gap for group, gap in zip(groups, [*gaps, ""], strict=True)))
    assert masked(f"The key is {key}, thanks.") == f"The key is ‹product key …{groups[-1]}›, thanks."


@pytest.mark.parametrize("before", ["", "_", "=", '"', "\\n", "key:", "/ipk:", "x", "\u00a0"])
@pytest.mark.parametrize("after", ["", "_", '"', ";", "x", "\u00a0"])
def test_a_key_with_its_dashes_is_found_whatever_stands_beside_it(before, after):
    assert masked(f"{before}{KEY}{after}") == f"{before}‹product key …T83GX›{after}"


def test_a_key_is_found_where_a_line_breaks_within_it():
    assert masked(KEY[:8] + "\n  " + KEY[8:]) == "‹product key …T83GX›"


@pytest.mark.parametrize(
    "text", ["WO69N-WFGWX-YVC9B-4J6C9-T83GX", "wi69n-wfgwx-yvc9b-4j6c9-t83gx", "ABCDE-FGHIJ-KLMNO-PQRST-UVWXY"]
)
def test_a_key_with_a_slip_in_it_is_blotted_out(text):
    assert "…" in masked(text)


@given(st.uuids())
@example(uuid.UUID("b7c2d9f3-6842-4c7f-9bd8-c2346789bcdf"))
def test_a_guid_is_no_key(guid):
    for text in (str(guid), str(guid).upper(), f"{{{guid}}}", guid.hex, guid.hex.upper()):
        assert masked(text) == text


@given(st.binary(min_size=32, max_size=32))
def test_a_hash_is_no_key(data):
    for size in (16, 20, 32):
        text = f"sha {data[:size].hex()} end"
        assert masked(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "There might never again exist",
        "THERE MIGHT NEVER AGAIN EXIST",
        "other-words-might-never-exist",
        "right-there-might-never-exist",
        "build 26100 fixes those seven",
        "23467 23467 23467 23467 23467",
        "00330-80000-00000-AA478",
        "03612-03308-012-345678-00-1033-26100.0000-2792025",
        "FRONTDESK-07 T83GX 0xC004F050",
        "\\\\server\\share\\2026-03-28 report.docx",
    ],
)
def test_ordinary_words_are_left_alone(text):
    assert masked(text) == text


SPELLINGS = [
    *(KEY.replace("-", gap) for gap in GAPS),
    KEY.lower(),
    f"  {KEY}\n",
    KEY.translate({ord(letter): ord(letter) + 0xFEE0 for letter in KEY}),
]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_key_has_one_fingerprint_however_it_is_written(contoso, spelling):
    with contoso.reading() as connection:
        assert contoso.mark(connection, Secret(spelling)) == contoso.mark(connection, Secret(KEY))


def test_two_keys_have_two_fingerprints(contoso):
    with contoso.reading() as connection:
        assert contoso.mark(connection, Secret(KEY)) != contoso.mark(connection, Secret(KEY.replace("T", "V")))

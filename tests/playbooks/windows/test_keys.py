"""The offline check of product keys."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.api import Secret, Verdict
from connectors.lab.windows.keys import encode
from playbooks.windows import keys

PRO = "W269N-WFGWX-YVC9B-4J6C9-T83GX"
GENERIC = "VK7JG-NPHTM-C97JM-9MPGT-3V66T"
MADE = encode(6001, 123456, 987654321)


def secret(text: str) -> Secret:
    return Secret(text, "product key")


@pytest.mark.parametrize(("key", "group", "serial", "check"), [(PRO, 3311, 1, 0x25E), (GENERIC, 3308, 0, 0x2DA)])
def test_published_vectors(key, group, serial, check):
    fields = keys.decode(key)
    assert fields is not None
    assert (fields.group, fields.serial, fields.check, fields.upgrade) == (group, serial, check, False)


def test_every_published_key_passes_the_check_and_is_refused():
    assert len(keys.published()) > 30
    for key, known in keys.published().items():
        keys.decode(keys.normalise(key))
        answer = keys.examine(secret(key))
        assert answer.verdict is Verdict.NO
        assert known.kind in answer.evidence
        assert key not in str(answer)


@given(st.integers(0, 2**20 - 1), st.integers(0, 2**30 - 1), st.integers(0, 2**53 - 1))
def test_a_made_key_decodes_to_its_fields(group, serial, security):
    key = encode(group, serial, security)
    fields = keys.decode(keys.normalise(key))
    assert fields is not None
    assert (fields.group, fields.serial, fields.security) == (group, serial, security)
    assert keys.group(secret(key)) == group


@pytest.mark.parametrize(
    "typed", [MADE.lower(), MADE.replace("-", ""), MADE.replace("-", " – "), f"  {MADE}\n", MADE.replace("-", "—")]
)
def test_however_it_is_typed(typed):
    assert keys.normalise(typed) == MADE
    assert keys.tidy(secret(typed)).reveal() == MADE
    assert keys.examine(secret(typed)).is_yes


def caught(text: str) -> bool:
    try:
        keys.decode(keys.normalise(text))
    except keys.Flaw:
        return True
    return False


def test_one_wrong_character_is_caught_nearly_always():
    bases = [PRO, GENERIC, MADE]
    tries = found = 0
    for base in bases:
        for place in (place for place, letter in enumerate(base) if letter not in "-N"):
            for other in keys.ALPHABET.replace(base[place], ""):
                tries += 1
                found += caught(base[:place] + other + base[place + 1 :])
    assert tries - found <= tries // 400, (tries, found)


def test_swapped_neighbours_are_caught():
    for base in (PRO, GENERIC, MADE):
        letters = base.replace("-", "")
        for place in range(24):
            swapped = letters[:place] + letters[place + 1] + letters[place] + letters[place + 2 :]
            assert swapped == letters or caught(swapped), place


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "25 letters and digits, this one has 0"),
        (MADE[:-1], "this one has 24"),
        ("W269N-WFGWX-YVC9B-4J6C9-T83G0", "(no 0 1 5 A E I L O S U Z); read it again"),
        ("W269N-WFGWX-YVC9B-4J6C9-T83G?", "what is at position 25 is in no product key"),
        ("W269N-WFGWX-YVC9B-4J6C9-TO3GI", "what is at position 22, 25 is in no product key"),
        ("N269N-WFGWX-YVC9B-4J6C9-T83GX", "holds one N at most, this one has 2"),
        ("W2698-WFGWX-YVC9B-4J6C9-T83GN", "cannot be the last"),
        ("22222-22222-22222-22222-222N2", "cannot be at position 24"),
        ("W269N-WFGWX-YVC9B-4J6C9-T83XG", "check value is wrong"),
    ],
)
def test_flaws_are_named_without_showing_the_key(text, words):
    answer = keys.examine(secret(text))
    assert answer.verdict is Verdict.NO
    assert words in answer.evidence
    assert not text or text not in answer.evidence
    assert keys.group(secret(text)) is None


def test_the_older_form_is_judged_by_its_shape_only():
    answer = keys.examine(secret("22222-33333-44444-66666-77777"))
    assert answer.is_yes
    assert "only its shape" in answer.evidence
    assert keys.group(secret("22222-33333-44444-66666-77777")) is None


def test_the_hint_names_exactly_what_no_key_holds_of_what_people_type():
    (hint,) = re.findall(r"\(no ([0-9A-Z ]+)\)", keys.examine(secret("0" * 25)).evidence)
    typed = string.ascii_uppercase + string.digits
    assert set(hint.split()) == set(typed) - set(keys.ALPHABET + "N")


@given(st.text(max_size=60))
def test_any_text_gets_an_answer(text):
    answer = keys.examine(secret(text))
    assert answer.verdict in (Verdict.YES, Verdict.NO)
    assert len(text) < 12 or text not in answer.evidence


def test_a_sound_key_shows_its_last_five_and_its_group_only():
    answer = keys.examine(secret(MADE))
    assert answer.is_yes
    assert MADE[-5:] in answer.evidence
    assert MADE[:5] not in str(answer)
    assert answer.facts == {"last5": MADE[-5:], "group": 6001}

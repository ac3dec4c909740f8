"""The scrub: secrets in every disguise, and nothing but secrets."""

from __future__ import annotations

import base64
import contextlib
import json
import uuid
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agent.machine.scrub import MASK, Scrub, disguises

LETTERS = "BCDFGHJKMNPQRTVWXY2346789"
PRODUCT_KEYS = st.lists(st.text(LETTERS, min_size=5, max_size=5), min_size=5, max_size=5).map("-".join)
PASSWORDS = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x24F, categories=["L", "N", "P", "S"]), min_size=8, max_size=40
)
# Letters that no secret and no disguise consists of, so that nothing around a secret can look like a part of it.
AROUND = st.text("†‡ \n", max_size=12)


def base64_of(text, encoding):
    return base64.b64encode(text.encode(encoding)).decode()


DISGUISES = {
    "plain": lambda secret: secret,
    "without dashes": lambda secret: secret.replace("-", ""),
    "hex": lambda secret: secret.encode().hex(),
    "upper-case hex": lambda secret: secret.encode().hex().upper(),
    "hex of UTF-16LE": lambda secret: secret.encode("utf-16-le").hex(),
    "url": lambda secret: quote(secret, safe=""),
    "form": quote_plus,
    "json": json.dumps,
    "json in json": lambda secret: json.dumps({"inner": json.dumps({"key": secret}, ensure_ascii=False)}, ensure_ascii=False),
    "json with umlauts": lambda secret: json.dumps({"key": secret}, ensure_ascii=False),
    "base64": lambda secret: base64_of(secret, "utf-8"),
    "base64 of UTF-16LE": lambda secret: base64_of(secret, "utf-16-le"),
    "base64, one before": lambda secret: base64_of("x" + secret + "yz", "utf-8"),
    "base64, two before": lambda secret: base64_of("xy" + secret + "z", "utf-8"),
    "base64 of a command in UTF-16LE": lambda secret: base64_of(f"cscript slmgr.vbs /ipk {secret} //nologo", "utf-16-le"),
    "url-safe base64": lambda secret: base64.urlsafe_b64encode(f"~~{secret}?".encode()).decode(),
}


def readable(text):
    """Everything that a reader could get out of *text*: itself, and what its base64 and hex say."""
    found = [text]
    for word in text.replace(MASK, " ").split():
        for decode in (base64.b64decode, base64.urlsafe_b64decode, bytes.fromhex):
            with contextlib.suppress(ValueError):
                data = decode(word.strip('"†‡'))
                found += [data.decode("utf-8", "replace"), data.decode("utf-16-le", "replace")]
    return "\n".join(found)


@pytest.mark.parametrize("disguise", [name for name in DISGUISES if name != "json in json"])
@settings(max_examples=70)
@given(secret=PRODUCT_KEYS | PASSWORDS, before=AROUND, after=AROUND)
def test_a_known_secret_is_taken_out_in_every_disguise(disguise, secret, before, after):
    hidden = DISGUISES[disguise](secret)
    text = Scrub(lambda: [secret]).text(before + hidden + after)
    assert MASK in text
    seen = readable(text)
    assert secret not in seen
    assert secret.replace("-", "") not in seen or not secret.replace("-", "")
    assert hidden.strip('"') not in text
    assert text.startswith(before)
    assert text.endswith(after)


@settings(max_examples=200)
@given(secret=PRODUCT_KEYS)
def test_a_known_product_key_is_taken_out_of_json_in_json(secret):
    assert secret not in Scrub(lambda: [secret]).text(DISGUISES["json in json"](secret))


@settings(max_examples=1000)
@given(
    key=PRODUCT_KEYS, case=st.sampled_from([str.upper, str.lower, str.capitalize]), dash=st.sampled_from(["-", "–", "—", ""])
)
def test_an_unknown_product_key_is_found_by_its_shape(key, case, dash):
    shown = case(key.replace("-", dash))
    assert Scrub().text(f"slmgr /ipk {shown}, then restart") == f"slmgr /ipk {MASK}, then restart"


@pytest.mark.parametrize("before", ["", "_", "=", "'", '"', "\\n", "\\t", "key:", "/ipk:", "x", "\u00a0", "%20"])
@pytest.mark.parametrize("after", ["", "_", "'", '"', "\\r\\n", ";", "x", "\u00a0", "%20"])
def test_an_unknown_product_key_is_found_whatever_stands_beside_it(before, after):
    assert Scrub().text(f"{before}W269N-WFGWX-YVC9B-4J6C9-T83GX{after}") == f"{before}{MASK}{after}"


@given(st.uuids())
@example(uuid.UUID("b7c2d9f3-6842-4c7f-9bd8-c2346789bcdf"))
def test_a_guid_is_no_secret(guid):
    for text in (str(guid), str(guid).upper(), f"{{{guid}}}", guid.hex):
        assert Scrub(lambda: ["W269N-WFGWX-YVC9B-4J6C9-T83GX"]).text(text) == text


@given(st.binary(min_size=16, max_size=64))
def test_a_hash_is_no_secret(data):
    for size in (16, 20, 32):
        if len(data) >= size:
            text = f"sha {data[:size].hex()} end"
            assert Scrub().text(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "FRONTDESK-07 is a Professional edition, build 26100.4349, activated on 2025-10-06T08:00:00+00:00",
        "0xC004F050 The Software Licensing Service reported that the product key is invalid.",
        "T83GX",
        "XXXXX-XXXXX-XXXXX-XXXXX-T83GX"[:23],
        "00330-80000-00000-AA478",
        "03612-03308-012-345678-00-1033-26100.0000-2792025",
        "WINDOWS-UPGRADE-RUN-FOR-FRONTDESK",
        "kt-6bd2b38be3e1",
        "C:\\Windows\\System32\\spp\\store\\2.0\\tokens.dat",
        "",
    ],
)
def test_ordinary_words_are_left_alone(text):
    assert Scrub(lambda: ["correct horse battery"]).text(text) == text


def test_a_value_is_cleaned_through_and_through():
    key = "W269N-WFGWX-YVC9B-4J6C9-T83GX"
    dirty = {key: [1, {"a": (f"x{key}", None)}], "n": 2.5, "t": True, 7: "hunter2!"}
    assert Scrub(lambda: ["hunter2!"]).value(dirty) == {
        MASK: [1, {"a": [f"x{MASK}", None]}],
        "n": 2.5,
        "t": True,
        "7": MASK,
    }


def test_what_becomes_known_later_is_taken_out_from_then_on():
    known = set()
    scrub = Scrub(lambda: known)
    assert scrub.text("hunter2! fallen!") == "hunter2! fallen!"
    known.add("hunter2!")
    assert scrub.text("hunter2! fallen!") == f"{MASK} fallen!"
    known.add("fallen!")
    assert scrub.text("hunter2! fallen!") == f"{MASK} {MASK}"


@pytest.mark.parametrize("known", [["hunter", "hunter2!!"], ["hunter2!!", "hunter"]])
def test_a_secret_that_begins_like_another_goes_as_a_whole(known):
    assert Scrub(lambda: known).text("it is hunter2!! now") == f"it is {MASK} now"


def test_a_secret_that_is_a_word_of_the_mask_does_not_spoil_it():
    assert Scrub(lambda: ["secret", "hunter2!"]).text("hunter2! is secret") == f"{MASK} is {MASK}"


@pytest.mark.parametrize("known", ["", "a", "abc"])
def test_a_secret_too_short_to_tell_is_not_searched_for(known):
    assert Scrub(lambda: [known]).text("abc abcd") == "abc abcd"


def test_no_disguise_is_so_short_that_it_would_blank_out_words():
    assert min(map(len, disguises("abcd"))) >= 4
    assert disguises("----") >= {"----"}
    assert "" not in disguises("----")


def test_a_secret_is_no_pattern():
    assert Scrub(lambda: ["a.*b$(1)"]).text("a.*b$(1) axxb$(1)") == f"{MASK} axxb$(1)"


WRAPPED = ["BCDFG-HJKMP-QR\r\nTVW-XY234-6789N", "BCDFG – HJKMP – QRTVW – XY234 – 6789N", "BCDFG HJKMP QRTVW XY234 6789N"]


@pytest.mark.parametrize("text", WRAPPED)
def test_a_key_is_found_however_it_was_broken(text):
    assert Scrub().text(f"Key: {text}.") == f"Key: {MASK}."


def test_a_known_secret_is_found_across_a_line_break():
    assert Scrub(lambda: ["correct-horse"]).text("password corre\n  ct-horse!") == f"password {MASK}!"


@pytest.mark.parametrize("text", ["BRRRR HMMMM TSKTS KHMMM BRRRR", "23467 89234 67892 34678 92346"])
def test_letters_alone_and_digits_alone_are_no_key(text):
    assert Scrub().text(text) == text

"""A secret is carried anywhere and shown nowhere."""

from __future__ import annotations

import copy
import dataclasses
import io
import json
import logging
import pickle
import pprint
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.words.secret import Secret

VALUE = "W269N-WFGWX-YVC9B-4J6C9-T83GX"


@pytest.fixture
def key():
    return Secret(VALUE, "product key", "vault:contoso/win-pro")


@dataclasses.dataclass(frozen=True)
class Holder:
    name: str
    key: Secret


@pytest.mark.parametrize(
    "show",
    [
        str,
        repr,
        pprint.pformat,
        lambda key: f"{key!s} {key!r}",
        lambda key: "%s %r" % (key, key),  # noqa: UP031 - the old way must be safe too
        lambda key: str([key]) + str({"key": key}) + str((key,)),
        lambda key: repr(Holder("FRONTDESK-07", key)),
        lambda key: str(ValueError("refused", key)),
    ],
)
def test_is_shown_by_its_label_only(key, show):
    shown = show(key)
    assert "‹product key›" in shown
    assert "W269N" not in shown
    assert "T83GX" not in shown


@pytest.mark.parametrize(
    "leak",
    [
        lambda key: f"{key}",
        lambda key: f"{key:>40}",
        lambda key: "{}".format(key),  # noqa: UP032 - the old way must be refused too
        lambda key: format(key, ""),
        pickle.dumps,
        lambda key: pickle.dumps(key, protocol=0),
        copy.copy,
        copy.deepcopy,
        json.dumps,
        lambda key: json.dumps({"order": [key]}),
        lambda key: dataclasses.asdict(Holder("FRONTDESK-07", key)),
        lambda key: "installing " + key,
        lambda key: "".join([key]),
        vars,
        bytes,
        list,
    ],
)
def test_refuses_to_become_text_or_bytes(key, leak):
    with pytest.raises(TypeError) as caught:
        leak(key)
    assert "W269N" not in str(caught.value)
    assert "T83GX" not in str(caught.value)


def test_a_log_line_shows_its_label(key):
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logger = logging.getLogger("keyturn.tests.secret")
    logger.addHandler(handler)
    try:
        logger.warning("installing %s with %r", key, {"key": key})
    finally:
        logger.removeHandler(handler)
    assert stream.getvalue() == "installing ‹product key› with {'key': ‹product key›}\n"


def test_a_traceback_with_its_local_variables_does_not_hold_it(key):
    def fails(held):
        alias = [held]
        raise RuntimeError(f"could not install {alias[0]!s}")

    with pytest.raises(RuntimeError) as caught:
        fails(key)
    text = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert "alias = [‹product key›]" in text
    assert "W269N" not in text


def test_reveals_its_value_and_its_reference(key):
    assert key.reveal() == VALUE
    assert key.reference == "vault:contoso/win-pro"


def test_looks_its_value_up_once_and_only_when_needed():
    looked = []

    def look():
        looked.append(1)
        return VALUE

    key = Secret(look, "product key")
    assert str(key) == "‹product key›"
    assert looked == []
    assert (key.reveal(), key.reveal()) == (VALUE, VALUE)
    assert looked == [1]


def test_a_look_up_that_fails_may_be_tried_again():
    results = iter([OSError("locked"), VALUE])

    def look():
        result = next(results)
        if isinstance(result, Exception):
            raise result
        return result

    key = Secret(look)
    with pytest.raises(OSError, match="locked"):
        key.reveal()
    assert key.reveal() == VALUE


@given(value=st.text(max_size=40), count=st.integers(-50, 50))
def test_a_tail_is_never_longer_than_five_characters(value, count):
    tail = Secret(value).tail(count)
    assert len(tail) <= 5
    assert value.endswith(tail)
    assert len(tail) == min(max(count, 0), 5, len(value))


def test_the_tail_of_a_product_key_is_its_last_group(key):
    assert key.tail() == "T83GX"


def test_equal_values_are_equal_and_hash_alike_whatever_they_are_called(key):
    same = Secret(lambda: VALUE, "another label", "vault:other")
    assert key == same
    assert hash(key) == hash(same)
    assert key != Secret("another value", "product key", "vault:contoso/win-pro")
    assert key != VALUE
    assert hash(key) != hash(VALUE)

"""An order is checked before anything is touched, and holds references where secrets would be."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agent.words.order import Order, SecretReference
from agent.words.secret import Secret

KEY = "W269N-WFGWX-YVC9B-4J6C9-T83GX"


class KeyOrder(Order):
    device: str
    key: SecretReference
    spare: SecretReference | None = None
    seats: int = 1

    @property
    def target(self) -> str:
        return f"device:{self.device}"


def order(**changes):
    return KeyOrder(**{"device": "FRONTDESK-07", "key": "vault:contoso/win-pro", **changes})


def test_a_reference_comes_in_as_text_and_leaves_as_text():
    made = order()
    assert isinstance(made.key, Secret)
    assert made.key.reference == "vault:contoso/win-pro"
    assert made.model_dump(mode="json") == {
        "device": "FRONTDESK-07",
        "key": "vault:contoso/win-pro",
        "spare": None,
        "seats": 1,
    }
    assert KeyOrder.model_validate_json(made.model_dump_json()).reference == made.reference


def test_a_reference_that_was_not_resolved_has_no_value():
    with pytest.raises(LookupError, match="not resolved"):
        order().key.reveal()


def test_a_secret_may_be_given_as_itself():
    bound = Secret(KEY, "product key", "vault:contoso/win-pro")
    assert order(key=bound).key is bound


def test_the_reference_is_the_same_for_equal_orders_and_another_for_others():
    first = order().reference
    assert first == order().reference == order(device=" FRONTDESK-07 ").reference
    assert first == order(key=Secret(KEY, "product key", "vault:contoso/win-pro")).reference
    assert len({first, order(seats=2).reference, order(device="X").reference, order(key="vault:other").reference}) == 4
    assert first == "kt-6bd2b38be3e1"


@given(st.dictionaries(st.sampled_from(["device", "seats"]), st.integers(0, 10**6), min_size=2))
def test_the_reference_does_not_hang_on_the_order_of_the_fields(fields):
    forwards = {"device": str(fields["device"]), "seats": fields["seats"], "key": "vault:a"}
    assert KeyOrder(**forwards).reference == KeyOrder(**dict(reversed(forwards.items()))).reference


def test_a_field_that_does_not_exist_is_refused():
    with pytest.raises(ValidationError, match="extra_forbidden"):
        order(devise="FRONTDESK-07")


@pytest.mark.parametrize(
    "typed", [KEY, f"vault:{KEY}", "vault:", "contoso/win-pro", f"vault:a {KEY}", f"vault:a\n{KEY}", 17, None, ["vault:a"]]
)
def test_what_is_not_a_reference_is_refused_and_not_repeated(typed):
    with pytest.raises(ValidationError) as caught:
        order(key=typed)
    (problem,) = caught.value.errors(include_url=False, include_input=False)
    assert problem["loc"] == ("key",)
    assert problem["msg"].startswith("Value error, must be a reference such as vault:")
    assert KEY not in json.dumps({name: str(value) for name, value in problem.items()})


def test_an_order_cannot_be_altered():
    with pytest.raises(ValidationError):
        order().seats = 5


def test_an_order_must_say_what_it_works_on():
    class Silent(Order):
        pass

    with pytest.raises(NotImplementedError, match="Silent does not say what it works on"):
        _ = Silent().target
    assert order().target == "device:FRONTDESK-07"

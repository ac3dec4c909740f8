"""Orders on their way in: every problem is named, and no value is repeated."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import pytest
from pydantic import model_validator

from agent.machine.orders import make_order, read_order_file, resolve
from agent.words.errors import Misuse
from agent.words.order import Order, SecretReference
from agent.words.secret import Secret

KEY = "W269N-WFGWX-YVC9B-4J6C9-T83GX"


class FullOrder(Order):
    device: str
    key: SecretReference
    spare: SecretReference | None = None
    edition: Literal["Professional", "Education"] = "Professional"
    seats: int = 1
    start_at: datetime | None = None
    mails: tuple[str, ...] = ()

    @model_validator(mode="after")
    def one_seat_a_mail(self):
        if len(self.mails) > self.seats:
            raise ValueError("there are more mails than seats")
        return self


def wrong(**fields):
    with pytest.raises(Misuse) as caught:
        make_order(FullOrder, fields)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_good_order_is_made():
    order = make_order(FullOrder, {"device": "A", "key": "vault:a", "seats": "3"})
    assert (order.device, order.seats, order.key.reference) == ("A", 3, "vault:a")


def test_every_problem_is_named():
    said = wrong(edition="Home", seats="many", start_at="soon", devise="A")
    assert said.startswith("the order is not right: ")
    assert "device: is missing" in said
    assert "key: is missing" in said
    assert "edition: must be 'Professional' or 'Education'" in said
    assert "seats: is not a whole number" in said
    assert "start-at: is not a date and time such as 2026-12-04T14:00" in said
    assert "devise: is not a field of this order" in said
    assert said.endswith("Correct it and run again; nothing was started.")


def test_a_problem_deep_inside_says_where():
    assert "mails.1: is not text" in wrong(device="A", key="vault:a", mails=["a", []], seats=2)


def test_a_number_will_do_for_a_name(tmp_path):
    file = tmp_path / "order.toml"
    file.write_bytes(b"\xef\xbb\xbfdevice = 5531\nkey = 'vault:a'\n")
    assert make_order(FullOrder, read_order_file(file)).device == "5531"


def test_a_problem_of_the_whole_order_says_so():
    assert "order: there are more mails than seats" in wrong(device="A", key="vault:a", mails=["a", "b"])


SHAPES = [KEY, [KEY], {"a": KEY}]
FIELDS = ["key", "spare", "edition", "seats", "start_at", "unknown"]
MISPLACED = [(field, shape) for field in FIELDS for shape in SHAPES]
MISPLACED += [("device", [KEY]), ("device", {"a": KEY}), ("mails", KEY), ("mails", [KEY, KEY]), ("mails", {"a": KEY})]


@pytest.mark.parametrize(("field", "shape"), MISPLACED)
def test_a_value_typed_in_the_wrong_place_is_not_repeated(field, shape):
    said = wrong(**{"device": "A", "key": "vault:a", field: shape})
    assert KEY[:5] not in said
    assert KEY[-5:] not in said
    with pytest.raises(Misuse) as caught:
        make_order(FullOrder, {"device": "A", "key": "vault:a", field: shape})
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("field", ["key", "spare"])
def test_a_secret_in_place_of_its_reference_is_told_how_to_store_it(field):
    said = wrong(**{"device": "A", "key": "vault:a", field: KEY})
    assert f"{field}: must be a reference such as vault:contoso/win-pro; store the value with 'keyturn key add'" in said


def test_references_are_bound_to_the_vault():
    order = make_order(FullOrder, {"device": "A", "key": "vault:a"})
    looked = []

    def secret(reference):
        looked.append(reference)
        return Secret(KEY, "product key", reference)

    bound = resolve(order, secret)
    assert looked == ["vault:a"]
    assert (bound.key.reveal(), bound.device, bound.spare) == (KEY, "A", None)
    assert bound.reference == order.reference


def test_a_secret_without_reference_stays_as_it_is():
    order = make_order(FullOrder, {"device": "A", "key": Secret(KEY)})
    assert resolve(order, lambda reference: pytest.fail(reference)).key.reveal() == KEY


def test_a_reference_that_leads_nowhere_is_refused():
    order = make_order(FullOrder, {"device": "A", "key": "vault:a"})

    def secret(reference):
        raise Misuse(f"there is no {reference} in the vault")

    with pytest.raises(Misuse, match="there is no vault:a in the vault"):
        resolve(order, secret)


def test_an_order_file_is_read(tmp_path):
    path = tmp_path / "order.toml"
    path.write_text('device = "FRONTDESK-07"\nseats = 2\n', encoding="utf-8")
    assert read_order_file(path) == {"device": "FRONTDESK-07", "seats": 2}


@pytest.mark.parametrize("text", [b'device = "A', b"\xff\xfe"])
def test_an_order_file_that_is_not_toml_is_told(tmp_path, text):
    path = tmp_path / "order.toml"
    path.write_bytes(text)
    with pytest.raises(Misuse, match=r"order\.toml is not valid TOML: .*Mend that line"):
        read_order_file(path)


def test_an_order_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(Misuse, match=r"order\.toml cannot be read: No such file or directory"):
        read_order_file(tmp_path / "order.toml")
    with pytest.raises(Misuse, match="cannot be read: Is a directory"):
        read_order_file(tmp_path)


def test_a_product_key_in_any_field_is_refused_and_not_shown():
    with pytest.raises(Misuse) as told:
        make_order(FullOrder, {"device": "W269N-WFGWX-YVC9B-4J6C9-T83GX", "key": "vault:a"})
    assert "product key in device" in str(told.value)
    assert "WFGWX" not in str(told.value)

"""The filter language."""

from __future__ import annotations

import pytest

from connectors.lab.screenconnect.filter import BadFilter, matches

FIELDS = {"Name": "Anna's PC", "SessionType": "Access", "GuestConnectedCount": 1, "IsEnded": False}


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("Name = 'Anna''s PC'", True),
        ("name = 'anna''S pc'", True),
        ("Name <> 'x'", True),
        ("Name LIKE 'Anna%'", True),
        ("Name LIKE '%.PC'", False),
        ("GuestConnectedCount > 0", True),
        ("GuestConnectedCount <= 0", False),
        ("NOT IsEnded", True),
        ("NOT NOT IsEnded", False),
        ("SessionType = 'Access' AND (Name = 'x' OR GuestConnectedCount > 0)", True),
        ("Name = 'x' AND Name = 'x' OR SessionType = 'Access'", True),
        ("SessionType = 'Access' OR Name = 'x' AND Name = 'x'", True),
    ],
)
def test_expressions(expression, result):
    assert matches(expression, FIELDS) is result


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "Name =",
        "Name = x",
        "= 'x'",
        "Name = 'x",
        "Colour = 'x'",
        "(IsEnded",
        "IsEnded)",
        "Name = 1",
        "Name = 'x' ; x",
        "NOT",
    ],
)
def test_what_is_none(expression):
    with pytest.raises(BadFilter):
        matches(expression, FIELDS)

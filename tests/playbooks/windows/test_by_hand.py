"""The words for technicians: which steps they have, and what stands in them."""

from __future__ import annotations

import pytest

from playbooks.windows import by_hand, steps
from playbooks.windows.order import UpgradeOrder

NAMES = [text for name, text in vars(steps).items() if name.isupper()]
ON_THE_DEVICE = set(NAMES[NAMES.index(steps.REACHED) : NAMES.index(steps.SUCCESS)]) - {steps.ANNOUNCED}
"""Nobody needs to do anything where a word on the screen cannot be shown."""


def texts(edition="education", current="pro"):
    given = dict.fromkeys(("ticket", "customer", "user", "licence", "technician"), "x")
    order = UpgradeOrder(
        **given, contact="a@b.example", device="FRONTDESK-07", current=current, edition=edition, key="vault:x/win"
    )
    return by_hand.texts(order, "NEW22"), order


def test_every_step_on_the_device_says_what_a_person_does():
    told, _ = texts()
    assert set(told) == ON_THE_DEVICE
    assert all(text.isascii() and len(text) < 400 and text.endswith((".", "'")) for text in told.values())


def test_what_is_to_be_compared_is_named():
    told, _ = texts()
    assert "FRONTDESK-07" in told[steps.REACHED]
    assert "Windows Pro" in told[steps.FIT]
    for step in (steps.EFFECT, steps.WORKS, steps.INSTALLED):
        assert "Windows Education" in told[step]
    for step in (steps.INSTALLED, steps.WORKS):
        assert "NEW22" in told[step]


def test_the_lists_of_files_are_this_orders_own():
    told, order = texts()
    before, after = told[steps.RECORDED], told[steps.INTACT]
    for when, text in (("before", before), ("after", after)):
        assert rf'dir "%SystemDrive%\Users" /s /b /a-d > "%ProgramData%\{order.reference}-{when}.txt"' in text


@pytest.mark.parametrize(("edition", "tool"), [("enterprise", "Change product key"), ("ServerDatacenter", "DISM /Online")])
def test_a_key_is_put_in_as_windows_wants_it(edition, tool):
    told, _ = texts(edition, "ServerStandard" if edition.startswith("Server") else "pro")
    assert tool in told[steps.INSTALLED]

"""The words for customers: which they are for each way in which the work can stop."""

from __future__ import annotations

import pytest

from agent.api import Ending, Exit, Mark
from playbooks.windows import letters, steps

NAMES = {text for name, text in vars(steps).items() if name.isupper()}


def trouble(step, mark=Mark.WAITING, **facts):
    return letters.trouble(Ending(mark, Exit.FAILED, step, "evidence", facts=facts))


def test_words_are_kept_for_steps_that_exist():
    assert set(letters.TROUBLE) <= NAMES
    assert len(NAMES) == len([name for name in vars(steps) if name.isupper()])


@pytest.mark.parametrize("step", sorted(NAMES))
@pytest.mark.parametrize("mark", [Mark.WAITING, Mark.ASK, Mark.FAILED, Mark.UNCONFIRMED, Mark.UNREACHED])
def test_no_words_hold_a_code_the_evidence_or_the_name_of_a_customer(step, mark):
    words = trouble(step, mark, code="0xC004F050", customer="Willow Street Dental", owner="Willow Street Dental")
    assert "Willow" not in words
    assert "0x" not in words
    assert "evidence" not in words
    assert (words == "") is (step in (steps.OWNED, steps.KEPT))


def test_the_words_of_an_error_go_before_those_of_the_step():
    assert trouble(steps.INSTALLED, Mark.FAILED, customer_words="Ask your seller.") == "Ask your seller."


def test_another_request_has_words_of_its_own():
    assert "does not ask for an upgrade" in trouble(steps.ASKED, customer="Willow Street Dental")


@pytest.mark.parametrize("step", [steps.REACHED, steps.BEGINS, steps.INSTALLED])
@pytest.mark.parametrize(
    ("reasons", "away"),
    [
        ({"winrm": "NotSent"}, True),
        ({"kaseya": "NotSent", "winrm": "NotSent"}, True),
        ({"winrm": "Refused"}, False),
        ({"winrm": "Misuse"}, False),
        ({"winrm": "NotSent", "splashtop": "Refused"}, False),
        ({}, False),
    ],
)
def test_the_customer_is_to_switch_it_on_only_where_nothing_answers(step, reasons, away):
    words = trouble(step, Mark.UNREACHED, reasons=reasons)
    assert words == (letters.AWAY if away else letters.OURS)
    assert ("switch it on" in words) is away


@pytest.mark.parametrize("mark", [Mark.FAILED, Mark.WAITING])
def test_a_missing_password_is_a_problem_on_our_side(mark):
    """The vault has no such entry: nothing was tried, so nothing is known of the device."""
    assert trouble(steps.REACHED, mark) == letters.OURS

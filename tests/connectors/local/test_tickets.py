"""What the ticket desk answers, and that what it does twice is done once."""

from __future__ import annotations

import pytest

from agent.api import Misuse, Refused, Verdict
from connectors.local.register import Note, TicketRegister, TimeEntry
from connectors.local.tickets import DeskTickets

KIND = "windows licence upgrade"


@pytest.fixture
def tickets(contoso) -> DeskTickets:
    return DeskTickets(contoso)


@pytest.fixture
def register(contoso) -> TicketRegister:
    return TicketRegister(contoso)


@pytest.fixture
def number(register) -> str:
    return register.open("Contoso", KIND, number="5531")


@pytest.mark.parametrize(
    ("customer", "package", "verdict", "evidence"),
    [
        ("contoso", "Core", "yes", "Contoso has package 'core'"),
        ("Fabrikam", "core", "no", "Fabrikam has package 'basic', wanted 'core'"),
        ("Contso", "core", "no", "no customer 'Contso'"),
    ],
)
def test_entitled(tickets, customer, package, verdict, evidence):
    answer = tickets.entitled(customer, package)
    assert answer.verdict.value == verdict
    assert evidence in answer.evidence


def test_an_open_ticket_of_the_type_asks_for_it(tickets, number):
    answer = tickets.asks_for(number, "Windows-License Upgrade", "Contoso")
    assert answer.is_yes
    assert "5531 is open" in answer.evidence


def test_another_type_and_an_unknown_ticket_do_not(tickets, register, number):
    other = register.open("Contoso", "printer")
    assert "of type 'printer', wanted 'windows licence upgrade'" in tickets.asks_for(other, KIND, "Contoso").evidence
    assert tickets.asks_for(other, KIND, "Contoso").verdict is Verdict.NO
    assert tickets.asks_for("99", KIND, "Contoso").verdict is Verdict.NO
    assert "no ticket 99" in tickets.asks_for("99", KIND, "Contoso").evidence


@pytest.mark.parametrize(
    ("ticket", "customer", "words"),
    [
        ("99", "Contoso", "no ticket 99"),
        ("5531", "Contso", "no customer 'Contso'"),
        ("5531", "Fabrikam", "ticket 5531 is a ticket of Contoso, not of Fabrikam"),
    ],
)
def test_a_ticket_of_somebody_else_is_for_a_technician(tickets, number, ticket, customer, words):
    answer = tickets.asks_for(ticket, KIND, customer)
    assert (answer.verdict, answer.person) == (Verdict.NO, "technician")
    assert words in answer.evidence
    assert "theirs" not in answer.facts


def test_whose_ticket_it_is_is_told_whatever_else_is_wrong(tickets, register, number):
    other = register.open("Contoso", "printer")
    for each, kind in ((other, KIND), (number, KIND), (number, "printer")):
        assert tickets.asks_for(each, kind, " CONTOSO ").facts["theirs"] is True
        assert tickets.asks_for(each, kind, "contoso").facts["owner"] == "Contoso"


def test_a_ticket_that_a_run_closed_still_lets_the_run_pass(tickets, number):
    tickets.close(number, minutes=30, technician="Kim")
    answer = tickets.asks_for(number, KIND, "Contoso")
    assert answer.is_yes
    assert "closed by Kim on 2026-03-02 09:15 UTC at the end of a run" in answer.evidence


def test_a_ticket_that_was_closed_by_hand_starts_no_new_work(tickets, register, number):
    register.close(number, "Lee", "the customer changed their mind")
    answer = tickets.asks_for(number, KIND, "Contoso")
    assert answer.verdict is Verdict.NO
    assert "closed by Lee" in answer.evidence
    assert "starts no new work" in answer.evidence
    register.reopen(number)
    assert tickets.asks_for(number, KIND, "Contoso").is_yes


def test_a_note_is_told_once(tickets, register, number):
    assert tickets.told(number, "o1:proof").verdict is Verdict.NO
    tickets.tell(number, "Please send the proof.", reference="o1:proof", public=True)
    tickets.tell(number, "Please send the proof again.", reference="o1:proof", public=True)
    tickets.tell(number, "0xC004F050", reference="o1:proof:desk", public=False)
    assert register.find(number).notes == (
        Note("keyturn", "2026-03-02T09:15:00+00:00", True, "Please send the proof.", "o1:proof"),
        Note("keyturn", "2026-03-02T09:15:00+00:00", False, "0xC004F050", "o1:proof:desk"),
    )
    answer = tickets.told(number, "o1:proof")
    assert answer.is_yes
    assert "public note o1:proof of 2026-03-02 09:15 UTC" in answer.evidence
    assert answer.facts["at"] == "2026-03-02T09:15:00+00:00"


def test_the_same_reference_on_two_tickets_is_two_notes(tickets, register, number):
    other = register.open("Contoso", KIND)
    for each in (number, other):
        tickets.tell(each, "text", reference="r", public=True)
    assert all(len(register.find(each).notes) == 1 for each in (number, other))


def test_closing_twice_enters_the_time_once(tickets, register, number, clock):
    assert "5531 is open" in tickets.closed(number).evidence
    tickets.close(number, minutes=30, technician="Kim")
    clock.sleep(3600)
    tickets.close(number, minutes=30, technician="Kim")
    assert register.find(number).times == (TimeEntry("Kim", 30, "2026-03-02T09:15:00+00:00"),)
    answer = tickets.closed(number)
    assert answer.is_yes
    assert "closed by Kim on 2026-03-02 09:15 UTC" in answer.evidence


def test_a_reopened_ticket_is_closed_anew(tickets, register, number):
    tickets.close(number, minutes=30, technician="Kim")
    register.reopen(number)
    assert tickets.closed(number).verdict is Verdict.NO
    tickets.close(number, minutes=15, technician="Kim")
    assert [entry.minutes for entry in register.find(number).times] == [30, 15]


def test_an_unknown_ticket_is_not_written_to(tickets):
    with pytest.raises(Refused, match="no ticket 9"):
        tickets.tell("9", "text", reference="r", public=True)
    with pytest.raises(Refused, match="no ticket 9"):
        tickets.close("9", minutes=1, technician="Kim")
    assert tickets.told("9", "r").verdict is Verdict.NO
    assert tickets.closed("9").verdict is Verdict.NO


def test_a_reply_after_closing_needs_attention(tickets, register, number):
    assert not register.reply(number, "When will you come?").attention
    tickets.close(number, minutes=30, technician="Kim")
    found = register.reply(number, "Where is the start menu?", "Jane")
    assert found.attention
    assert found.state == "closed"
    assert [note.author for note in found.notes] == ["Contoso", "Jane"]
    assert "the customer has written since" in tickets.closed(number).evidence
    assert tickets.asks_for(number, KIND, "Contoso").is_yes
    register.close(number, "Kim")
    assert not register.find(number).attention
    assert tickets.asks_for(number, KIND, "Contoso").is_yes


def test_numbers_are_given_in_order(register):
    assert register.open("Contoso", KIND) == "1"
    register.open("Contoso", KIND, number="5531")
    register.open("Contoso", KIND, number="INC-9")
    assert register.open("Contoso", KIND) == "5532"
    with pytest.raises(Misuse, match="ticket inc-9 already"):
        register.open("Contoso", KIND, number="inc-9")


def test_what_a_ticket_cannot_hold_is_misuse(register, number):
    for wrong in (
        lambda: register.reply(number, "  "),
        lambda: register.open("Contoso", " "),
        lambda: register.open("None", KIND),
    ):
        with pytest.raises(Misuse):
            wrong()


def test_the_customers_own_tickets(register, number):
    register.open("Fabrikam", KIND)
    assert [ticket.number for ticket in register.all("contoso")] == ["5531"]

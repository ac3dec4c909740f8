"""A device's session is found by GUID or by name, and never guessed."""

from __future__ import annotations

import pytest

from agent.api import NotSent, Refused
from connectors.lab.screenconnect.guest import Kind
from connectors.lab.windows.pc import Pc


def test_by_the_machines_name(shop):
    assert shop.open(name="frontdesk-07").seat.machine == "FRONTDESK-07"


def test_by_the_sessions_name_with_a_quote_in_it(shop):
    shop.guest.name = "Anna's PC"
    assert shop.open(name="Anna's PC").seat.id == shop.guest.id
    with pytest.raises(Refused, match="has no session or machine called x' OR"):
        shop.open(name="x' OR Name <> '")


def test_a_stale_double_is_passed_over(shop):
    stale = shop.guest
    fresh = shop.instance.join(shop.pc)
    stale.machine = Pc("FRONTDESK-07", world=shop.pc.world)
    stale.machine.switch(on=False)
    shop.site.settle()
    assert shop.open(name="FRONTDESK-07").seat.id == fresh.id


def test_two_that_are_online_are_refused_by_name_and_fine_by_id(shop):
    other = shop.instance.join(shop.pc)
    with pytest.raises(Refused, match="more than one session or machine called FRONTDESK-07 online") as caught:
        shop.open(name="FRONTDESK-07")
    assert str(shop.instance.guests[0].id) in str(caught.value)
    assert str(other.id) in str(caught.value)
    assert "screenconnect.session" in str(caught.value)
    assert shop.open(session=str(other.id)).seat.id == other.id


def test_machines_of_two_companies_are_never_mixed_up(shop):
    mine = shop.guest
    mine.properties[0] = "Contoso"
    theirs = shop.instance.join(Pc("FRONTDESK-07", world=shop.pc.world))
    theirs.properties[0] = "Fabrikam"
    theirs.machine.switch(on=False)
    with pytest.raises(Refused, match=r"of different companies \(Contoso, Fabrikam\)"):
        shop.open(name="FRONTDESK-07")
    assert shop.open(name="FRONTDESK-07", company="Contoso").seat.id == mine.id
    with pytest.raises(NotSent, match="is not connected"):
        shop.open(name="FRONTDESK-07", company="Fabrikam")
    mine.properties[:] = ["", "Contoso", *[""] * 6]
    theirs.properties[:] = ["", "Fabrikam", *[""] * 6]
    assert shop.open(name="FRONTDESK-07", company="Contoso", company_property=2).seat.id == mine.id


def test_an_ended_session_is_none(shop):
    shop.guest.ended = True
    with pytest.raises(Refused, match="has no session"):
        shop.open(session=str(shop.guest.id))


def test_a_support_session_is_not_found_by_name(shop):
    shop.guest.kind = Kind.SUPPORT
    with pytest.raises(Refused, match="has no session"):
        shop.open(name="FRONTDESK-07")

"""Killed at any moment and run again, an order ends as if nothing had happened (X-2)."""

from __future__ import annotations

import os
import signal

import pytest

from agent.machine.home import Home
from agent.words.errors import Exit
from agent.words.step import Mark
from tests.playbooks.upgrade.mortal import Host, SharedClock, moments
from tests.playbooks.upgrade.office import BEGIN, FULL, PASSWORD, TECHNICIAN

MOMENTS = (
    "Journal.order",
    "Journal.start",
    "Claims.take",
    "started",
    "settled the order fits the desk",
    "settled the customer has the Core package",
    "settled the ticket asks for a licence upgrade",
    "settled the product key is well formed",
    "settled a licence is on record, or its proof of purchase is asked for",
    "settled a licence for this device is owned",
    "settled the product key is not in use elsewhere",
    "begun the licence is set aside for this device",
    "LicenceInventory.reserve",
    "after LicenceInventory.reserve",
    "settled the licence is set aside for this device",
    "settled the appointment can be kept",
    "begun the appointment is in the diary",
    "Diary.book",
    "after Diary.book",
    "settled the appointment is in the diary",
    "begun the customer has the instructions",
    "Mail.send",
    "after Mail.send",
    "settled the customer has the instructions",
    "settled the appointment has come",
    "reached",
    "settled the device is reached",
    "settled the device is fit for the change",
    "settled the back-up is complete",
    "begun the user's data is on record, or the key was in before",
    "RemoteDevice.tell",
    "after RemoteDevice.tell",
    "settled the user's data is on record, or the key was in before",
    "begun the product key is installed",
    "RemoteDevice.tell",
    "after RemoteDevice.tell",
    "settled the product key is installed",
    "begun the new edition is in effect",
    "RemoteDevice.tell",
    "after RemoteDevice.tell",
    "Tickets.tell",
    "after Tickets.tell",
    "settled the new edition is in effect",
    "begun Windows is activated",
    "RemoteDevice.tell",
    "after RemoteDevice.tell",
    "settled Windows is activated",
    "begun the product key is cleared from the registry",
    "RemoteDevice.tell",
    "after RemoteDevice.tell",
    "RemoteDevice.tell",
    "after RemoteDevice.tell",
    "settled the product key is cleared from the registry",
    "settled the new licence works",
    "begun the user's data is all there",
    "RemoteDevice.tell",
    "after RemoteDevice.tell",
    "settled the user's data is all there",
    "begun the customer knows that it worked",
    "Tickets.tell",
    "after Tickets.tell",
    "settled the customer knows that it worked",
    "begun the ticket says which ways to the device were taken",
    "Tickets.tell",
    "after Tickets.tell",
    "settled the ticket says which ways to the device were taken",
    "begun the ticket is closed",
    "Tickets.close",
    "after Tickets.close",
    "settled the ticket is closed",
    "ended",
    "Journal.end",
    "Claim.release",
)
"""Where a whole run can be killed, counted from 0."""


DOUBTFUL = ("begun the customer has the instructions", "begun the product key is installed")
"""Killed just after one of these, nobody knows whether it was done, and the PC or the outbox shows that it was not."""


@pytest.fixture(scope="module")
def host():
    with Host() as running:
        yield running


@pytest.fixture
def clock(folder):
    """Time that the PC here and the order in the other process share."""
    return SharedClock(folder / "clock", BEGIN)


@pytest.fixture
def office(make_office):
    """A whole order: with an appointment, and with a change that takes a restart."""
    office = make_office()
    office.order(appointment="2026-03-02T09:00", tolerance=1440)
    office.back_up()
    return office


def test_these_are_all_the_moments(office, monkeypatch):
    seen: list[str] = []
    moments(monkeypatch.setattr, seen.append)
    assert office.run().exit is Exit.DONE
    assert seen == list(MOMENTS)


@pytest.mark.parametrize("moment", range(len(MOMENTS) + 1), ids=[*MOMENTS, "never"])
def test_an_order_that_is_killed_ends_as_if_nothing_had_happened(office, host, folder, moment):
    order = {name: value for name, value in office.order().model_dump(mode="json").items() if value is not None}
    status = host.run(
        folder=str(office.home.folder), clock=str(folder / "clock"), begin=BEGIN.isoformat(), order=order, dies=moment
    )
    if moment < len(MOMENTS):
        assert os.WIFSIGNALED(status)
        assert os.WTERMSIG(status) == signal.SIGKILL
    else:
        assert os.waitstatus_to_exitcode(status) == Exit.DONE
    office.home = Home(office.home.folder, office.home.hooks, office.clock)
    if moment and MOMENTS[moment - 1] in DOUBTFUL:
        again = office.run()
        assert (again.mark, f"begun {again.step}") == (Mark.ASK, MOMENTS[moment - 1])
        assert not {"key installed", "activated"} & set(office.effects())
    assert office.finish().exit is Exit.DONE
    _as_if_nothing_had_happened(office)


def _as_if_nothing_had_happened(office) -> None:
    effects = office.effects()
    announced = effects.count("restart announced")
    assert announced == 1 + effects.count("restart cancelled")
    assert announced <= 2
    assert [effect for effect in effects if "announced" not in effect and "cancelled" not in effect] == [
        effect for effect in FULL if "announced" not in effect
    ]
    ticket = office.ticket()
    assert (ticket.state, ticket.closed_by) == ("closed", TECHNICIAN)
    assert len(ticket.times) == 1
    assert ["has been upgraded" in note.text for note in office.notes()].count(True) == 1
    assert len(office.letters()) == 1
    assert len(office.rows("desk.db", "seats")) == len(office.rows("desk.db", "keys")) == 1
    assert [row[-1] for row in office.rows("desk.db", "appointments")] == [True]
    assert office.rows("journal.db", "claims") == []
    audit = office.home.journal.audit()
    assert audit.broken is None
    assert audit.events > 25
    for name, content in office.files().items():
        assert office.key.value.encode() not in content, name
        assert PASSWORD.encode() not in content, name

"""X-7: a side system (desk, inventory, mail, diary) that is out is never a yes, whatever is asked of it and whenever."""

from __future__ import annotations

import pytest

from agent.api import Diary, Kind, LicenceInventory, Mail, NotSent, Tickets, Unsure
from agent.words.errors import Exit
from agent.words.event import Event
from tests.playbooks.upgrade.office import (
    ASIDE,
    BEGIN,
    BOOKED,
    CLOSED,
    CORE,
    FITS,
    FREE,
    FULL,
    ON_RECORD,
    SUCCESS,
    TOLD,
)

OUT = (
    (Tickets, "asks_for", FITS, 0),
    (Tickets, "entitled", CORE, 0),
    (LicenceInventory, "covers", ON_RECORD, 0),
    (Tickets, "told", ON_RECORD, 0),
    (LicenceInventory, "key_is_free", FREE, 0),
    (LicenceInventory, "reserved", ASIDE, 0),
    (LicenceInventory, "reserve", ASIDE, 0),
    (Diary, "booked", BOOKED, 0),
    (Diary, "book", BOOKED, 0),
    (Mail, "sent", TOLD, 0),
    (Mail, "send", TOLD, 0),
    (Tickets, "tell", SUCCESS, 1),
    (Tickets, "closed", CLOSED, 1),
    (Tickets, "close", CLOSED, 1),
)
"""What is out: the port, what is asked of it, where a run stops for that, and whether the key is installed by then."""


class Out:
    """A port of which one thing gets no answer."""

    def __init__(self, port, name, error):
        self._port, self._name, self._error = port, name, error

    def __getattr__(self, name):
        if name == self._name:
            return self._fail
        return getattr(self._port, name)

    def _fail(self, *_args, **_named):
        raise self._error


@pytest.mark.parametrize("error", [NotSent("it cannot be reached"), Unsure("no answer came")], ids=["not reached", "no answer"])
@pytest.mark.parametrize("out", OUT, ids=[f"{port.__name__}.{name}" for port, name, *_ in OUT])
def test_what_is_out_stops_the_run_there_and_the_order_goes_on_once_it_is_back(office, out, error):
    port, name, step, keys = out
    office.order(appointment=BEGIN.strftime("%Y-%m-%dT%H:%M"), zone="UTC")
    office.back_up()
    whole = office.home.port(port)
    office.home.ports[port] = Out(whole, name, error)
    ending = office.run()
    assert (ending.step, ending.exit) in ((step, Exit.WAITING), (step, Exit.FAILED))
    assert error.what in ending.text
    assert step not in {event.step for event in office.events if _is_yes(event)}
    assert office.effects().count("key installed") == keys
    assert office.ticket().state == "open"
    office.home.ports[port] = whole
    assert office.finish().exit is Exit.DONE
    assert tuple(office.effects()) == FULL
    assert ["has been upgraded" in note.text for note in office.notes()].count(True) == 1
    assert (office.ticket().state, len(office.letters())) == ("closed", 1)


def _is_yes(event: Event) -> bool:
    return event.kind is Kind.SETTLED and event.facts["verdict"] == "yes"


def test_every_question_and_every_change_that_a_run_needs_is_among_them():
    asked = {(port, name) for port, name, *_ in OUT}
    for port in (Tickets, LicenceInventory, Diary, Mail):
        assert {name for name in vars(port) if not name.startswith("_")} == {name for kind, name in asked if kind is port}

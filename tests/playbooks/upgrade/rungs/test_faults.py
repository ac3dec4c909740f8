"""The fault table, run: each fault on real protocol servers, what carries on, what is recorded, and that no yes is false."""

from __future__ import annotations

import pytest

from agent.api import Attended, Kind
from agent.words.errors import Exit
from tests.playbooks.upgrade.rungs.evidence import amiss
from tests.playbooks.upgrade.rungs.faults import ITSELF, NOBODY, PERSON, away, connector, cure, site
from tests.playbooks.upgrade.rungs.ladders import Rungs
from tests.playbooks.upgrade.rungs.table import SECTIONS

TELLS = (Kind.PASSED_OVER, Kind.SETTLED, Kind.ENDED)
CASES = [(section, front, row) for section in SECTIONS for row in section.rows for front in section.fronts]


def named(section, front, row):
    """What a line is called among the tests."""
    return f"{' > '.join(section.ladder(front, row))}: {row.what}"


@pytest.mark.parametrize(("section", "front", "row"), CASES, ids=[named(*case) for case in CASES])
def test_each_fault_is_met_as_the_table_says(on, section, front, row):
    ladder = section.ladder(front, row)
    office = on(Rungs(ladder, "", ""))
    faulty = connector(front)
    for one in section.before:
        away(office, one)
    row.deed(office, front)
    ending = office.run()
    assert ending.exit is row.exit
    assert office.effects().count("key installed") == row.installed
    assert (office.ticket().state == "closed") is (row.exit is Exit.DONE)
    assert carried_on(office, faulty) == {ITSELF: faulty, NOBODY: ""}.get(row.then, row.then)
    assert recorded(office, faulty, row.why) if row.why else spent(site(office, front))
    if PERSON in ladder:
        assert bool(site(office, PERSON).sessions) is (row.then == PERSON)
    cure(office)
    assert goes_on(office).exit is Exit.DONE
    assert office.effects().count("key installed") == 1
    assert office.ticket().state == "closed"
    assert amiss(office) == []


def goes_on(office):
    """The order to its end; a person says yes where that is asked, and installs the key where no private way leads there."""
    for _ in range(5):
        ending = office.run()
        if ending.exit is not Exit.PERSON:
            break
        if "stays in its log" in ending.text:
            office.pc._work.install_key(office.key.value)
        else:
            office.answer(ending.step)
    return ending


def carried_on(office, faulty):
    """Which connector answered the first reading after *faulty* had failed, or the first one of all; a person's is an answer.

    What fails once the PC restarts does not count: every way does then.
    """
    restart = next((place for place, one in enumerate(office.carried) if one.what == "restart"), len(office.carried))
    failed = [place for place, one in enumerate(office.carried[:restart]) if one.connector == faulty and one.error]
    asked = [one for one in office.carried[failed[0] if failed else 0 :] if one.verb == "ask"]
    return next((one.connector for one in asked if one.error is None or isinstance(one.error, Attended)), "")


def recorded(office, faulty, why):
    """Did the connector fail like that, and does the record of the run say so, by kind where it was passed over?"""
    kind, _, words = why.partition(": ")
    failed = [one.error for one in office.carried if one.connector == faulty and one.error]
    told = [event for event in office.events if words in event.text and event.kind in TELLS]
    passed = [event.facts["reason"] for event in told if event.kind is Kind.PASSED_OVER and event.facts["connector"] == faulty]
    return any(error.kind == kind and words in str(error) for error in failed) and bool(told) and {*passed} <= {kind}


def spent(server):
    """Has all that was to go wrong there happened, although the record holds nothing of it?"""
    if hasattr(server, "instance"):
        return not +server.instance.tricks._planned
    if hasattr(server, "sessions"):  # one that can be joined was made in place of the one that had expired
        return sorted(one.status for one in server.sessions.values()) == ["expired", "open"]
    if hasattr(server, "mishaps"):
        faults = server.mishaps._faults
        return bool(faults) and all(fault.times == 0 for fault in faults)
    return not any(getattr(server.faults, "_left", {}).values()) and not getattr(server.faults, "_waiting", ())

"""What is asked of an order and its device together: the files of a device on which a person has been at work."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from agent.api import Attended, Verdict, no, unsure, yes
from playbooks.windows import steps
from playbooks.windows.case import Case

NOT_YET, THERE, UNREAD = no("not on record yet"), yes("4 files are on record"), unsure("the PC could not say")
SAM = yes("Sam said yes")


@dataclass
class Site:
    """A device that says what it is told to, and people who have said what they have."""

    record: object = NOT_YET
    key: object = field(default_factory=lambda: no("installed keys: …3V66T"))
    works: object = field(default_factory=lambda: no("it does not work"))
    compared: object = field(default_factory=lambda: unsure("nothing can be compared", person="technician"))
    said: tuple = ()

    def ask(self, told):
        if isinstance(told, Exception):
            raise told
        return told

    @property
    def case(self):
        windows = SimpleNamespace(
            data_recorded=lambda reference: self.ask(self.record),
            key_installed=lambda edition, key: self.ask(self.key),
            licence_works=lambda edition, key: self.ask(self.works),
            data_intact=lambda reference: self.ask(self.compared),
        )
        people = SimpleNamespace(said=lambda step: SAM if step in self.said else unsure("nobody has confirmed it yet"))
        order = SimpleNamespace(reference="kt-1", edition="Education")
        case = Case(order, windows, None, None, None, None, people, None)
        vars(case)["key"] = "the key"
        return case


PERSON = Attended("only a person can see this")
IN = yes("Education with key …NEW22")


@pytest.mark.parametrize(
    ("site", "verdict"),
    [
        (Site(), Verdict.NO),
        (Site(THERE), Verdict.YES),
        (Site(UNREAD), Verdict.UNSURE),
        (Site(key=IN), Verdict.NO),
        (Site(said=(steps.REACHED,)), Verdict.NO),
        (Site(key=IN, said=(steps.REACHED,)), Verdict.YES),
        (Site(key=IN, said=(steps.INSTALLED,)), Verdict.YES),
        (Site(THERE, key=IN, said=(steps.INSTALLED,)), Verdict.YES),
        (Site(UNREAD, key=IN, said=(steps.INSTALLED,)), Verdict.YES),
        (Site(PERSON, PERSON, said=(steps.REACHED, steps.INSTALLED)), Verdict.YES),
    ],
)
def test_files_are_put_on_record_before_the_key_is_in_and_not_after_a_person_put_it_in(site, verdict):
    assert site.case.recorded().verdict is verdict


def test_who_alone_can_see_the_device_is_asked_before_the_key_is_in():
    with pytest.raises(Attended):
        Site(PERSON, PERSON, said=(steps.REACHED, steps.FIT, steps.BACKED_UP)).case.recorded()


@pytest.mark.parametrize(
    ("site", "verdict"),
    [
        (Site(), Verdict.UNSURE),
        (Site(works=yes("it works")), Verdict.YES),
        (Site(works=yes("it works"), said=(steps.REACHED,)), Verdict.UNSURE),
        (Site(works=yes("it works"), said=(steps.INSTALLED,)), Verdict.UNSURE),
        (Site(works=yes("it works"), said=(steps.INSTALLED, steps.INTACT)), Verdict.YES),
        (Site(UNREAD, works=yes("it works")), Verdict.UNSURE),
        (Site(THERE, works=yes("it works"), compared=no("1 is missing")), Verdict.UNSURE),
        (Site(THERE, works=yes("it works"), compared=yes("all are there"), said=(steps.INSTALLED,)), Verdict.YES),
    ],
)
def test_only_a_device_that_nobody_touched_for_this_order_needs_no_comparison(site, verdict):
    assert site.case.intact().verdict is verdict

"""Whether the users' files are all there after the work, compared with the record made before it."""

from __future__ import annotations

import re
from typing import Any

from agent.api import Answer, no, unsure, yes
from playbooks.windows.facts import Facts


def folder(reference: str) -> str:
    """The folder's name for an order: letters, digits, point, dash and underscore, at most 80.

    Raises :class:`ValueError` for a reference without any of them.
    """
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", reference)[:80].strip(".-")
    if not name:
        raise ValueError(f"the reference {reference!r} cannot name a folder")
    return name


def recorded(facts: Facts, reference: str) -> Answer:
    """Is there a record of the users' files for the order *reference*?"""
    if facts.records is None:
        return unsure("the PC could not say what is on record")
    record = facts.record(folder(reference))
    if record is None or record.recorded is None:
        return no("the users' files are not on record yet")
    seen = record.recorded
    aside = f", {seen.unreadable} folders could not be read" if seen.unreadable else ""
    return yes(f"{seen.files} files with {seen.bytes} bytes are on record{aside}", files=seen.files, bytes=seen.bytes)


def intact(facts: Facts, reference: str) -> Answer:
    """Were the users' files compared with the record, with nothing missing and nothing changed behind their backs?"""
    before = recorded(facts, reference)
    if not before.is_yes:
        return unsure(f"{before.evidence}, so nothing can be compared", person="technician")
    record = facts.record(folder(reference))
    if record is None or record.recorded is None or record.compared is None:
        return no("the users' files were not compared with the record yet")
    seen = record.compared
    told: dict[str, Any] = {
        "missing": seen.missing,
        "changed": seen.changed,
        "edited": seen.edited,
        "new": seen.new,
        "same": seen.same,
    }
    line = f"of {record.recorded.files} files {seen.missing} are missing and {seen.changed} changed without being written to"
    if seen.missing or seen.changed:
        return no(line, person="technician", **told)
    if seen.unreadable > record.recorded.unreadable:
        return unsure(f"{line}, but {seen.unreadable} folders could not be read", person="technician", **told)
    return yes(f"all {record.recorded.files} files are there ({seen.edited} edited since, {seen.new} new)", **told)

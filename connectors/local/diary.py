"""The diary folder: one calendar file for each agreed time, of which one an order is live."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, select
from sqlalchemy.dialects.sqlite import insert

from agent.api import Answer, Appointment, Diary, no, unsure, yes
from connectors.local import tables
from connectors.local.desk import Desk, could_not_ask
from connectors.local.invitations import calendar_file, read_calendar
from connectors.local.masking import masked
from connectors.local.papers import file_name, write

_MOMENT = re.compile(r"(?P<line>.+?)[\W_]+\d{4}-\d{2}-\d{2}T\d{2}.*", re.DOTALL)


def order_of(reference: str) -> str:
    """The part of an appointment's reference that all agreed times of one order share.

    It is what precedes a moment in ISO 8601 (``order-17@2026-03-28T14:00``), else all of it.
    """
    found = _MOMENT.fullmatch(reference)
    return found["line"] if found else reference


class FolderDiary(Diary):
    """The calendar files of *desk*; the files are the truth, so a technician may move or delete one."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._folder = desk.folder / "diary"

    @could_not_ask
    def booked(self, appointment: Appointment) -> Answer:
        """Is this appointment in the calendar, at this time and for this long?"""
        file = self._folder / file_name(appointment.reference, ".ics")
        try:
            entry = read_calendar(file.read_bytes(), appointment.reference)
        except FileNotFoundError:
            return no(f"the diary has no appointment {appointment.reference}")
        except OSError as error:
            return unsure(f"{file} cannot be read: {error.strerror}")
        except ValueError as error:
            return unsure(f"{file} cannot be understood: {' '.join(str(error).split())[:200]}", person="technician")
        if entry.cancelled:
            return no(f"the appointment {appointment.reference} was cancelled in diary/{file.name}")
        wanted = appointment.start.astimezone(UTC).replace(microsecond=0)
        if (entry.start.astimezone(UTC), entry.end.astimezone(UTC)) != (wanted, wanted + appointment.length):
            seen = f"{_shown(entry.start)} to {_shown(entry.end)}"
            return no(f"the diary has it from {seen}, wanted {_shown(appointment.start)} for {appointment.length}")
        return yes(f"the diary has it at {_shown(appointment.start)} in diary/{file.name}", at=wanted.isoformat())

    def book(self, appointment: Appointment) -> None:
        """Puts the appointment in; an older one of the same order is cancelled in the same go.

        Raises:
            NotSent: nothing was written, or only files that the next attempt writes again.
            Unsure: the desk's last word was lost.
        """
        line = order_of(appointment.reference)
        details = _details(appointment)
        with self._desk.writing() as connection:
            rows = _rows(connection, line)
            mine = next((row for row in rows if row.reference == appointment.reference), None)
            if mine is not None and mine.live and mine.details == details and self.booked(appointment).is_yes:
                return
            sequence = max((row.sequence for row in rows), default=-1) + 1
            for row in rows:
                if row.live and row.reference != appointment.reference:
                    self._put(connection, row._asdict(), sequence=sequence, live=False)
            file = file_name(appointment.reference, ".ics")
            values = {"reference": appointment.reference, "line": line, "file": file, "details": details}
            self._put(connection, values, sequence=sequence, live=True)

    def _put(self, connection: Connection, row: Mapping[str, Any], *, sequence: int, live: bool) -> None:
        appointment = _appointment(row["reference"], row["details"])
        written = self._desk.clock.now()
        content = calendar_file(appointment, sequence=sequence, cancelled=not live, written=written)
        write(self._folder / row["file"], content)
        values = {**row, "sequence": sequence, "live": live}
        statement = insert(tables.appointments).values(values)
        connection.execute(statement.on_conflict_do_update(index_elements=["reference"], set_=values))


def _rows(connection: Connection, line: str) -> list[Row[Any]]:
    return list(connection.execute(select(tables.appointments).where(tables.appointments.c.line == line)).all())


def _details(appointment: Appointment) -> str:
    """The appointment as the desk keeps it, so that it can be cancelled with what it said."""
    zone = appointment.start.tzinfo
    return json.dumps(
        {
            "start": appointment.start.astimezone(UTC).isoformat(),
            "zone": zone.key if isinstance(zone, ZoneInfo) else "UTC",
            "minutes": appointment.length / timedelta(minutes=1),
            "title": masked(appointment.title),
            "attendees": appointment.attendees,
            "text": masked(appointment.text),
        },
        sort_keys=True,
    )


def _appointment(reference: str, details: str) -> Appointment:
    kept = json.loads(details)
    start = datetime.fromisoformat(kept["start"]).astimezone(ZoneInfo(kept["zone"]))
    length = timedelta(minutes=kept["minutes"])
    return Appointment(reference, kept["title"], start, length, tuple(kept["attendees"]), kept["text"])


def _shown(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M ") + str(moment.tzinfo)

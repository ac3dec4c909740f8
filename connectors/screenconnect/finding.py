"""Which session belongs to a device, and whether its agent is connected now; never a guess between two."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar
from uuid import UUID

from tenacity import RetryCallState, Retrying, retry_if_result, stop_after_attempt, wait_fixed

from agent.api import NotSent, Refused, Unsure
from connectors.screenconnect.road import ACCESS, Road, Seat
from connectors.screenconnect.settings import Settings

_LOOKS = 3
"""How often an empty list is asked for again: an instance under load answers with one although the session exists."""
_PAUSE = 2.0
_ONLINE = "GuestConnectedCount > 0"
_PIN = "Give the device its session with screenconnect.session"
T = TypeVar("T")


class Finder:
    """Looks sessions up for one device.

    Args:
        road: The way into the instance.
        settings: What the device says about its session.
        sleep: How to wait for seconds.
    """

    def __init__(self, road: Road, settings: Settings, sleep: Callable[[float], None]) -> None:
        self._road = road
        self._settings = settings
        self._sleep = sleep

    def seat(self) -> Seat:
        """The device's session, whose agent is connected.

        Raises:
            NotSent: its agent is not connected.
            Refused: there is no such session, or more than one that may be meant.
        """
        settings = self._settings
        where = _is(settings.session) if settings.session else self._named()
        found = [seat for seat in self._looked_up(where) if not seat.ended]
        wanted = f"session {settings.session}" if settings.session else f"session or machine called {settings.name}"
        if not found:
            raise Refused(f"ScreenConnect has no {wanted}", "Check the setting, and whether the agent is installed.")
        self._one_company(found)
        connected = self._online(where, found)
        online = [seat for seat in found if seat.id in connected]
        if not online:
            raise NotSent(f"ScreenConnect: {_listed(found)} is not connected{_since(found)}", "Nothing was sent.")
        if len(online) > 1:
            raise Refused(f"ScreenConnect has more than one {wanted} online: {_listed(online)}", f"{_PIN}.")
        return online[0]

    def online(self, session: UUID) -> bool:
        """Is the agent of *session* connected now?"""
        found = self._road.seats(_is(session))
        return session in self._online(_is(session), found)

    def known(self, session: UUID) -> Seat | None:
        """What the instance shows of *session* now; ``None`` when it does not know it any more."""
        return next(iter(self._looked_up(_is(session))), None)

    def _named(self) -> str:
        name = quoted(self._settings.name or "")
        where = f"{ACCESS} AND (Name = {name} OR GuestMachineName = {name})"
        if self._settings.company:
            where += f" AND CustomProperty{self._settings.company_property} = {quoted(self._settings.company)}"
        return where

    def _looked_up(self, where: str) -> list[Seat]:
        return patiently(lambda: self._road.seats(where), lambda found: not found, self._sleep)

    def _online(self, where: str, found: Sequence[Seat]) -> set[UUID]:
        """Which of *found* are connected, as the instance itself counts the agents' connections.

        Where it does not take that filter the times decide. Where it counts none and the times disagree, it is asked again,
        and its count holds: a command must never wait for a machine that is away.
        """
        times = {seat.id for seat in found if seat.seems_online}
        try:
            counted = patiently(
                lambda: {seat.id for seat in self._road.seats(f"{where} AND {_ONLINE}")},
                lambda ids: not ids and bool(times),
                self._sleep,
            )
        except (Refused, Unsure) as error:
            if error.facts.get("status") != 500:
                raise
            return times
        return counted

    def _one_company(self, found: Sequence[Seat]) -> None:
        """Refuses sessions of different companies: the one that happens to be online may be another customer's machine."""
        place = self._settings.company_property - 1
        companies = {seat.properties[place] for seat in found if len(seat.properties) > place}
        if len(companies) > 1:
            told = ", ".join(sorted(name or "no company" for name in companies))
            raise Refused(
                f"ScreenConnect has sessions called {self._settings.name} of different companies ({told})",
                f"{_PIN}, or narrow it with screenconnect.company.",
            )


def patiently(look: Callable[[], T], again: Callable[[T], bool], sleep: Callable[[float], None]) -> T:
    """What *look* sees, looked at up to three times while *again* says so of it."""
    retrying = Retrying(
        retry=retry_if_result(again),
        stop=stop_after_attempt(_LOOKS),
        wait=wait_fixed(_PAUSE),
        sleep=sleep,
        retry_error_callback=_last_look,
    )
    return retrying(look)


def _last_look(state: RetryCallState) -> object:
    return state.outcome.result() if state.outcome else None


def _is(session: UUID) -> str:
    return f"SessionID = '{session}'"


def quoted(text: str) -> str:
    """*text* as a value of a filter expression, in which a quote is doubled ("List of trigger definitions")."""
    return "'" + text.replace("'", "''") + "'"


def _listed(seats: Sequence[Seat]) -> str:
    return ", ".join(str(seat) for seat in seats)


def _since(seats: Sequence[Seat]) -> str:
    left = [seat.went for seat in seats if seat.went is not None]
    return f" since {max(left):%Y-%m-%d %H:%M} UTC" if left else ""

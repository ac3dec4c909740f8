"""Whether one licence covers one user on one device: a pure judgement of what the desk holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from agent.api import Answer, no, yes
from connectors.local.editions import edition_id, same_edition
from connectors.local.names import folded

ACTIVE, TERMINATED = "active", "terminated"


@dataclass(frozen=True, slots=True)
class Seat:
    """One seat that is taken; an empty device or user is not decided yet."""

    device: str = ""
    user: str = ""

    def __str__(self) -> str:
        return " / ".join(filter(None, (self.device, self.user)))


@dataclass(frozen=True, slots=True)
class Licence:
    """What a customer owns.

    Attributes:
        number: The licence's number or name, unique in the desk.
        customer: The owner's name.
        edition: Windows edition, as ``EditionID`` or as it is spoken (``pro``).
        seats: How many there are.
        expires: The last day on which it is valid, in the customer's time zone; ``None`` when it never ends.
        state: ``active`` or ``terminated``.
        taken: The seats that are assigned.
    """

    number: str
    customer: str
    edition: str
    seats: int = 1
    expires: date | None = None
    state: str = ACTIVE
    taken: tuple[Seat, ...] = ()

    def seat_of(self, device: str, user: str) -> Seat | None:
        """The seat that is theirs: assigned to both, or to one of them with the other left open."""
        fitting = [seat for seat in self.taken if _fits(seat, device, user)]
        return max(fitting, key=lambda seat: (bool(seat.device), bool(seat.user)), default=None)

    def seat_against(self, device: str, user: str) -> Seat | None:
        """A seat by which the device belongs to somebody else than *user*."""
        others = (seat for seat in self.taken if seat.device and folded(seat.device) == folded(device))
        return next((seat for seat in others if not _fits(seat, device, user)), None)


@dataclass(frozen=True, slots=True)
class Claim:
    """Who wants which edition of which licence, and on which day."""

    licence: str
    customer: str
    device: str
    user: str
    edition: str
    on: datetime

    @property
    def who(self) -> str:
        """Device and user, as evidence names them."""
        return f"{self.device} ({self.user})" if self.user else self.device


def judge(licence: Licence, claim: Claim, zone: str) -> Answer:
    """Does *licence* cover *claim*? *zone* is the IANA zone in which its last day ends."""
    day = claim.on.astimezone(ZoneInfo(zone)).date()
    name = f"licence {licence.number}"
    if folded(licence.customer) != folded(claim.customer):
        return no(f"{name} belongs to another company than {claim.customer}", owner=licence.customer)
    if licence.state != ACTIVE:
        return no(f"{name} was terminated", state=licence.state)
    if not same_edition(licence.edition, claim.edition):
        return no(f"{name} is for edition {edition_id(licence.edition)}, wanted {edition_id(claim.edition)}")
    if licence.expires is not None and day > licence.expires:
        return no(f"{name} expired on {licence.expires}, wanted for {day}", expires=licence.expires.isoformat())
    return _judge_seats(licence, claim, f"valid on {day}")


def _judge_seats(licence: Licence, claim: Claim, valid: str) -> Answer:
    name, edition, used = f"licence {licence.number}", edition_id(licence.edition), len(licence.taken)
    facts: dict[str, Any] = {"seats": licence.seats, "taken": used, "edition": edition}
    if licence.seat_of(claim.device, claim.user):
        return yes(f"{name} ({edition}, {valid}) holds a seat for {claim.who}", **facts)
    if other := licence.seat_against(claim.device, claim.user):
        return no(
            f"the seat of {name} on {claim.device} is for {other.user or 'nobody'}, wanted {claim.user or 'nobody'}", **facts
        )
    if used < licence.seats:
        return yes(
            f"{name} ({edition}, {valid}) has {licence.seats - used} of {licence.seats} seats free for {claim.who}", **facts
        )
    holders = ", ".join(str(seat) for seat in licence.taken[:3]) + (" …" if used > 3 else "")
    return no(f"{name} has no free seat for {claim.who}: {used} of {licence.seats} are taken by {holders}", **facts)


def _fits(seat: Seat, device: str, user: str) -> bool:
    same_device = not seat.device or folded(seat.device) == folded(device)
    same_user = not seat.user or folded(seat.user) == folded(user)
    return same_device and same_user and bool(seat.device or seat.user)

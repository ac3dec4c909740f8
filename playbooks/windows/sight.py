"""The licence of a PC as a row of a survey, and what about it needs attention."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from datetime import timedelta

from agent.api import Attention, RemoteSession, Sighting, Unsure
from playbooks.windows import editions, facts, preflight, support
from playbooks.windows.editions import Family
from playbooks.windows.facts import LICENSED, Facts, Licence

NOTICE = timedelta(days=30)
"""How long before its end a licence, an evaluation or a build is worth acting on."""
_MINUTES = 60 * 24
_OFF = frozenset({0, 4, 5})
"""``LicenseStatus`` of a Windows that shows its user that it is not licensed: none, non-genuine, notification."""
_CLIENT = "Volume:GVLK"
"""The channel of keys that are activated by a KMS host (or by the directory) and renewed every seven days."""

Finding = tuple[Attention, str]
Check = Callable[[Facts, Licence | None], Finding | None]


def sight(session: RemoteSession) -> Sighting:
    """One reading of the PC behind *session*, as a row.

    Raises what the session raises, and :class:`Unsure` when the PC tells too little about itself.
    """
    return of(facts.parse(session.ask(facts.command())))


def of(seen: Facts) -> Sighting:
    """The row for *seen*: the columns of the licence, and every finding in one line, the most urgent first."""
    licence, doubt = _licence(seen)
    found = sorted(_findings(seen, licence, doubt), key=lambda finding: -finding[0])
    status = _status(licence) if licence else "unknown" if doubt else "no licence"
    channel = (licence and licence.channel) or "unknown"
    edition = _called(seen.edition)
    return Sighting(
        {
            "edition": edition,
            "build": f"{seen.display or ''} {seen.build}.{seen.ubr or 0}".strip(),
            "channel": channel,
            "status": status,
            "last_five": licence.last5 if licence else "",
            "grace_days": _days(licence),
        },
        found[0][0] if found else Attention.FINE,
        "; ".join(words for _, words in found),
        {"edition": edition, "channel": channel, "status": status},
    )


def _licence(seen: Facts) -> tuple[Licence | None, str]:
    """The licence of Windows, or why it cannot be told."""
    if seen.licences is None:
        return None, "the PC could not say which licence it has"
    if not [licence for licence in seen.licences if not licence.addon]:
        return None, ""
    try:
        return seen.licence(), ""
    except Unsure as problem:
        return None, problem.what


def _status(licence: Licence) -> str:
    return facts.STATUS.get(licence.status, f"status {licence.status}")


def _days(licence: Licence | None) -> int | str:
    """Whole days until the licence ends, or nothing where it does not or is not known."""
    return licence.grace // _MINUTES if licence and licence.grace else ""


def _called(edition: str) -> str:
    found = editions.find(edition)
    return f"Windows {found.name}" if found else edition


def _findings(seen: Facts, licence: Licence | None, doubt: str) -> Iterator[Finding]:
    if doubt:
        yield Attention.LOOK, doubt
    elif licence is None:
        yield Attention.NOW, "Windows has no product key"
    for check in _CHECKS:
        if finding := check(seen, licence):
            yield finding


def _licensed(_seen: Facts, licence: Licence | None) -> Finding | None:
    if licence is None or licence.status == LICENSED:
        return None
    state = _status(licence)
    reason = f" ({licence.reason})" if licence.reason else ""
    if licence.status in _OFF:
        return Attention.NOW, f"not licensed: {state}{reason}"
    return Attention.SOON, f"not licensed, {state}, {_days(licence) or 0} days left{reason}"


def _ending(seen: Facts, licence: Licence | None) -> Finding | None:
    """A licence that is in order today and ends; a client of a KMS host renews it long before, unless it cannot."""
    if licence is None or licence.status != LICENSED or not licence.grace:
        return None
    soon = timedelta(minutes=licence.grace) <= NOTICE
    what = "the evaluation" if _is_evaluation(seen) else "the licence"
    if soon:
        why = ", and was not renewed by its KMS host" if licence.channel == _CLIENT else ""
        return Attention.SOON, f"{what} ends in {_days(licence)} days{why}"
    return (Attention.LOOK, f"{what} ends in {_days(licence)} days") if _is_evaluation(seen) else None


def _is_evaluation(seen: Facts) -> bool:
    found = editions.find(seen.edition)
    return bool(found and (found.family is Family.EVALUATION or found.id.endswith("Eval")))


def _kms(_seen: Facts, licence: Licence | None) -> Finding | None:
    """A KMS host that was set by hand: one on a public address belongs to nobody's own network."""
    host = ((licence and licence.kms) or "").strip()
    if not host:
        return None
    try:
        public = ipaddress.ip_address(host.strip("[]")).is_global
    except ValueError:
        return Attention.LOOK, f"the KMS host {host} was set by hand"
    if public:
        return Attention.NOW, f"the KMS host {host} is a public address"
    return Attention.LOOK, f"the KMS host {host} was set by hand"


def _family(seen: Facts, licence: Licence | None) -> Finding | None:
    """An edition that has silently fallen back, or not yet followed its key."""
    if licence is None or licence.family in (None, seen.edition):
        return None
    return Attention.SOON, f"the key is for {_called(licence.family or '')}"


def _supported(seen: Facts, _licence: Licence | None) -> Finding | None:
    day = support.ends(seen.edition, seen.build)
    if day is None or seen.now.date() + NOTICE < day:
        return None
    if day >= seen.now.date():
        return Attention.LOOK, f"security updates end on {day}"
    if any(licence.addon and licence.status == LICENSED for licence in seen.licences or ()):
        return Attention.LOOK, f"security updates ended on {day}, and an add-on is licensed"
    return Attention.SOON, f"not supported: security updates ended on {day}"


def _restart(seen: Facts, _licence: Licence | None) -> Finding | None:
    waiting = preflight.waiting_restart(seen)
    return (Attention.LOOK, waiting) if waiting else None


def _administrator(seen: Facts, _licence: Licence | None) -> Finding | None:
    return (Attention.LOOK, "the account has no full administrator token") if seen.administrator is False else None


_CHECKS: tuple[Check, ...] = (_licensed, _ending, _kms, _family, _supported, _restart, _administrator)

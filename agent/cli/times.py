"""Moments and spans of time as people read them: in their own zone, and in the customer's where that is another one."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def stamp(at: datetime) -> str:
    """*at* in UTC, for lines that programs keep: ``2026-11-03T12:30:00Z``."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def local(at: datetime, zone: tzinfo | None = None) -> str:
    """*at* in *zone* (by default that of this computer), with its name: ``Tue 2026-11-03 18:00 IST``."""
    there = at.astimezone(zone)
    return f"{_DAYS[there.weekday()]} {there:%Y-%m-%d %H:%M} {there.tzname()}"


def both(at: datetime, zone: tzinfo | None) -> str:
    """*at* here, and at the customer's when the clocks there show something else."""
    here = local(at)
    if zone is None or at.astimezone(zone).utcoffset() == at.astimezone().utcoffset():
        return here
    return f"{here} here, {local(at, zone)} there ({zone})"


def span(seconds: float) -> str:
    """A span as people say it: ``0.4 s``, ``42 s``, ``3 min 07 s``, ``2 h 05 min``."""
    if seconds < 10:
        return f"{max(seconds, 0):.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"

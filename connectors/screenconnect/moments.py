"""How ScreenConnect writes a moment: as text with seven digits, as *never*, or as an age."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_FRACTION = re.compile(r"(\.\d{6})\d+")


def moment(value: object, now: datetime) -> datetime | None:
    """The moment that *value* stands for, or ``None`` for never, none, or something that cannot be read.

    A text is ISO 8601 with up to seven digits of a second, and ``0001-01-01T00:00:00`` is *never* (session lists and the
    extension's details). A number is an age in milliseconds before *now* (the built-in details).
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return now - timedelta(milliseconds=value)
        except OverflowError:
            return None
    if not isinstance(value, str):
        return None
    try:
        read = datetime.fromisoformat(_FRACTION.sub(r"\1", value))
    except ValueError:
        return None
    if read.year == 1:
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)

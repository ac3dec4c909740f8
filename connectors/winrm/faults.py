"""What each WS-Management fault means for us: one table, by Windows error number.

Sources: Microsoft's wsmerror.h (names), Microsoft Learn "Quotas for remote shells", MS-WSMV, and the reactions that
ansible-core's winrm connection and pypsrp have found to work.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from agent.api import KeyturnError, NotSent, Refused, TryLater


class Reaction(StrEnum):
    """What a session does by itself before it gives up."""

    POLL = "ask again"
    """Nothing to read yet."""
    NEW_SHELL = "new shell"
    """The shell is gone: idle, closed, restarted."""
    MAKE_ROOM = "make room"
    """A quota is used up: delete the shell, wait a moment, open another."""
    WAIT = "wait"
    """An earlier operation still hangs."""
    NONE = "none"
    """Another try would get the same answer."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault.

    Attributes:
        code: The unsigned Windows error number.
        name: Its name in the Windows SDK.
        reaction: What the session does by itself.
        error: What is raised when that did not help and the command certainly did not start.
        words: What it means and what to do, in one line.
    """

    code: int
    name: str
    reaction: Reaction
    error: type[KeyturnError]
    words: str

    @property
    def hex(self) -> str:
        """The number as people search for it."""
        return f"0x{self.code:08X}" if self.code > 0xFFFF else str(self.code)


_RIGHTS = (
    "the user is known but has no administrator's token; use the built-in Administrator or a domain administrator, "
    "or set LocalAccountTokenFilterPolicy=1 on the PC"
)
_CLOSE = "too many shells are open on the PC; close others or wait until they time out"
_BUSY = "the PC has too many remote operations under way; wait a little"
_BUG = "the PC did not understand the request; report this with the number"

_ROWS = (
    Fault(0x80338029, "ERROR_WSMAN_OPERATION_TIMEDOUT", Reaction.POLL, NotSent, "the PC did not get ready in time"),
    Fault(0x8033805B, "ERROR_WSMAN_UNEXPECTED_SELECTORS", Reaction.NEW_SHELL, NotSent, "the shell is gone from the PC"),
    Fault(0x8033803F, "ERROR_WSMAN_QUOTA_LIMIT", Reaction.MAKE_ROOM, TryLater, _BUSY),
    Fault(0x803381A5, "ERROR_WSMAN_QUOTA_MAX_SHELLS", Reaction.MAKE_ROOM, TryLater, _CLOSE),
    Fault(0x803381A6, "ERROR_WSMAN_QUOTA_MAX_OPERATIONS", Reaction.MAKE_ROOM, TryLater, _BUSY),
    Fault(0x803381A7, "ERROR_WSMAN_QUOTA_USER", Reaction.MAKE_ROOM, TryLater, _BUSY),
    Fault(0x803381A8, "ERROR_WSMAN_QUOTA_SYSTEM", Reaction.MAKE_ROOM, TryLater, _BUSY),
    Fault(0x803381AB, "ERROR_WSMAN_QUOTA_MAX_SHELLUSERS", Reaction.MAKE_ROOM, TryLater, "too many users have shells on the PC"),
    Fault(0x803381E4, "ERROR_WSMAN_QUOTA_MAX_SHELLS_PPQ", Reaction.MAKE_ROOM, TryLater, _CLOSE),
    Fault(0x803381E5, "ERROR_WSMAN_QUOTA_MAX_USERS_PPQ", Reaction.MAKE_ROOM, TryLater, "too many users have shells on the PC"),
    Fault(0x803381E6, "ERROR_WSMAN_QUOTA_MAX_PLUGINSHELLS_PPQ", Reaction.MAKE_ROOM, TryLater, _CLOSE),
    Fault(0x803381E7, "ERROR_WSMAN_QUOTA_MAX_PLUGINOPERATIONS_PPQ", Reaction.MAKE_ROOM, TryLater, _BUSY),
    Fault(0x803381E8, "ERROR_WSMAN_QUOTA_MAX_OPERATIONS_USER_PPQ", Reaction.MAKE_ROOM, TryLater, _BUSY),
    Fault(0x803381E9, "ERROR_WSMAN_QUOTA_MAX_COMMANDS_PER_SHELL_PPQ", Reaction.MAKE_ROOM, TryLater, _BUSY),
    Fault(0x803381EA, "ERROR_WSMAN_QUOTA_MIN_REQUIREMENT_NOT_AVAILABLE_PPQ", Reaction.MAKE_ROOM, TryLater, _BUSY),
    Fault(170, "ERROR_BUSY", Reaction.WAIT, TryLater, "an earlier operation still hangs on the PC"),
    Fault(5, "ERROR_ACCESS_DENIED", Reaction.NONE, Refused, _RIGHTS),
    Fault(0x80070005, "E_ACCESSDENIED", Reaction.NONE, Refused, _RIGHTS),
    Fault(
        0x803381AC,
        "ERROR_WSMAN_REMOTESHELLS_NOT_ALLOWED",
        Reaction.NONE,
        Refused,
        "remote shells are forbidden on the PC; allow them by the policy 'Allow Remote Shell Access'",
    ),
    Fault(
        0x80070002,
        "ERROR_FILE_NOT_FOUND",
        Reaction.NONE,
        Refused,
        "the PC has no such program or cannot run a cmd shell; use another connector",
    ),
    Fault(87, "ERROR_INVALID_PARAMETER", Reaction.NONE, Refused, _BUG),
    Fault(0x80338000, "ERROR_WSMAN_RESOURCE_NOT_FOUND", Reaction.NONE, Refused, "the PC offers no cmd shell"),
    Fault(0x8033800F, "ERROR_WSMAN_INVALID_TIMEOUT", Reaction.NONE, Refused, _BUG),
    Fault(0x80338041, "ERROR_WSMAN_SCHEMA_VALIDATION_ERROR", Reaction.NONE, Refused, _BUG),
    Fault(0x803381AD, "ERROR_WSMAN_PULL_PARAMS_NOT_SAME_AS_ENUM", Reaction.NONE, Refused, _BUG),
)

FAULTS = {row.code: row for row in _ROWS}
"""All faults that are known, by unsigned number."""

_BY_SUBCODE = {"InvalidSelectors": 0x8033805B, "TimedOut": 0x80338029, "AccessDenied": 5, "QuotaLimit": 0x8033803F}


def known(code: int | None, wmi_code: int | None, subcode: str | None) -> Fault:
    """The row for a fault that named its number in ``WSManFault`` (*code*), in ``MSFT_WmiError`` (*wmi_code*) or not at all.

    A number of ``MSFT_WmiError`` is the more exact one where both are known. What no row has is refused by its number.
    """
    seen = [number & 0xFFFFFFFF for number in (wmi_code, code) if number is not None]
    for number in seen:
        if number in FAULTS:
            return FAULTS[number]
    name = (subcode or "").rpartition(":")[2]
    if name in _BY_SUBCODE:
        return FAULTS[_BY_SUBCODE[name]]
    words = "the PC refused the request for a reason that is not in keyturn's table; look the number up"
    return Fault(seen[0] if seen else 0, name or "unknown", Reaction.NONE, Refused, words)

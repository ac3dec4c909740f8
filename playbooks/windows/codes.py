"""Every error code of Windows licensing: what it means, who acts, and what a run does about it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from agent.api import Explanation, KeyturnError, NeedsPerson, Refused, TryLater, Unsure

TABLE = Path(__file__).parent / "codes.json"
"""Rows of hex, symbol, meaning, class, action, source.

Sources: ``doc`` Microsoft's articles on activation errors; ``slmgr`` the table inside slmgr.vbs; ``sdk`` the symbols of
slerror.h; ``thread`` public reports; ``inferred`` general Win32, WinINet and Windows Update codes.
"""

MASK = 0xFFFFFFFF
WIN32 = 0x80070000
"""HRESULTs that wrap a Win32 number begin with this."""


class Klass(StrEnum):
    """What a code asks for; a closed set."""

    RETRY = "retry"
    FIX = "fix-then-retry"
    KEY = "key"
    EDITION = "edition"
    PERSON = "person"
    KMS = "kms-admin"
    REPAIR = "repair"
    INFO = "info"
    UNCLASSIFIED = "unclassified"


@dataclass(frozen=True, slots=True)
class Policy:
    """What follows from a class: the error that is raised, who acts, and the words for both sides."""

    error: type[KeyturnError]
    who: str
    customer: str
    technician: str


POLICIES: Mapping[Klass, Policy] = {
    Klass.RETRY: Policy(
        TryLater,
        "nobody; it is tried again",
        "A service that Windows needs for its licence could not be reached or was busy. Nothing is lost, and you need not do "
        "anything: a technician will try again later.",
        "Passing fault: it is tried again with growing pauses for ten minutes; after that, run it again later.",
    ),
    Klass.FIX: Policy(
        Refused,
        "technician",
        "A setting on your computer stands in the way. A technician is putting it right.",
        "Put right the cause named here, then run again.",
    ),
    Klass.KEY: Policy(
        Refused,
        "customer, with the seller of the key",
        "Windows does not accept this product key. Please have another look at your proof of purchase or ask your seller.",
        "This key will not work here. Do not try it again: tries may be counted.",
    ),
    Klass.EDITION: Policy(
        Refused,
        "technician",
        "The product key belongs to another edition or version of Windows than the one on your computer.",
        "Compare the key's edition with the installed one before anything else.",
    ),
    Klass.PERSON: Policy(
        NeedsPerson,
        "customer or technician, with Microsoft or the maker of the PC",
        "Windows cannot be activated automatically. We have to clear this up with Microsoft or the maker of your computer.",
        "Only Microsoft's activation centre, the maker or the licence's owner can change this.",
    ),
    Klass.KMS: Policy(
        NeedsPerson,
        "administrator of the activation host (KMS or Active Directory)",
        "Your company's own activation service does not answer as it should. Your administrator has to look at it.",
        "The key expects the company's KMS or AD activation: check that, or use a MAK or retail key.",
    ),
    Klass.REPAIR: Policy(
        Refused,
        "technician",
        "A part of Windows on your computer is damaged and has to be repaired first.",
        "Repair licensing or Windows (DISM RestoreHealth, SFC, slmgr /rilc), then run again.",
    ),
    Klass.INFO: Policy(
        Unsure,
        "nobody",
        "This is a message about the state of Windows, not an error.",
        "Not an error: read the licence state and go by that.",
    ),
    Klass.UNCLASSIFIED: Policy(
        NeedsPerson,
        "technician",
        "Windows reports a rare problem with its licence. A technician is looking at it.",
        "Rare code without a proven remedy: look at the system, repair it or ask Microsoft.",
    ),
}


@dataclass(frozen=True, slots=True)
class Code:
    """One code.

    Attributes:
        hex: ``0x`` and eight upper-case digits.
        symbol: The SDK's name, or an empty text.
        meaning: A few words for technicians.
        klass: What it asks for.
        action: The first remedy, or an empty text.
        source: How the facts are known, see :data:`TABLE`.
    """

    hex: str
    symbol: str
    meaning: str
    klass: Klass
    action: str
    source: str

    @property
    def policy(self) -> Policy:
        """What a run does about it."""
        return POLICIES[self.klass]

    @property
    def customer(self) -> str:
        """What to tell the customer."""
        return self.policy.customer

    @property
    def technician(self) -> str:
        """What to tell the technician."""
        return " ".join(part for part in (f"{self.action}." if self.action else "", self.policy.technician) if part)

    def error(self) -> KeyturnError:
        """The error to raise: :class:`TryLater`, :class:`NeedsPerson`, :class:`Refused` or, for mere news, :class:`Unsure`.

        Its facts hold the ``code`` and, as ``customer_words``, what to tell the customer.
        """
        told = {"code": self.hex, "customer_words": self.customer}
        return self.policy.error(f"Windows answered {self.hex}: {self.meaning}", self.technician, **told)

    def explain(self) -> Explanation:
        """All that is known about it, for people."""
        lines = {
            "symbol": self.symbol,
            "class": self.klass.value,
            "who acts": self.policy.who,
            "do": self.technician,
            "tell the customer": self.customer,
            "source": self.source,
        }
        return Explanation(f"{self.hex}: {self.meaning}", {label: text for label, text in lines.items() if text})


def _spoken(symbol: str) -> str:
    """A meaning from a symbol: ``SL_E_TOKSTO_INVALID_FILE`` becomes ``toksto invalid file``."""
    return re.sub(r"^SL_(REMAPPING_)?(SP_|I_|E_|MDOLLAR_)?(PUB_|STATUS_)?", "", symbol).replace("_", " ").lower()


@cache
def table() -> Mapping[int, Code]:
    """All codes by their unsigned number."""
    rows = json.loads(TABLE.read_text("utf-8"))
    return {
        int(hexed, 16): Code(hexed, symbol, meaning or _spoken(symbol), Klass(klass), action, source)
        for hexed, symbol, meaning, klass, action, source in rows
    }


def _numbers(code: int | str) -> list[int]:
    """The numbers that *code* may stand for, likeliest first; none when it is not a number."""
    if isinstance(code, int):
        return [code]
    text = code.strip()
    if re.fullmatch(r"0[xX][0-9A-Fa-f]{1,8}", text):
        return [int(text, 16)]
    numbers = [int(text, 16)] if re.fullmatch(r"[0-9A-Fa-f]{8}", text) else []
    return numbers + ([int(text)] if re.fullmatch(r"-?[0-9]{1,10}", text) else [])


def lookup(code: int | str) -> Code | None:
    """The code in any of its forms: ``0xC004F050``, ``C004F050``, ``-1073418160``, ``3221549136``; ``None`` if not known.

    A small positive number is taken for a Win32 error (``5`` is 0x80070005), as slmgr prints those in decimal.
    """
    for number in _numbers(code):
        known = table().get(number & MASK) or (table().get(WIN32 | number) if 0 < number < 0x10000 else None)
        if known:
            return known
    return None


def error(code: int | str, doing: str) -> KeyturnError:
    """The error for *code* while *doing* something; an unknown code needs a person."""
    known = lookup(code)
    if known is None:
        shown = f"0x{code & MASK:08X}" if isinstance(code, int) else code
        return NeedsPerson(f"{doing}: Windows answered {shown}, which is not in the table", "Look it up before trying again.")
    raised = known.error()
    return type(raised)(f"{doing}: {raised.what}", raised.do, **raised.facts)

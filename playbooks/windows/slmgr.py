"""The calls of slmgr.vbs, how their exit codes are read, and when they are used."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from agent.api import Command, Misuse, Refused, Reply, Secret, ask, seconds, tell
from playbooks.windows import codes
from playbooks.windows.facts import Facts

HEAD = (
    r"%SystemRoot%\System32\cscript.exe",
    "//nologo",
    "//E:vbscript",
    "//T:240",
    r"%SystemRoot%\System32\slmgr.vbs",
)
"""cscript and never wscript, which opens a dialog that nobody can close; a time limit of its own; a changed file
association does not matter (Microsoft Learn, "Slmgr.vbs options for obtaining volume activation information")."""

WITHIN: Mapping[str, timedelta] = MappingProxyType(
    {
        "/ipk": seconds(120),
        "/ato": seconds(240),
        "/dlv": seconds(60),
        "/xpr": seconds(60),
        "/cpky": seconds(60),
        "/upk": seconds(60),
    }
)
"""How long each verb may take."""

METHODS = ("auto", "cim", "slmgr")
"""What an order may say; see :func:`choose`."""


@dataclass(frozen=True, slots=True)
class Choice:
    """By which road a change is made, and why."""

    slmgr: bool
    because: str


def install(key: Secret) -> Command:
    """``/ipk``: the key stands on the command line, so only on the operator's word. The output repeats the key."""
    return tell(*HEAD, "/ipk", key, within=WITHIN["/ipk"])


def activate(activation_id: str) -> Command:
    """``/ato`` for one licence, so that an add-on is never meant."""
    return tell(*HEAD, "/ato", activation_id, within=WITHIN["/ato"])


def clear() -> Command:
    """``/cpky``: removes the readable key from the registry."""
    return tell(*HEAD, "/cpky", within=WITHIN["/cpky"])


def uninstall(activation_id: str) -> Command:
    """``/upk``: never before another key is in, because a restart without a key leaves the PC unlicensed."""
    return tell(*HEAD, "/upk", activation_id, within=WITHIN["/upk"])


def details() -> Command:
    """``/dlv``: for people; nothing is decided by its words."""
    return ask(*HEAD, "/dlv", within=WITHIN["/dlv"])


def expiry() -> Command:
    """``/xpr``: for people; nothing is decided by its words."""
    return ask(*HEAD, "/xpr", within=WITHIN["/xpr"])


def choose(method: str, facts: Facts, *, secret: bool) -> Choice:
    """Whether slmgr or CIM makes a change.

    ``auto`` takes slmgr where no secret is on its command line and CIM for the product key. ``slmgr`` puts the key on the
    command line too, unless the PC records command lines. Without script host it is always CIM.

    Raises:
        Misuse: *method* is none of :data:`METHODS`.
    """
    if method not in METHODS:
        raise Misuse(f"the method {method!r} is not known", f"Use one of {', '.join(METHODS)}.")
    if method == "cim":
        return Choice(slmgr=False, because="the order says so")
    if not (facts.script_host and facts.slmgr):
        return Choice(slmgr=False, because="slmgr.vbs cannot run on this PC (script host off or file missing)")
    if not secret:
        return Choice(slmgr=True, because="no secret is on its command line")
    if method == "auto":
        return Choice(slmgr=False, because="a product key is kept off command lines")
    if facts.auditing is not False:
        return Choice(slmgr=False, because="this PC records command lines, or may do so")
    return Choice(slmgr=True, because="the order says so")


def settle(reply: Reply, doing: str) -> None:
    """Raises what the exit code of slmgr means. Nothing raised is no proof: several failures end with exit code 0.

    Raises:
        Refused: exit code 1 (wrong use, or the script host is off) or a code that trying again will not change.
        TryLater: a passing fault.
        NeedsPerson: only a person can change it, or the code is not known.
    """
    if reply.exit_code == 0:
        return
    if reply.exit_code == 1:
        told = re.search(r"0x[0-9A-Fa-f]{8}", reply.stdout)
        if told is None:
            raise Refused(
                f"{doing}: slmgr.vbs did not run (exit code 1)", "Check that the script host is on, or use the method cim."
            )
        raise codes.error(told[0], doing)
    raise codes.error(reply.exit_code, doing)

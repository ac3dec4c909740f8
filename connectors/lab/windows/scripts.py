"""How a simulated PC answers keyturn's scripts: by their first line, in the same form as the real ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from connectors.lab.windows.licensing import RESTART_NEEDED, Fault
from connectors.lab.windows.power import ALREADY_ANNOUNCED
from connectors.lab.windows.state import SKUS, Backup, State
from connectors.lab.windows.work import Work, iso

Given = Mapping[str, Any]
Told = dict[str, Any]
Handler = Callable[[Work, State, Given, list[str]], Told]

PENDING = ("servicing", "in_progress", "update", "rename", "name")
SHUTTING_DOWN = 1115
NO_ACCESS = 0x80070005


def hexed(code: int) -> str:
    """A code as the scripts write it."""
    return f"0x{code & 0xFFFFFFFF:08X}"


def _licences(state: State) -> list[Told]:
    held = state.held
    if not held.last5:
        return []
    return [
        {
            "id": held.id,
            "family": held.family,
            "addon": False,
            "last5": held.last5,
            "channel": held.channel,
            "pid": held.pid,
            "status": held.status,
            "reason": hexed(held.reason),
            "grace": held.grace,
            "kms": None,
        }
    ]


def place(state: State, backup: Backup) -> str | None:
    """Where a backup lies, as the script tells it."""
    if backup.target.startswith("\\\\") and not backup.target.startswith("\\\\?"):
        return "network"
    if backup.target not in state.disks:
        return None
    return "same disk" if state.disks[backup.target] == state.disks["C:"] else "other disk"


def _backups(state: State) -> Told:
    return {
        "versions": [{"id": f"{one.at.astimezone(UTC):%m/%d/%Y-%H:%M}", "place": place(state, one)} for one in state.backups],
        "event": iso(state.backup_event) if state.backup_event else None,
        "hints": [{"kind": kind, "at": iso(at) if at else None} for kind, at in state.hints],
    }


def _battery(state: State) -> Told:
    battery = state.battery
    if battery is None:
        return {"present": False, "percent": None, "mains": True}
    return {"present": True, "percent": battery.percent, "mains": battery.mains}


def _records(state: State) -> list[Told]:
    return [
        {"reference": reference, "recorded": kept.get("recorded"), "compared": kept.get("compared")}
        for reference, kept in state.records.items()
    ]


def facts(work: Work, state: State, _given: Given, _secrets: list[str]) -> Told:
    """What facts.ps1 tells."""
    work.faults.really("facts")
    noted = {name: state.noted.get(name) for name in ("last5", "at", "cleared")} | {"restart": bool(state.noted.get("restart"))}
    told: Told = {
        "name": work.name,
        "edition": state.edition,
        "composition": "ServerStandard" if state.server else "Enterprise",
        "installation": "Server" if state.server else "Client",
        "product_type": state.product_type,
        "sku": SKUS.get(state.edition),
        "build": str(state.build),
        "ubr": state.ubr,
        "display": state.display,
        "language": state.language,
        "language_mode": state.language_mode,
        "licences": _licences(state),
        "boot": iso(work.boot_time()),
        "now": iso(work.now()),
        "pending": {source: source in state.pending for source in PENDING},
        "busy": sorted(state.busy),
        "free": state.free,
        "battery": _battery(state),
        "bitlocker": state.bitlocker if state.administrator else None,
        "script_host": state.script_host,
        "slmgr": state.slmgr,
        "auditing": state.auditing,
        "users": [*filter(None, [state.user]), *sorted(state.remote)],
        "ready": state.ready,
        "administrator": state.administrator,
        "firmware_key": state.firmware_key,
        "kept_key": state.kept_key,
        "backups": _backups(state),
        "noted": noted,
        "records": _records(state),
    }
    for name in state.unread:
        *outer, inner = name.split(".")
        (told[outer[0]] if outer else told)[inner] = None
    return told


def install_key(work: Work, _state: State, given: Given, secrets: list[str]) -> Told:
    """What install_key.ps1 does."""
    if not given.get("note"):
        work.install_key(secrets[0])
    noted = work.note(last5=secrets[0][-5:], at=iso(work.now()), restart=bool(given.get("restart")))
    return {"ok": True, "refreshed": True, "noted": noted}


def activate(work: Work, state: State, given: Given, _secrets: list[str]) -> Told:
    """What activate.ps1 does."""
    work.activate(str(given["id"]))
    return {"ok": True, "status": state.held.status, "reason": hexed(state.held.reason)}


def clear_key(work: Work, _state: State, given: Given, _secrets: list[str]) -> Told:
    """What clear_key.ps1 does."""
    if not given.get("note"):
        work.clear_key()
    if not work.note(cleared=given["reference"]):
        raise Fault(NO_ACCESS)
    return {"ok": True}


def restart(work: Work, state: State, given: Given, _secrets: list[str]) -> Told:
    """What restart.ps1 does."""
    if "changepk" in state.busy:
        return {"ok": False, "code": hexed(0x80070652), "message": "changepk.exe is still at work"}
    state.ready = False
    started = iso(work.now())
    code = work.restart(float(given["seconds"]), str(given["text"]))
    if code == ALREADY_ANNOUNCED:
        work.cancel_restart()
        code = work.restart(float(given["seconds"]), str(given["text"]))
    return {"ok": code in (0, SHUTTING_DOWN), "rc": code, "at": started, "code": hexed(code), "marked": True}


def change_edition(work: Work, state: State, given: Given, secrets: list[str]) -> Told:
    """What change_edition.ps1 does."""
    if state.auditing:
        return {"ok": False, "code": "auditing", "message": "this PC records command lines"}
    code, noted = RESTART_NEEDED, True
    try:
        work.set_edition(str(given["edition"]), secrets[0])
        noted = work.note(last5=secrets[0][-5:], at=iso(work.now()), restart=True)
    except Fault as fault:
        code = fault.code
    return {"ok": code == RESTART_NEEDED, "rc": code, "code": hexed(code), "noted": noted}


def record_data(work: Work, _state: State, given: Given, _secrets: list[str]) -> Told:
    """What record_data.ps1 does."""
    return work.record_data(str(given["reference"]))


def compare_data(work: Work, _state: State, given: Given, _secrets: list[str]) -> Told:
    """What compare_data.ps1 does."""
    return work.compare_data(str(given["reference"]))


def enable_winrm(work: Work, _state: State, _given: Given, _secrets: list[str]) -> Told:
    """What enable_winrm.ps1 does."""
    work.enable_winrm()
    return {"ok": True, "status": "Running"}


@dataclass(frozen=True, slots=True)
class Known:
    """A script that the lab knows: what stands for it, which parameters it takes, and how many secrets it reads."""

    handler: Handler
    given: frozenset[str]
    secrets: int = 0


_REFERENCE = frozenset({"reference"})
_SCRIPTS = (
    Known(facts, frozenset()),
    Known(install_key, frozenset({"restart", "note"}), 1),
    Known(activate, frozenset({"id"})),
    Known(clear_key, frozenset({"reference", "note"})),
    Known(restart, frozenset({"seconds", "text"})),
    Known(change_edition, frozenset({"edition"}), 1),
    Known(record_data, _REFERENCE),
    Known(compare_data, _REFERENCE),
    Known(enable_winrm, frozenset()),
)
SCRIPTS: Mapping[str, Known] = {f"# keyturn {known.handler.__name__} 1": known for known in _SCRIPTS}
"""By the first line of the script."""


class Misfit(Exception):
    """The script is not known, or its parameters or secrets are not what it takes."""


def answer(work: Work, state: State, request: Given, secrets: list[str]) -> Told:
    """What a script answers; *request* holds ``script`` and ``given``. Raises :class:`Misfit`, and says what was expected."""
    identity = identify(request)
    known = SCRIPTS.get(identity)
    if known is None:
        raise Misfit(f"the lab does not know the script {identity!r}; it knows {', '.join(SCRIPTS)}")
    given = request.get("given")
    if not isinstance(given, dict) or set(given) != known.given or len(secrets) != known.secrets:
        raise Misfit(f"{identity!r} takes the parameters {sorted(known.given)} and {known.secrets} secrets")
    try:
        return known.handler(work, state, given, secrets)
    except Fault as fault:
        return {"ok": False, "code": hexed(fault.code), "message": f"The simulated PC refuses ({hexed(fault.code)})."}


def identify(request: Given) -> str:
    """The first line of the script in *request*, or an empty text."""
    return (str(request.get("script", "")).splitlines() or [""])[0]

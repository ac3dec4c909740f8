"""slmgr.vbs on a simulated PC: its verbs, its words and its exit codes, also the misleading ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from connectors.lab.windows.licensing import LICENSED, Fault
from connectors.lab.windows.said import Said
from connectors.lab.windows.state import State
from connectors.lab.windows.texts import say
from connectors.lab.windows.work import Work

SCRIPT = "slmgr.vbs"


def _signed(code: int) -> int:
    """An HRESULT as a process returns it."""
    return code - (1 << 32) if code >= 1 << 31 else code


def _name(state: State) -> str:
    return f"Windows(R), {state.held.family} edition"


def _ipk(work: Work, state: State, arguments: list[str]) -> Said:
    if len(arguments) != 1:
        return Said([say(state.language, "usage")], 1)
    work.install_key(arguments[0])
    return Said([say(state.language, "installed", key=arguments[0])], 0, seconds=work.faults.seconds("install_key"))


def _ato(work: Work, state: State, arguments: list[str]) -> Said:
    wanted = arguments[0] if arguments else state.held.id
    seconds = work.faults.seconds("activate")
    if not state.held.last5 or wanted.lower() != state.held.id:
        return Said([say(state.language, "no product")], 0)
    first = say(state.language, "activating", family=state.held.family, id=wanted)
    try:
        work.activate(wanted)
    except Fault as fault:
        return Said([first, _refusal(state, fault)], _signed(fault.code), seconds=seconds)
    return Said([first, say(state.language, "activated")], 0, seconds=seconds)


def _details(state: State) -> list[str]:
    held = state.held
    lines = [
        f"{say(state.language, 'name')}: {_name(state)}",
        f"{say(state.language, 'description')}: Windows(R) Operating System, {held.channel.upper().replace(':', '_')} channel",
        f"{say(state.language, 'partial')}: {held.last5}",
        f"{say(state.language, 'status')}: {say(state.language, f'status {held.status}')}",
    ]
    return lines if held.status == LICENSED else [*lines, f"{say(state.language, 'reason')}: 0x{held.reason:08X}."]


def _dlv(_work: Work, state: State, _arguments: list[str]) -> Said:
    return Said(_details(state) if state.held.last5 else [say(state.language, "no key")], 0)


def _xpr(_work: Work, state: State, _arguments: list[str]) -> Said:
    if not state.held.last5:
        return Said([say(state.language, "no key")], 0)
    return Said(
        [_name(state) + ":", "    " + say(state.language, "forever" if state.held.status == LICENSED else "notification")], 0
    )


def _cpky(work: Work, state: State, _arguments: list[str]) -> Said:
    work.clear_key()
    return Said([say(state.language, "cleared")], 0)


def _upk(work: Work, state: State, _arguments: list[str]) -> Said:
    if not state.held.last5:
        return Said([say(state.language, "no key")], 0)
    work.remove_key()
    return Said([say(state.language, "removed")], 0)


Verb = Callable[[Work, State, list[str]], Said]
VERBS: Mapping[str, Verb] = {"ipk": _ipk, "ato": _ato, "dli": _dlv, "dlv": _dlv, "xpr": _xpr, "cpky": _cpky, "upk": _upk}


def _refusal(state: State, fault: Fault) -> str:
    return say(state.language, "error", code=str(fault), text=say(state.language, "refused"))


def cscript(work: Work, state: State, arguments: list[str]) -> Said:
    """``cscript //nologo … slmgr.vbs /verb …``; any other script is missing on this PC."""
    rest = [word for word in arguments if not word.startswith("//")]
    if not state.script_host:
        return Said([say(state.language, "host off")], 1)
    script = rest[0] if rest else ""
    if script.rsplit("\\", 1)[-1].lower() != SCRIPT or not state.slmgr:
        return Said([say(state.language, "no script", script=script)], 1)
    verb = VERBS.get(rest[1][1:].lower()) if len(rest) > 1 and rest[1][0] in "/-" else None
    if verb is None:
        return Said([say(state.language, "usage")], 1)
    try:
        return verb(work, state, rest[2:])
    except Fault as fault:
        return Said([_refusal(state, fault)], _signed(fault.code))

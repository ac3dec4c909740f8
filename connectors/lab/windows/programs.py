"""The programs that a simulated PC has, found by the name in a command line."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC

from connectors.lab.windows.licensing import BY_DISM, NOT_SUPPORTED, RESTART_NEEDED, Fault
from connectors.lab.windows.said import Said
from connectors.lab.windows.slmgr import cscript
from connectors.lab.windows.state import SERVER, State
from connectors.lab.windows.texts import say
from connectors.lab.windows.work import Work

_CMD = re.compile(r'^\s*"?(?:[^"\s]*\\)?cmd(?:\.exe)?"?\s+(?:/[a-bd-z]\s+)*/c\s+(?P<rest>.*)$', re.IGNORECASE | re.DOTALL)
_WORD = re.compile(r'(?:[^\s"]|"[^"]*")+')


def bare(command_line: str) -> str:
    """The command line without ``cmd /c`` around it."""
    found = _CMD.match(command_line)
    if found is None:
        return command_line.strip()
    rest = found["rest"].strip()
    return rest[1:-1] if rest.startswith('"') and rest.endswith('"') and rest.count('"') % 2 == 0 and rest[1:2] != '"' else rest


def words(command_line: str) -> list[str]:
    """Program and arguments; quotes are taken away and variables are put in."""
    found = [word.replace('"', "") for word in _WORD.findall(command_line)]
    return [re.sub(r"%(SystemRoot|windir)%", r"C:\\Windows", word, flags=re.IGNORECASE) for word in found]


def program(word: str) -> str:
    """The bare name of a program: lower case, without folder and ``.exe``."""
    return word.rsplit("\\", 1)[-1].lower().removesuffix(".exe")


def _dism(work: Work, state: State, arguments: list[str]) -> Said:
    options = {name.lower(): value for name, _, value in (word.lstrip("/").partition(":") for word in arguments)}
    if "online" not in options:
        return Said(["Error: 87"], 87)
    if not state.administrator:
        return Said(["Error: 740"], 740)
    if "get-currentedition" in options:
        return Said(["Current edition is:", "", f"Current Edition : {state.edition}"], 0)
    if "get-targeteditions" in options:
        targets = [f"Target Edition : {target}" for target in BY_DISM.get(state.edition, ())]
        return Said(["Editions that can be upgraded to:", "", *targets], 0)
    if "set-edition" not in options:
        return Said(["Error: 87"], 87)
    try:
        work.set_edition(options["set-edition"], options.get("productkey", ""))
    except Fault as fault:
        return Said([f"Error: {fault.code}"], fault.code)
    return Said([], RESTART_NEEDED)


def _wbadmin(_work: Work, state: State, arguments: list[str]) -> Said:
    if [word.lower() for word in arguments[:2]] != ["get", "versions"]:
        return Said([say(state.language, "usage")], 1)
    lines: list[str] = []
    for one in state.backups if state.administrator else []:
        kind = say(state.language, "network share" if one.target.startswith("\\\\") else "disk")
        lines += [
            f"{say(state.language, 'backup time')}: {one.at:%d.%m.%Y %H:%M}",
            say(state.language, "backup target", kind=kind, target=one.target),
            f"{say(state.language, 'identifier')}: {one.at.astimezone(UTC):%m/%d/%Y-%H:%M}",
            say(state.language, "recover"),
            "",
        ]
    return Said(lines, 0)


def _shutdown(work: Work, state: State, arguments: list[str]) -> Said:
    options = [word.lower() for word in arguments]
    if "/a" in options:
        code = work.cancel_restart()
        return Said([], code, [say(state.language, "none announced")] if code else [])
    if "/r" not in options:
        return Said([say(state.language, "usage")], 1)
    after = options.index("/t") + 1 if "/t" in options else 0
    notice = float(options[after]) if 0 < after < len(options) and options[after].isdigit() else 30.0
    code = work.restart(notice, arguments[options.index("/c") + 1] if "/c" in options[:-1] else "")
    return Said([], code, [say(state.language, "announced")] if code else [])


def _changepk(work: Work, state: State, arguments: list[str]) -> Said:
    options = [word.lower() for word in arguments]
    if "/productkey" not in options[:-1] or state.edition.startswith(SERVER):
        return Said([], NOT_SUPPORTED)
    work.changepk(arguments[options.index("/productkey") + 1])
    return Said([], 0)


def _hostname(work: Work, _state: State, _arguments: list[str]) -> Said:
    return Said([work.name], 0)


def _whoami(work: Work, _state: State, _arguments: list[str]) -> Said:
    return Said([f"{work.name.lower()}\\administrator"], 0)


def _echo(_work: Work, _state: State, arguments: list[str]) -> Said:
    return Said([" ".join(arguments)], 0)


Program = Callable[[Work, State, list[str]], Said]
PROGRAMS: Mapping[str, Program] = {
    "cscript": cscript,
    "dism": _dism,
    "wbadmin": _wbadmin,
    "shutdown": _shutdown,
    "changepk": _changepk,
    "hostname": _hostname,
    "whoami": _whoami,
    "echo": _echo,
}
"""By bare name; everything else is unknown to the PC, and never a success."""


def run(work: Work, state: State, command_line: str) -> Said:
    """Runs one command line without ``cmd /c``."""
    found = words(command_line)
    name = found[0] if found else ""
    known = PROGRAMS.get(program(name))
    if known is None:
        return Said([], 1, [say(state.language, "unknown", program=name)])
    return known(work, state, found[1:])

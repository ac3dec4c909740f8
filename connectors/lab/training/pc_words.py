"""The words that act on the simulated PC itself: who is there, its power, what fails on it, what was changed on it."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.lab.training.words import Names, Slip, Word, chosen, counted, times
from connectors.lab.windows.faults import SCRIPTED
from connectors.lab.windows.pc import Pc
from connectors.lab.windows.state import Backup

UTF8 = 65001
KEY = "KEY"
"""Stands for the product key in what is typed on the PC, so that nobody has to write it."""
NAMES = (Names("SCRIPT", sorted(SCRIPTED)),)
_NAMES: Mapping[str, str] = {"Core": "Home", "Professional": "Pro"}
"""What Windows calls an edition whose id is not its name."""


class PcWords:
    """What can be done to *pc*, for which *key* is the product key."""

    def __init__(self, pc: Pc, key: str) -> None:
        self._pc, self._key = pc, key

    def words(self) -> dict[str, Word]:
        """The words."""
        return {
            "backup": Word("", 0, "the user backs the PC up to the network", self._backup),
            "user": Word("[NAME]", 1, "NAME logs on; user alone: whoever is on logs off", self._user),
            "type": Word("COMMAND", None, "somebody types COMMAND on the PC, with KEY for the key", self._type),
            "restart": Word("", 0, "the PC restarts", self._restart),
            "unplug": Word("", 0, "the PC loses its power", lambda: self._switch(on=False)),
            "plug": Word("", 0, "the PC gets its power back", lambda: self._switch(on=True)),
            "fail": Word("SCRIPT CODE [TIMES]", 3, "something on the PC fails with an error code", self._fail),
            "ledger": Word("", 0, "what was changed on the PC so far", self._ledger),
        }

    def _backup(self) -> str:
        self._pc.state.backups.append(Backup(self._pc.world.clock.now()))
        return f"{self._pc.name} was backed up to the network."

    def _user(self, name: str = "") -> str:
        before, self._pc.state.user = self._pc.state.user, name or None
        if name:
            return f"{name} is logged on."
        return f"{before} logged off." if before else "Nobody was logged on."

    def _type(self, command: str) -> str:
        """What a person sees, also in a window: that of slmgr has the same words as its console."""
        program, _, rest = command.partition(" ")
        state = self._pc.state
        if program.lower() == "winver":
            name = _NAMES.get(state.edition, state.edition)
            return f"Windows {name}, version {state.display} (OS Build {state.build}.{state.ubr})"
        line = f"cscript //nologo slmgr.vbs {rest}" if program.lower() in ("slmgr", "slmgr.vbs") else command
        outcome = self._pc.run(line.replace(KEY, self._key), b"", UTF8)
        said = (outcome.stdout + outcome.stderr).decode().replace("\r\n", "\n").replace(self._key, KEY).rstrip()
        return f"{said}\nExit code {outcome.exit_code}.".lstrip()

    def _restart(self) -> str:
        self._switch(on=False)
        self._switch(on=True)
        return f"{self._pc.name} restarts."

    def _switch(self, *, on: bool) -> str:
        self._pc.switch(on=on)
        return f"{self._pc.name} {'starts' if on else 'has no power'}."

    def _fail(self, script: str, code: str, often: str = "1") -> str:
        name, count, number = chosen("script", script, {each: each for each in SCRIPTED}), times(often), _code(code)
        self._pc.faults.fail(name, number, count)
        return f"The next {counted(count, f'try of {name}', f'tries of {name}')} will end with {code}."

    def _ledger(self) -> str:
        effects = self._pc.world.ledger.effects()
        told = (f"{one.at.astimezone():%H:%M:%S}  {one.effect}  {_details(one.detail)}".rstrip() for one in effects)
        return "\n".join(told) or "Nothing was changed yet."


def _code(typed: str) -> int:
    """An error code as it is seen: hexadecimal, or decimal with or without a sign; always unsigned 32 bits."""
    try:
        number = int(typed, 0)
    except ValueError:
        number = 0
    if not number or not -(1 << 31) <= number < 1 << 32:
        raise Slip(f"CODE is an error code such as 0xC004F050, not {typed!r}.")
    return number & 0xFFFFFFFF


def _details(detail: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in detail.items() if name != "text")

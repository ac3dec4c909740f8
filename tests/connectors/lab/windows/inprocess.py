"""A session on a simulated PC without any protocol in between."""

from __future__ import annotations

from agent.api import COMMAND_LINE, Command, NotSent, Reply, Secret, standard_input
from connectors.lab.machine import Power
from connectors.lab.windows.pc import Pc


class InProcess:
    """Speaks to *pc* directly; ``asked`` and ``told`` count the two kinds of commands."""

    connector = "in-process"
    capabilities = frozenset({"powershell", "cmd", "private", "reboot"})

    def __init__(self, pc: Pc, codepage: int = 65001) -> None:
        self.pc = pc
        self.codepage = codepage
        self.asked: list[str] = []
        self.told: list[str] = []

    def ask(self, command: Command) -> Reply:
        if command.changes:
            raise ValueError("ask is for reading")
        self.asked.append(str(command))
        return self._run(command)

    def tell(self, command: Command) -> Reply:
        self.told.append(str(command))
        return self._run(command)

    def close(self) -> None:
        pass

    def _run(self, command: Command) -> Reply:
        if self.pc.power() is not Power.UP:
            raise NotSent(f"{self.pc.name} does not answer")
        if command.script:
            outcome = self.pc.run(COMMAND_LINE, standard_input(command).encode(), 65001)
            page = "utf-8"
        else:
            line = " ".join(part.reveal() if isinstance(part, Secret) else part for part in command.parts)
            outcome = self.pc.run(line, b"", self.codepage)
            page = "utf-8" if self.codepage == 65001 else f"cp{self.codepage}"
        return Reply(outcome.stdout.decode(page), outcome.stderr.decode(page), outcome.exit_code & 0xFFFFFFFF)

"""Counts what reading from one PC costs: keyturn's session beside plain pywinrm, against the lab's WinRM listener.

    python tests/bench/readings.py [--latency 0.02] [--rounds 5]

Each row reads the same eight programs, or one script that answers all of it at once, on one PC: login, reading, closing.
Wall is the median of the rounds; CPU is this process's, listener included.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from agent.api import COMMAND_LINE, Device, Script, Secret, Workplace, ask
from connectors.lab.machine import Outcome, Power
from connectors.lab.winrm.server import WinRMServer
from connectors.winrm.connector import WinRMConnector

USER, PASSWORD = "admin", "B3nch-only"
LINES = [f"reg.exe query HKLM\\SOFTWARE\\Question{number}" for number in range(8)]
FACTS = Script("facts.ps1", "# " + "one line of a script that asks for everything at once\n# " * 60)
SHORT = "[Console]::Out.Write('facts')"
"""What ``run_ps`` is given in place of the script: it takes about 3,000 characters, so the long one does not fit."""


class Pc:
    """A PC that answers at once."""

    name = "BENCH-01"

    def __init__(self) -> None:
        self.users = {USER: PASSWORD}

    def power(self) -> Power:
        """Always up."""
        return Power.UP

    def boot(self) -> int:
        """Never restarted."""
        return 1

    def reads_input(self, command_line: str) -> bool:
        """Only the reader of scripts does."""
        return command_line == COMMAND_LINE

    def run(self, command_line: str, stdin: bytes, codepage: int) -> Outcome:
        """Four kilobytes of facts for a script, a line for a program."""
        return Outcome(stdout=b"x" * 4096 if stdin or "powershell" in command_line else b"EditionID REG_SZ Core\r\n")


class RealClock:
    """The real time."""

    def now(self) -> datetime:
        """Now."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Waits."""
        time.sleep(seconds)


def keyturn(server: WinRMServer, *, facts: bool) -> None:
    """One session; eight programs or one script."""
    workplace = Workplace(Path(), {}, RealClock(), lambda name: Secret(PASSWORD, "password", name))
    way = {"host": "127.0.0.1", "port": server.port, "user": USER, "password": "vault:bench"}
    session = WinRMConnector(workplace).open(Device("BENCH-01", "", ways={"winrm": way}))
    try:
        for command in [ask(FACTS)] if facts else [ask(*line.split()) for line in LINES]:
            session.ask(command)
    finally:
        session.close()


def run_cmd(server: WinRMServer, *, facts: bool) -> None:
    """pywinrm's ``Session``: a shell for each command."""
    import winrm

    session = winrm.Session(server.url, auth=(USER, PASSWORD), transport="ntlm")
    if facts:
        session.run_ps(SHORT)
    else:
        for line in LINES:
            session.run_cmd(line)


def one_shell(server: WinRMServer, *, facts: bool) -> None:
    """pywinrm's ``Protocol`` with one shell, as its documentation shows it."""
    from winrm.protocol import Protocol

    protocol = Protocol(server.url, transport="ntlm", username=USER, password=PASSWORD)
    shell = protocol.open_shell()
    for line in [COMMAND_LINE] if facts else LINES:
        command = protocol.run_command(shell, line)
        if facts:
            protocol.send_command_input(shell, command, FACTS.text.encode(), end=True)
        protocol.get_command_output(shell, command)
        protocol.cleanup_command(shell, command)
    protocol.close_shell(shell)


def measure(reader: Callable[..., None], *, facts: bool, latency: float, rounds: int) -> tuple[int, float, float]:
    """Requests, median wall seconds and CPU seconds of one reading."""
    with WinRMServer(Pc(), latency=latency) as server:
        reader(server, facts=facts)
        requests = len(server.log)
        walls, cpu = [], time.process_time()
        for _ in range(rounds):
            start = time.perf_counter()
            reader(server, facts=facts)
            walls.append(time.perf_counter() - start)
        if server.shells:
            raise RuntimeError("a shell was left open")
        return requests, statistics.median(walls), (time.process_time() - cpu) / rounds


def main() -> None:
    """Prints the table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--latency", type=float, default=0.02, help="seconds that every request takes longer")
    options.add_argument("--rounds", type=int, default=5)
    chosen = options.parse_args()
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        os.environ.pop(name, None)
    table = Table(title=f"Reading from one PC over NTLM-sealed HTTP, {chosen.latency * 1000:g} ms a request")
    for heading in ("what is read", "by", "requests", "wall ms", "CPU ms"):
        table.add_column(heading, justify="left" if heading in ("what is read", "by") else "right")
    for facts, what in ((False, "8 programs"), (True, "1 script with all facts")):
        for reader, by in ((keyturn, "keyturn"), (one_shell, "pywinrm Protocol"), (run_cmd, "pywinrm Session")):
            requests, wall, cpu = measure(reader, facts=facts, latency=chosen.latency, rounds=chosen.rounds)
            table.add_row(what, by, str(requests), f"{wall * 1000:.0f}", f"{cpu * 1000:.0f}")
        table.add_section()
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())

"""Measures a survey of many simulated PCs, which live in another process, beside plain pywinrm in as many threads.

    python -m tests.bench.survey [--count 100] [--latency 0.02] [--threads 16]

Wall and CPU are those of the survey alone: the programs are imported, the desk is filled. CPU is this process's.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from agent.api import COMMAND_LINE, Device, standard_input
from agent.machine.home import Home
from agent.machine.sightings import How, Sightings
from agent.runner.survey import Survey
from playbooks.windows import facts
from tests.bench.fleet import PASSWORD, USER, Served, fleet

CUSTOMERS = 8


@dataclass(frozen=True)
class Cost:
    """What it took: seconds, and this process's memory at its highest."""

    wall: float
    cpu: float
    megabytes: float


def measured(work: Callable[[], None]) -> Cost:
    """The cost of *work*."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Cost(time.perf_counter() - wall, time.process_time() - cpu, memory)


def keyturn(folder: Path, served: Served, threads: int) -> Callable[[], None]:
    """A survey by keyturn: vault, route, session, facts, rows on disk."""
    home = Home.at(folder)
    home.vault.put("bench", PASSWORD, kind="password", at=datetime.now(UTC))
    way = {"host": "127.0.0.1", "user": USER, "password": "vault:bench"}
    devices = [
        Device(f"PC-{number:04}", f"Customer {number % CUSTOMERS}", ways={"winrm": {**way, "port": port}})
        for number, port in enumerate(served.ports)
    ]
    sightings = Sightings(folder / "sightings.db", home.scrub)

    def work() -> None:
        with closing(Survey(home, sightings, threads).over(devices)) as rows:
            failed = [row.reason for row in rows if row.how is not How.SEEN]
        if failed:
            raise RuntimeError(f"{len(failed)} were not seen: {failed[0]}")

    return work


def pywinrm(_folder: Path, served: Served, threads: int) -> Callable[[], None]:
    """The same script by pywinrm's ``Protocol``, one shell a PC, as its documentation shows it; nothing is kept."""
    from winrm.protocol import Protocol

    given = standard_input(facts.command()).encode()

    def one(port: int) -> None:
        protocol = Protocol(f"http://127.0.0.1:{port}/wsman", transport="ntlm", username=USER, password=PASSWORD)
        shell = protocol.open_shell()
        command = protocol.run_command(shell, COMMAND_LINE)
        protocol.send_command_input(shell, command, given, end=True)
        protocol.get_command_output(shell, command)
        protocol.cleanup_command(shell, command)
        protocol.close_shell(shell)

    def work() -> None:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(one, served.ports))

    return work


def main() -> None:
    """Prints the table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--count", type=int, default=100)
    options.add_argument("--latency", type=float, default=0.02, help="seconds that every request takes longer")
    options.add_argument("--threads", type=int, default=16)
    options.add_argument("--only", choices=("keyturn", "pywinrm"), default=None)
    chosen = options.parse_args()
    table = Table(
        title=f"{chosen.count} PCs over NTLM-sealed HTTP, {chosen.latency * 1000:g} ms a request, {chosen.threads} threads"
    )
    for heading in ("by", "wall s", "CPU s", "CPU ms a PC", "requests a PC", "shells left", "memory MB"):
        table.add_column(heading, justify="left" if heading == "by" else "right")
    for by, prepare in (("keyturn", keyturn), ("pywinrm", pywinrm)):
        if chosen.only in (None, by):
            with tempfile.TemporaryDirectory() as folder, fleet(chosen.count, chosen.latency) as served:
                cost = measured(prepare(Path(folder), served, chosen.threads))
            table.add_row(
                by,
                f"{cost.wall:.2f}",
                f"{cost.cpu:.2f}",
                f"{cost.cpu * 1000 / chosen.count:.1f}",
                f"{served.counted['requests'] / chosen.count:.1f} (most {served.counted['most']})",
                str(served.counted["shells"]),
                f"{cost.megabytes:.0f}",
            )
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())

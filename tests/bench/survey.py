"""Measures a survey of many simulated PCs, which live in another process, beside other tools that read the same from them.

    python -m tests.bench.survey [--count 100] [--large 1000] [--latency 0.02] [--threads 16] [--rounds 3] [--ansible PATH]

Every measurement is made in a fresh process, so that no tool pays for another one's memory. The table's legend says what each
one does and leaves out.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from agent.api import COMMAND_LINE, Device, standard_input
from agent.machine.home import Home
from agent.machine.sightings import How, Sightings
from agent.runner.survey import Survey
from playbooks.windows import facts
from tests.bench.fleet import PASSWORD, SHORT, USER, Served, fleet

CUSTOMERS = 8
TARGETS = {"wall": 3.0, "requests": 6.0, "cpu": 1.5}
"""The most that keyturn may take for 100 PCs: seconds, requests a PC, seconds."""
LARGEST_MEMORY = 300.0
"""Megabytes that it may take for 1,000 PCs."""
LEGEND = """\
All: NTLM-sealed HTTP to the same PCs, which run in a process of their own on this machine ({cpus} CPUs) and hold each request
for {latency:g} ms; {threads} at once; medians of {rounds} rounds, each in a fresh process.

keyturn: the secret from the vault, a session, the script of {size} KB by standard input, the answer read into typed facts and
judged, the row kept on disk.

pywinrm: its Protocol in a pool of threads, one shell a PC, the same script in the same way; the answer is thrown away.

ansible: 'ansible -m raw' with as many forks. Its command line does not hold the script, so the PCs take one word for it and
answer the same; the answer is printed. It starts Python and a process for each PC, which is part of its wall and CPU and of no
other row's; its memory is that of its largest process alone."""


@dataclass(frozen=True)
class Cost:
    """What a tool took for all PCs: seconds, megabytes at its highest, requests in all and of one PC at most."""

    wall: float
    cpu: float
    memory: float
    requests: int
    most: int


@dataclass(frozen=True)
class Task:
    """What is to be read, and from whom."""

    served: Served
    folder: Path
    threads: int
    ansible: str


def keyturn(task: Task) -> Callable[[], None]:
    """A survey by keyturn."""
    home = Home.at(task.folder)
    home.vault.put("bench", PASSWORD, kind="password", at=datetime.now(UTC))
    way = {"host": "127.0.0.1", "user": USER, "password": "vault:bench"}
    devices = [
        Device(f"PC-{number:04}", f"Customer {number % CUSTOMERS}", ways={"winrm": {**way, "port": port}})
        for number, port in enumerate(task.served.ports)
    ]
    sightings = Sightings(task.folder / "sightings.db", home.scrub)

    def work() -> None:
        with closing(Survey(home, sightings, task.threads).over(devices)) as rows:
            failed = [row.reason for row in rows if row.how is not How.SEEN]
        if failed:
            raise RuntimeError(f"{len(failed)} were not seen: {failed[0]}")

    return work


def pywinrm(task: Task) -> Callable[[], None]:
    """The same script by pywinrm's ``Protocol``, one shell a PC, as its documentation shows it."""
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
        with ThreadPoolExecutor(task.threads) as pool:
            list(pool.map(one, task.served.ports))

    return work


def ansible(task: Task) -> Callable[[], None]:
    """``ansible -m raw`` over its own WinRM connection, with no configuration of this machine's."""
    hosts = [f"PC-{number:04} ansible_host=127.0.0.1 ansible_port={port}" for number, port in enumerate(task.served.ports)]
    known = {"connection": "winrm", "user": USER, "password": PASSWORD, "winrm_transport": "ntlm", "winrm_scheme": "http"}
    lines = [*hosts, "[all:vars]", *(f"ansible_{name}={value}" for name, value in known.items())]
    inventory = task.folder / "hosts"
    inventory.write_text("\n".join([*lines, "ansible_winrm_message_encryption=always", ""]))
    line = [task.ansible, "all", "-i", str(inventory), "-m", "raw", "-a", SHORT, "-f", str(task.threads)]
    surroundings = {"PATH": os.environ["PATH"], "HOME": str(task.folder), "LC_ALL": "C.UTF-8"}

    def work() -> None:
        done = subprocess.run(line, env=surroundings, cwd=task.folder, capture_output=True, text=True, check=False)
        if done.returncode or done.stdout.count("rc=0") != len(hosts):
            raise RuntimeError(f"ansible: {(done.stdout + done.stderr)[-300:]}")

    return work


TOOLS = {"keyturn": keyturn, "pywinrm": pywinrm, "ansible": ansible}


def measure(tool: str, count: int, chosen: argparse.Namespace) -> Cost:
    """The cost of *tool* for *count* PCs, in this process or, for one that is a program, in its children."""
    whose = resource.RUSAGE_CHILDREN if tool == "ansible" else resource.RUSAGE_SELF
    with tempfile.TemporaryDirectory() as folder, fleet(count, chosen.latency) as served:
        work = TOOLS[tool](Task(served, Path(folder), chosen.threads, chosen.ansible))
        before, began = resource.getrusage(whose), time.perf_counter()
        work()
        wall, after = time.perf_counter() - began, resource.getrusage(whose)
    if served.counted["shells"]:
        raise RuntimeError(f"{tool} left {served.counted['shells']} shells open")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, cpu, after.ru_maxrss / 1024, served.counted["requests"], served.counted["most"])


def measured(tool: str, count: int, rounds: int, options: list[str]) -> Cost:
    """The median costs of *rounds* measurements, each in a fresh process. Raises :class:`RuntimeError` when one fails."""
    line = [sys.executable, "-m", "tests.bench.survey", *options, "--measure", tool, "--count", str(count)]
    costs = []
    for _ in range(rounds):
        done = subprocess.run(line, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{tool} could not be measured")
        costs.append(Cost(**json.loads(done.stdout)))
    return Cost(*(statistics.median(getattr(cost, name) for cost in costs) for name in Cost.__annotations__))


def row(table: Table, tool: str, count: int, cost: Cost) -> None:
    """Adds one row."""
    requests = f"{cost.requests / count:.1f}" + (f", most {cost.most:g}" if cost.most * count > cost.requests else "")
    numbers = (f"{cost.wall:.2f}", f"{cost.cpu:.2f}", f"{cost.cpu * 1000 / count:.1f}", requests, f"{cost.memory:.0f}")
    table.add_row(tool, f"{count:,}", *numbers)


def beside(table: Table, tool: str, chosen: argparse.Namespace, given: list[str]) -> None:
    """Adds the row of a tool that need not be there."""
    if not chosen.ansible:
        table.add_row(tool, "", "not installed")
        return
    try:
        row(table, tool, chosen.count, measured(tool, chosen.count, chosen.rounds, given))
    except RuntimeError:
        table.add_row(tool, "", "failed, see above")


def verdict(small: Cost, large: Cost, chosen: argparse.Namespace) -> str:
    """How keyturn stands to what it should keep to."""
    told = {"wall": small.wall, "requests": small.requests / chosen.count, "cpu": small.cpu}
    parts = [f"{name} {told[name]:.2f} of {most:g}" for name, most in TARGETS.items()]
    flat = (large.cpu / chosen.large) / (small.cpu / chosen.count)
    parts += [f"memory {large.memory:.0f} of {LARGEST_MEMORY:g} MB", f"CPU a PC {flat:.2f} times as much for {chosen.large:,}"]
    met = all(told[name] <= most for name, most in TARGETS.items()) and large.memory <= LARGEST_MEMORY
    return f"keyturn's targets are {'met' if met else 'MISSED'}: {'; '.join(parts)}."


def options() -> argparse.ArgumentParser:
    """What the command line takes."""
    made = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    made.add_argument("--count", type=int, default=100, help="PCs for each tool")
    made.add_argument("--large", type=int, default=1000, help="PCs for keyturn once more")
    made.add_argument("--latency", type=float, default=0.02, help="seconds that every request takes longer")
    made.add_argument("--threads", type=int, default=16)
    made.add_argument("--rounds", type=int, default=3)
    made.add_argument("--ansible", default=shutil.which("ansible") or "", help="the program, where it is not on the path")
    made.add_argument("--measure", choices=TOOLS, help=argparse.SUPPRESS)
    return made


def main() -> None:
    """Prints the table."""
    chosen = options().parse_args()
    if chosen.measure:
        sys.stdout.write(json.dumps(asdict(measure(chosen.measure, chosen.count, chosen))) + "\n")
        return
    given = ["--latency", str(chosen.latency), "--threads", str(chosen.threads), "--ansible", chosen.ansible]
    table = Table(title="The same reading from many PCs")
    table.add_column("by")
    for heading in ("PCs", "wall s", "CPU s", "CPU ms/PC", "requests/PC", "peak MB"):
        table.add_column(heading, justify="right")
    small = measured("keyturn", chosen.count, chosen.rounds, given)
    row(table, "keyturn", chosen.count, small)
    row(table, "pywinrm", chosen.count, measured("pywinrm", chosen.count, chosen.rounds, given))
    beside(table, "ansible", chosen, given)
    large = measured("keyturn", chosen.large, chosen.rounds, given)
    table.add_section()
    row(table, "keyturn", chosen.large, large)
    screen = Console(highlight=False)
    screen.print(table)
    size = round(len(facts.command().script.text) / 1000)
    legend = LEGEND.format(cpus=os.cpu_count(), size=size, **vars(chosen) | {"latency": chosen.latency * 1000})
    for paragraph in legend.split("\n\n"):
        screen.print(" ".join(paragraph.split()))
    screen.print(verdict(small, large, chosen))


if __name__ == "__main__":
    sys.exit(main())

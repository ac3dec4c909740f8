"""Many simulated PCs in a process of their own, behind real WinRM listeners on loopback: what a survey is measured against.

    python tests/bench/fleet.py COUNT [--latency 0.02]

Prints one line of JSON with the ports, serves until its standard input ends, and then prints one line with what it counted.
One thread accepts for all listeners; a thread a PC would cost more than the work.
"""

from __future__ import annotations

import argparse
import json
import selectors
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from agent.api import standard_input
from connectors.lab.machine import Outcome
from connectors.lab.windows import programs
from connectors.lab.windows.pc import Pc
from connectors.lab.windows.state import Held, State
from connectors.lab.windows.world import World
from connectors.lab.winrm.server import WinRMServer
from playbooks.windows import facts

USER, PASSWORD = "keyturn", "B3nch-only"
SHORT = "keyturn-facts"
"""What a tool says in place of the script when it can only send a command line, which does not hold the script's 12 KB."""
LOOK_AROUND = 0.2
"""Seconds after which the thread that accepts sees that it is to end."""


def state(number: int) -> State:
    """An ordinary office: most are in order, some have a reason for attention."""
    recent = {"build": 26200, "ubr": 7019, "display": "25H2"}
    match number % 10:
        case 0:
            return State(edition="Enterprise", held=Held("Enterprise", channel="Volume:GVLK", grace=250_000), **recent)
        case 1:
            return State(held=Held(status=5, reason=0xC004F034), **recent)
        case 2:
            return State(pending={"update"}, **recent)
        case 3:
            return State(edition="Core", held=Held("Core", channel="OEM:DM"), build=19045, display="22H2")
        case 4:
            return State(
                edition="ServerStandardEval", held=Held("ServerStandardEval", grace=9 * 1440), build=20348, product_type=3
            )
    return State(held=Held(channel="OEM:DM"), **recent)


class BenchPc(Pc):
    """A PC that answers :data:`SHORT`, given to PowerShell, as it answers the script."""

    def reads_input(self, command_line: str) -> bool:
        return super().reads_input(command_line) and not self._is_short(command_line)

    def run(self, command_line: str, stdin: bytes, codepage: int) -> Outcome:
        if not self._is_short(command_line):
            return super().run(command_line, stdin, codepage)
        return self._answer(json.loads(standard_input(facts.command()).splitlines()[0]), [])

    def _is_short(self, command_line: str) -> bool:
        return SHORT in (self._reader(programs.bare(command_line)) or "")


class Fleet:
    """*count* PCs with their listeners."""

    def __init__(self, count: int, latency: float) -> None:
        world = World()
        users = {USER: PASSWORD}
        self.servers = [
            WinRMServer(BenchPc(f"PC-{number:04}", state(number), world, users), latency=latency) for number in range(count)
        ]
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()

    def _accept(self) -> None:
        with selectors.DefaultSelector() as ready:
            for server in self.servers:
                ready.register(server._listener, selectors.EVENT_READ, server._listener)
            while not self._ends.is_set():
                for key, _ in ready.select(LOOK_AROUND):
                    key.data._handle_request_noblock()

    def close(self) -> None:
        self._ends.set()
        self._thread.join()
        for server in self.servers:
            server.close()


@dataclass(frozen=True)
class Served:
    """A fleet in another process: its ports, and after the ``with`` block what it counted."""

    ports: list[int]
    counted: dict[str, int]


@contextmanager
def fleet(count: int, latency: float) -> Iterator[Served]:
    """Starts a fleet in another process and ends it."""
    line = [sys.executable, __file__, str(count), "--latency", str(latency)]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        served = Served(json.loads(process.stdout.readline()), {})
        try:
            yield served
        finally:
            process.stdin.close()
            served.counted.update(json.loads(process.stdout.readline() or "{}"))


def say(value: object) -> None:
    """Writes one line of JSON for whoever started this."""
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Serves."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("count", type=int)
    options.add_argument("--latency", type=float, default=0.02)
    chosen = options.parse_args()
    made = Fleet(chosen.count, chosen.latency)
    say([server.port for server in made.servers])
    sys.stdin.read()
    requests = [len(server.log) for server in made.servers]
    made.close()
    told = {"requests": sum(requests), "most": max(requests), "shells": sum(len(server.shells) for server in made.servers)}
    say(told)


if __name__ == "__main__":
    main()

"""Processes that carry an order out and are killed at a chosen moment: nothing of theirs is tidied up.

A host, started once, imports everything and stays single-threaded; each order is carried out by a child that it forks, so
that a death costs a fork and not a start of Python. Time is a number in a file that the simulated PC's process shares.
"""

from __future__ import annotations

import json
import mmap
import os
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

from agent.machine import plugins
from agent.machine.claims import Claim, Claims
from agent.machine.home import Home
from agent.machine.journal import Journal
from agent.machine.latch import Guard
from agent.machine.orders import make_order
from agent.runner.run import Runner
from playbooks.windows.order import UpgradeOrder
from playbooks.windows_upgrade import windows_upgrade

ROOT = Path(__file__).parents[3]
WRITES = ((Journal, "order"), (Journal, "start"), (Journal, "append"), (Journal, "end"), (Claims, "take"), (Claim, "release"))


class SharedClock:
    """Simulated time for several processes: seconds after *begin*, in a file that each of them maps."""

    def __init__(self, file: Path, begin: datetime) -> None:
        if not file.exists():
            file.write_bytes(bytes(8))
        with file.open("r+b") as opened:
            self._seconds = mmap.mmap(opened.fileno(), 8)
        self._begin = begin

    def now(self) -> datetime:
        return self._begin + timedelta(seconds=struct.unpack("d", self._seconds[:])[0])

    def sleep(self, seconds: float) -> None:
        (so_far,) = struct.unpack("d", self._seconds[:])
        self._seconds[:] = struct.pack("d", so_far + seconds)


def moments(patch: Callable[[Any, str, Any], object], reached: Callable[[str], object]) -> None:
    """Has *reached* called just before each write into the journal, and just before and after each change outside.

    Just after a write is just before the next of these, because nothing that lasts happens between them.
    """

    def watched(owner: type, name: str) -> None:
        before = getattr(owner, name)

        def watching(self: Any, *args: Any, **kwargs: Any) -> Any:
            label = _label(owner, name, self, args)
            reached(label)
            result = before(self, *args, **kwargs)
            if owner is Guard:
                reached(f"after {label}")
            return result

        patch(owner, name, watching)

    for owner, name in (*WRITES, (Guard, "_change")):
        watched(owner, name)


def _label(owner: type, name: str, self: Any, args: tuple[Any, ...]) -> str:
    if owner is Guard:
        return f"{self._protocol.__name__}.{args[0]}"
    if name == "append":
        return f"{args[0].kind.value} {args[0].step}".strip()
    return f"{owner.__name__}.{name}"


class Host:
    """Forks the children; use it in ``with``."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def run(self, **job: Any) -> int:
        """Has an order carried out; the child's wait status."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


def _main() -> None:
    hooks = plugins.load()
    Home(Path(), hooks, None).playbooks  # noqa: B018 - imports what children would import one by one
    for line in sys.stdin:
        assert threading.active_count() == 1
        child = os.fork()
        if child == 0:
            _live(hooks, **json.loads(line))
        print(os.waitpid(child, 0)[1], flush=True)  # noqa: T201 - the answer


def _live(hooks: Any, folder: str, clock: str, begin: str, order: dict[str, Any], dies: int) -> None:
    """Carries *order* out, and dies just before moment number *dies* (from 0)."""
    left = [dies]

    def reached(_: str) -> None:
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left[0] -= 1

    try:
        moments(setattr, reached)
        home = Home(Path(folder), hooks, SharedClock(Path(clock), datetime.fromisoformat(begin)))
        ending = Runner(home).run(windows_upgrade, make_order(UpgradeOrder, order), by=order["technician"])
        os._exit(int(ending.exit))
    except BaseException as error:  # noqa: BLE001 - a child never returns into its host
        print(repr(error), file=sys.stderr, flush=True)  # noqa: T201
        os._exit(99)


if __name__ == "__main__":
    _main()

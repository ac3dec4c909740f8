"""Which support session was made for which device, so that running again finds it instead of making another link."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from agent.api import Device


@dataclass(frozen=True, slots=True)
class Made:
    """One support session that was made.

    Attributes:
        team: The team's number.
        session: The session's number.
        code: What the end user would type; nine digits.
        portal: What the end user opens.
    """

    team: str
    session: str
    code: str
    portal: str


class Notebook:
    """One small file a device below *folder*, readable by its owner only.

    Args:
        folder: Where to keep them; made when the first one is written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def made(self, device: Device) -> Made | None:
        """What was noted for *device*; a file that cannot be understood is nothing, and is written anew."""
        try:
            return Made(**json.loads(self._file(device).read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def note(self, device: Device, made: Made) -> None:
        """Notes *made* for *device*, whole or not at all."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = self._file(device)
        fresh = file.with_suffix(".new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
            json.dump(asdict(made), out)
        fresh.replace(file)

    def _file(self, device: Device) -> Path:
        return self._folder / f"{reference(device)}.json"


def reference(device: Device) -> str:
    """Ours for *device*, the same each time; it stands in the session's issue, so that a person finds it as well."""
    return f"kt-{hashlib.sha256(f'{device.customer}/{device.name}'.encode()).hexdigest()[:12]}"

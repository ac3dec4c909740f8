"""Private files written whole: a reader sees the old one or the new one, never a half."""

from __future__ import annotations

import os
import re
import tempfile
from hashlib import sha256
from pathlib import Path


def private_folder(folder: Path) -> Path:
    """*folder*, made with mode 0700 when it is missing. Raises :class:`OSError`."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def write(path: Path, content: bytes) -> None:
    """Writes *content* to *path* with mode 0600, durable before the name appears. Raises :class:`OSError`."""
    descriptor, temporary = tempfile.mkstemp(dir=private_folder(path.parent), prefix=".", suffix=".tmp")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def file_name(reference: str, ending: str) -> str:
    """A file name that people recognise and that only this *reference* has."""
    readable = re.sub(r"[^A-Za-z0-9]+", "-", reference).strip("-")[:60] or "x"
    return f"{readable}-{sha256(reference.encode()).hexdigest()[:10]}{ending}"

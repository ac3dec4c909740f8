"""The configuration file: TOML, one section a part of the program."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import platformdirs

from agent.words.errors import Misuse

HOME = "KEYTURN_HOME"
NAME = "keyturn.toml"


def data_folder() -> Path:
    """Where keyturn keeps its files: ``KEYTURN_HOME``, or the operating system's place for a user's data."""
    return Path(os.environ.get(HOME) or platformdirs.user_data_path("keyturn", appauthor=False))


def read_settings(folder: Path) -> Mapping[str, Mapping[str, Any]]:
    """The sections of ``keyturn.toml`` in *folder*; none when there is no such file.

    Raises :class:`Misuse`, with the line, for a file that is not TOML or has a setting outside a section.
    """
    path = folder / NAME
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Misuse(f"{path} is not valid TOML: {error}", "Mend that line.") from None
    except OSError as error:
        raise Misuse(f"{path} cannot be read: {error.strerror}", "Check who owns it.") from None
    for name, section in settings.items():
        if not isinstance(section, dict):
            raise Misuse(f"{path}: {name} stands outside a section", f"Put it under one, such as [desk], or remove {name}.")
    return settings

"""What a program of a simulated PC says before it is encoded."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Said:
    """Lines on standard output, exit code, lines on standard error, and how long it took in real seconds."""

    lines: list[str]
    exit_code: int
    errors: list[str] = field(default_factory=list)
    seconds: float = 0.0

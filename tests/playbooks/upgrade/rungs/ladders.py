"""The ladders over which the whole upgrade is walked: what stands before the PC, and which way carries what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

TOOLS: Mapping[str, str] = {
    "ScreenConnect": "screenconnect",
    "ScreenConnect, built-in": "screenconnect-built-in",
    "VSA X": "vsax",
    "VSA 9": "vsa9",
}
"""The remote tools, by the names of their fronts."""


@dataclass(frozen=True)
class Rungs:
    """One ladder.

    Attributes:
        fronts: The names of the lab's fronts, in order.
        carries: The connector that carries readings and changes without a secret.
        keeps: The connector that carries the product key.
        real: Which front a real OpenSSH server takes the place of: ``jump`` (the host before the PC) or ``ssh`` (the PC's own).
        off: Whether WinRM is off at first, and may be switched on over the tool.
    """

    fronts: tuple[str, ...]
    carries: str
    keeps: str
    real: str = ""
    off: bool = False


LADDERS: Mapping[str, Rungs] = {
    "WinRM": Rungs(("winrm",), "winrm", "winrm"),
    "WinRM through an SSH host": Rungs(("winrm-jump",), "winrm", "winrm"),
    "WinRM through a real SSH host": Rungs(("winrm",), "winrm", "winrm", real="jump"),
    "SSH": Rungs(("ssh",), "ssh", "ssh"),
    "SSH to a real server": Rungs(("ssh",), "ssh", "ssh", real="ssh"),
    "SSH, WinRM is off": Rungs(("ssh", "winrm"), "ssh", "ssh", off=True),
    **{f"{name} and WinRM": Rungs((front, "winrm"), front.removesuffix("-built-in"), "winrm") for name, front in TOOLS.items()},
    "VSA 9 and SSH": Rungs(("vsa9", "ssh"), "vsa9", "ssh"),
    **{
        f"{name} and WinRM, which is off": Rungs((front, "winrm"), front.removesuffix("-built-in"), "winrm", off=True)
        for name, front in TOOLS.items()
    },
    "VSA X and WinRM through an SSH host, which is off": Rungs(("vsax", "winrm-jump"), "vsax", "winrm", off=True),
    "VSA X and WinRM through a real SSH host": Rungs(("vsax", "winrm"), "vsax", "winrm", real="jump"),
}
"""Every ladder on which nothing is amiss, by name."""

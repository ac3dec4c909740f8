"""What a ScreenConnect session can do; ``private`` is not among it, because the instance keeps every command."""

from __future__ import annotations

CAPABILITIES = frozenset({"powershell", "cmd", "message", "presence", "reboot"})

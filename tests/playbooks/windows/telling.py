"""What an ordinary PC tells, and facts made of it with some things changed."""

from __future__ import annotations

import json
from typing import Any

from agent.api import Reply
from playbooks.windows import facts
from playbooks.windows.facts import Facts

LICENCE: dict[str, Any] = {
    "id": "0f0f0f0f-0000-0000-0000-000000000001",
    "family": "Professional",
    "addon": False,
    "last5": "3V66T",
    "channel": "Retail",
    "pid": "00330-03308-000-000000-00-1033-22631.0000-0902026",
    "status": 1,
    "reason": "0x4004F401",
    "grace": 0,
    "kms": None,
}
TOLD: dict[str, Any] = {
    "name": "FRONTDESK-07",
    "edition": "Professional",
    "product_type": 1,
    "sku": 48,
    "build": "22631",
    "ubr": 4317,
    "language": "de-DE",
    "language_mode": "FullLanguage",
    "licences": [LICENCE],
    "boot": "2025-10-06T01:00:00.0000000Z",
    "now": "2025-10-06T08:00:00.0000000Z",
    "pending": {"servicing": False, "in_progress": False, "update": False, "rename": False, "name": False},
    "busy": [],
    "free": 120 << 30,
    "battery": {"present": False, "percent": None, "mains": True},
    "bitlocker": 0,
    "script_host": True,
    "slmgr": True,
    "auditing": False,
    "users": [],
    "ready": True,
    "administrator": True,
    "kept_key": True,
    "backups": {"versions": [], "event": None, "hints": []},
    "noted": {"last5": None, "at": None, "restart": False, "cleared": None},
    "records": [],
}


def told(**changes: Any) -> dict[str, Any]:
    return {**TOLD, **changes}


def seen(**changes: Any) -> Facts:
    """Facts of the ordinary PC with *changes*."""
    return facts.parse(Reply(json.dumps(told(**changes)), "", 0))


def licence(**changes: Any) -> dict[str, Any]:
    return {**LICENCE, **changes}

"""What a device's ``ssh`` settings may say, checked before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent.api import Device
from connectors.settings import checked
from connectors.sshhost.settings import Host

CAPABILITIES = frozenset({"powershell", "cmd", "private", "file", "reboot"})
"""What a session can do; ``private`` because nobody stands between: the host key is always compared."""
HOSTS = "hosts"
"""In the section ``ssh``: the hosts that others jump over, by name. They are no defaults for a device."""


def settings_of(device: Device, section: Mapping[str, Any]) -> Host:
    """The settings of *device* over the defaults in *section*.

    Raises :class:`~agent.api.Misuse` with one line that names the setting; values are not shown, one may be a password.
    """
    defaults = {name: value for name, value in section.items() if name != HOSTS}
    own = device.ways.get("ssh", {})
    if {"password", "key", "agent"} & set(own):
        defaults = {name: value for name, value in defaults.items() if name not in ("password", "key", "passphrase", "agent")}
    return checked(Host, "ssh", device, {**defaults, **own})

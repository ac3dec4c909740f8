"""The WinRM connector: from a device's settings to an open session."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from agent.api import Command, Device, RemoteSession, Script, Workplace, tell
from connectors.settings import resolved
from connectors.winrm.settings import CAPABILITIES, Settings, settings_of

if TYPE_CHECKING:
    from connectors.sshhost.tunnel import Tunnel


class WinRMConnector:
    """Opens WinRM sessions, directly to the PC or through an SSH host in front of it.

    ``private`` is among its capabilities because nobody between can read: what is sent is sealed by NTLM or by TLS.

    Args:
        workplace: The section ``winrm`` of its settings holds defaults for all devices, ``ssh.hosts`` the hosts to jump over.
    """

    name = "winrm"
    capabilities = CAPABILITIES

    def __init__(self, workplace: Workplace) -> None:
        self._workplace = workplace

    def opening(self) -> Command:
        """What another connector sends to a device to switch WinRM on."""
        return tell(Script("enable_winrm", Path(__file__).with_name("enable_winrm.ps1").read_text("utf-8")))

    def open(self, device: Device) -> RemoteSession:
        """A session on *device*: logged in, with a shell open on the PC.

        Raises:
            Misuse: the device's settings cannot be used.
            NotSent: the PC or the host before it could not be reached, or its service is not ready.
            Refused: the PC refused the credentials, the rights or remote shells, or showed another certificate; or the host
                before it showed another key, let nobody in, or leads nowhere.
            TryLater: the PC has too many shells open.
        """
        sections = self._workplace.settings
        settings = settings_of(device, sections.get("winrm", {}), sections.get("ssh", {}).get("hosts"))
        password = resolved(settings.password, self._workplace.secret)

        from connectors.winrm.session import WinRMSession

        session = WinRMSession(settings, password, self._workplace.clock.sleep, self._tunnel(settings))
        session.open()
        return session

    def _tunnel(self, settings: Settings) -> Tunnel | None:
        """What leads to the PC where there is no direct way; nothing is connected yet."""
        if settings.jump is None:
            return None

        from connectors.sshhost.line import Line
        from connectors.sshhost.tunnel import Tunnel

        return Tunnel(Line(settings.jump, self._workplace.secret))

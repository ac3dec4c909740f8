"""The SSH connector: from a device's settings to an open session on a PC that runs OpenSSH for Windows."""

from __future__ import annotations

from agent.api import Device, RemoteSession, Workplace
from connectors.ssh.settings import CAPABILITIES, settings_of


class SSHConnector:
    """Opens SSH sessions, directly to the PC.

    Args:
        workplace: The section ``ssh`` of its settings holds defaults for all devices.
    """

    name = "ssh"
    capabilities = CAPABILITIES

    def __init__(self, workplace: Workplace) -> None:
        self._workplace = workplace

    def open(self, device: Device) -> RemoteSession:
        """A session on *device*: logged in, its host key compared.

        Raises:
            Misuse: the device's settings, its key file or its file of host keys cannot be used.
            NotSent: the PC could not be reached, or its service is not ready.
            Refused: the PC showed another host key or an unknown one, or did not let the user in.
        """
        settings = settings_of(device, self._workplace.settings.get("ssh", {}))

        from connectors.ssh.session import SSHSession
        from connectors.sshhost.line import Line

        session = SSHSession(Line(settings, self._workplace.secret))
        session.open()
        return session

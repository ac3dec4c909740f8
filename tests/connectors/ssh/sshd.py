"""A real OpenSSH server on loopback, run by whoever runs the tests, with everything that it needs in one folder."""

from __future__ import annotations

import base64
import getpass
import os
import shutil
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from paramiko import PKey

PROGRAM = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
MISSING = "the OpenSSH server (sshd) is not installed; 'apt-get install openssh-server' brings it"


class Sshd:
    """One server; ``config`` adds lines to its configuration, of which the first that is said counts."""

    def __init__(self, folder: Path, *config: str) -> None:
        self.folder = folder
        self.user = getpass.getuser()
        folder.chmod(0o700)
        self.host_key = self.keygen("host_ed25519")
        self.host_rsa = self.keygen("host_rsa", "-t", "rsa", "-b", "2048")
        self.key = self.keygen("user")
        self.authorized = folder / "authorized_keys"
        self.authorize(self.key)
        self.port = free_port()
        (folder / "config").write_text("\n".join([*config, *self._config()]) + "\n")
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # where it is shut in before somebody has logged in
        self.log = folder / "log"
        command = [str(PROGRAM), "-D", "-f", str(folder / "config"), "-E", str(self.log)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._await()

    def _config(self) -> list[str]:
        return [
            f"Port {self.port}",
            "ListenAddress 127.0.0.1",
            f"HostKey {self.host_key}",
            f"HostKey {self.host_rsa}",
            f"PidFile {self.folder / 'pid'}",
            f"AuthorizedKeysFile {self.authorized}",
            "StrictModes no",
            "UsePAM no",
            "PasswordAuthentication no",
            "KbdInteractiveAuthentication no",
            "PermitRootLogin yes",
            "UseDNS no",
            "LogLevel DEBUG3",
            "Subsystem sftp internal-sftp",
        ]

    def _await(self) -> None:
        end = time.monotonic() + 10
        while True:
            try:
                return socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                assert self._process.poll() is None, self.log.read_text()
                assert time.monotonic() < end
                time.sleep(0.005)

    def keygen(self, name: str, *options: str, passphrase: str = "") -> Path:
        """A key as ``ssh-keygen`` makes it; Ed25519 unless *options* say otherwise."""
        file = self.folder / name
        options = options or ("-t", "ed25519")
        command = ["ssh-keygen", "-q", "-N", passphrase, "-f", str(file), "-C", name, *options]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        return file

    def authorize(self, key: Path) -> None:
        with self.authorized.open("a") as file:
            file.write(key.with_name(key.name + ".pub").read_text())

    def public(self, key: Path) -> PKey:
        kind, text = key.with_name(key.name + ".pub").read_text().split()[:2]
        return PKey.from_type_string(kind, base64.b64decode(text))

    @property
    def fingerprint(self) -> str:
        """As ``ssh-keygen -lf`` shows it, so that two programs agree about it."""
        shown = subprocess.run(["ssh-keygen", "-lf", f"{self.host_key}.pub"], check=True, capture_output=True, text=True).stdout
        return shown.split()[1]

    def way(self, **settings: object) -> dict[str, object]:
        way = {"host": "127.0.0.1", "port": self.port, "user": self.user, "key": str(self.key), "fingerprint": self.fingerprint}
        return {name: value for name, value in (way | settings).items() if value is not None}

    def children(self) -> list[int]:
        """The processes of the connections that there are at this moment: one each, or two where the user is not root."""
        parents = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                state, parent = stat.read_text().rpartition(")")[2].split()[:2]
                if state != "Z":
                    parents[int(stat.parent.name)] = int(parent)
        found = [self._process.pid]
        for one in found:
            found += [child for child, parent in parents.items() if parent == one]
        return found[1:]

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]

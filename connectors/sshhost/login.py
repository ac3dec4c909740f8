"""How one proves to an SSH host who one is: a password, a key file or the SSH agent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from paramiko import Agent, AuthenticationException, PKey, SSHException, Transport
from paramiko.pkey import UnknownKeyType

from agent.api import Misuse, Secret
from connectors.settings import resolved
from connectors.sshhost.settings import Host

_MOST_KEYS = 5
"""Keys of an agent that are tried; OpenSSH ends a connection at the sixth failure (sshd_config(5), MaxAuthTries)."""


class Login:
    """The user's proof; what it needs is read when it is made, so that a wrong passphrase is known before anything is sent.

    Args:
        host: The user and where the proof is kept.
        secret: Resolves a reference into a :class:`~agent.api.Secret`.

    Raises:
        Misuse: the key file cannot be used; also whatever *secret* raises.
    """

    def __init__(self, host: Host, secret: Callable[[str], Secret]) -> None:
        self._user = host.user
        self._password = None if host.password is None else resolved(host.password, secret)
        passphrase = None if host.key is None or host.passphrase is None else resolved(host.passphrase, secret)
        self._key = None if host.key is None else _key(host.key, passphrase)

    def prove(self, transport: Transport) -> None:
        """Logs in. Raises ``SSHException`` when the host does not let the user in, or the line was cut.

        :class:`~agent.api.Misuse` when the SSH agent has no key to try.
        """
        if self._password is not None:
            transport.auth_password(self._user, self._password.reveal())
        elif self._key is not None:
            transport.auth_publickey(self._user, self._key)
        else:
            self._with_agent(transport)
        if not transport.is_authenticated():
            raise AuthenticationException("one more proof is wanted")

    def _with_agent(self, transport: Transport) -> None:
        try:
            agent = Agent()
        except (SSHException, OSError):
            raise Misuse("the SSH agent does not answer", "Start it, or set key in place of agent") from None
        try:
            keys = agent.get_keys()[:_MOST_KEYS]
            if not keys:
                raise Misuse(
                    "there is no SSH agent, or it holds no key", "Add one with 'ssh-add', or set key in place of agent"
                )
            for key in keys:
                try:
                    transport.auth_publickey(self._user, key)
                except AuthenticationException:
                    if key is keys[-1] or not transport.is_active():
                        raise
                else:
                    return
        finally:
            agent.close()


def _key(file: Path, passphrase: Secret | None) -> PKey:
    try:
        opener = None if passphrase is None else passphrase.reveal().encode("utf-8")
        return PKey.from_path(file, opener)  # type: ignore[arg-type]  # paramiko says text, cryptography below it wants bytes
    except (OSError, SSHException, UnknownKeyType, UnsupportedAlgorithm, ValueError, TypeError) as error:
        what = f"the key file {file} cannot be used ({type(error).__name__})"
    if passphrase is None:
        raise Misuse(what, "Is it a private key, as ssh-keygen writes it, and without a passphrase? Else set passphrase")
    raise Misuse(what, "Is the passphrase right, and is it a private key as ssh-keygen writes it?")

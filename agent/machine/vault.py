"""The vault: product keys and passwords, encrypted at rest, found again by reference."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import Column, Connection, MetaData, String, Table, delete, insert, select, update

from agent.machine.database import Database, private_file
from agent.words.errors import Misuse
from agent.words.secret import Secret

SCHEME = "vault:"
ENVIRONMENT = "KEYTURN_MASTER_KEY"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*")

TABLES = MetaData()
_secrets = Table(
    "secrets",
    TABLES,
    Column("name", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("token", String, nullable=False),
    Column("at", String, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What may be shown of a secret: its name, its kind and when it was stored."""

    name: str
    kind: str
    at: datetime


class MasterKeys:
    """Where the keys come from that encrypt the vault: newest first, so that old entries can still be read.

    Looked for in this order: the environment variable ``KEYTURN_MASTER_KEY`` (several keys with commas between them);
    the OS keyring, where ``[vault] keyring = true`` is set; the private file ``master.key`` in the data folder, which is
    made at first use.
    """

    def __init__(self, folder: Path, settings: Mapping[str, Any]) -> None:
        self._file = folder / "master.key"
        self._keyring = bool(settings.get("keyring", False))

    def read(self, *, make: bool) -> MultiFernet:
        """The keys; with *make* the first one is made here.

        Raises :class:`Misuse` when they cannot be read, are not Fernet keys, or are gone although the vault needs them.
        """
        try:
            keys = self._text().replace(",", "\n").split()
            if not keys and not make:
                raise Misuse("the vault's master key is gone", f"Restore {ENVIRONMENT}, the keyring's entry or {self._file}.")
            return MultiFernet([Fernet(key) for key in keys or [self.add()]])
        except ValueError:
            raise Misuse(
                "the vault's master key is not a Fernet key", f"Check {ENVIRONMENT}, the keyring or {self._file}."
            ) from None

    def add(self) -> str:
        """Makes a new key and puts it before the others. Raises :class:`Misuse` when the keys come from the environment."""
        if ENVIRONMENT in os.environ:
            raise Misuse(
                f"the master key comes from {ENVIRONMENT}", "Put a new key before the old one there, with a comma between."
            )
        key = Fernet.generate_key().decode()
        text = f"{key}\n{self._text()}"
        if self._keyring:
            _ask_keyring(lambda keyring: keyring.set_password("keyturn", "master", text))
        else:
            fresh = private_file(self._file.with_suffix(".new"))
            with fresh.open("w", encoding="ascii") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._file)
        return key

    def _text(self) -> str:
        if ENVIRONMENT in os.environ:
            return os.environ[ENVIRONMENT]
        if self._keyring:
            return str(_ask_keyring(lambda keyring: keyring.get_password("keyturn", "master")) or "")
        try:
            return self._file.read_text(encoding="ascii")
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise Misuse(f"{self._file} cannot be read: {error.strerror}", "Check who owns it.") from None


def _ask_keyring(question: Callable[[Any], Any]) -> Any:
    """What the keyring package says, which is imported only where it is used: it starts slowly."""
    import keyring
    from keyring.backends.fail import Keyring as NoKeyring
    from keyring.errors import KeyringError

    instead = f"Set [vault] keyring = false, or give the key in {ENVIRONMENT}."
    if isinstance(keyring.get_keyring(), NoKeyring):
        raise Misuse("this computer has no OS keyring", instead)
    try:
        return question(keyring)
    except KeyringError as error:
        raise Misuse(f"the OS keyring gave no key: {error}", f"Unlock it. {instead}") from None


class Vault:
    """Secrets by name, encrypted with Fernet (AES-128-CBC with HMAC-SHA256, as the ``cryptography`` package defines it).

    Each value is encrypted together with its name, so a stored value cannot be moved to another name. Master keys are only
    touched inside a transaction: two processes that make or change them at the same time would lose one.
    """

    def __init__(self, folder: Path, settings: Mapping[str, Any]) -> None:
        self._keys = MasterKeys(folder, settings)
        self._database = Database(folder / "vault.db", TABLES)
        self.revealed: set[str] = set()
        """The clear values that were read from the vault so far; the scrub looks for them at every sink."""

    def put(self, name: str, value: str, *, kind: str, at: datetime) -> None:
        """Stores *value* as *name*, in place of an older one. Raises :class:`Misuse` for a name that cannot be referred to."""
        if not _NAME.fullmatch(name):
            raise Misuse(
                f"{name!r} cannot be a name in the vault", "Use lower-case letters, digits, . _ - and / between parts."
            )
        self.revealed.add(value)
        with self._database.transaction() as connection:
            token = self._master(connection).encrypt(json.dumps([name, value]).encode()).decode()
            connection.execute(delete(_secrets).where(_secrets.c.name == name))
            connection.execute(insert(_secrets).values(name=name, kind=kind, token=token, at=at.isoformat()))

    def secret(self, reference: str) -> Secret:
        """The secret that *reference* (``vault:name``) names; read when it is first revealed.

        Raises :class:`Misuse` at once when there is no such entry, so that a wrong order is refused before any work.
        """
        name = reference.removeprefix(SCHEME)
        kinds = {entry.name: entry.kind for entry in self.entries()}
        if not reference.startswith(SCHEME) or name not in kinds:
            raise Misuse(
                f"there is no {reference} in the vault", f"Store it with 'keyturn key add {name}', see 'keyturn key list'."
            )
        return Secret(lambda: self._read(name), kinds[name], reference)

    def entries(self) -> list[Entry]:
        """What is stored, by name."""
        with self._database.transaction() as connection:
            rows = connection.execute(select(_secrets).order_by(_secrets.c.name)).all()
        return [Entry(row.name, row.kind, datetime.fromisoformat(row.at)) for row in rows]

    def remove(self, name: str) -> None:
        """Forgets *name*. Raises :class:`Misuse` when there is no such entry."""
        with self._database.transaction() as connection:
            if connection.execute(delete(_secrets).where(_secrets.c.name == name)).rowcount == 0:
                raise Misuse(f"there is no vault:{name}", "See 'keyturn key list'.")

    def rotate(self) -> int:
        """Encrypts every entry with a new master key and returns how many there are.

        The older keys are kept behind the new one, so an interrupted rotation loses nothing. Where the keys come from the
        environment, put the new one first there and call this to bring the entries up to it.
        """
        with self._database.transaction() as connection:
            keys = self._master(connection)
            if ENVIRONMENT not in os.environ:
                self._keys.add()
                keys = self._master(connection)
            rows = connection.execute(select(_secrets)).all()
            for row in rows:
                token = _decrypted(keys.rotate, row.token, row.name).decode()
                connection.execute(update(_secrets).where(_secrets.c.name == row.name).values(token=token))
        return len(rows)

    def _master(self, connection: Connection) -> MultiFernet:
        """The master keys; a first one is made only while there is nothing that another one may have closed."""
        return self._keys.read(make=connection.scalar(select(_secrets.c.name).limit(1)) is None)

    def _read(self, name: str) -> str:
        with self._database.transaction() as connection:
            token = connection.scalar(select(_secrets.c.token).where(_secrets.c.name == name))
            stored, value = json.loads(_decrypted(self._master(connection).decrypt, token or "", name))
        if stored != name:
            raise Misuse(f"vault:{name} was stored as {stored}", "Somebody moved entries in vault.db; store it again.")
        self.revealed.add(value)
        return str(value)


def _decrypted(crypt: Any, token: str, name: str) -> bytes:
    try:
        return bytes(crypt(token.encode()))
    except InvalidToken:
        raise Misuse(
            f"vault:{name} cannot be decrypted", f"The master key is another one than it was stored with ({ENVIRONMENT}?)."
        ) from None

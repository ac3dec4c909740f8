"""The vault: what is stored comes back under its own name and its own key only, and its files give nothing away."""

from __future__ import annotations

import sqlite3
import stat
from datetime import UTC, datetime

import keyring
import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring
from keyring.errors import KeyringLocked

from agent.machine.vault import ENVIRONMENT, Entry, MasterKeys, Vault
from agent.words.errors import KeyturnError, Misuse

AT = datetime(2025, 10, 6, 8, 0, tzinfo=UTC)
KEY = "W269N-WFGWX-YVC9B-4J6C9-T83GX"


@pytest.fixture
def vault(folder):
    return Vault(folder, {})


def put(vault, name="contoso/win-pro", value=KEY):
    vault.put(name, value, kind="product key", at=AT)


def reveal(folder, name="contoso/win-pro", settings=None):
    return Vault(folder, settings or {}).secret(f"vault:{name}").reveal()


class MemoryKeyring(KeyringBackend):
    priority = 1

    def __init__(self):
        super().__init__()
        self.kept = {}

    def get_password(self, service, username):
        return self.kept.get((service, username))

    def set_password(self, service, username, password):
        self.kept[service, username] = password


@pytest.fixture
def os_keyring():
    before = keyring.get_keyring()
    backend = MemoryKeyring()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


def test_what_is_stored_comes_back_in_another_process_s_vault(vault, folder):
    put(vault)
    secret = Vault(folder, {}).secret("vault:contoso/win-pro")
    assert (secret.reveal(), secret.label, secret.reference) == (KEY, "product key", "vault:contoso/win-pro")


def test_any_value_comes_back(tmp_path_factory):
    vault = Vault(tmp_path_factory.mktemp("vault"), {})

    @given(st.text())
    def round_trip(value):
        put(vault, "any", value)
        assert vault.secret("vault:any").reveal() == value

    round_trip()


def test_a_newer_value_replaces_the_older(vault):
    put(vault)
    vault.put("contoso/win-pro", "new", kind="password", at=AT.replace(year=2026))
    assert vault.entries() == [Entry("contoso/win-pro", "password", AT.replace(year=2026))]
    assert vault.secret("vault:contoso/win-pro").reveal() == "new"


def test_entries_are_listed_by_name_without_their_values(vault):
    put(vault, "b")
    put(vault, "a")
    assert vault.entries() == [Entry("a", "product key", AT), Entry("b", "product key", AT)]
    assert "W269N" not in repr(vault.entries())


def test_its_files_do_not_hold_the_clear_value_and_are_private(vault, folder):
    put(vault)
    vault.rotate()
    names = {path.name for path in folder.iterdir()}
    assert {"vault.db", "master.key"} <= names
    for path in folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name
        data = path.read_bytes()
        for form in (KEY, KEY.replace("-", ""), KEY.encode().hex()):
            assert form.encode() not in data
            assert form.encode("utf-16-le") not in data


@pytest.mark.parametrize("name", ["a", "0", "contoso/win-pro", "a.b_c-d/e/f", "x" * 200])
def test_names_that_can_be_referred_to(vault, name):
    put(vault, name)
    assert vault.secret(f"vault:{name}").reveal() == KEY


@pytest.mark.parametrize("name", ["", "A", "a b", "/a", "a/", "a//b", "-a", "a/.b", "ä", "a\n", "vault:a", "../a"])
def test_names_that_cannot_be_referred_to(vault, name):
    with pytest.raises(Misuse, match="cannot be a name in the vault") as caught:
        put(vault, name)
    assert KEY not in str(caught.value)
    assert vault.entries() == []
    assert vault.revealed == set()


@pytest.mark.parametrize("reference", ["vault:nobody", "contoso/win-pro", "keep:contoso/win-pro", "vault:", KEY])
def test_a_reference_that_leads_nowhere_is_refused_at_once(vault, reference):
    put(vault)
    with pytest.raises(Misuse, match="in the vault"):
        vault.secret(reference)


def test_an_entry_taken_out_is_gone(vault):
    put(vault)
    held = vault.secret("vault:contoso/win-pro")
    vault.remove("contoso/win-pro")
    assert vault.entries() == []
    with pytest.raises(Misuse, match="there is no vault:contoso/win-pro"):
        vault.remove("contoso/win-pro")
    with pytest.raises(Misuse, match="cannot be decrypted"):
        held.reveal()


def test_what_was_revealed_is_known_to_the_scrub(vault, folder):
    put(vault)
    assert vault.revealed == {KEY}
    other = Vault(folder, {})
    secret = other.secret("vault:contoso/win-pro")
    assert other.revealed == set()
    secret.reveal()
    assert other.revealed == {KEY}


def test_an_entry_moved_to_another_name_is_refused(vault, folder):
    put(vault, "contoso/win-pro", KEY)
    put(vault, "fabrikam/win-pro", "VK7JG-NPHTM-C97JM-9MPGT-3V66T")
    with sqlite3.connect(folder / "vault.db") as connection:
        (token,) = connection.execute("SELECT token FROM secrets WHERE name = 'contoso/win-pro'").fetchone()
        connection.execute("UPDATE secrets SET token = ? WHERE name = 'fabrikam/win-pro'", (token,))
    connection.close()
    secret = vault.secret("vault:fabrikam/win-pro")
    with pytest.raises(Misuse, match="vault:fabrikam/win-pro was stored as contoso/win-pro"):
        secret.reveal()


def test_another_master_key_opens_nothing(vault, folder):
    put(vault)
    (folder / "master.key").write_text(Fernet.generate_key().decode())
    with pytest.raises(Misuse, match=r"vault:contoso/win-pro cannot be decrypted\. The master key is another one"):
        reveal(folder)


def test_a_new_master_key_opens_what_the_old_one_closed(vault, folder):
    put(vault)
    put(vault, "b", "other")
    before = (folder / "master.key").read_text().split()
    assert vault.rotate() == 2
    after = (folder / "master.key").read_text().split()
    assert after[1:] == before
    assert (reveal(folder), reveal(folder, "b")) == (KEY, "other")
    (folder / "master.key").write_text(after[0])
    assert (reveal(folder), reveal(folder, "b")) == (KEY, "other")


def test_a_rotation_that_fails_loses_nothing(vault, folder):
    put(vault)
    put(vault, "b", "other")
    with sqlite3.connect(folder / "vault.db") as connection:
        connection.execute("UPDATE secrets SET token = 'gAAAAA' WHERE name = 'b'")
    connection.close()
    with pytest.raises(Misuse, match="vault:b cannot be decrypted"):
        vault.rotate()
    assert reveal(folder) == KEY


def test_master_keys_from_the_environment(vault, folder, monkeypatch):
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    monkeypatch.setenv(ENVIRONMENT, old)
    put(vault)
    assert not (folder / "master.key").exists()
    monkeypatch.setenv(ENVIRONMENT, f"{new}, {old}")
    assert reveal(folder) == KEY
    assert vault.rotate() == 1
    monkeypatch.setenv(ENVIRONMENT, new)
    assert reveal(folder) == KEY
    monkeypatch.setenv(ENVIRONMENT, old)
    with pytest.raises(Misuse, match="cannot be decrypted"):
        reveal(folder)


def test_no_key_is_made_where_the_environment_gives_them(vault, monkeypatch):
    monkeypatch.setenv(ENVIRONMENT, "")
    with pytest.raises(Misuse, match="the master key comes from KEYTURN_MASTER_KEY"):
        put(vault)


@pytest.mark.parametrize("text", ["short", "Grüße" * 10, "a" * 44])
def test_what_is_no_master_key_is_told(vault, monkeypatch, folder, text):
    monkeypatch.setenv(ENVIRONMENT, text)
    with pytest.raises(Misuse, match="is not a Fernet key") as caught:
        put(vault)
    assert text not in str(caught.value)
    monkeypatch.delenv(ENVIRONMENT)
    (folder / "master.key").write_text(text, encoding="utf-8")
    with pytest.raises(Misuse, match="is not a Fernet key"):
        put(vault)


def test_a_master_key_that_cannot_be_read_is_told(vault, folder):
    (folder / "master.key").mkdir()
    with pytest.raises(Misuse, match=r"master\.key cannot be read: Is a directory"):
        put(vault)


def test_master_keys_from_the_os_keyring(folder, os_keyring):
    vault = Vault(folder, {"keyring": True})
    put(vault)
    assert not (folder / "master.key").exists()
    assert list(os_keyring.kept) == [("keyturn", "master")]
    vault.rotate()
    assert len(os_keyring.kept["keyturn", "master"].split()) == 2
    assert reveal(folder, settings={"keyring": True}) == KEY
    os_keyring.kept["keyturn", "master"] = Fernet.generate_key().decode()
    with pytest.raises(Misuse, match="cannot be decrypted"):
        reveal(folder, settings={"keyring": True})


def test_the_environment_goes_before_the_keyring(folder, os_keyring, monkeypatch):
    monkeypatch.setenv(ENVIRONMENT, Fernet.generate_key().decode())
    put(Vault(folder, {"keyring": True}))
    assert os_keyring.kept == {}


def test_the_keyring_is_used_only_where_it_is_wanted(folder, os_keyring):
    put(Vault(folder, {"keyring": False}))
    assert os_keyring.kept == {}
    assert (folder / "master.key").exists()


def test_a_computer_without_keyring_is_told_what_to_do(folder, os_keyring):
    keyring.set_keyring(NoKeyring())
    with pytest.raises(Misuse, match="this computer has no OS keyring"):
        put(Vault(folder, {"keyring": True}))


def test_a_locked_keyring_is_told_what_to_do(folder, os_keyring, monkeypatch):
    def locked(*args):
        raise KeyringLocked("Failed to unlock the collection!")

    monkeypatch.setattr(os_keyring, "get_password", locked)
    with pytest.raises(KeyturnError, match="the OS keyring gave no key: Failed to unlock the collection!"):
        put(Vault(folder, {"keyring": True}))


def test_a_fresh_key_is_fit_for_use(folder):
    keys = MasterKeys(folder, {})
    made = keys.add()
    assert Fernet(made).decrypt(keys.read(make=False).encrypt(b"x")) == b"x"


STORES = """
import json, sys
from datetime import UTC, datetime
from pathlib import Path
from agent.machine.vault import Vault

sys.stdin.readline()  # all start together, on a folder that does not exist
vault = Vault(Path(sys.argv[1]), {})
for count in range(5):
    vault.put(f"{sys.argv[2]}/{count}", f"value {sys.argv[2]} {count}", kind="password", at=datetime.now(UTC))
    if count == 2:
        vault.rotate()
"""


def test_processes_that_store_at_once_lose_nothing(folder, in_another_process):
    names = ["one", "two", "three"]
    processes = [in_another_process(STORES, folder, name) for name in names]
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.communicate(timeout=50) for process in processes] == [("", "")] * 3
    vault = Vault(folder, {})
    stored = {entry.name: vault.secret(f"vault:{entry.name}").reveal() for entry in vault.entries()}
    assert stored == {f"{name}/{count}": f"value {name} {count}" for name in names for count in range(5)}
    assert len((folder / "master.key").read_text().split()) == 4
    assert not list(folder.glob("*.new"))


def test_a_master_key_that_is_gone_is_not_replaced(vault, folder):
    put(vault)
    (folder / "master.key").unlink()
    for deed in (vault.secret("vault:contoso/win-pro").reveal, lambda: put(vault), vault.rotate):
        with pytest.raises(Misuse, match="the vault's master key is gone"):
            deed()
    assert not (folder / "master.key").exists()

"""The file under the journal and the vault: private, and its troubles told in one line."""

from __future__ import annotations

import contextlib
import sqlite3
import stat

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, func, insert, select

from agent.machine import database
from agent.machine.database import Database, private_file
from agent.machine.journal import Journal
from agent.words.errors import KeyturnError

TABLES = MetaData()
NUMBERS = Table("numbers", TABLES, Column("number", Integer, primary_key=True))


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def count(store):
    with store.transaction() as connection:
        return connection.scalar(select(func.count()).select_from(NUMBERS))


def test_only_its_owner_can_read_it(folder):
    store = Database(folder / "numbers.db", TABLES)
    with store.transaction() as connection:
        connection.execute(insert(NUMBERS).values(number=1))
        assert {mode(path) for path in folder.iterdir()} == {0o600}
        assert len(list(folder.iterdir())) == 3
    assert mode(folder) == 0o700


def test_an_open_file_is_made_private(folder):
    folder.mkdir()
    path = folder / "numbers.db"
    path.touch(0o644)
    path.chmod(0o644)
    Database(path, TABLES)
    assert mode(path) == 0o600


@pytest.mark.parametrize("name", ["a folder", "who?what", "per%20cent", "hash#tag", "naïve"])
def test_lies_where_it_was_put(tmp_path, name):
    Database(tmp_path / name / "numbers.db", TABLES)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name / "numbers.db").stat().st_size > 0


def test_a_transaction_that_raises_leaves_nothing(folder):
    store = Database(folder / "numbers.db", TABLES)
    with contextlib.suppress(ZeroDivisionError), store.transaction() as connection:
        connection.execute(insert(NUMBERS).values(number=1))
        raise ZeroDivisionError
    assert count(store) == 0
    with store.transaction() as connection:
        connection.execute(insert(NUMBERS).values(number=1))
    assert count(store) == 1


def refused(path):
    with pytest.raises(KeyturnError) as caught:
        Journal(path)
    message = str(caught.value)
    assert str(path) in message
    assert "\n" not in message
    return message


def test_a_file_that_is_no_database_is_told_in_one_line(folder):
    folder.mkdir()
    path = folder / "journal.db"
    path.write_text("this is a shopping list, and a long one " * 100)
    assert "cannot be read or written: file is not a database. Make it usable again" in refused(path)
    assert path.read_text().startswith("this is a shopping list")


def test_a_damaged_database_is_told_in_one_line(folder):
    path = folder / "journal.db"
    Journal(path)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    damaged = bytearray(path.read_bytes())
    damaged[100:] = b"\xff" * (len(damaged) - 100)
    path.write_bytes(damaged)
    assert "malformed" in refused(path)


def test_a_folder_in_its_place_is_told_in_one_line(folder):
    (folder / "journal.db").mkdir(parents=True)
    assert "cannot be used: Is a directory" in refused(folder / "journal.db")


def test_a_file_in_the_folder_s_place_is_told_in_one_line(tmp_path):
    (tmp_path / "keyturn").write_text("")
    assert "Choose another folder with KEYTURN_HOME" in refused(tmp_path / "keyturn" / "journal.db")


def test_a_file_of_somebody_else_is_told_in_one_line(folder, monkeypatch):
    def denied(*args):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(database.os, "open", denied)
    assert "cannot be used: Permission denied" in refused(folder / "journal.db")
    with pytest.raises(KeyturnError, match="Permission denied"):
        private_file(folder / "another")


def test_a_file_that_can_no_longer_be_written_is_told_in_one_line(folder):
    store = Database(folder / "numbers.db", TABLES)
    with sqlite3.connect(store.path) as connection:
        connection.execute(
            "CREATE TRIGGER full BEFORE INSERT ON numbers BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
        )
    connection.close()
    with pytest.raises(KeyturnError) as caught, store.transaction() as connection:
        connection.execute(insert(NUMBERS).values(number=1))
    assert str(caught.value) == (
        f"{store.path} cannot be read or written: database or disk is full. "
        "Make it usable again, then run the order again: what was done is kept."
    )

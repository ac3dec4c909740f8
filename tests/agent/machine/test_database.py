"""The file under the journal and the vault: private, and its troubles told in one line."""

from __future__ import annotations

import contextlib
import gc
import sqlite3
import stat
import threading

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


def used(store):
    """The connection that the next transaction has."""
    with store.transaction() as connection:
        return connection.connection.dbapi_connection


def test_one_connection_serves_one_transaction_after_another(folder):
    store = Database(folder / "numbers.db", TABLES)
    assert used(store) is used(store)


def test_threads_write_at_the_same_time_each_over_its_own(folder):
    store = Database(folder / "numbers.db", TABLES)

    def write(first):
        for number in range(first, first + 25):
            with store.transaction() as connection:
                connection.execute(insert(NUMBERS).values(number=number))

    threads = [threading.Thread(target=write, args=(first,)) for first in range(0, 200, 25)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count(store) == 200


def test_what_is_kept_open_is_closed_with_its_owner(folder):
    store = Database(folder / "numbers.db", TABLES)
    kept = used(store)
    assert len(list(folder.iterdir())) == 3
    del store
    gc.collect()
    with pytest.raises(sqlite3.ProgrammingError, match="closed database"):
        kept.execute("SELECT 1")
    assert [path.name for path in folder.iterdir()] == ["numbers.db"]


def test_what_is_committed_waits_for_the_disk(folder):
    with Database(folder / "numbers.db", TABLES).transaction() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_a_file_that_was_deleted_is_missed_at_once(folder):
    store = Database(folder / "numbers.db", TABLES)
    for path in folder.iterdir():
        path.unlink()
    for _ in range(2):
        with pytest.raises(KeyturnError) as caught:
            count(store)
        assert str(caught.value) == (
            f"{store.path} was deleted or moved while it was in use. Put it back, then run the order again."
        )
    assert list(folder.iterdir()) == []


def test_a_file_that_was_put_in_its_place_is_the_one_that_is_used(folder):
    store = Database(folder / "numbers.db", TABLES)
    other = Database(folder / "others.db", TABLES)
    with other.transaction() as connection:
        connection.execute(insert(NUMBERS).values(number=7))
    del other
    gc.collect()
    for path in folder.glob("numbers.db*"):
        path.unlink()
    (folder / "others.db").rename(folder / "numbers.db")
    assert count(store) == 1


def test_a_forked_process_leaves_its_parents_connection_alone(folder, monkeypatch):
    store = Database(folder / "numbers.db", TABLES)
    parents = used(store)
    with monkeypatch.context() as forked:
        forked.setattr(database.os, "getpid", lambda: -1)
        assert used(store) is not parents
    assert used(store) is parents
    with monkeypatch.context() as forked:
        forked.setattr(database.os, "getpid", lambda: -1)
        del store
        gc.collect()
    assert parents.execute("SELECT 1").fetchone() == (1,)
    parents.close()

"""The desk's file: private, complete, shared by processes, and honest when it cannot be asked."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from agent.api import Letter, NotSent, Secret, Unsure, Verdict
from connectors.local import desk as module
from connectors.local import tables
from connectors.local.customers import Customer, Customers
from connectors.local.desk import Desk
from connectors.local.devices import DeskDevices
from connectors.local.inventory import DeskInventory
from connectors.local.mail import DeskMail
from connectors.local.register import TicketRegister
from connectors.local.tickets import DeskTickets


def _modes(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.stat().st_mode & 0o777 for path in folder.rglob("*")}


def test_everything_in_the_folder_is_private(contoso, workplace, folder):
    old = os.umask(0)
    try:
        DeskMail(contoso, workplace()).send(Letter("o1:instructions", ("a@b.example",), "Hello", "Text"))
        with contoso.writing():
            held = _modes(folder)
    finally:
        os.umask(old)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert held["outbox"] == 0o700
    files = {name: mode for name, mode in held.items() if name != "outbox"}
    assert set(files.values()) == {0o600}, files
    assert "desk.db" in files


def test_a_file_that_others_could_read_is_shut(contoso, folder, clock):
    (folder / "desk.db").chmod(0o644)
    Customers(Desk(folder, clock)).all()
    assert (folder / "desk.db").stat().st_mode & 0o777 == 0o600


def test_nothing_but_the_desk_is_left_behind(contoso, folder):
    assert [path.name for path in folder.iterdir()] == ["desk.db"]


def test_the_file_is_in_wal_mode_with_foreign_keys(contoso):
    with contoso.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1


def test_a_second_desk_finds_what_the_first_wrote(contoso, folder, clock):
    assert [each.name for each in Customers(Desk(folder, clock)).all()] == ["Contoso", "Fabrikam"]


def test_a_block_that_raises_leaves_nothing(desk):
    def enter_and_fail() -> None:
        with desk.writing() as connection:
            values = {"folded": "x", "name": "x", "package": "x", "mail": "", "zone": "UTC"}
            connection.execute(insert(tables.customers).values(values))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        enter_and_fail()
    assert Customers(desk).all() == []


def test_a_desk_made_at_the_same_time_is_made_once(folder, clock):
    barrier = threading.Barrier(8)
    peppers, errors = set(), []

    def first_question() -> None:
        desk = Desk(folder, clock)
        barrier.wait()
        try:
            with desk.reading() as connection:
                peppers.add(connection.execute(select(tables.pepper.c.value)).scalar_one())
        except Unsure as error:
            errors.append(error)

    threads = [threading.Thread(target=first_question) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert len(peppers) == 1


def _open_tickets(folder: Path, count: int) -> None:
    register = TicketRegister(Desk(folder, None))  # type: ignore[arg-type]
    register._desk.now = lambda: "2026-03-02T09:15:00+00:00"  # type: ignore[method-assign]
    for _ in range(count):
        register.open("Contoso", "windows licence upgrade")


def test_two_processes_write_at_once_and_lose_nothing(contoso, folder):
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_open_tickets, args=(folder, 25)) for _ in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert sorted(int(ticket.number) for ticket in TicketRegister(contoso).all()) == list(range(1, 51))


def test_one_seat_is_given_once_however_many_threads_want_it(contoso):
    from connectors.local.licences import Licences
    from connectors.local.verdict import Licence

    Licences(contoso).add(Licence("L-1", "Contoso", "pro", seats=3))
    contoso._wait = 15.0
    refused = []

    def take(number: int) -> None:
        try:
            DeskInventory(Desk(contoso.folder, contoso.clock)).reserve(
                "L-1", Secret(f"K{number}"), device=f"PC-{number}", user=""
            )
        except Exception as error:  # noqa: BLE001
            refused.append(str(error))

    threads = [threading.Thread(target=take, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(Licences(contoso).find("L-1").taken) == 3
    assert len(refused) == 5
    assert all("no free seat" in text for text in refused)


@pytest.fixture(params=["not a database", "empty", "a folder", "newer", "no permission"])
def broken(request, contoso, folder, clock, monkeypatch) -> Desk:
    """A desk whose file cannot be used."""
    file = folder / "desk.db"
    if request.param == "newer":
        with sqlite3.connect(file) as connection:
            connection.execute("PRAGMA user_version=99")
        connection.close()
        return Desk(folder, clock)
    if request.param == "no permission":

        def denied(*given: object) -> None:
            raise PermissionError(13, "Permission denied", str(file))

        monkeypatch.setattr(module, "_engine", denied)
        return Desk(folder, clock)
    file.unlink()
    if request.param == "a folder":
        file.mkdir()
    else:
        file.write_bytes(b"" if request.param == "empty" else b"this is not a database " * 500)
    return Desk(folder, clock)


def test_what_cannot_be_asked_is_unsure_and_never_no(broken, clock, workplace):
    tickets, inventory = DeskTickets(broken), DeskInventory(broken)
    key = Secret("AAAAA-BBBBB-CCCCC-DDDDD-EEEEE")
    answers = [
        tickets.entitled("Contoso", "core"),
        tickets.asks_for("1", "x", "Contoso"),
        tickets.told("1", "r"),
        tickets.closed("1"),
        inventory.covers("L", customer="Contoso", device="PC", user="u", edition="pro", on=clock.now()),
        inventory.key_is_free(key, "PC"),
        inventory.reserved("L", key, device="PC", user="u"),
        DeskMail(broken, workplace()).sent("r"),
    ]
    assert [answer.verdict for answer in answers] == [Verdict.UNSURE] * len(answers)
    assert all("desk.db could not be read" in answer.evidence and "\n" not in answer.evidence for answer in answers)
    with pytest.raises(Unsure, match="could not be read"):
        DeskDevices(broken).find("PC")


def test_what_cannot_be_written_was_not_sent(broken, workplace):
    with pytest.raises(NotSent, match="could not be written"):
        DeskTickets(broken).tell("1", "text", reference="r", public=True)
    with pytest.raises(NotSent):
        DeskMail(broken, workplace()).send(Letter("r", ("a@b.example",), "s", "t"))


def test_a_desk_that_another_writer_holds_is_read_all_the_same_and_not_written(contoso, folder, clock):
    with contoso.writing():
        assert DeskTickets(Desk(folder, clock, wait=0.1)).entitled("Contoso", "core").is_yes
        with pytest.raises(NotSent, match="locked"):
            Customers(Desk(folder, clock, wait=0.1)).add(Customer("New", "core"))


def test_a_commit_that_fails_is_unsure(contoso, monkeypatch):
    from sqlalchemy.engine.default import DefaultDialect

    def lost(self, connection):
        raise sqlite3.OperationalError("disk I/O error")

    with pytest.raises(Unsure, match="disk I/O error"), contoso.writing():
        monkeypatch.setattr(DefaultDialect, "do_commit", lost)


def test_a_bug_in_a_statement_is_not_dressed_up_as_a_broken_desk(desk):
    from sqlalchemy.exc import IntegrityError

    with pytest.raises(IntegrityError), desk.writing() as connection:
        connection.execute(insert(tables.customers).values(folded="x"))


def test_a_folder_that_cannot_be_made_is_unsure(tmp_path, clock):
    (tmp_path / "file").write_text("")
    assert DeskTickets(Desk(tmp_path / "file" / "data", clock)).entitled("Contoso", "core").verdict is Verdict.UNSURE


def test_a_folder_name_with_special_characters(tmp_path, clock):
    desk = Desk(tmp_path / "Kunde #1 50%? ä", clock)
    Customers(desk).add(Customer("Contoso", "core"))
    assert Customers(desk).find("CONTOSO").name == "Contoso"

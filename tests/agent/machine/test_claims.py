"""One run at a time on one target; a replaced run notices."""

from __future__ import annotations

import os
import socket
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from agent.machine import claims as claims_module
from agent.machine.claims import LASTING, TABLES, Claimed, Claims
from agent.machine.database import Database
from agent.machine.journal import Journal
from agent.words.errors import Exit, KeyturnError


@pytest.fixture
def claims(folder):
    return Claims(Journal(folder / "journal.db").database)


@pytest.fixture
def owned_by(claims):
    """Writes another owner into the claim on device:A, as if that one had taken it."""

    def change(owner):
        with claims._database.transaction() as connection:
            connection.execute(claims_module._claims.update().values(owner=owner))

    return change


def held(claims):
    with claims._database.transaction() as connection:
        return {row.target: row.run for row in connection.execute(select(claims_module._claims))}


def test_one_target_has_one_claim(claims, clock):
    claims.take("device:A", 1, clock)
    with pytest.raises(Claimed) as caught:
        claims.take("device:A", 2, clock)
    assert caught.value.exit_code is Exit.WAITING
    assert str(caught.value) == (
        f"run 1 ({socket.gethostname()} process {os.getpid()}) is working on device:A. "
        "Wait for it to end; if nothing renews it, the claim ends at 08:05:00 UTC."
    )
    claims.take("device:B", 2, clock)
    assert held(claims) == {"device:A": 1, "device:B": 2}


def test_a_claim_given_back_can_be_taken(claims, clock):
    claims.take("device:A", 1, clock).release()
    assert held(claims) == {}
    claims.take("device:A", 2, clock)
    assert held(claims) == {"device:A": 2}


def test_a_claim_ends_unless_it_is_renewed(claims, clock):
    first = claims.take("device:A", 1, clock)
    clock.sleep(LASTING.total_seconds() - 1)
    with pytest.raises(Claimed):
        claims.take("device:A", 2, clock)
    first.renew()
    clock.sleep(LASTING.total_seconds() - 1)
    with pytest.raises(Claimed):
        claims.take("device:A", 2, clock)
    clock.sleep(1)
    claims.take("device:A", 2, clock)
    assert held(claims) == {"device:A": 2}


def test_a_late_renewal_holds_when_nobody_took_over(claims, clock):
    first = claims.take("device:A", 1, clock)
    clock.moment += timedelta(hours=3)
    first.renew()
    with pytest.raises(Claimed):
        claims.take("device:A", 2, clock)


def test_a_replaced_run_notices_and_cannot_take_the_other_s_claim_away(claims, clock):
    first = claims.take("device:A", 1, clock)
    clock.sleep(LASTING.total_seconds())
    second = claims.take("device:A", 2, clock)
    with pytest.raises(Claimed, match="run 1 no longer holds device:A"):
        first.renew()
    first.release()
    assert held(claims) == {"device:A": 2}
    second.renew()


def test_releasing_twice_is_harmless(claims, clock):
    claim = claims.take("device:A", 1, clock)
    claim.release()
    claim.release()
    with pytest.raises(Claimed):
        claim.renew()


def test_the_claim_of_a_dead_process_of_this_computer_is_taken_over_at_once(claims, clock, owned_by, in_another_process):
    process = in_another_process("")
    process.communicate(timeout=30)
    claims.take("device:A", 1, clock)
    owned_by(f"{socket.gethostname()} process {process.pid}")
    claims.take("device:A", 2, clock)
    assert held(claims) == {"device:A": 2}


def test_the_claim_of_a_live_process_of_this_computer_is_respected(claims, clock, owned_by, in_another_process):
    process = in_another_process("import sys; sys.stdin.read()")
    try:
        claims.take("device:A", 1, clock)
        owned_by(f"{socket.gethostname()} process {process.pid}")
        with pytest.raises(Claimed, match=f"process {process.pid}"):
            claims.take("device:A", 2, clock)
    finally:
        process.communicate(timeout=30)


@pytest.mark.parametrize("owner", ["another-host process 999999999", "{here} process", "{here} process x", "somebody", ""])
def test_the_claim_of_anybody_else_is_respected_until_it_ends(claims, clock, owned_by, owner):
    claims.take("device:A", 1, clock)
    owned_by(owner.format(here=socket.gethostname()))
    with pytest.raises(Claimed):
        claims.take("device:A", 2, clock)
    clock.sleep(LASTING.total_seconds())
    claims.take("device:A", 2, clock)


def test_a_process_of_another_user_is_alive(claims, clock, monkeypatch):
    def kill(pid, signal):
        assert (pid, signal) == (os.getpid(), 0)
        raise PermissionError

    claims.take("device:A", 1, clock)
    monkeypatch.setattr(claims_module.os, "kill", kill)
    with pytest.raises(Claimed):
        claims.take("device:A", 2, clock)


TAKES = """
import sys
from pathlib import Path
from agent.machine.claims import Claimed, Claims
from agent.machine.clock import SystemClock
from agent.machine.journal import Journal

claims = Claims(Journal(Path(sys.argv[1])).database)
print("ready", flush=True)
sys.stdin.readline()
try:
    claims.take("device:A", int(sys.argv[2]), SystemClock())
    print("taken", flush=True)
except Claimed:
    print("refused", flush=True)
sys.stdin.readline()
"""


def test_of_several_processes_one_gets_it(folder, in_another_process):
    processes = [in_another_process(TAKES, folder / "journal.db", run) for run in (1, 2, 3)]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.stdout.readline() for process in processes]
    for process in processes:
        process.communicate(timeout=30)
    assert sorted(said) == ["refused\n", "refused\n", "taken\n"]


def test_claims_may_be_opened_twice_on_one_file(folder, clock):
    store = Database(folder / "journal.db", TABLES)
    Claims(store).take("device:A", 1, clock)
    with pytest.raises(Claimed):
        Claims(store).take("device:A", 2, clock)


def test_a_claim_is_held_through_one_long_command_and_given_back(claims, clock):
    first = claims.take("device:A", 1, clock)
    renewed = threading.Event()
    database = first.database

    class Watched:
        def transaction(self):
            renewed.set()
            return database.transaction()

    with replace(first, database=Watched()).held(every=0.001):
        renewed.clear()
        clock.moment += timedelta(hours=3)
        assert renewed.wait(10)
        assert renewed.clear() or renewed.wait(10)
        with pytest.raises(Claimed):
            claims.take("device:A", 2, clock)
    assert held(claims) == {}


def test_a_claim_that_was_taken_over_is_renewed_no_more(claims, clock):
    first = claims.take("device:A", 1, clock)
    clock.moment += timedelta(hours=3)
    second = claims.take("device:A", 2, clock)
    with first.held(every=0.001):
        assert not any(thread.join(10) for thread in threading.enumerate() if thread.name == "claim-1")
    assert held(claims) == {"device:A": 2}
    second.release()


def test_a_journal_that_cannot_be_written_for_a_moment_does_not_end_the_renewing(claims, clock):
    first = claims.take("device:A", 1, clock)
    tries = []
    went_on = threading.Event()

    class Stubborn:
        def transaction(self):
            tries.append(1)
            if len(tries) > 2:
                went_on.set()
            raise KeyturnError("the disk is full")

    claim = replace(first, database=Stubborn())
    over = threading.Event()
    beating = threading.Thread(target=claim._beat, args=(over, 0.001))
    beating.start()
    assert went_on.wait(10)
    over.set()
    beating.join()

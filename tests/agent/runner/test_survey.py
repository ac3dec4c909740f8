"""A survey: who is asked, how many at once, what becomes of those that cannot be, and what is kept."""

from __future__ import annotations

import gc
import threading
import weakref
from contextlib import closing

import pluggy
import pytest

from agent.machine.home import Home
from agent.machine.sightings import How, Seen, Sightings
from agent.runner import survey as room
from agent.runner.census import Census
from agent.runner.survey import Survey
from agent.words import hooks
from agent.words.command import Reply, ask, tell
from agent.words.device import Device, Devices
from agent.words.errors import Misuse, NotSent, Refused, Unsure
from agent.words.sighting import Attention, Sighting

KEY = "NF6HC-QH89W-F8WYV-WWXV4-WFG6P"
PASSWORD = "p4ss+w/örd of the wire"


def devices(count, customer="Contoso", first=0):
    return [Device(f"{customer}-{number}", customer, ways={"wire": {}}) for number in range(first, first + count)]


class Session:
    connector, capabilities = "wire", frozenset({"cmd"})

    def __init__(self, world):
        self.world = world

    def ask(self, command):
        return Reply("fine", "", 0)

    def tell(self, command):
        self.world.told += 1

    def close(self):
        self.world.closed += 1


class World:
    """One connector and one look; each test says how they behave."""

    name, capabilities = "wire", frozenset({"cmd"})

    def __init__(self):
        self.lock = threading.Lock()
        self.inside, self.most, self.opened, self.closed, self.told = 0, 0, [], 0, 0
        self.sessions = weakref.WeakSet()
        self.on_open = lambda device: None
        self.sight = lambda session: Sighting({"answer": session.ask(ask("hello")).stdout})
        self.known = []

    def open(self, device):
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
            self.opened.append(device.name)
        try:
            self.on_open(device)
        finally:
            with self.lock:
                self.inside -= 1
        session = Session(self)
        self.sessions.add(session)
        return session

    @hooks.hookimpl
    def keyturn_connectors(self, workplace):
        self.workplace = workplace
        return [self]

    @hooks.hookimpl
    def keyturn_sight(self, session):
        return self.sight(session)

    @hooks.hookimpl
    def keyturn_ports(self, workplace):
        world = self

        class Directory:
            def find(self, name):
                for device in world.known:
                    if device.name.casefold() == name.strip().casefold():
                        return device
                raise Misuse(f"there is no device '{name}'")

            def all(self, customer=None):
                if customer == "Nobody":
                    raise Misuse("there is no customer 'Nobody'")
                return [device for device in world.known if customer in (None, device.customer)]

        return {Devices: Directory()}


@pytest.fixture
def world():
    return World()


@pytest.fixture
def home(folder, clock, world):
    manager = pluggy.PluginManager(hooks.GROUP)
    manager.add_hookspecs(hooks)
    manager.register(world)
    return Home(folder, manager, clock)


@pytest.fixture
def sightings(home):
    return Sightings(home.folder / "sightings.db", home.scrub)


@pytest.fixture
def run(home, sightings):
    def run(asked, threads=4, share=4):
        with closing(Survey(home, sightings, threads, share).over(asked)) as rows:
            return {row.device: row for row in rows}

    return run


def test_each_device_is_asked_once_and_its_session_closed(run, world):
    rows = run(devices(20) + devices(3, "Fabrikam"))
    assert len(rows) == len(world.opened) == len(set(world.opened)) == world.closed == 23
    assert {row.how for row in rows.values()} == {How.SEEN}
    assert rows["Contoso-0"].sighting.columns == {"answer": "fine"}
    assert rows["Contoso-0"].way == "wire"


def test_no_more_are_asked_at_once_than_there_are_threads(run, world):
    barrier = threading.Barrier(4, timeout=20)
    world.on_open = lambda device: barrier.wait()
    rows = run(devices(12), threads=4, share=9)
    assert {row.how for row in rows.values()} == {How.SEEN}
    assert world.most == 4


def test_no_more_of_one_customer_are_asked_at_once_than_its_share(run, world):
    barrier = threading.Barrier(2, timeout=20)
    world.on_open = lambda device: barrier.wait()
    rows = run(devices(8), threads=6, share=2)
    assert {row.how for row in rows.values()} == {How.SEEN}
    assert world.most == 2


def test_a_customer_with_one_device_does_not_wait_for_one_with_many(run, world):
    run(devices(4) + devices(1, "Fabrikam") + devices(2, "Initech"), threads=1, share=1)
    assert world.opened[:3] == ["Contoso-0", "Fabrikam-0", "Initech-0"]
    assert world.opened[-2:] == ["Contoso-2", "Contoso-3"]


def raising(error):
    def fail(*_):
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "how"),
    [
        (NotSent("nobody listens", "Start it."), How.UNREACHED),
        (Refused("wrong password"), How.REFUSED),
        (Misuse("there is no vault:x"), How.MISSET),
        (Unsure("half an answer"), How.UNCLEAR),
        (KeyError("oops"), How.BROKEN),
    ],
)
def test_a_device_that_cannot_be_opened_is_told_with_the_reason(run, world, error, how):
    world.on_open = lambda device: raising(error)() if device.name == "Contoso-1" else None
    rows = run(devices(3))
    assert [row.how for row in sorted(rows.values(), key=lambda row: row.device)] == [How.SEEN, how, How.SEEN]
    assert str(error.args[0]).rstrip(".")[:8] in rows["Contoso-1"].reason
    assert rows["Contoso-1"].sighting is None


@pytest.mark.parametrize(
    ("error", "how"),
    [
        (NotSent("the line broke"), How.UNREACHED),
        (Refused("not for you"), How.REFUSED),
        (Unsure("no JSON"), How.UNCLEAR),
        (ZeroDivisionError("by nought"), How.BROKEN),
    ],
)
def test_a_look_that_fails_is_told_and_the_session_closed(run, world, error, how):
    world.sight = lambda session: raising(error)(session.ask(ask("hello")))
    assert run(devices(1))["Contoso-0"].how is how
    assert world.closed == 1


def test_a_device_without_a_way_or_a_connector_is_not_reached(run):
    rows = run([Device("bare", "Contoso"), Device("other", "Contoso", ways={"kaseya": {}})])
    assert {row.how for row in rows.values()} == {How.UNREACHED}
    assert "no way in" in rows["bare"].reason
    assert "no such connector" in rows["other"].reason


def test_nobody_is_asked_into_an_attended_session(run, world, monkeypatch):
    monkeypatch.setattr(World, "capabilities", frozenset({"cmd", "attended"}))
    row = run(devices(1))["Contoso-0"]
    assert (row.how, world.opened) == (How.UNREACHED, [])
    assert "leaves people alone" in row.reason


def test_a_device_that_is_nobodys_is_unclear(run, world):
    world.sight = lambda session: None
    row = run(devices(1))["Contoso-0"]
    assert (row.how, row.reason) == (How.UNCLEAR, "no plug-in knows what to look for on it")


def test_nothing_can_be_changed_by_a_look(run, world):
    world.sight = lambda session: session.tell(tell("format", "c:"))
    row = run(devices(1))["Contoso-0"]
    assert row.how is How.BROKEN
    assert "LatchShut" in row.reason
    assert world.told == 0


def test_a_session_that_cannot_be_closed_does_not_stop_the_others(run, monkeypatch):
    monkeypatch.setattr(Session, "close", raising(RuntimeError("stuck")))
    rows = run(devices(6), threads=2)
    assert len(rows) == 6
    assert {row.how for row in rows.values()} == {How.BROKEN}


def test_one_password_is_looked_up_once_for_all(run, world, home):
    home.vault.put("wire", PASSWORD, kind="password", at=home.clock.now())
    asked = []
    entries = home.vault.entries
    home.vault.entries = lambda: (asked.append(1), entries())[1]
    world.on_open = lambda device: world.workplace.secret("vault:wire").reveal()
    assert {row.how for row in run(devices(9), threads=1).values()} == {How.SEEN}
    assert len(asked) == 1


def test_nothing_of_a_device_is_held_after_its_row(home, sightings, world):
    with closing(Survey(home, sightings, 2, 2).over(devices(10))) as rows:
        for _ in rows:
            gc.collect()
            assert len(world.sessions) <= 4
    gc.collect()
    assert not world.sessions


def test_an_interrupted_survey_hears_out_who_is_being_asked_and_keeps_it(home, sightings, world, monkeypatch):
    gate = threading.Event()
    begun = threading.Event()

    def on_open(device):
        if device.name != "Contoso-0":
            begun.set()
            gate.wait(20)

    stop = room._Turns.stop
    monkeypatch.setattr(room._Turns, "stop", lambda self: (stop(self), gate.set()))
    world.on_open = on_open
    rows = Survey(home, sightings, 1, 1).over(devices(4))
    assert next(rows).device == "Contoso-0"
    assert begun.wait(20)
    rows.close()
    kept = {row.device: row.how for row in sightings.of([device.name for device in devices(4)])}
    assert kept == {"Contoso-0": How.SEEN, "Contoso-1": How.SEEN, "Contoso-2": How.WAITING, "Contoso-3": How.WAITING}
    assert world.opened == ["Contoso-0", "Contoso-1"]


def test_rows_are_kept_while_the_survey_goes_on(home, sightings, monkeypatch):
    monkeypatch.setattr(room, "KEEP_EVERY", 0)
    rows = Survey(home, sightings, 1, 1).over(devices(3))
    first = next(rows)
    assert sightings.of([first.device])[0].how is How.SEEN
    rows.close()


def test_no_secret_is_kept(run, world, home, sightings):
    home.vault.put("wire", PASSWORD, kind="password", at=home.clock.now())
    home.vault.secret("vault:wire").reveal()
    world.sight = lambda session: Sighting({"key": KEY}, Attention.NOW, f"it said {PASSWORD}", {"key": KEY})
    world.on_open = lambda device: raising(NotSent(f"refused {PASSWORD} {KEY}"))() if device.name == "Contoso-1" else None
    run(devices(2))
    stored = b"".join(file.read_bytes() for file in home.folder.glob("sightings.db*"))
    assert b"Contoso-1" in stored
    for secret in (KEY, PASSWORD):
        assert secret.encode() not in stored
        assert secret.encode("utf-16-le") not in stored
    assert (home.folder / "sightings.db").stat().st_mode & 0o077 == 0


def test_what_needs_attention_comes_first(sightings, clock):
    def seen(name, attention):
        return Seen(name, "C", How.SEEN, clock.now(), sighting=Sighting({"n": 1}, attention, "", {"kind": "x"}))

    lost = Seen("lost", "C", How.UNREACHED, clock.now(), "off")
    sightings.keep([seen("b", Attention.FINE), seen("A", Attention.FINE), seen("soon", Attention.SOON), lost])
    sightings.keep([seen("now", Attention.NOW), seen("look", Attention.LOOK)])
    rows = sightings.of(["A", "b", "lost", "soon", "now", "look", "never"])
    assert [row.device for row in rows] == ["now", "lost", "soon", "look", "A", "b"]
    assert rows[1] == lost
    census = Census(rows)
    assert (census.seen, census.pressing, census.counts) == (5, 2, {"kind": {"x": 5}})
    assert list(census.words) == ["now", "not reached", "soon", "look", "fine"]


def test_a_row_takes_the_place_of_the_one_before_it(sightings, clock):
    sightings.keep([Seen("a", "C", How.WAITING, clock.now())])
    sightings.keep([Seen("a", "C", How.REFUSED, clock.now(), "no")])
    sightings.keep([])
    assert [row.how for row in sightings.of(["a"])] == [How.REFUSED]


def test_many_devices_are_looked_up_in_parts(sightings, clock):
    names = [f"pc-{number}" for number in range(1201)]
    sightings.keep(Seen(name, "C", How.WAITING, clock.now()) for name in names)
    assert len(sightings.of(names)) == 1201


def test_what_the_desk_no_longer_has_is_forgotten(sightings, clock):
    sightings.keep(Seen(name, "C", How.WAITING, clock.now()) for name in "abc")
    sightings.only(["a", "c", "d"])
    assert [row.device for row in sightings.of("abcd")] == ["a", "c"]

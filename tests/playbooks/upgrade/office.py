"""A customer's office for whole runs: one PC behind real servers, a desk, a keyturn home, and one clock for all."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pluggy

from agent.api import Device, Devices, Ending, Event, Kind
from agent.machine.home import Home
from agent.machine.orders import make_order
from agent.runner.logbook import Logbook
from agent.runner.run import Runner
from connectors.lab.fronts import fronts
from connectors.lab.windows.pc import Pc
from connectors.lab.windows.power import Pace
from connectors.lab.windows.state import Backup, State
from connectors.lab.windows.world import World
from connectors.local.customers import Customer, Customers
from connectors.local.desk import Desk
from connectors.local.licences import Licences
from connectors.local.register import Note, Ticket, TicketRegister
from connectors.local.verdict import Licence
from playbooks.windows.order import UpgradeOrder
from playbooks.windows.steps import (
    ACTIVATED,
    ASIDE,
    ASKED,
    BACKED_UP,
    BEGINS,
    BOOKED,
    CLEARED,
    CLOSED,
    COMPLETE,
    CORE,
    EFFECT,
    FIT,
    FITS,
    FORM,
    FREE,
    INSTALLED,
    INTACT,
    KEPT,
    ON_RECORD,
    OWNED,
    REACHED,
    RECORDED,
    SUCCESS,
    TOLD,
    WAYS,
    WORKS,
)
from playbooks.windows_upgrade import windows_upgrade
from tests.playbooks.upgrade.carried import Carried, listen

CUSTOMER, DEVICE, USER, TICKET = "Willow Street Dental", "FRONTDESK-07", "Anna Berg", "5531"
CONTACT, TECHNICIAN, OWNER = "office@willowstreet.example", "Sam", "Dr Willow"
LICENCE, KIND, LOGIN, PASSWORD = "WS-EDU", "windows licence upgrade", "keyturn", "An0ther päss/wörd+1"
ROOT = "willowstreet"
KEY, WAY = f"{ROOT}/win", f"{ROOT}/password"
BEGIN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PACE = Pace(notice=1.0, down=20.0, starting=15.0, changepk=30.0)
"""As slow as real PCs, which costs nothing on a clock that only moves when somebody waits."""

STEPS = (FITS, CORE, ASKED, FORM, ON_RECORD, OWNED, FREE, ASIDE, KEPT, BOOKED, TOLD, BEGINS, REACHED, FIT, BACKED_UP, RECORDED)
STEPS += (INSTALLED, EFFECT, ACTIVATED, CLEARED, WORKS, INTACT, SUCCESS, WAYS, CLOSED)
"""The procedure in its order; without an appointment, those of :data:`TIMED` are not asked."""
TIMED = (KEPT, BOOKED, BEGINS)
UNSCHEDULED = tuple(step for step in STEPS if step not in TIMED)

FULL = (
    "files recorded",
    "key installed",
    "restart announced",
    "edition changed",
    "restarted",
    "activation attempted",
    "activated",
    "key cleared",
    "files compared",
)
"""The ledger of a whole run that needs a restart."""


class Office:
    """Everything that one order touches; ``close`` it.

    Args:
        folder: The data folder.
        hooks: The installed plug-ins.
        clock: Time for the home, the desk, the vendors' sites and the PC alike.
        target: EditionID that the key is for.
        **given: ``ladder``, the names of the fronts that lead to the PC, in order (:data:`connectors.lab.fronts.FRONTS`);
            ``channel`` of the key; ``pace`` and ``state`` of the PC, or what differs from its ordinary state.

    Attributes:
        fronts: What stands before the PC, by name.
        carried: What the connectors were given to carry, in all runs so far.
        events: What happened in the latest run.
        at: What is to happen, once, at the moment when such an event has been written.
        watch: Called with each event when it has been written.
    """

    def __init__(self, folder: Path, hooks: pluggy.PluginManager, clock: Any, *, target: str = "Education", **given: Any):
        self.clock = clock
        ladder = given.pop("ladder", ("winrm",))
        self.world = World(clock, given.pop("pace", PACE), seed=7)
        channel = given.pop("channel", "Retail")
        self.pc = Pc(DEVICE, given.pop("state", None) or State(**given), self.world, {LOGIN: PASSWORD})
        self.stack = ExitStack()
        self.fronts = self.stack.enter_context(fronts(ladder, [self.pc], f"vault:{ROOT}"))
        self.key = self.world.keys.make(target, channel)
        self.home = Home(folder, hooks, clock)
        self.desk = Desk(folder, clock)
        self.tickets = TicketRegister(self.desk)
        self.events: list[Event] = []
        self.at: dict[tuple[Kind, str], Callable[[], object]] = {}
        self.watch: Callable[[Event], object] = lambda event: None
        self.carried: list[Carried] = []
        self._fields = {
            "ticket": TICKET,
            "customer": CUSTOMER,
            "user": USER,
            "contact": CONTACT,
            "device": DEVICE,
            "current": self.pc.state.edition,
            "edition": target,
            "licence": LICENCE,
            "key": f"vault:{KEY}",
            "technician": TECHNICIAN,
        }
        self._fill()
        for connector in self.home.connectors.values():
            listen(connector, self.carried)

    def _fill(self) -> None:
        self.home.vault.put(KEY, self.key.value, kind="product key", at=self.clock.now())
        for front in self.fronts.values():
            for reference, value in front.secrets.items():
                self.home.vault.put(reference.removeprefix("vault:"), value, kind="password", at=self.clock.now())
        Customers(self.desk).add(Customer(CUSTOMER, "core", CONTACT, "Europe/Berlin"))
        ways = {front.connector: front.ways[DEVICE] for front in self.fronts.values()}
        self.home.port(Devices).add(Device(DEVICE, CUSTOMER, USER, ways))
        Licences(self.desk).add(Licence(LICENCE, CUSTOMER, self._fields["edition"], seats=5))
        self.tickets.open(CUSTOMER, KIND, number=TICKET)

    def close(self) -> None:
        """Ends every server."""
        self.stack.close()

    @property
    def server(self) -> Any:
        """The WinRM listener."""
        return next(front for front in self.fronts.values() if front.connector == "winrm").servers[DEVICE]

    def way(self, connector: str, **settings: Any) -> None:
        """Adds settings to one of the ways to the PC; ``None`` takes one away."""
        device = self.home.device(DEVICE)
        own = {**device.ways[connector], **settings}
        ways = {**device.ways, connector: {name: value for name, value in own.items() if value is not None}}
        self.home.port(Devices).change(Device(DEVICE, CUSTOMER, USER, ways))

    def order(self, **changes: Any) -> UpgradeOrder:
        """The order, with some fields changed for this and every later run."""
        self._fields |= changes
        return make_order(UpgradeOrder, {name: value for name, value in self._fields.items() if value is not None})

    def run(self, *, dry: bool = False, **changes: Any) -> Ending:
        """One walk; its events are in :attr:`events`."""
        self.events = []
        return Runner(self.home, (self._observe,)).run(windows_upgrade, self.order(**changes), by=TECHNICIAN, dry=dry)

    def _observe(self, event: Event) -> None:
        self.events.append(event)
        self.watch(event)
        if deed := self.at.pop((event.kind, event.step), None):
            deed()

    def answer(self, step: str, *, yes: bool = True, by: str = TECHNICIAN, because: str = "I have seen it") -> None:
        """What a named person says about *step* of the latest real run."""
        run = next(run.id for run in self.home.journal.runs() if not run.dry)
        Runner(self.home).answer(run, step, yes=yes, by=by, because=because)

    def tell_journal(self, step: str, *, yes: bool = True) -> None:
        """An answer that reached the journal by another road than a run's question."""
        row = self.home.journal.runs()[0]
        book = Logbook(row.id, row.order.id, self.order().target, self.home.journal, self.clock, self.home.scrub, ())
        book.write(Kind.ANSWERED, step, "", yes=yes, by=OWNER, because="")

    def back_up(self, ago: timedelta = timedelta(), target: str = r"\\nas\backup") -> None:
        """The user backs the PC up."""
        self.pc.state.backups.append(Backup(self.clock.now() - ago, target))

    def heal(self) -> None:
        """Whatever was wrong with the PC, the line and the key is over."""
        self.pc._work.faults.__init__()
        self.server.faults.clear()
        self.at.clear()
        self.key.blocked = False
        self.key.used.discard("another machine")
        self.world.service._faults.clear()
        self.pc.switch(on=True)
        self.clock.sleep(60)

    def finish(self, most: int = 6) -> Ending:
        """Runs, answering yes to whatever is asked, until the order is done."""
        for _ in range(most):
            ending = self.run()
            if ending.exit == 0:
                break
            if ending.exit == 5:
                self.answer(ending.step)
        return ending

    def effects(self, effect: str = "") -> list[str]:
        """The names of the effects in the lab's ledger."""
        return [one.effect for one in self.world.ledger.effects(effect)]

    def ticket(self) -> Ticket:
        """The ticket as it stands."""
        return self.tickets.find(TICKET)

    def notes(self, *, public: bool = True) -> list[Note]:
        """What runs wrote into the ticket."""
        return [note for note in self.ticket().notes if note.public is public and note.author == "keyturn"]

    def letters(self) -> list[EmailMessage]:
        """The mails in the outbox."""
        files = sorted((self.home.folder / "outbox").glob("*.eml"))
        return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]

    def settled(self) -> dict[str, Event]:
        """Step to what was settled about it in the latest run, in order."""
        return {event.step: event for event in self.events if event.kind is Kind.SETTLED}

    def marks(self) -> dict[str, str]:
        """Step to mark in the latest run, without what is told after a stop."""
        return {step: event.facts["mark"] for step, event in self.settled().items() if step in (*STEPS, COMPLETE)}

    def begun(self) -> list[str]:
        """The steps for which the latch was opened in the latest run."""
        return [event.step for event in self.events if event.kind is Kind.BEGUN]

    def files(self) -> dict[str, bytes]:
        """Every file under the data folder; databases as all that can be read from them."""
        found = {}
        for path in sorted(self.home.folder.rglob("*")):
            if path.is_file():
                found[str(path.relative_to(self.home.folder))] = path.read_bytes()
        return found

    def rows(self, database: str, table: str) -> list[tuple[Any, ...]]:
        """The bare rows of a table."""
        with closing(sqlite3.connect(self.home.folder / database)) as connection:
            return connection.execute(f"SELECT * FROM {table}").fetchall()

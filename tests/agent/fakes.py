"""A small house to run orders in: one playbook, one device, a desk and a mail server, and a ledger of what was done.

The ledger is a file, so that what was done by a process that died is still known.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pluggy

from agent.machine.home import Home
from agent.runner.run import Runner
from agent.words import hooks
from agent.words.answer import Answer, no, yes
from agent.words.command import Command, Reply, Script, ask, tell
from agent.words.device import Device, Devices
from agent.words.errors import Exit, Unsure
from agent.words.event import Ending
from agent.words.hooks import GROUP, hookimpl
from agent.words.order import Order, SecretReference
from agent.words.playbook import playbook
from agent.words.ports import Clock, Letter, Mail, People, RemoteSession, Tickets
from agent.words.step import Step, minutes

KEY = "W269N-WFGWX-YVC9B-4J6C9-T83GX"
PASSWORD = "p4$$w/örd+of~the=desk"
INSTALL = Script("install_key.ps1", "install the key")
FACTS = Script("facts.ps1", "say how things stand")


class ShelfOrder(Order):
    """What the playbook below is asked to do."""

    device: str = "FRONTDESK-07"
    key: SecretReference

    @property
    def target(self) -> str:
        return f"device:{self.device}"


@playbook(title="Shelf upgrade")
def shelf_upgrade(order: ShelfOrder, pc: RemoteSession, desk: Tickets, mail: Mail, people: People, clock: Clock):
    """Gates of every kind, one ordinary change and two counted ones."""
    begun = f"{order.reference}-begun"
    yield Step("the customer is entitled", done=lambda: desk.entitled("Contoso", "core"))
    yield Step("the customer agreed", done=lambda: people.said("the customer agreed"))
    yield Step(
        "the ticket says that it begins",
        done=lambda: desk.told("7", begun),
        do=lambda: desk.tell("7", f"begun at {clock.now():%H:%M}", reference=begun, public=False),
    )
    yield Step("the device is ready", done=lambda: _ready(pc))
    yield Step(
        "the product key is installed",
        once=True,
        patience=minutes(2),
        done=lambda: _installed(pc, order.key.tail(5)),
        do=lambda: pc.tell(tell(INSTALL, order.key)),
        by_hand="Type the product key in.",
    )
    yield Step(
        "the customer is told",
        once=True,
        done=lambda: mail.sent(order.reference),
        do=lambda: mail.send(Letter(order.reference, ("a@contoso.example",), "Done", "It is done.")),
    )


@shelf_upgrade.stopped
def tell_the_ticket(order: ShelfOrder, ending: Ending, desk: Tickets):
    """Leaves one note for each way in which the run stopped short."""
    reference = f"{order.reference}-{ending.mark}"
    yield Step(
        "the ticket says why it stopped",
        done=lambda: desk.told("7", reference),
        do=lambda: desk.tell("7", ending.text, reference=reference, public=False),
    )


def _ready(pc: RemoteSession) -> Answer:
    return yes("no restart is pending") if pc.ask(ask(FACTS)).json()["ready"] else no("a restart is pending")


def _installed(pc: RemoteSession, tail: str) -> Answer:
    seen = pc.ask(ask(FACTS)).json()["tail"]
    return yes(f"the key ends in {seen}") if seen == tail else no(f"the key ends in {seen or 'nothing'}, not {tail}")


@dataclass
class World:
    """Everything outside keyturn, with one line in the ledger for each effect: ``note``, ``key`` or ``mail`` and what."""

    ledger: Path
    entitled_answer: Answer = field(default_factory=lambda: yes("Contoso has the Core package"))
    ready: bool = True
    fails: dict[str, list[BaseException]] = field(default_factory=dict)
    """What is raised in place of an effect, one for each attempt."""
    lost: set[str] = field(default_factory=set)
    """Effects that happen once more and whose last word is lost."""
    opened: int = 0
    closed: int = 0
    asked: int = 0

    def effects(self) -> list[str]:
        return self.ledger.read_text().splitlines() if self.ledger.exists() else []

    def main_effects(self) -> Counter[str]:
        """What the playbook itself did, without the notes of its epilogue."""
        return Counter(line for line in self.effects() if not line.startswith("note:") or line.endswith("-begun"))

    def do(self, kind: str, what: str) -> None:
        if self.fails.get(kind):
            raise self.fails[kind].pop(0)
        with self.ledger.open("a") as file:
            file.write(f"{kind}:{what}\n")
        if kind in self.lost:
            self.lost.remove(kind)
            raise Unsure(f"the line dropped during {kind}")

    def has(self, kind: str, what: str) -> bool:
        return f"{kind}:{what}" in self.effects()

    # The device

    capabilities = frozenset({"powershell", "private"})
    name = connector = "wire"

    def open(self, device: Device) -> World:
        self.opened += 1
        return self

    def ask(self, command: Command) -> Reply:
        self.asked += 1
        tails = [line.removeprefix("key:")[-5:] for line in self.effects() if line.startswith("key:")]
        return Reply(json.dumps({"ready": self.ready, "tail": "".join(tails[-1:])}), "", 0)

    def tell(self, command: Command) -> Reply:
        (key,) = command.secrets
        self.do("key", f"…{key.reveal()[-5:]}")
        return Reply("", "", 0)

    def close(self) -> None:
        self.closed += 1


@dataclass
class Desk:
    world: World

    def entitled(self, customer, package):
        return self.world.entitled_answer

    def told(self, ticket, reference):
        return yes("the note is there") if self.world.has("note", reference) else no("there is no such note")

    def tell(self, ticket, text, *, reference, public):
        self.world.do("note", reference)


@dataclass
class Post:
    world: World

    def sent(self, reference):
        return yes("it was sent") if self.world.has("mail", reference) else no("it was not sent")

    def send(self, letter):
        self.world.do("mail", letter.reference)


class Directory:
    def find(self, name):
        return Device(name, "Contoso", ways={"wire": {"password": "vault:wire"}})


class Plugin:
    """What a real plug-in would bring; *without* leaves ports out."""

    def __init__(self, world, playbooks=(shelf_upgrade,), without=()):
        self.world, self.played, self.without, self.events = world, list(playbooks), without, []

    @hookimpl
    def keyturn_playbooks(self):
        return self.played

    @hookimpl
    def keyturn_connectors(self, workplace):
        workplace.secret("vault:wire").reveal()
        return [self.world]

    @hookimpl
    def keyturn_ports(self, workplace):
        ports = {Devices: Directory(), Tickets: Desk(self.world), Mail: Post(self.world)}
        return {kind: port for kind, port in ports.items() if kind not in self.without}

    @hookimpl
    def keyturn_event(self, event):
        self.events.append(event)


class House:
    """One keyturn with its plug-ins; a new one on the same folder is what is there after a crash."""

    def __init__(self, folder, world, clock, observers=(), **plugin):
        self.folder, self.world, self.clock = folder, world, clock
        self.plugin = Plugin(world, **plugin)
        manager = pluggy.PluginManager(GROUP)
        manager.add_hookspecs(hooks)
        manager.register(self.plugin)
        self.home = Home(folder, manager, clock)
        self.runner = Runner(self.home, observers)
        self.order = ShelfOrder(key="vault:contoso/win-pro")

    def fill_vault(self):
        self.home.vault.put("contoso/win-pro", KEY, kind="product key", at=self.clock.now())
        self.home.vault.put("wire", PASSWORD, kind="password", at=self.clock.now())
        return self

    def run(self, *, dry=False, playbook=None, order=None):
        return self.runner.run(playbook or self.plugin.played[0], order or self.order, by="Dana", dry=dry)

    def last(self):
        return self.home.journal.runs(1)[0]

    def answer(self, step, *, yes=True):
        self.runner.answer(self.last().id, step, yes=yes, by="Dana", because="I looked")

    def live(self):
        """Runs the order until it is done, and says yes wherever a person is waited for; the endings on the way."""
        endings = []
        while not endings or endings[-1].exit is not Exit.DONE:
            assert len(endings) < 6, endings
            endings.append(self.run())
            if endings[-1].exit in (Exit.PERSON, Exit.WAITING):
                self.answer(endings[-1].step)
        return endings

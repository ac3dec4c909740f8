"""One walk of one order: its ports bound, its target claimed, its end told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from agent.machine.claims import Claimed
from agent.machine.home import Home
from agent.machine.journal import fingerprint
from agent.machine.latch import Guard, Latch
from agent.machine.orders import make_order, resolve
from agent.machine.patience import Patience
from agent.machine.route import Route
from agent.machine.walk import Walk
from agent.runner.logbook import Answers, Logbook, Observer
from agent.runner.questions import asked_about, asks_for_statement, check_answerer
from agent.words.errors import Exit, KeyturnError, Misuse
from agent.words.event import Ending, Kind
from agent.words.order import Order
from agent.words.playbook import Playbook, ports_of
from agent.words.ports import Clock, People, RemoteDevice, RemoteSession
from agent.words.step import Mark


@dataclass(frozen=True)
class Runner:
    """Runs orders in one home.

    Attributes:
        home: The journal, the vault, the plug-ins.
        observers: Called with each event, beside the plug-ins that implement ``keyturn_event``.
    """

    home: Home
    observers: Sequence[Observer] = field(default_factory=tuple)

    def run(self, playbook: Playbook, order: Order, *, by: str, dry: bool = False) -> Ending:
        """Walks *playbook* for *order* once, from the top, and says how that ended.

        Raises:
            Misuse: a secret's reference leads nowhere, or no plug-in offers a port that the playbook needs.
            Claimed: another run works on the same target.
        """
        home = self.home
        resolved = resolve(order, home.vault.secret)
        number = home.journal.order(playbook.name, order.target, order.model_dump(mode="json"), home.clock.now())
        run = home.journal.start(number, dry=dry, by=by, at=home.clock.now())
        book = self._logbook(run, number, order.target)
        with ExitStack() as stack:
            return self._claimed(stack, book, playbook, resolved, by=by, dry=dry)

    def order(self, number: int) -> tuple[Playbook, Order]:
        """A stored order with its playbook. Raises :class:`Misuse` when either is no longer there."""
        row = self.home.journal.find_order(number)
        playbook = self.home.playbook(row.playbook)
        return playbook, make_order(playbook.order, row.content)

    def answer(self, run: int, step: str, *, yes: bool, by: str, because: str) -> None:
        """Keeps a named person's answer about *step* of *run*.

        The answer is a statement where the step asked for one (only a person could see how it stands); elsewhere it
        decides whether the work may go on, and states nothing.

        Raises :class:`Misuse` when there is no such run, no such step in it, or no name, when the step takes no answer from
        this person, and when the run was dry: nothing waits for its answer.
        """
        row = self.home.journal.find_run(run)
        if row.dry:
            raise Misuse(f"run {run} was a dry run, so nothing waits for an answer", "Answer the real run; see 'keyturn runs'.")
        events = self.home.journal.events(run)
        chosen = asked_about(row, events, step)
        if not by.strip():
            raise Misuse("an answer needs the name of who gave it", "Say it with --by NAME.")
        if not because.strip():
            raise Misuse("an answer needs a reason", "Say it with --because TEXT.")
        check_answerer(row, events, chosen, by)
        book = self._logbook(run, row.order.id, row.order.target)
        told = {"yes": yes, "by": by, "because": because, "states": asks_for_statement(events, chosen)}
        book.write(Kind.ANSWERED, chosen, f"{by} said {'yes' if yes else 'no'}", **told)

    def _claimed(self, stack: ExitStack, book: Logbook, playbook: Playbook, order: Order, *, by: str, dry: bool) -> Ending:
        latch, tick = self._latch(stack, book, dry=dry)
        content = fingerprint(order.model_dump(mode="json"))
        about = {"playbook": playbook.name, "order": book.order, "dry": dry, "by": by, "content": content}
        book.write(Kind.STARTED, "", playbook.title, **about)
        ending = Ending(Mark.INTERRUPTED, Exit.INTERRUPTED, text="interrupted; run it again to go on")
        try:
            bind = _Binding(self.home, stack, book, latch)
            walk = Walk(latch, book, Patience(self.home.clock, tick=tick))
            ending = walk.over(playbook(order, **bind.ports(playbook.ports, order)))
            if playbook.epilogue and not dry and ending.exit is not Exit.DONE:
                walk.over(playbook.epilogue(order, ending, **bind.ports(ports_of(playbook.epilogue), order)))
        except KeyturnError as error:
            ending = Ending(Mark.FAILED, error.exit_code, text=str(error))
            raise
        except Exception as error:
            ending = Ending(Mark.FAILED, Exit.FAILED, text=f"{type(error).__name__}: {error}")
            raise
        finally:
            self._end(book, ending)
        return ending

    def _latch(self, stack: ExitStack, book: Logbook, *, dry: bool) -> tuple[Latch, Callable[[], None]]:
        """The latch and what renews the claim; a dry run has neither."""
        if dry:
            return Latch(), lambda: None
        try:
            claim = self.home.claims.take(book.target, book.run, self.home.clock)
        except Claimed as error:
            self._end(book, Ending(Mark.WAITING, error.exit_code, text=str(error)))
            raise
        stack.enter_context(claim.held())
        return Latch(claim.renew), claim.renew

    def _end(self, book: Logbook, ending: Ending) -> None:
        come_back = {"come_back": ending.come_back.isoformat()} if ending.come_back else {}
        exit_code = int(ending.exit)
        book.write(Kind.ENDED, "", ending.text, mark=ending.mark.value, exit=exit_code, stopped_at=ending.step, **come_back)
        self.home.journal.end(book.run, mark=ending.mark.value, exit_code=exit_code, at=self.home.clock.now())

    def _logbook(self, run: int, order: int, target: str) -> Logbook:
        home = self.home
        return Logbook(run, order, target, home.journal, home.clock, home.scrub, [*self.observers, *self._plugged()])

    def _plugged(self) -> list[Observer]:
        """Each plug-in's observer on its own, so that one that fails does not silence the others."""
        return [impl.function for impl in self.home.hooks.hook.keyturn_event.get_hookimpls()]


@dataclass
class _Binding:
    """Gives a playbook's parameters the ports that their annotations name, each behind the guard."""

    home: Home
    stack: ExitStack
    book: Logbook
    latch: Latch
    bound: dict[Any, object] = field(default_factory=dict)
    route: Route | None = None

    def ports(self, wanted: Mapping[str, Any], order: Order) -> dict[str, object]:
        """Parameter name to port. Raises :class:`Misuse` when nothing offers one of them."""
        return {name: self._port(kind, order) for name, kind in wanted.items()}

    def _port(self, kind: Any, order: Order) -> object:
        if kind not in self.bound:
            self.bound[kind] = self.home.clock if kind is Clock else Guard(self._bare(kind, order), kind, self.latch)
        return self.bound[kind]

    def _bare(self, kind: Any, order: Order) -> object:
        if kind is People:
            return Answers(self.home.journal, self.book.order)
        if kind in (RemoteSession, RemoteDevice):
            self.route = self.route or self._opened(order)
            return self.route
        return self.home.port(kind)

    def _opened(self, order: Order) -> Route:
        name = getattr(order, "device", None)
        if not isinstance(name, str):
            raise Misuse(f"an order of {type(order).__name__} names no device to open a session on", "Add a field 'device'.")

        def note(kind: Kind, text: str, facts: Mapping[str, str]) -> None:
            self.book.write(kind, "", text, **facts)

        home, dry = self.home, self.latch.is_dry
        route = Route(home.device(name), home.connectors, home.health, note, home.settings, dry)
        self.stack.callback(route.close)
        return route

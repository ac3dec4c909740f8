"""What can be done to a simulated PC, by whichever program or script; every effect goes into the ledger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.lab.windows import licensing
from connectors.lab.windows.faults import Faults
from connectors.lab.windows.licensing import Fault
from connectors.lab.windows.power import PowerSwitch
from connectors.lab.windows.state import State
from connectors.lab.windows.world import World

CHANGEPK = "changepk"
NO_PRODUCT = 0xC004F014
EPOCH = datetime(1, 1, 1, tzinfo=UTC)


def ticks(moment: datetime) -> int:
    """The moment as .NET counts: hundreds of nanoseconds since the year 1."""
    return (moment - EPOCH) // timedelta(microseconds=1) * 10


def iso(moment: datetime) -> str:
    """The moment in UTC as .NET's round-trip form writes it, with seven digits."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")


class Work:
    """The effects on one PC. Each method raises :class:`Fault` with Windows' code when Windows refuses.

    Args:
        name: The PC's name.
        state: How it stands.
        world: The lab that it is in; the PC's own clock is ``state.skew`` ahead of the lab's.
    """

    def __init__(self, name: str, state: State, world: World) -> None:
        self.name = name
        self._state = state
        self._service = world.service
        self._ledger = world.ledger
        self._clock = world.clock
        self._pace = world.pace
        self._changepk_until: datetime | None = None
        self._changepk_key = ""
        self._following: tuple[datetime, str] | None = None
        self.faults = Faults()
        self.power = PowerSwitch(world.clock, world.pace, self._restarted)

    def now(self) -> datetime:
        """The time by the PC's own clock."""
        return self._clock.now() + self._state.skew

    def boot_time(self) -> datetime:
        """When Windows started, by the PC's own clock."""
        return self.power.booted_at + self._state.skew

    def _write(self, effect: str, **detail: Any) -> None:
        self._ledger.add(self.name, effect, **detail)

    def _restarted(self) -> None:
        state = self._state
        if self._changepk_until:
            self._changepk_until = None
            state.busy.discard(CHANGEPK)
            self._write("edition change broken by a restart")
        if state.next_edition:
            state.edition, state.next_edition = state.next_edition, None
            self._write("edition changed", edition=state.edition)
        state.pending.clear()
        state.ready = True
        self._write("restarted", boot=self.power.boots)

    def install_key(self, text: str) -> None:
        """Installs a product key."""
        if not self.faults.really("install_key"):
            return
        before = self._state.edition
        key = licensing.install(self._state, self._service, text)
        self._write("key installed", last5=key.last5, edition=key.edition)
        if self._state.edition != before and not self._state.next_edition:
            self._state.edition = before
            self._following = (self._clock.now() + timedelta(seconds=self._pace.edition), key.edition)
            self.settle()

    def enable_winrm(self) -> None:
        """Switches WinRM on."""
        if self.faults.really("enable_winrm"):
            self._state.winrm = True
            self._write("WinRM switched on")

    def note(self, **values: Any) -> bool:
        """Keeps keyturn's own notes, as its scripts do in the registry; False where that takes none."""
        if not self._state.notes_closed:
            self._state.noted |= values
        return not self._state.notes_closed

    def activate(self, activation_id: str = "") -> None:
        """Activates the licence with that id, by default the one that is held."""
        if not self.faults.really("activate"):
            return
        held = self._state.held
        if activation_id and activation_id.lower() != held.id:
            raise Fault(NO_PRODUCT)
        self._write("activation attempted", last5=held.last5)
        if licensing.activate(self._state, self._service, self.name):
            self._write("activated", last5=held.last5)

    def clear_key(self) -> None:
        """Removes the readable key from the registry."""
        if self.faults.really("clear_key"):
            self._state.kept_key = False
            self._write("key cleared")

    def remove_key(self) -> None:
        """Removes the licence's key, as slmgr /upk does."""
        held = self._state.held
        self._write("key removed", last5=held.last5)
        held.status, held.reason, held.last5, held.key = 0, NO_PRODUCT, "", None

    def set_edition(self, edition: str, text: str) -> None:
        """Changes the edition as DISM does; it is in effect after a restart."""
        if self.faults.really("change_edition"):
            key = licensing.set_edition(self._state, self._service, edition, text)
            self._write("key installed", last5=key.last5, edition=key.edition)

    def changepk(self, text: str) -> None:
        """Starts changepk.exe, which works on by itself; a restart before it has ended breaks the change."""
        self._changepk_key = text
        self._changepk_until = self._clock.now() + timedelta(seconds=self._pace.changepk)
        self._state.busy.add(CHANGEPK)

    def settle(self) -> None:
        """Lets what runs by itself go on to the present moment."""
        self.power.stands()
        if self._following and self._clock.now() >= self._following[0]:
            self._state.edition, self._following = self._following[1], None
            self._write("edition changed", edition=self._state.edition)
        if self._changepk_until and self._clock.now() >= self._changepk_until:
            self._changepk_until = None
            self._state.busy.discard(CHANGEPK)
            try:
                key = licensing.upgrade(self._state, self._service, self._changepk_key)
            except Fault as fault:
                self._write("edition change refused", code=str(fault))
            else:
                self._write("key installed", last5=key.last5, edition=key.edition)

    def restart(self, seconds: float, text: str) -> int:
        """Announces a restart; shutdown's exit code."""
        try:
            if not self.faults.really("restart"):
                return 0
        except Fault as fault:
            return fault.code
        code = self.power.announce(seconds)
        if code == 0:
            self._write("restart announced", seconds=seconds, text=text)
        return code

    def cancel_restart(self) -> int:
        """Takes an announced restart back; shutdown's exit code."""
        code = self.power.cancel()
        if code == 0:
            self._write("restart cancelled")
        return code

    def record_data(self, reference: str) -> dict[str, Any]:
        """Puts the users' files on record; a record that exists is kept."""
        if reference not in self._state.records and self.faults.really("record_data"):
            kept = self._state.records[reference] = {}
            now, clouded = self.now(), self._state.clouded
            files = {path: file for path, file in self._state.files.items() if path not in clouded}
            kept["files"] = files
            kept["recorded"] = {
                "ok": True,
                "at": iso(now),
                "ticks": ticks(now),
                "files": len(files),
                "bytes": sum(size for size, _ in files.values()),
                "cloud": self._state.cloud + len(clouded),
                "unreadable": self._state.unreadable,
            }
            self._write("files recorded", reference=reference, files=len(files))
        return dict(self._state.records.get(reference, {}).get("recorded", {"ok": True}))

    def compare_data(self, reference: str) -> dict[str, Any]:
        """Compares the users' files with the record; a :class:`Fault` when there is none."""
        kept = self._state.records.get(reference, {})
        if "recorded" not in kept:
            raise Fault(0x80070002)
        if not self.faults.really("compare_data"):
            return {"ok": True}
        before, since, clouded = kept["files"], kept["recorded"]["ticks"], self._state.clouded
        files = {path: before.get(path) if path in clouded else file for path, file in self._state.files.items()}
        differing = [path for path in before if path in files and files[path] != before[path]]
        edited = sum(1 for path in differing if ticks(files[path][1]) > since)
        kept["compared"] = {
            "ok": True,
            "at": iso(self.now()),
            "same": sum(1 for path in before if files.get(path) == before[path]),
            "missing": len(before.keys() - files.keys()),
            "changed": len(differing) - edited,
            "edited": edited,
            "new": len(files.keys() - before.keys() - clouded),
            "cloud": self._state.cloud + len(clouded),
            "unreadable": self._state.unreadable,
        }
        self._write("files compared", reference=reference, missing=kept["compared"]["missing"])
        return dict(kept["compared"])

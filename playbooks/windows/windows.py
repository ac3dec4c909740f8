"""A Windows PC as the playbook sees it: questions that one reading answers, and the few changes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

from agent.api import (
    Answer,
    Clock,
    Command,
    KeyturnError,
    NeedsPerson,
    NotSent,
    Refused,
    RemoteDevice,
    Rung,
    Secret,
    TryLater,
    Unsure,
    no,
    seconds,
    tell,
    yes,
)
from playbooks.windows import backup, codes, data, editions, facts, keys, licence, preflight, slmgr
from playbooks.windows.editions import NoPath, Way
from playbooks.windows.facts import Facts
from playbooks.windows.powershell import script

RESTART_NOTICE = seconds(60)
"""How long the people at the PC see that it will restart."""
DISM_TIME = timedelta(minutes=60)
WALK_TIME = timedelta(minutes=10)
"""How long the users' files may take to be listed."""
FRAGILE = frozenset({"changepk", "Dism", "TiWorker", "msiexec"})
"""Programs that a restart would break; TrustedInstaller is a service that stays for a while when its work is done."""
SETTLING = seconds(120)
"""How long the edition may take to follow a key that needs no restart."""
COMMAND_LINE_RECORDED = "DISM needs the key on its command line, which this PC records or may record"
BY_HAND = "Change it by hand."
NO_NOTE = r"Look at the rights on HKLM\SOFTWARE\keyturn, or use the method cim."
RESTART = r"Restart the PC by hand, then run this again; look at the rights on HKLM\SOFTWARE\keyturn."
RESTART_TEXT = "Your Windows licence is being upgraded. The computer restarts now; please save your work."


@contextmanager
def _nothing_sent() -> Iterator[None]:
    """Turns a doubt about a reading into the certainty that the change after it was not sent."""
    try:
        yield
    except Unsure as doubt:
        raise NotSent(f"nothing was changed, because {doubt.what}", doubt.do, **doubt.facts) from doubt


class Windows:
    """One Windows PC.

    Every question is answered from one and the same reading, which the session remembers until something is changed.
    Questions raise what the session raises, and :class:`Unsure` when the PC tells too little; changes raise
    :class:`NotSent` when the reading before them failed, else
    :class:`Refused`, :class:`TryLater` or :class:`NeedsPerson` by the table of codes. A key may be typed in any form; one
    that is none raises :class:`~playbooks.windows.keys.Flaw`, so examine it first.

    Args:
        pc: An open session.
        clock: The time, for the age of backups and for when to come back.
    """

    def __init__(self, pc: RemoteDevice, clock: Clock) -> None:
        self._pc = pc
        self._clock = clock
        self._before_restart: datetime | None = None
        self._awaits_logon_screen = False

    def facts(self) -> Facts:
        """What the PC tells about itself."""
        return facts.parse(self._pc.ask(facts.command()))

    def _look_first(self) -> Facts:
        """The facts before a change. What goes wrong here went wrong before anything was sent, and is told so.

        Raises :class:`NotSent` in place of :class:`Unsure`.
        """
        with _nothing_sent():
            return self.facts()

    # questions

    def reached(self) -> Answer:
        """Does the PC answer, and what is it?"""
        seen = self.facts()
        told: dict[str, Any] = {"name": seen.name, "edition": seen.edition, "build": seen.build, "by": self._pc.connector}
        return yes(f"{seen.name or 'the PC'} answers: {seen.edition}, build {seen.build}.{seen.ubr or 0}", **told)

    @property
    def may_open_way(self) -> bool:
        """Whether one of the ways to the PC may be switched on over another one."""
        return self._pc.may_open_way

    def open_way(self) -> None:
        """Switches such a way on."""
        self._pc.open_way()

    def private_way(self, key: Secret) -> Answer:
        """Is there a way that could carry *key* without leaving it in a vendor's log?"""
        return self._pc.carries(tell(script("install_key"), key))

    def ways(self) -> tuple[Rung, ...]:
        """How each of the ways to the PC fared in this run."""
        return self._pc.rungs()

    @property
    def can_show(self) -> bool:
        """Whether one of the ways to the PC can show something to its user."""
        return "message" in self._pc.capabilities

    def suits(self, edition: str, current: str = "") -> Answer:
        """Can the PC become *edition* now, and does it run *current* as the order says?"""
        return preflight.suits(self.facts(), edition, current, self._clock.now())

    def may_go_on(self) -> Answer:
        """Can a change whose key is in be finished on the PC now?"""
        return preflight.may_go_on(self.facts(), self._clock.now())

    def backed_up(self, after: datetime | None, statement: Answer) -> Answer:
        """Is there a complete backup newer than *after*, by evidence or by a named person's *statement*?"""
        return backup.backed_up(self.facts(), after, statement, self._clock.now())

    def data_recorded(self, reference: str) -> Answer:
        """Are the users' files on record for the order *reference*?"""
        return data.recorded(self.facts(), reference)

    def data_intact(self, reference: str) -> Answer:
        """Are all the files on record still there, as of the last comparison?"""
        return data.intact(self.facts(), reference)

    def key_installed(self, edition: str, key: Secret) -> Answer:
        """Is *key* installed, for *edition*?"""
        return licence.key_is(self.facts(), keys.tidy(key).tail(5), edition)

    def edition_is(self, edition: str) -> Answer:
        """Does the PC run as *edition*, restarted where that is needed?"""
        return licence.in_effect(self.facts(), edition)

    def restarted_into(self, edition: str) -> Answer:
        """Does Windows run as *edition*, come up again since a restart that was ordered here?

        The logon screen leaves a mark in the registry when it is ready. It is waited for only where it was there before
        the restart: a PC without one never sets it.
        """
        seen = self.facts()
        if self._before_restart and seen.boot <= self._before_restart:
            return no(f"not restarted yet: started {seen.boot:%Y-%m-%d %H:%M:%S} UTC")
        if (self._awaits_logon_screen and not seen.ready) or seen.pending.in_progress:
            return no(f"started {seen.boot:%Y-%m-%d %H:%M:%S} UTC, not ready yet")
        return licence.edition_is(seen, edition)

    def activated(self, key: Secret) -> Answer:
        """Is Windows licensed, with *key*?"""
        return licence.activated(self.facts(), keys.tidy(key).tail(5))

    def key_cleared(self, reference: str) -> Answer:
        """Is the registry free of a readable product key, or was it cleared for the order *reference*?"""
        return licence.key_cleared(self.facts(), reference)

    def licence_works(self, edition: str, key: Secret) -> Answer:
        """Does the new licence work: edition, status, last five and the key's group?"""
        return licence.works(self.facts(), edition, keys.tidy(key))

    # changes

    def show(self, text: str) -> str:
        """Shows *text* to whoever is logged on, and says what became of it: by which tool it was shown, or why it was not.

        It is a courtesy, so trouble in showing it is told and never raised.
        """
        users = None
        with suppress(KeyturnError):
            users = self.facts().users
        if users is not None and not users:
            return "nobody was logged on, so nothing was shown"
        try:
            self._pc.message(text)
        except Unsure as doubt:
            return f"it may have been shown, and is not shown again: {doubt}"
        except KeyturnError as error:
            return f"it could not be shown: {error}"
        return f"shown to {', '.join(users) if users else 'whoever is logged on'} by {self._pc.connector}"

    def record_data(self, reference: str) -> None:
        """Puts the users' files on record; a record that exists is kept."""
        self._run(
            "the users' files are put on record",
            tell(script("record_data"), within=WALK_TIME, reference=data.folder(reference)),
        )

    def compare_data(self, reference: str) -> None:
        """Compares the users' files with the record. Raises :class:`NeedsPerson` where there is none to compare with."""
        if self._look_first().record(data.folder(reference)) is None:
            raise NeedsPerson("no record of the users' files was made before the key was installed", "Look with the user.")
        self._run(
            "the users' files are compared", tell(script("compare_data"), within=WALK_TIME, reference=data.folder(reference))
        )

    def install_key(self, key: Secret, edition: str, method: str = "auto") -> str:
        """Installs *key*, which changes the edition to *edition*, and says how and why so.

        Raises:
            NeedsPerson: only a person can go this way, the PC records the command line that DISM needs, or the key is in and
                the PC could not note that it must restart.
            Refused: there is no way, Windows does not take the key, or slmgr was not started because the PC takes no note.
        """
        key, seen = keys.tidy(key), self._look_first()
        way = editions.path(seen.edition, edition)
        if isinstance(way, NoPath):
            raise Refused(way.reason)
        if way.way is Way.PERSON:
            raise NeedsPerson("Windows supports this change of edition only by hand", way.by_hand)
        if way.way is Way.DISM:
            return self._set_edition(seen, way.target.id, key)
        choice = slmgr.choose(method, seen, secret=True)
        told = self._run("the key is installed", tell(script("install_key"), key, restart=way.restart, note=choice.slmgr))
        noted = told.get("noted") is not False
        if choice.slmgr and not noted:
            raise Refused("the registry did not take the note about the key, so the key was not installed", NO_NOTE)
        if way.restart and not noted:
            raise NeedsPerson("the key is installed, but the registry did not take the note that a restart is due", RESTART)
        if choice.slmgr:  # noted before it is done: a note that is lost afterwards would hide that a restart is due
            slmgr.settle(self._pc.tell(slmgr.install(key)), "the key is installed")
        aside = "" if noted else " (the registry did not take the note about it)"
        return f"installed by {'slmgr.vbs' if choice.slmgr else 'CIM'}: {choice.because}{aside}"

    def _set_edition(self, seen: Facts, target: str, key: Secret) -> str:
        """DISM takes the key only as an argument of its own, so nothing may record command lines."""
        if seen.auditing is not False:
            raise NeedsPerson(COMMAND_LINE_RECORDED, BY_HAND)
        told = self._run("the edition is changed", tell(script("change_edition"), key, within=DISM_TIME, edition=target))
        if told.get("noted") is False:
            raise NeedsPerson("the edition is changed, but the registry did not take the note that a restart is due", RESTART)
        return "changed by DISM: the only way for servers"

    def restart_into(self, edition: str, *, alone: bool) -> datetime | None:
        """Restarts the PC so that it runs as *edition*, unless it does by now; with *alone* only while nobody is logged on.

        Returns when it was told to, and ``None`` where that was not needed. Raises:
            NeedsPerson: somebody is logged on, or may be.
            TryLater: servicing or changepk.exe is at work, which a restart would break; or the key was installed a moment
                ago and needs no restart, so the edition may still follow by itself.
        """
        seen = self._look_first()
        if licence.in_effect(seen, edition).is_yes:
            return None
        noted = seen.noted
        if noted and noted.restart is False and noted.at and seen.now - noted.at < SETTLING:
            raise TryLater(f"the PC still runs {seen.edition}; {edition} may follow by itself within {SETTLING.seconds} s")
        if alone and seen.users is None:
            raise NeedsPerson("the PC could not say who is logged on", "Look there, and agree on a restart with the user.")
        if alone and seen.users:
            raise NeedsPerson(f"logged on: {', '.join(seen.users)}", "Agree on a restart with the user.")
        if working := sorted(FRAGILE.intersection(seen.busy or ())):
            raise TryLater(f"{', '.join(working)} is at work, a restart to {edition} now would break it")
        self.restart(RESTART_TEXT, RESTART_NOTICE)
        return self._clock.now()

    def restart(self, reason: str, notice: timedelta = RESTART_NOTICE) -> None:
        """Announces a restart with *reason* and starts it after *notice*; one that is announced already is replaced."""
        seen = self._look_first()
        self._before_restart, self._awaits_logon_screen = seen.now, bool(seen.ready)
        given: dict[str, Any] = {"seconds": int(notice.total_seconds()), "text": reason.replace('"', "'")}
        self._run("the PC is restarted", tell(script("restart"), **given))

    def activate(self, method: str = "auto") -> str:
        """Asks Windows to activate its licence, and says how and why so. Only :meth:`activated` proves that it worked."""
        seen = self._look_first()
        with _nothing_sent():
            mine = seen.licence(seen.noted.last5 or "" if seen.noted else "")
        choice = slmgr.choose(method, seen, secret=False)
        if choice.slmgr:
            slmgr.settle(self._pc.tell(slmgr.activate(mine.id)), "Windows is activated")
        else:
            told = self._run("Windows is activated", tell(script("activate"), within=slmgr.WITHIN["/ato"], id=mine.id))
            if told.get("status") != facts.LICENSED:
                raise codes.error(str(told.get("reason")), "Windows is activated")
        return f"activated by {'slmgr.vbs' if choice.slmgr else 'CIM'}: {choice.because}"

    def clear_key(self, reference: str, method: str = "auto") -> None:
        """Removes the readable product key from the registry, and notes that this was done for the order *reference*."""
        choice = slmgr.choose(method, self._look_first(), secret=False)
        if choice.slmgr:
            slmgr.settle(self._pc.tell(slmgr.clear()), "the key is cleared")
        self._run("the key is cleared", tell(script("clear_key"), reference=reference, note=choice.slmgr))

    def _run(self, doing: str, command: Command) -> dict[str, Any]:
        """Runs a changing script and returns what it told. Raises by its code when it says that it failed."""
        told = self._pc.tell(command).json()
        if not isinstance(told, dict):
            raise Unsure(f"{doing}: the script answered with something unexpected", "Look at the PC before trying again.")
        if told.get("code") == "auditing":
            raise NeedsPerson(f"{doing}: {COMMAND_LINE_RECORDED}", BY_HAND)
        if told.get("ok") is not True:
            raise codes.error(
                str(told.get("code") or "no code"), f"{doing}: {str(told.get('message') or 'no message').strip(' .')}"
            )
        return told

"""Checks of commands on a good day: what is sent arrives as it is, and what comes back is what the device said."""

from __future__ import annotations

import threading

import pytest

from agent.api import Command, RemoteSession, ask, tell
from agent.testing import leftovers
from agent.testing.commands import fresh, program, saying, script
from agent.testing.doing import can, cause, honest, is_true, kinds, needs, opened, traffic
from agent.testing.rig import Rig

TEXT = "Grüße, 日本語, Привет, \u200fשלום, 😀"
"""Alphabets of one to four bytes a letter, and one that is written from right to left."""
WORDS = ("two words", "R&D", 'said "yes"', "C:\\Temp\\", "größer")
"""What a command line is easily spoilt by."""
CODES = (3, 0xC004F050, 0xFFFFFFFF)
"""Exit codes: an ordinary one, one that is negative as a signed number, and the highest."""

TURN = 0.5
"""Real seconds in which a second thread would have sent its command, if it were let."""


def _tell(session: RemoteSession, command: Command, told: list[object]) -> None:
    """Tells it, and adds what comes of it, whatever that is."""
    try:
        told.append(session.tell(command))
    except Exception as error:  # noqa: BLE001 - the check looks at it
        told.append(error)


def _sent_by(other: threading.Thread, rig: Rig) -> bool:
    """Starts that thread and says whether anything was sent before it ended or :data:`TURN` was over."""
    before = traffic(rig)
    other.start()
    other.join(TURN)
    return traffic(rig) != before


class Carrying:
    """What is asked of a session where nothing goes wrong."""

    def test_a_script_is_given_its_parameters_and_answers_in_json(self, rig: Rig) -> None:
        """A script sees ``$given``, and its output is JSON as it printed it."""
        can(rig, "powershell")
        mark = fresh()
        with opened(rig) as session:
            reply = session.ask(script(ask, mark, text="it's 'quoted' \"twice\"\n$given {{x}} `n"))
        assert reply.json() == {"mark": mark, "text": "it's 'quoted' \"twice\"\n$given {{x}} `n", "tails": []}
        assert reply.exit_code == 0

    def test_a_program_is_given_its_words_as_they_are(self, rig: Rig) -> None:
        """A program's arguments arrive one by one as they were given, and its output comes back."""
        can(rig, "cmd")
        with opened(rig) as session:
            reply = session.ask(program(ask, fresh(), *WORDS))
        assert reply.stdout.split("\r\n") == [*WORDS, ""]
        assert reply.exit_code == 0

    def test_an_exit_code_is_an_unsigned_number(self, rig: Rig) -> None:
        """The exit code of a program is a number of 32 bits without a sign."""
        can(rig, "cmd")
        with opened(rig) as session:
            assert [session.ask(program(ask, fresh(), code=code - (code >> 31 << 32))).exit_code for code in CODES] == [*CODES]

    def test_text_of_any_alphabet_comes_back_as_it_was(self, rig: Rig) -> None:
        """Output is decoded as UTF-8, of scripts and of programs."""
        for kind in kinds(rig):
            with opened(rig) as session:
                reply = session.ask(saying(kind, ask, fresh(), TEXT))
            assert TEXT in reply.stdout, kind.__name__

    def test_output_may_be_long(self, rig: Rig) -> None:
        """As many bytes of output as the rig says come back whole, and no letter is broken where a piece of it ended."""
        can(rig, "powershell")
        mark, text = fresh(), "€10 😀 "
        times = (rig.most - 200) // len(text.encode())
        with opened(rig) as session:
            reply = session.ask(script(ask, mark, text=text, times=times))
        assert len(reply.stdout.encode()) > rig.most - 400
        whole = reply.json()["text"] == text * times
        assert whole, "the output is as long as it should be, and not what was said"

    def test_a_script_that_fails_says_why(self, rig: Rig) -> None:
        """What a script printed before it failed, what it failed with, and an exit code that is not 0 come apart."""
        can(rig, "powershell")
        with opened(rig) as session:
            reply = session.ask(script(ask, fresh(), text="so far", error="größer than it may be"))
        assert "so far" in reply.stdout
        assert "größer than it may be" in reply.stderr
        assert "größer" not in reply.stdout
        assert reply.exit_code

    def test_the_two_streams_of_a_program_are_kept_apart(self, rig: Rig) -> None:
        """Standard output and standard error of a program come back apart, also when it ends with 0."""
        can(rig, "cmd")
        needs(rig, "streams")
        with opened(rig) as session:
            reply = session.ask(program(ask, fresh(), "all is well", error="although: ß"))
        assert (reply.stdout, reply.stderr) == ("all is well\r\n", "although: ß\r\n")

    def test_a_change_is_carried_out_once(self, rig: Rig) -> None:
        """What is told is carried out, once, and its reply comes back."""
        for kind in kinds(rig):
            mark = fresh()
            with opened(rig) as session:
                reply = session.tell(saying(kind, tell, mark))
            assert is_true(reply, mark)
            assert rig.pc.times(mark) == 1

    def test_a_change_is_not_asked(self, rig: Rig) -> None:
        """``ask`` raises ValueError for a changing command, before anything is sent."""
        with opened(rig) as session:
            before = traffic(rig)
            for kind in (script, program):
                with pytest.raises(ValueError):  # noqa: PT011 - its words are the connector's
                    session.ask(saying(kind, tell, fresh()))
            assert traffic(rig) == before

    def test_a_session_carries_one_command_after_the_other(self, rig: Rig) -> None:
        """Each of several commands gets its own answer."""
        marks = [fresh() for _ in range(5)]
        kind = kinds(rig)[0]
        with opened(rig) as session:
            replies = [session.ask(saying(kind, ask, mark)) for mark in marks]
        assert [mark in reply.stdout for mark, reply in zip(marks, replies, strict=True)] == [True] * len(marks)

    def test_a_session_carries_one_command_at_a_time(self, rig: Rig) -> None:
        """A second thread that comes in the middle of a command is refused, or waits its turn; nobody's answer is mixed up."""
        kind, mark, late = kinds(rig)[0], fresh(), fresh()
        told: list[object] = []
        with opened(rig) as session:
            other = threading.Thread(target=_tell, args=(session, saying(kind, tell, late), told), daemon=True)
            rig.pc.meanwhile(lambda: told.append(_sent_by(other, rig)))
            assert is_true(session.tell(saying(kind, tell, mark)), mark)
            other.join(leftovers.PATIENCE)
            assert not other.is_alive(), "the second command has no end"
        overlap, result = told if isinstance(told[0], bool) else reversed(told)
        assert not overlap, "the second command was sent while the first one was being carried out"
        refused = isinstance(result, RuntimeError) and not rig.pc.times(late)
        assert refused or honest(rig, result, late), result

    def test_a_slow_command_is_waited_for(self, rig: Rig) -> None:
        """A command that needs most of its time is heard out."""
        for kind in kinds(rig):
            cause(rig, "slow", rig.short.total_seconds() / 2)
            mark = fresh()
            with opened(rig) as session:
                reply = session.ask(saying(kind, ask, mark, within=rig.short * 3))
            assert is_true(reply, mark)

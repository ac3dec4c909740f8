"""Connectors that break one promise each: the name of the check that must see it, the kind of connector, and what differs."""

from __future__ import annotations

import base64
import json
import socket
import threading
from dataclasses import replace

from agent.api import COMMAND_LINE, NotSent, Refused, Reply, Secret, Unsure, ask, standard_input, unsure, yes
from agent.testing.commands import SCRIPT
from connectors.rules import Turn
from tests.agent.testing.perfect import PASSWORD, READ, Connector, PerfectRig, Session


def rig_with(**changes):
    def make():
        rig = PerfectRig("direct")
        for name, value in changes.items():
            setattr(rig, name, value)
        return rig

    return make


def session(kind="direct", **changes):
    return lambda: PerfectRig(kind, session=changes)


def connector(kind="direct", **changes):
    return lambda: PerfectRig(kind, connector=changes)


def telepath(self, rig):
    Connector.__init__(self, rig)
    self.capabilities |= {"telepathy"}


def modest(self, rig):
    Session.__init__(self, rig)
    self.capabilities -= {"reboot"}


def curious(self, device):
    found = Connector.open(self, device)
    self.rig.pc.run("hostname", b"", 65001)
    return found


def stern(self, device):
    if self.rig.away:
        raise Refused("it is away", "Switch it on")
    return Connector.open(self, device)


def vague(self):
    raise NotSent("somehow it does not work")


def talkative(self):
    raise Refused(f"{PASSWORD} is not the password", "Check it")


def naive(self, device):
    if self.rig.garbled:
        json.loads("<html>")
    return Connector.open(self, device)


def careless_check(self, device):
    return None


def reading_opening(self):
    return ask(SCRIPT)


def quoteless_input(self, command):
    request, *secrets = standard_input(command).split("\n")
    told = json.loads(request)
    told["given"]["text"] = told["given"]["text"].replace("'", "")
    return "\n".join([json.dumps(told), *secrets])


def quoteless(self, part):
    return Session.quoted(self, part.replace('"', "") if isinstance(part, str) else part)


def signed(self, command, outcome):
    code = outcome.exit_code & 0xFFFFFFFF
    return replace(Session.reply(self, command, outcome), exit_code=code - (1 << 32) if code >> 31 else code)


def printable(self, data):
    return "".join(letter for letter in data.decode() if letter.isprintable() or letter in "\r\n")


def piecewise(self, data):
    return "".join(data[start : start + 4096].decode("utf-8", "replace") for start in range(0, len(data), 4096))


def joined(scripts):
    def reply(self, command, outcome):
        found = Session.reply(self, command, outcome)
        if bool(command.script) is not scripts:
            return found
        return Reply(found.stdout + found.stderr, "", found.exit_code)

    return reply


def twice(self, command):
    found = Session.tell(self, command)
    self.sent(command)
    return found


def obliging(self, command):
    return self.carried(command)


def stale(self, command, outcome):
    self.seen = [*getattr(self, "seen", []), Session.reply(self, command, outcome)]
    return self.seen[-2 if len(self.seen) > 3 else -1]


def impatient(self, command, outcome):
    if 0 < outcome.seconds * 7 > command.within.total_seconds() > outcome.seconds:
        raise Unsure("it takes long", READ)
    return Session.heard(self, command, outcome)


def on_the_line(self, command):
    if command.script and command.secrets:
        line = " ".join([COMMAND_LINE, *(secret.reveal() for secret in command.secrets)])
        return self.rig.pc.run(line, standard_input(command).encode(), 65001)
    return Session.sent(self, command)


def encoded_on_the_line(self, command):
    if command.script and command.secrets:
        text = "$key = '" + command.secrets[0].reveal() + "'"
        line = f"{COMMAND_LINE} {base64.b64encode(text.encode('utf-16-le')).decode()}"
        return self.rig.pc.run(line, standard_input(command).encode(), 65001)
    return Session.sent(self, command)


def encoded_in_an_error(self, command):
    secrets = [*command.secrets, *(part for part in command.parts if isinstance(part, Secret))]
    raise NotSent(f"{base64.b64encode(b'it was ' + secrets[0].reveal().encode()).decode() if secrets else 'it'} was not sent")


def too_late(self, command):
    self.sent(command)
    raise Refused("it holds a secret, which was sent", "Change it")


def blabbing(self, command):
    secrets = [*command.secrets, *(part for part in command.parts if isinstance(part, Secret))]
    raise NotSent(f"the device is away, {[secret.reveal() for secret in secrets]} was not sent")


def not_begun(self, command, outcome):
    if command.changes:
        Session.overdue(self, command, outcome)
    self.rig.clock.sleep(command.within.total_seconds())
    self.end()
    raise NotSent("there was no time for it")


def patient(self, command, outcome):
    self.rig.clock.sleep(outcome.seconds)
    self.end()
    raise Unsure("it did not end in time", READ)


def never_ends(self):
    return None


def sulking(self, command, outcome):
    self.carried = lambda _: (_ for _ in ()).throw(NotSent("the session is broken"))
    Session.overdue(self, command, outcome)


def queueing(self, command):
    if command.changes:
        self.rig.makes.waiting = command
    raise NotSent("the device is away")


def delivering(self, command):
    waiting, self.rig.makes.waiting = getattr(self.rig.makes, "waiting", None), None
    if waiting:
        Session.sent(self, waiting)
    return Session.sent(self, command)


def offended(self, command):
    self.carried = lambda _: (_ for _ in ()).throw(NotSent("the session has ended"))
    raise NotSent("the device is away")


def again(self, command):
    self.sent(command)
    raise Unsure("the line is lost, twice", READ)


def denying(self, command):
    if command.changes:
        raise Unsure("the line was dropped", READ)
    raise NotSent("the line was dropped")


def foreign(self, command):
    if command.changes:
        raise Unsure("the answer was lost", READ)
    raise ConnectionResetError("a vendor's own words")


def believing(self, command):
    return Reply("<html>", "", 0)


def believing_readings(self, command):
    return Session.nonsense(self, command) if command.changes else believing(self, command)


def done_and(error):
    def nonsense(self, command):
        self.sent(command)
        raise error

    return nonsense


def barred(self, command):
    raise PermissionError("401 Unauthorized")


class Crowded(Turn):
    """Lets in whoever comes before the end."""

    def __enter__(self):
        if self._closed:
            raise RuntimeError("it is closed")

    def __exit__(self, *_):
        pass


def crowded(self, rig):
    Session.__init__(self, rig)
    self.turn = Crowded("a session")


def verbose(self, command):
    raise Unsure("the line was dropped\nwhile it was in use", READ)


def once_only(self):
    if getattr(self, "closed", False):
        raise RuntimeError("it is closed")
    self.closed = True
    Session.close(self)


def missing_it(self):
    Session.close(self)
    if self.rig.away:
        raise NotSent("the device is away")


def broken_line(self, command):
    self.broken = True
    raise Unsure("the line was dropped", READ)


def over_a_broken_line(self):
    Session.close(self)
    if getattr(self, "broken", False):
        raise NotSent("the line is broken")


def with_a_thread(self, rig):
    Session.__init__(self, rig)
    over = threading.Event()
    rig.left.append(over.set)
    threading.Thread(target=over.wait, name="forgotten", daemon=True).start()


def with_a_socket(self, rig):
    Session.__init__(self, rig)
    ours, theirs = socket.socketpair()
    rig.left += [ours.close, theirs.close]


def claiming(self, command):
    if "private" in command.needs:
        return Session.carried(self, command)
    return Reply("done", "", 0)


MUTANTS = [
    ("test_the_rig_is_complete", rig_with(cannot={"explode": "it is not dangerous"})),
    ("test_the_rig_is_complete", rig_with(cannot={"streams": " "})),
    ("test_its_name_and_capabilities_are_words_that_keyturn_knows", connector(__init__=telepath)),
    ("test_its_name_and_capabilities_are_words_that_keyturn_knows", connector(name="two words")),
    ("test_a_session_says_the_same_of_itself", session(__init__=modest)),
    ("test_opening_and_closing_run_nothing", connector(open=curious)),
    ("test_a_device_that_is_away_is_not_reached", connector(open=stern)),
    ("test_wrong_credentials_are_refused", connector(refused=vague)),
    ("test_nonsense_is_no_session", connector(open=naive)),
    ("test_looking_whether_it_would_open_leaves_nothing", connector(check=careless_check)),
    ("test_a_group_that_nobody_is_in_is_a_mistake", connector(members=lambda self, kind, group, devices: [])),
    ("test_what_opens_the_way_can_go_over_another", connector(opening=reading_opening)),
    ("test_a_script_is_given_its_parameters_and_answers_in_json", session(input=quoteless_input)),
    ("test_a_program_is_given_its_words_as_they_are", session(quoted=quoteless)),
    ("test_an_exit_code_is_an_unsigned_number", session(reply=signed)),
    ("test_text_of_any_alphabet_comes_back_as_it_was", session(decoded=printable)),
    ("test_output_may_be_long", session(decoded=piecewise)),
    ("test_a_script_that_fails_says_why", session(reply=joined(scripts=True))),
    ("test_the_two_streams_of_a_program_are_kept_apart", session(reply=joined(scripts=False))),
    ("test_a_change_is_carried_out_once", session(tell=twice)),
    ("test_a_change_is_not_asked", session(ask=obliging)),
    ("test_a_session_carries_one_command_after_the_other", session(reply=stale)),
    ("test_a_session_carries_one_command_at_a_time", session(__init__=crowded)),
    ("test_a_slow_command_is_waited_for", session(heard=impatient)),
    ("test_a_secret_is_read_from_standard_input", session(sent=on_the_line)),
    ("test_a_secret_is_read_from_standard_input", session(sent=encoded_on_the_line)),
    ("test_a_secret_is_not_sent_where_a_vendor_keeps_it", session("tool", unsafe=too_late)),
    ("test_no_error_shows_a_secret", session(absent=blabbing)),
    ("test_no_error_shows_a_secret", session(absent=encoded_in_an_error)),
    ("test_no_error_shows_the_credentials", connector(refused=talkative)),
    ("test_a_command_whose_time_is_over_is_unsure", session(overdue=patient)),
    ("test_a_command_whose_time_is_over_is_unsure", session(overdue=not_begun)),
    ("test_a_command_whose_time_is_over_is_ended", session(end=never_ends)),
    ("test_a_session_goes_on_after_a_command_that_was_given_up", session(overdue=sulking)),
    ("test_a_device_that_went_away_is_sent_nothing", session(absent=queueing, sent=delivering)),
    ("test_a_session_outlives_an_absence", session(absent=offended)),
    ("test_a_change_whose_line_is_dropped_is_unsure_and_not_repeated", session(dropped=again)),
    ("test_a_reading_whose_line_is_dropped_may_be_repeated", session(dropped=denying)),
    ("test_a_change_whose_answer_is_lost_is_not_repeated", session(lost=again)),
    ("test_a_reading_whose_answer_is_lost_may_be_repeated", session(lost=foreign)),
    ("test_nonsense_is_no_answer", session(nonsense=believing)),
    ("test_nonsense_is_no_answer", session(nonsense=believing_readings)),
    ("test_nonsense_is_no_answer", session(nonsense=done_and(NotSent("it was not sent")))),
    ("test_nonsense_is_no_answer", session(nonsense=done_and(Refused("it said no", "Ask")))),
    ("test_rights_that_are_withdrawn_are_told_in_words", session(withdrawn=barred)),
    ("test_an_error_is_one_line_that_says_what_to_do", session(dropped=verbose)),
    ("test_it_may_be_closed_twice", session(close=once_only)),
    ("test_it_is_closed_although_the_device_is_gone", session(close=missing_it)),
    ("test_it_is_closed_after_a_line_that_was_dropped", session(dropped=broken_line, close=over_a_broken_line)),
    ("test_nothing_goes_over_a_session_that_is_closed", session(close=lambda self: None)),
    ("test_it_leaves_nothing_behind", session(__init__=with_a_thread)),
    ("test_it_leaves_nothing_behind", session(__init__=with_a_socket)),
    ("test_a_device_that_is_there_is_present", session("tool", presence=lambda self: unsure("who knows"))),
    ("test_a_device_that_is_away_is_not_present", session("tool", presence=lambda self: yes("surely"))),
    ("test_a_message_is_shown", session("tool", message=lambda self, text: Session.message(self, text.replace('"', "'")))),
    ("test_a_message_does_not_wait_for_a_device_that_is_away",
     session("tool", message=lambda self, text: self.rig.messages.append(text))),
    ("test_a_message_that_cannot_be_shown_is_refused", session("person", message=lambda self, text: None)),
    ("test_the_link_is_for_a_technician_to_follow",
     session("tool", link=lambda self: f"https://perfect.example/?token={PASSWORD}")),
    ("test_a_person_is_asked_for", session("person", carried=claiming)),
]  # fmt: skip
"""Check, and how the rig with the mutant is made. Each is seen by that check and by no other."""

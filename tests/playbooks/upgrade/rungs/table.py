"""The fault table: which way carries on when one fails, what the record says, and what never happens."""

from __future__ import annotations

from agent.words.errors import Exit
from tests.playbooks.upgrade.office import INSTALLED, RECORDED
from tests.playbooks.upgrade.rungs.faults import (
    ITSELF,
    LISTS,
    NOBODY,
    PERSON,
    SEES,
    STARTS,
    Row,
    Section,
    a_day_ago,
    alone,
    at,
    away,
    both,
    closed_port,
    gateway_gone,
    gateway_settings,
    leads_nowhere,
    mishap,
    mute_port,
    no_such_script,
    no_such_session,
    of,
    off,
    on_gateway,
    on_ssh,
    on_winrm,
    other_origin,
    settings,
    strange_certificate,
    trick,
    two_sessions,
    when,
    wrong_secret,
)

DONE, FAILED, WAITING, UNREACHED, ASKED = Exit.DONE, Exit.FAILED, Exit.WAITING, Exit.UNREACHED, Exit.PERSON
KEY_IN = "key installed"
STRANGER = "SHA256:" + "A" * 43
SOON = settings(connect_timeout=0.2)
GONE = both(on_ssh("drop"), on_ssh("refuse"))
NO_LISTENER, RESET = "NotSent: the connection was refused", "NotSent: the connection was reset"
NO_SSH, NOT_THE_KEY = "NotSent: it does not speak SSH with us", "Refused: is not the trusted one"
OFFLINE, ABSENT = "NotSent: is not connected", "NotSent: Nothing was sent"
NO_OUTPUT, NO_RESULT, NOT_WHOLE = "Unsure: no output after", "Unsure: Read how things stand", "Unsure: gave no whole answer"
STALE = "Refused: does not take its own anti-forgery token"

WINRM = Section(
    "WinRM",
    ("winrm",),
    (
        Row("its port is closed", "ssh", closed_port, "ssh", NO_LISTENER, DONE),
        Row("its port is closed", "splashtop", closed_port, PERSON, NO_LISTENER, ASKED),
        Row("it is switched off", "ssh", off, "ssh", RESET, DONE),
        Row("every connection is reset", "ssh", on_winrm("refuse"), "ssh", RESET, DONE),
        Row("it takes the connection and is mute", "splashtop", mute_port, PERSON, "NotSent: no answer in time", ASKED),
        Row("500 without SOAP", "ssh", on_winrm("crashed"), "ssh", "NotSent: HTTP 500, the service is not ready", DONE),
        Row("503 without SOAP", "ssh", on_winrm("busy"), "ssh", "NotSent: HTTP 503, the service is not ready", DONE),
        Row("too many shells", "ssh", on_winrm("quota of shells"), "ssh", "TryLater: 0x803381A5", DONE),
        Row("the password is wrong (401)", "ssh", wrong_secret, "ssh", "Refused: HTTP 401 for keyturn", DONE),
        Row("the password is wrong (401)", "splashtop", wrong_secret, NOBODY, "Refused: HTTP 401 for keyturn", UNREACHED),
        Row("no administrator's token", "ssh", on_winrm("denied"), "ssh", "Refused: ERROR_ACCESS_DENIED", DONE),
        Row("another certificate", "ssh", strange_certificate, "ssh", "Refused: is not the one that is trusted", DONE),
        Row("cut once in a reading", "ssh", on_winrm("cut", "Receive", 1), ITSELF, "", DONE),
        Row("cut in every reading", "ssh", on_winrm("cut", "Receive"), "ssh", "Unsure: the connection ended", DONE),
        Row("away when the key is to be installed", "ssh", at(INSTALLED, off), "ssh", RESET, DONE),
        Row("away with the key in, its answer lost", "ssh", when(KEY_IN, off), "ssh", RESET, DONE),
        Row(
            "the same, and no other way left",
            "splashtop",
            when(KEY_IN, off),
            NOBODY,
            "Unsure: may have had its effect",
            FAILED,
            1,
        ),
    ),
)
JUMP = Section(
    "WinRM through an SSH host",
    ("winrm-jump",),
    (
        Row("the host is away", "ssh", on_gateway("refuse"), "ssh", NO_SSH, DONE),
        Row("the host shows another key", "ssh", gateway_settings(fingerprint=STRANGER), "ssh", NOT_THE_KEY, DONE),
        Row("the host leads nowhere", "ssh", leads_nowhere, "ssh", "Refused: it allows no such channel", DONE),
        Row("the host is away when the key is to be installed", "ssh", at(INSTALLED, gateway_gone), "ssh", NO_SSH, DONE),
        Row("the host is away with the key in", "ssh", when(KEY_IN, gateway_gone), "ssh", NO_SSH, DONE),
    ),
)
SSH = Section(
    "SSH",
    ("ssh",),
    (
        Row("its port is closed", "winrm", closed_port, "winrm", NO_LISTENER, DONE),
        Row("every connection is closed at once", "winrm", on_ssh("refuse"), "winrm", NO_SSH, DONE),
        Row("it is mute", "winrm", both(SOON, on_ssh("mute")), "winrm", NO_SSH, DONE),
        Row("the host key has changed", "winrm", settings(fingerprint=STRANGER), "winrm", NOT_THE_KEY, DONE),
        Row("the password is wrong", "winrm", wrong_secret, "winrm", "Refused: it does not let keyturn in", DONE),
        Row("it runs no commands", "winrm", on_ssh("denied"), "winrm", "Refused: it runs no commands", DONE),
        Row("it has no room for a channel", "winrm", on_ssh("no room"), "winrm", "TryLater: no room", DONE),
        Row("cut once in a reading", "winrm", on_ssh("drop", 1), ITSELF, "", DONE),
        Row("cut in every reading", "winrm", on_ssh("half"), "winrm", NOT_WHOLE, DONE),
        Row("away when the key is to be installed", "winrm", at(INSTALLED, GONE), "winrm", NO_SSH, DONE),
        Row("away with the key in, its answer lost", "winrm", when(KEY_IN, GONE), "winrm", NO_SSH, DONE),
    ),
)
SCREENCONNECT = Section(
    "ScreenConnect",
    ("screenconnect", "screenconnect-built-in"),
    (
        Row("the secret is wrong (401)", "winrm", wrong_secret, "winrm", "Refused: HTTP 401", DONE),
        Row("the secret is wrong (401)", "splashtop", wrong_secret, NOBODY, "Refused: HTTP 401", UNREACHED),
        Row("the session is unknown", "winrm", no_such_session, "winrm", "Refused: ScreenConnect has no session", DONE),
        Row("two sessions of that name", "winrm", two_sessions, "winrm", "Refused: more than one", DONE),
        Row("429 after all tries", "winrm", mishap("throttled"), "winrm", "TryLater: HTTP 429", DONE),
        Row("429 after all tries", "splashtop", mishap("throttled"), NOBODY, "TryLater: HTTP 429", UNREACHED),
        Row("429 to every command", "winrm", mishap("throttled", STARTS), "winrm", "TryLater: HTTP 429", DONE),
        Row("503 after all tries", "winrm", mishap("busy"), "winrm", "NotSent: HTTP 503", DONE),
        Row("502 to every reading", "winrm", mishap("gateway"), "winrm", "NotSent: HTTP 502", DONE),
        Row("it answers with a web page", "winrm", mishap("garble", LISTS), "winrm", "NotSent: is not JSON", DONE),
        Row("the agent is offline", "winrm", away, "winrm", OFFLINE, DONE),
        Row("dropped in a reading", "winrm", trick("drop", 1), "winrm", NO_OUTPUT, DONE),
        Row("a reading has no output", "winrm", trick("silent", 1), "winrm", NO_OUTPUT, DONE),
        Row("a reading is cut short", "winrm", trick("cut output", 1), "winrm", "Unsure: without saying how", DONE),
        Row("offline before a change", "winrm", at(RECORDED, away), NOBODY, OFFLINE, FAILED),
        Row("dropped in a change", "winrm", at(RECORDED, trick("drop", 1)), "winrm", OFFLINE, DONE),
        Row("offline as the key is in", "winrm", when(KEY_IN, away), "winrm", OFFLINE, DONE),
    ),
)
EXTENSION = Section(
    "ScreenConnect",
    ("screenconnect",),
    (
        Row("not allowed (403)", "winrm", other_origin, "winrm", "Refused: HTTP 403", DONE),
        Row("not allowed (403)", "splashtop", other_origin, NOBODY, "Refused: HTTP 403", UNREACHED),
        Row("429 to every command", "splashtop", mishap("throttled", STARTS), NOBODY, "TryLater: HTTP 429", WAITING),
        Row("503 after all tries", "splashtop", mishap("busy"), PERSON, "NotSent: HTTP 503", ASKED),
        Row("the agent is offline", "splashtop", away, PERSON, OFFLINE, ASKED),
        Row("a reading has no output", "splashtop", trick("silent", 1), NOBODY, NO_OUTPUT, WAITING),
        Row("the agent is offline", "vsax > winrm", away, "vsax", OFFLINE, DONE),
        Row("offline, and to be used alone", "vsax > winrm", both(alone, away), "winrm", OFFLINE, DONE),
        Row("somebody else's output comes first", "winrm", trick("foreign output", 1), ITSELF, "", DONE),
        Row("a change has no output", "winrm", at(RECORDED, trick("silent", 1)), ITSELF, "", DONE),
        Row("offline as the key is in", "ssh > splashtop", when(KEY_IN, away), "ssh", OFFLINE, DONE),
        Row("all away as the key is in", "winrm > splashtop", when(KEY_IN, away, of("winrm", off)), NOBODY, OFFLINE, FAILED, 1),
    ),
)
BUILT_IN = Section(
    "ScreenConnect, built-in road",
    ("screenconnect-built-in",),
    (
        Row("its token once not taken (403)", "winrm", trick("stale token", 1), ITSELF, "", DONE),
        Row("its token never taken (403)", "winrm", trick("stale token"), "winrm", STALE, DONE),
        Row("its token never taken (403)", "splashtop", trick("stale token"), NOBODY, STALE, UNREACHED),
    ),
)
KASEYA = Section(
    "Kaseya VSA X and VSA 9",
    ("vsax", "vsa9"),
    (
        Row("the token is wrong (401)", "winrm", wrong_secret, "winrm", "Refused: HTTP 401", DONE),
        Row("the token is wrong (401)", "splashtop", wrong_secret, NOBODY, "Refused: HTTP 401", UNREACHED),
        Row("not allowed (403)", "winrm", mishap("forbidden"), "winrm", "Refused: HTTP 403", DONE),
        Row("not allowed (403)", "splashtop", mishap("forbidden"), NOBODY, "Refused: HTTP 403", UNREACHED),
        Row("it may not be run (403)", "winrm", mishap("forbidden", STARTS), "winrm", "Refused: HTTP 403", DONE),
        Row("the script is missing (404)", "winrm", no_such_script, "winrm", "Refused: HTTP 404", DONE),
        Row("the script is missing (404)", "splashtop", no_such_script, NOBODY, "Refused: HTTP 404", FAILED),
        Row("429 after all tries", "winrm", mishap("throttled"), "winrm", "TryLater: HTTP 429", DONE),
        Row("429 after all tries", "splashtop", mishap("throttled"), NOBODY, "TryLater: HTTP 429", UNREACHED),
        Row("429 to every command", "winrm", mishap("throttled", STARTS), "winrm", "TryLater: HTTP 429", DONE),
        Row("429 to every command", "splashtop", mishap("throttled", STARTS), NOBODY, "TryLater: HTTP 429", WAITING),
        Row("503 after all tries", "winrm", mishap("busy"), "winrm", "NotSent: HTTP 503", DONE),
        Row("503 after all tries", "splashtop", mishap("busy"), PERSON, "NotSent: HTTP 503", ASKED),
        Row("502 after all tries", "splashtop", mishap("gateway"), PERSON, "NotSent: HTTP 502", ASKED),
        Row("every connection is reset", "splashtop", mishap("reset"), PERSON, "NotSent: was not answered", ASKED),
        Row("it answers with a web page", "winrm", mishap("garble"), "winrm", "NotSent: is not JSON", DONE),
        Row("the agent is offline", "winrm", away, "winrm", ABSENT, DONE),
        Row("the agent is offline", "splashtop", away, PERSON, ABSENT, ASKED),
        Row("the agent is offline", "screenconnect > winrm", away, "screenconnect", ABSENT, DONE),
        Row("a run is stuck", "winrm", mishap("stuck", STARTS, 1), "winrm", NO_RESULT, DONE),
        Row("every run is stuck", "splashtop", mishap("stuck", STARTS), NOBODY, NO_RESULT, WAITING),
        Row("every run fails", "winrm", mishap("failed", STARTS), "winrm", NO_RESULT, DONE),
        Row("no run has output", "winrm", mishap("silent", STARTS), "winrm", NO_RESULT, DONE),
        Row("the output is cut short", "winrm", mishap("cut output", STARTS), "winrm", NO_RESULT, DONE),
        Row("the output is an older one", "winrm", mishap("stale", STARTS), "winrm", NO_RESULT, DONE),
        Row("runs are called done and were not", "winrm", mishap("mute", STARTS), "winrm", NO_RESULT, DONE),
        Row("a change has no output", "winrm", at(RECORDED, mishap("silent", STARTS, 1)), ITSELF, "", DONE),
        Row("a change is called done and was not", "winrm", at(RECORDED, mishap("mute", STARTS, 1)), ITSELF, NO_RESULT, FAILED),
        Row("offline before a change", "winrm", at(RECORDED, away), NOBODY, ABSENT, FAILED),
        Row("offline as the key is in", "winrm", when(KEY_IN, away), "winrm", ABSENT, DONE),
        Row("offline as the key is in", "ssh > splashtop", when(KEY_IN, away), "ssh", ABSENT, DONE),
        Row("all away as the key is in", "winrm > splashtop", when(KEY_IN, away, of("winrm", off)), NOBODY, ABSENT, FAILED, 1),
    ),
)
VSA9 = Section(
    "Kaseya VSA 9",
    ("vsa9",),
    (
        Row("its session has ended early", "winrm", mishap("expired", STARTS, 1), ITSELF, "", DONE),
        Row("an error inside HTTP 200", "winrm", mishap("error inside", SEES), "winrm", "NotSent: code 500", DONE),
        Row("an error inside HTTP 200", "splashtop", mishap("error inside", SEES), PERSON, "NotSent: code 500", ASKED),
    ),
)
SPLASHTOP = Section(
    "Splashtop",
    ("splashtop",),
    (
        Row("the token is wrong (401)", "", wrong_secret, NOBODY, "Refused: the token is not accepted", UNREACHED),
        Row("not allowed (403)", "", mishap("forbidden"), NOBODY, "Refused: not allowed", UNREACHED),
        Row("an error inside HTTP 200", "", mishap("error inside", "create"), NOBODY, "Refused: result 40403", UNREACHED),
        Row("no session can be made", "", mishap("reset", "create"), NOBODY, "NotSent: may have been made", UNREACHED),
        Row("429 after all tries", "", mishap("throttled"), NOBODY, "TryLater: HTTP 429", UNREACHED),
        Row("503 after all tries", "", mishap("busy"), NOBODY, "NotSent: HTTP 503", UNREACHED),
        Row("it answers with a web page", "", mishap("garble"), NOBODY, "NotSent: is not JSON", UNREACHED),
        Row("its session has expired", "", a_day_ago, PERSON, "", ASKED),
    ),
    before=("vsax",),
)

SECTIONS = (WINRM, JUMP, SSH, SCREENCONNECT, EXTENSION, BUILT_IN, KASEYA, VSA9, SPLASHTOP)
"""The whole table."""

"""The extension as its documentation and its public clients know it."""

from __future__ import annotations

import json
import re
import threading

import pytest

from connectors.lab.site_faults import Fault
from connectors.lab.windows.pc import Pc


@pytest.mark.parametrize(
    "headers", [{}, {"CTRLAuthHeader": "wrong"}, {"CTRLAuthHeader": "Basic r4w-s3cret"}, {"Authorization": "Basic cjR3"}]
)
def test_a_missing_or_wrong_secret_is_401(bench, headers):
    assert bench.extension("GetSessionsByName", [""], headers=headers).status_code == 401


def test_a_wrong_origin_is_403_where_one_is_wanted(bench):
    right = {"CTRLAuthHeader": "r4w-s3cret", "Origin": "https://tools.example"}
    assert bench.extension("GetSessionsByName", [""], headers=right | {"Origin": "x"}).status_code == 200
    bench.site.allowed_origin = "https://tools.example"
    assert bench.extension("GetSessionsByName", [""], headers=right | {"Origin": "x"}).status_code == 403
    assert bench.extension("GetSessionsByName", [""], headers=right).status_code == 200


def test_without_the_extension_nothing_is_found(bench):
    bench.site.installed = False
    answer = bench.extension("GetSessionsByName", [""])
    assert answer.status_code == 404
    assert "The resource cannot be found" in answer.text


@pytest.mark.parametrize("verb", ["GET", "POST"])
@pytest.mark.parametrize("method", ["GetSessionsByFilter", "sessions-by-filter"])
@pytest.mark.parametrize("body", [["Name = ''"], {"sessionFilter": "Name = ''"}])
def test_reading_by_either_verb_either_name_and_either_form(bench, verb, method, body):
    (found,) = bench.extension(method, body, verb).json()
    assert found["SessionID"] == bench.id


def test_reading_with_parameters_in_the_address(bench):
    (found,) = bench.extension("session-by-session-id", verb="GET", params={"sessionID": bench.id}).json()
    assert found["GuestInfo"]["MachineName"] == "PC-01"


@pytest.mark.parametrize(
    ("method", "verb", "body", "text"),
    [
        ("GetEverything", "POST", [], "Web method does not exist"),
        ("SendCommandToSession", "GET", ["x", "y"], "Web method does not exist"),
        ("GetSessionsByName", "POST", {"name": "x"}, "Unknown parameter: name"),
        ("GetSessionsByName", "POST", {}, "takes an array of sessionName|takes sessionName"),
        ("SendCommandToSession", "POST", {"sessionID": "x", "command": "y"}, "takes an array"),
        ("SendCommandToSession", "POST", ["only one"], "takes an array of sessionID, command"),
        ("SendCommandToSession", "POST", ["no guid", "x"], "Unrecognized Guid format"),
        ("SendCommandToSession", "POST", ["a507630e-80b5-ec92-bb5e-bcb48d00ff6b", "x"], "Session does not exist"),
        ("GetSessionsByFilter", "POST", [""], "A filter is required"),
        ("GetSessionsByFilter", "POST", [None], "A filter is required"),
        ("GetSessionsByFilter", "POST", ["Colour = 'red'"], "there is no field 'Colour'"),
        ("GetSessionsByFilter", "POST", ["Name = 'a' AND"], "ends too early"),
    ],
)
def test_what_it_does_not_take_is_500_and_says_why(bench, method, verb, body, text):
    answer = bench.extension(method, body, verb)
    assert answer.status_code == 500
    assert re.search(text, answer.json()["message"])


def test_writing_answers_with_nothing_at_all(bench):
    for method, rest in (
        ("SendCommandToSession", ["hostname"]),
        ("SendMessageToSession", ["Hello"]),
        ("AddNoteToSession", ["a note"]),
        ("UpdateSessionName", ["Anna"]),
        ("UpdateSessionCustomProperties", [["Acme", "HQ"]]),
    ):
        answer = bench.extension(method, [bench.id, *rest])
        assert (answer.status_code, answer.content) == (200, b"")
    assert (bench.guest.name, bench.guest.properties[:3]) == ("Anna", ["Acme", "HQ", ""])


def test_lists_and_details_differ_in_shape(bench):
    bench.guest.properties[0] = "Acme"
    (listed,) = bench.extension("GetSessionsByName", [""]).json()
    assert listed["CustomProperties"]["CustomProperty1"] == "Acme"
    assert listed["SessionType"] == 2
    assert listed["LastGuestDisconnectedEventTime"] == "0001-01-01T00:00:00"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z", listed["LastGuestConnectedEventTime"])
    details = bench.extension("GetSessionDetailsBySessionID", [bench.id]).json()
    assert details["Session"]["CustomPropertyValues"] == ["Acme", *[""] * 7]
    assert details["Connections"][0]["ProcessType"] == 2
    assert [event["EventType"] for event in details["Events"]] == [20, 10]
    assert bench.extension("GetSessionDetailsBySessionID", ["a507630e-80b5-ec92-bb5e-bcb48d00ff6b"]).text == "null"
    assert bench.extension("GetSessionBySessionID", ["a507630e-80b5-ec92-bb5e-bcb48d00ff6b"]).json() == []


def test_a_new_session(bench):
    made = bench.extension("CreateSession", [0, "Help for Anna", False, "12345", ["Acme"]]).json()
    assert (made["Name"], made["SessionType"], made["ActiveConnections"]) == ("Help for Anna", 0, [])
    assert bench.extension("CreateSession", [9, "x", False, "1"]).status_code == 500
    assert bench.extension("CreateSession", [0, "x", "no", "1"]).status_code == 500


def test_a_command_goes_through_three_events_with_a_delay(bench):
    bench.extension("SendCommandToSession", [bench.id, "hostname"])
    assert bench.happened() == [20, 10, 44]
    bench.wait(1)
    assert bench.happened() == [20, 10, 44, 54, 70]
    assert bench.guest.events[2].host == "RESTful API Manager"


def test_cmd_echoes_behind_its_prompt_and_has_no_exit_code(bench):
    assert bench.ran("hostname") == "\r\nC:\\WINDOWS\\system32>hostname\r\nPC-01\r\n"
    assert bench.ran("@echo off\nhostname\nexit\nhostname") == "PC-01\r\n"


def test_an_exit_code_can_be_printed(bench):
    assert bench.ran("@echo off\ndism.exe /Get-CurrentEdition\necho %ERRORLEVEL%") == "Error: 87\r\n87\r\n"


def test_a_program_that_is_not_there_is_no_success(bench):
    printed = bench.ran("@echo off\nformat.com C:\necho %ERRORLEVEL%")
    assert printed.endswith("\r\n1\r\n")
    assert "no such program" in printed


def test_powershell_runs_programs_and_scripts_of_ours_and_nothing_else(bench):
    assert bench.ran("#!ps\nhostname") == "PC-01\r\n"
    assert "ParserError" in bench.ran("#!ps\n$ErrorActionPreference='Stop';Remove-Item C:\\ -Recurse")
    assert "no such program" in bench.ran("#!ps\nRemove-Item C:\\ -Recurse")


def test_after_ten_seconds_a_command_is_ended_unless_it_says_otherwise(bench):
    bench.pc.faults.delay("activate", 12)
    text = "cscript.exe //nologo %windir%\\System32\\slmgr.vbs /ato"
    assert bench.ran(text).endswith("Killed after 10000 milliseconds.")
    assert "Killed" not in bench.ran(f"#timeout=20000\n{text}")
    assert bench.ran(f"#timeout=5000\n{text}").endswith("Killed after 5000 milliseconds.")


def test_after_5000_characters_output_is_cut_unless_it_says_otherwise(bench):
    text = "@echo off\n" + "\n".join("echo " + "x" * 100 for _ in range(60))
    assert bench.ran(text) == ("x" * 100 + "\r\n") * 49 + "xx\r\nTruncated output at 5000 characters."
    assert bench.ran(f"#maxlength=9000\n{text}") == ("x" * 100 + "\r\n") * 60


def test_what_is_sent_to_a_machine_that_is_away_waits_and_runs_when_it_is_back(bench):
    bench.pc.switch(on=False)
    bench.extension("SendCommandToSession", [bench.id, "shutdown.exe /r /t 3600"])
    bench.wait(5000)
    assert bench.happened()[-2:] == [11, 44]
    bench.pc.switch(on=True)
    bench.wait(5)
    assert bench.happened()[-3:] == [10, 54, 70]


def test_a_restart_disconnects_connects_and_moves_the_boot(bench):
    before = bench.pc.boot()
    bench.ran("shutdown.exe /r /t 1")
    bench.wait(60)
    bench.happened()
    assert bench.pc.boot() == before + 1


def test_two_commands_at_once_may_end_in_the_other_order(bench):
    bench.pc.faults.delay("activate", 5)
    bench.extension("SendCommandToSession", [bench.id, "cscript.exe //nologo %windir%\\System32\\slmgr.vbs /ato"])
    bench.extension("SendCommandToSession", [bench.id, "hostname"])
    bench.wait(1)
    bench.happened()
    bench.wait(10)
    bench.happened()
    ran = [event.data for event in bench.guest.events if event.what == 70]
    assert "hostname" in ran[0]
    assert "/ato" in ran[1]


def test_names_may_be_taken_twice(bench):
    other = bench.site.instance.join(Pc("PC-01", world=bench.pc.world))
    found = bench.extension("GetSessionsByFilter", ["GuestMachineName LIKE 'pc-%' AND GuestConnectedCount > 0"]).json()
    assert {one["SessionID"] for one in found} == {str(one.id) for one in bench.site.instance.guests}
    assert str(other.id) != str(bench.site.instance.guests[0].id)


def test_trouble_can_be_ordered(bench):
    bench.site.mishaps.add(Fault("throttled", "GetSessionsByName"))
    answer = bench.extension("GetSessionsByName", [""])
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "2")
    bench.site.instance.tricks.plan("empty list")
    assert bench.extension("GetSessionsByName", [""]).json() == []
    assert len(bench.extension("GetSessionsByName", [""]).json()) == 1
    with pytest.raises(ValueError, match="earthquake"):
        bench.site.instance.tricks.plan("earthquake")


def test_the_log_keeps_every_body_in_order(bench):
    bench.extension("SendCommandToSession", [bench.id, "hostname"])
    (exchange,) = bench.site.log
    assert (exchange.call, exchange.status, json.loads(exchange.body)) == ("SendCommandToSession", 200, [bench.id, "hostname"])


def test_what_is_due_waits_for_whoever_is_at_it(bench):
    """Else two would carry out what one command ordered."""
    with bench.site._busy:
        other = threading.Thread(target=bench.site.settle)
        other.start()
        other.join(0.1)
        assert other.is_alive()
    other.join(5)
    assert not other.is_alive()

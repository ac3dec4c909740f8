"""The variable and its result: whatever a vendor puts around it, a whole result is found and a cut one is not."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.api import Misuse, Script, Secret, ask, seconds, tell
from connectors.kaseya.payload import Job, job, result

ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
JOB = Job(ID, "")


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def line(**changes):
    return json.dumps({"id": ID, "exit": 0, "stdout_b64": b64("Grüße".encode()), "stderr_b64": ""} | changes)


def parts(whole: str, size: int):
    data = b64(whole.encode())
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    return [json.dumps({"id": ID, "part": n, "of": len(pieces), "data": piece}) for n, piece in enumerate(pieces, 1)]


def decoded(made):
    return json.loads(base64.b64decode(made.payload))


def test_a_program():
    made = job(ask("shutdown", "/r", "/c", "Bis später (bald)", within=seconds(1.2)), until=1000.5, line=80)
    assert decoded(made) == {"id": made.id, "kind": "cmd", "text": 'shutdown /r /c "Bis später (bald)"', "seconds": 2,
                             "until": 1001, "line": 80}  # fmt: skip


def test_a_script_with_its_parameters():
    made = job(tell(Script("x.ps1", "# keyturn x 1\n$given.name"), name="O'Neil ✓"), until=1.0, line=0)
    assert decoded(made)["kind"] == "powershell"
    assert "$given='{\"name\": \"O''Neil \\u2713\"}'|ConvertFrom-Json\n# keyturn x 1" in decoded(made)["text"]


def test_each_job_has_its_own_number():
    assert job(ask("dir"), until=1, line=0).id != job(ask("dir"), until=1, line=0).id


@pytest.mark.parametrize("command", [ask("slmgr", Secret("x", "product key")), ask(Script("x", "y"), Secret("x", "key"))])
def test_a_secret_has_no_payload(command):
    with pytest.raises(TypeError, match="a secret does not go"):
        job(command, until=1, line=0)


def test_what_cannot_be_said_on_a_command_line():
    with pytest.raises(Misuse, match="line break"):
        job(ask("echo", "a\nb"), until=1, line=0)


@pytest.mark.parametrize(
    "text",
    [
        line(),
        f"WARNING: noise {{}}\r\n{line()}\r\n",
        f"Script Log Entry: {line()} (admin)",
        line().replace('"exit"', '\r\n"exit"'),
        line()[:60] + "\r\n" + line()[60:],
        "\n".join(parts(line(), 30)),
        " ".join(reversed(parts(line(), 30))),
        "\n".join(parts(line(), 30) * 2),
    ],
)
def test_a_whole_result_is_found(text):
    found = result(JOB, ["other", text])
    assert (found.reply.stdout, found.reply.stderr, found.reply.exit_code, found.late) == ("Grüße", "", 0, False)


def test_parts_may_lie_in_several_texts():
    assert result(JOB, parts(line(), 20)).reply.stdout == "Grüße"


@pytest.mark.parametrize(
    "text",
    [
        "",
        line()[:-1],
        line()[:40],
        line().replace(ID, ID.replace("0f", "1f")),
        line(id="other", note=ID),
        line(stdout_b64="!!"),
        line(stdout_b64=None),
        line(exit="0"),
        line(exit=True),
        json.dumps({"id": ID}),
        json.dumps({"id": ID, "late": "yes"}),
        json.dumps({"id": ID, "exit": 0}),
        '{"id": ' + f'"{ID}", broken}}',
        "\n".join(parts(line(), 30)[:-1]),
        "\n".join(parts(line(), 30)[1:]),
        "\n".join([*parts(line(), 30), *parts(line(), 50)]),
        "\n".join(parts(line(id="other"), 30)),
    ],
)
def test_a_cut_or_foreign_result_is_none(text):
    assert result(JOB, [text]) is None


def test_an_end_by_force_and_a_late_one():
    assert result(JOB, [line(exit=None)]).reply is None
    assert result(JOB, [json.dumps({"id": ID, "late": True})]).late


@pytest.mark.parametrize(
    ("exit_code", "shown"), [(-1073418160, 0xC004F050), (0xC004F050, 0xC004F050), (0, 0), (-1, 0xFFFFFFFF)]
)
def test_exit_codes(exit_code, shown):
    assert result(JOB, [line(exit=exit_code)]).reply.exit_code == shown


@given(st.binary(max_size=200), st.integers(1, 60))
def test_any_output_in_parts_of_any_length(output, size):
    whole = line(stdout_b64=b64(output))
    assert result(JOB, parts(whole, size)).reply.stdout == output.decode("utf-8", "replace")


@given(st.integers(0, 400))
def test_no_cut_line_is_ever_a_result(length):
    whole = line(stdout_b64=b64(b"x" * 200))
    assert result(JOB, [whole[:length]]) is None or length >= len(whole)

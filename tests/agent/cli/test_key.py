"""``key``: taken in unseen, never shown, refused when it cannot be right."""

from __future__ import annotations

import pytest


@pytest.fixture
def stored(line, toys):
    line("key", "add", "contoso/win-pro", input=toys.good_key + "\r\n")
    return line


def test_a_key_is_taken_from_standard_input(stored, toys):
    result = stored("key", "list")
    assert "contoso/win-pro" in result.stdout
    assert "product key" in result.stdout
    assert toys.good_key not in result.output
    (listed,) = stored.documents("key", "list", "--json")
    assert listed["keys"][0] == {"name": "contoso/win-pro", "kind": "product key", "stored": "2025-10-06T08:00:00+00:00"}


def test_a_key_is_typed_unseen(line, toys):
    result = line("key", "add", "a", terminal=True, input=f"{toys.good_key}\n")
    assert result.exit_code == 0
    assert toys.good_key not in result.output
    assert result.stderr.splitlines()[-2:] == ["its letters add up", "Stored. Orders name it as vault:a"]


def test_a_password_is_typed_twice(line):
    assert line("key", "add", "p", "--kind", "password", terminal=True, input="  top \n  top \n").exit_code == 0
    result = line("key", "check", "p")
    assert (result.exit_code, result.stdout) == (0, "vault:p (password): it can be read\n")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_key_is_read_from_a_file(line, tmp_path, toys, encoding):
    file = tmp_path / "key.txt"
    file.write_bytes(f"{toys.good_key}\r\n".encode(encoding))
    assert line("key", "add", "vault:f", "--file", str(file)).exit_code == 0
    assert line("key", "check", "f").stdout == "vault:f (product key that ends in WFG6P): its letters add up\n"


@pytest.mark.parametrize("content", [b"\xff\xfeA", b"\x80\x81", b"one\ntwo\n", b"", b" \n"])
def test_a_file_that_holds_no_key_is_refused(line, tmp_path, content):
    file = tmp_path / "key.txt"
    file.write_bytes(content)
    result = line("key", "add", "f", "--file", str(file))
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert line("key", "list").stdout == ""


def test_a_file_in_an_unknown_encoding_is_named(line, tmp_path):
    file = tmp_path / "key.txt"
    file.write_bytes(b"\x80\x81")
    assert "is neither UTF-8 nor UTF-16" in line("key", "add", "f", "--file", str(file)).stderr


@pytest.mark.parametrize("name", ["Contoso/Key", "a b", "vault:ä", "a//b", ""])
def test_a_name_is_judged_before_the_value_is_asked_for(line, name):
    result = line("key", "add", name, terminal=True, input="")
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "cannot be a name in the vault" in result.stderr


def test_a_key_that_cannot_be_right_is_not_stored(line, toys):
    result = line("key", "add", "a", input=toys.bad_key)
    assert result.exit_code == 2
    assert "its letters do not add up" in result.stderr
    assert toys.bad_key not in result.output
    assert "The vault is empty" in line("key", "list").stderr


def test_a_key_that_nobody_can_judge_is_stored(line):
    result = line("key", "add", "a", input="something else")
    assert result.stderr == "Stored. Orders name it as vault:a\n"
    assert line("key", "check", "a").stdout == "vault:a (product key that ends in  else): it can be read\n"


def test_nothing_is_overwritten(stored, toys):
    result = stored("key", "add", "contoso/win-pro", input=toys.good_key)
    assert result.exit_code == 2
    assert "vault:contoso/win-pro is there already" in result.stderr


def test_a_key_that_turned_bad_is_found_by_check(line, folder, clock, toys):
    from agent.machine.vault import Vault

    Vault(folder, {}).put("old", toys.bad_key, kind="product key", at=clock.now())
    result = line("key", "check", "old")
    assert result.exit_code == 1
    assert "its letters do not add up" in result.stdout
    assert line.documents("key", "check", "old", "--json")[0]["key"] == {
        "name": "old",
        "kind": "product key",
        "tail": "WFG6Q",
        "sound": False,
        "evidence": "its letters do not add up",
    }


def test_an_unknown_name_is_one_line(line):
    for command in ("check", "remove"):
        result = line("key", command, "nothing")
        assert result.exit_code == 2
        assert result.stderr.startswith("keyturn: there is no vault:nothing in the vault.")
        assert result.stderr.count("\n") == 1


def test_a_bad_name_is_refused(line, toys):
    assert line("key", "add", "Contoso Pro", input=toys.good_key).exit_code == 2


def test_removing_asks_first(stored):
    result = stored("key", "remove", "contoso/win-pro")
    assert result.exit_code == 2
    assert "Add --yes." in result.stderr
    assert "It was kept." in stored("key", "remove", "contoso/win-pro", terminal=True, input="n\n").stderr
    assert stored("key", "remove", "contoso/win-pro", terminal=True, input="y\n").exit_code == 0
    assert stored("key", "list").stdout == ""


def test_removing_without_a_question(stored):
    assert "vault:contoso/win-pro was removed." in stored("key", "remove", "contoso/win-pro", "--yes").stderr


def test_rotating_counts(stored, line, toys):
    assert stored("key", "rotate").stderr == "1 secret encrypted with the new master key.\n"
    line("key", "add", "b", input="other")
    assert stored("key", "rotate").stderr == "2 secrets encrypted with the new master key.\n"
    assert stored("key", "check", "contoso/win-pro").exit_code == 0

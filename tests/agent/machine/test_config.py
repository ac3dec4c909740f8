"""The configuration file: its troubles are told with the file and the line."""

from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest

from agent.machine.config import data_folder, read_settings
from agent.words.errors import Exit, Misuse


@pytest.fixture
def write(folder):
    folder.mkdir()
    return lambda text: (folder / "keyturn.toml").write_bytes(text if isinstance(text, bytes) else text.encode())


def test_no_file_is_no_settings(folder):
    assert read_settings(folder) == {}


def test_sections_are_read(folder, write):
    write('[winrm]\nport = 5986\n[desk.mail]\nfrom = "Grüße"\n')
    assert read_settings(folder) == {"winrm": {"port": 5986}, "desk": {"mail": {"from": "Grüße"}}}


def trouble(folder):
    with pytest.raises(Misuse) as caught:
        read_settings(folder)
    assert caught.value.exit_code is Exit.MISUSE
    assert "\n" not in str(caught.value)
    assert str(folder / "keyturn.toml") in str(caught.value)
    return str(caught.value)


def test_a_mistake_is_told_with_its_line(folder, write):
    write('[winrm]\nport = 5986\nhost = "a\n')
    assert "is not valid TOML" in trouble(folder)
    assert "line 3" in trouble(folder)


def test_what_is_not_text_is_told(folder, write):
    write(b"[winrm]\nname = '\xff'\n")
    assert "is not valid TOML" in trouble(folder)


def test_a_setting_outside_a_section_is_told(folder, write):
    write("[winrm]\n[desk]\n")
    assert read_settings(folder) == {"winrm": {}, "desk": {}}
    write("port = 5986\n[winrm]\n")
    assert trouble(folder).endswith("port stands outside a section. Put it under one, such as [desk], or remove port.")


def test_a_file_that_cannot_be_read_is_told(folder):
    (folder / "keyturn.toml").mkdir(parents=True)
    assert "cannot be read: Is a directory" in trouble(folder)


def test_the_data_folder_is_the_one_named(monkeypatch, tmp_path):
    monkeypatch.setenv("KEYTURN_HOME", str(tmp_path))
    assert data_folder() == tmp_path


@pytest.mark.parametrize("value", [None, ""])
def test_the_data_folder_is_else_the_operating_system_s(monkeypatch, value):
    if value is not None:
        monkeypatch.setenv("KEYTURN_HOME", value)
    assert data_folder() == Path(platformdirs.user_data_path("keyturn", appauthor=False))

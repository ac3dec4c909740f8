"""The PowerShell scripts: form, hygiene, and that the lab knows exactly these."""

from __future__ import annotations

import re

import pytest
import tree_sitter
import tree_sitter_powershell

from connectors.lab.windows import scripts as pc_scripts
from connectors.lab.windows.texts import LANGUAGES
from playbooks.windows.powershell import FAILURE, FOLDER, script

LANGUAGE = tree_sitter.Language(tree_sitter_powershell.language())
NAMES = sorted(path.stem for path in FOLDER.glob("*.ps1"))
TAKES_A_KEY = {"change_edition", "install_key"}


def nodes(node):
    yield node
    for child in node.children:
        yield from nodes(child)


def parsed(name):
    return tree_sitter.Parser(LANGUAGE).parse(script(name).text.encode())


def commands(name):
    return [node.child_by_field_name("command_name").text.decode() for node in nodes(parsed(name).root_node)
            if node.type == "command" and node.child_by_field_name("command_name")]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_it_parses(name):
    tree = parsed(name)
    assert not tree.root_node.has_error
    assert not [node for node in nodes(tree.root_node) if node.type == "ERROR" or node.is_missing]


@pytest.mark.parametrize("name", NAMES)
def test_its_first_line_is_its_identity_and_it_is_plain(name):
    text = script(name).text
    assert re.fullmatch(rf"# keyturn {name} \d+", text.splitlines()[0])
    assert text.isascii()
    assert text.splitlines()[-1].startswith("ConvertTo-Json -Compress")
    assert text.count("ConvertTo-Json -Compress -Depth") == 1
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    for word in ("Write-Host", "Invoke-Expression", "Add-Type", "Import-Module", "DownloadString", "Get-WmiObject"):
        assert word not in code


@pytest.mark.parametrize("name", NAMES)
def test_every_command_is_a_cmdlet_or_a_program_by_its_path(name):
    for command in commands(name):
        assert re.fullmatch(r"[A-Z][A-Za-z]+-[A-Z][A-Za-z]+", command) or "System32" in command or command == "$program", (
            command
        )


@pytest.mark.parametrize("name", NAMES)
def test_a_secret_goes_into_a_hashtable_only(name):
    text = script(name).text
    assert text.count("[Console]::In.ReadLine()") == (1 if name in TAKES_A_KEY else 0)
    uses = [line.strip() for line in text.splitlines() if "$key" in line and not line.startswith("#")]
    allowed = (
        "$key = [Console]::In.ReadLine()",
        "-Arguments @{ ProductKey = $key }",
        "$last5 = $key.Substring($key.Length - 5)",
        "if ($key) { $message = $message.Replace($key, '<product key>') }",
        '"/ProductKey:$key"',
    )
    for use in uses:
        assert any(form in use for form in allowed), use


def test_what_went_wrong_is_said_once_and_takes_no_argument_that_a_log_could_keep():
    failure = FAILURE.read_text("utf-8")
    assert "error_Code" in failure
    assert "param" not in failure
    calls = {name: script(name).text.count("$answer = Get-Failure\n") for name in NAMES}
    assert calls == {name: int(name != "facts") for name in NAMES}
    for name in NAMES:
        bare, whole = (FOLDER / f"{name}.ps1").read_text("utf-8"), script(name).text
        assert "error_Code" not in bare
        assert whole.replace(failure, "", 1) == bare
        assert (whole.split("\n", 1)[1].startswith(failure)) is (name != "facts")


def test_only_dism_gets_a_key_as_argument():
    assert [name for name in NAMES if "/ProductKey" in script(name).text] == ["change_edition"]


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_matched_against_the_words_of_a_language(name):
    matches = re.findall(r"-(?:not|c)?(?:match|like|eq|contains)\s+'([^']*)'", script(name).text)
    spoken = {words for language in LANGUAGES.values() for words in language.values()}
    for pattern in matches:
        assert not re.search(r"[A-Za-z]{4,}", pattern), pattern
        assert pattern not in spoken


def test_facts_never_reads_the_firmware_key():
    assert not re.search(r"OA3xOriginalProductKey(?!Description)", script("facts").text)


def test_everybody_who_is_logged_on_is_asked_for():
    text = script("facts").text
    assert "Name='explorer.exe'" in text
    assert "-MethodName GetOwner" in text
    assert re.search(r"ReturnValue -ne 0\) \{ throw", text)
    assert "catch { $users = $null }" in text


def test_a_wbadmin_that_failed_and_listed_nothing_says_nothing_of_backups():
    text = script("facts").text
    assert re.search(r"& \$program get versions\)\s+\$rc = \$LASTEXITCODE", text)
    assert "if ($rc -ne 0 -and $listed.Count -eq 0) { throw" in text


@pytest.mark.parametrize(
    ("name", "files"), [("record_data", ("files.txt", "recorded.json")), ("compare_data", ("compared.json",))]
)
def test_half_a_record_never_gets_its_name(name, files):
    """What is written in place could be cut in the middle: each file is written beside its place and moved there."""
    text = script(name).text
    written = re.findall(r'Set-Content -LiteralPath ("[^"]+"|\$\w+)', text)
    assert [path for path in written if not path.endswith('.new"') and "missing.txt" not in path] == []
    assert text.count("Move-Item -LiteralPath") == len(files)
    for file in files:
        assert file in text


def test_a_record_that_cannot_be_read_is_none():
    assert "ConvertFrom-Json } catch { $answer = $null }" in script("record_data").text


def test_every_program_of_the_record_is_checked():
    lines = script("record_data").text.splitlines()
    programs = [place for place, line in enumerate(lines) if "icacls.exe" in line]
    assert len(programs) == 2
    assert all("if ($LASTEXITCODE -ne 0) { throw" in lines[place + 1] for place in programs)


def test_a_file_that_went_to_the_cloud_is_still_there():
    text = script("compare_data").text
    cloud = text[text.index("$cloud += 1") : text.index("$was = $before")]
    assert "$before.Remove($item.FullName)" in cloud
    assert "$same += 1" in cloud


def test_the_lab_knows_exactly_these_scripts_and_the_one_of_winrm():
    assert {script(name).text.splitlines()[0] for name in NAMES} | {"# keyturn enable_winrm 1"} == set(pc_scripts.SCRIPTS)


@pytest.mark.parametrize("name", NAMES)
def test_the_lab_takes_what_the_script_takes(name):
    known = pc_scripts.SCRIPTS[script(name).text.splitlines()[0]]
    assert set(re.findall(r"\$given\.(\w+)", script(name).text)) == known.given
    assert known.secrets == (1 if name in TAKES_A_KEY else 0)


def test_an_unknown_script():
    with pytest.raises(FileNotFoundError):
        script("format_disk")


def test_only_the_check_of_keys_looks_at_a_key():
    revealing = [path.name for path in sorted(FOLDER.parent.glob("*.py")) if ".reveal()" in path.read_text("utf-8")]
    assert revealing == ["keys.py"]

"""The desk's folder may have any name that the operating system takes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from connectors.local.customers import Customer, Customers
from connectors.local.desk import Desk

ASCII_ONLY = {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.mark.parametrize("name", [b"K\xfcche", "Küche".encode(), b"a?b#c%41&mode=ro"])
def test_a_folder_with_any_name_is_used(tmp_path, clock, name):
    folder = tmp_path / os.fsdecode(name)
    Customers(Desk(folder, clock)).add(Customer("Contoso", "core"))
    assert [each.name for each in Customers(Desk(folder, clock)).all()] == ["Contoso"]
    assert os.listdir(os.fsencode(folder)) == [b"desk.db"]  # noqa: PTH208 - pathlib does not give bytes


def test_a_folder_with_an_umlaut_is_used_where_the_locale_knows_none(tmp_path):
    code = (
        "import sys; from pathlib import Path; from connectors.local.desk import Desk\n"
        "with Desk(Path(sys.argv[1]), None).reading(): print('read')"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, tmp_path / "Küche"],
        env={**os.environ, **ASCII_ONLY},
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "read\n"), done.stderr
    assert (tmp_path / "Küche" / "desk.db").is_file()

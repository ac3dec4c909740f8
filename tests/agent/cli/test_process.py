"""keyturn as a process of its own: light help, pipes, colours, languages, signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from agent.machine.vault import Vault

HEAVY = ("pydantic", "sqlalchemy", "rich", "cryptography", "winrm", "requests", "paramiko", "keyring", "tenacity", "icalendar")

PROGRAM = """
import os, signal, sys, time

# Whoever calls the tests may ignore signals (nohup, a job in the background), and a program inherits that.
if number := int(os.environ.get("HEEDS", 0)):
    signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)

import pluggy
from agent.words import hooks

class Plugin:
    @hooks.hookimpl
    def keyturn_playbooks(self):
        from agent.words.answer import no, yes
        from agent.words.order import Order
        from agent.words.playbook import playbook
        from agent.words.step import Step

        class Toy(Order):
            device: str
            @property
            def target(self): return f"device:{self.device}"

        @playbook(title="Toy größer")
        def toy(order: Toy):
            def wind():
                print("WINDING", file=sys.stderr, flush=True)
                time.sleep(20 if order.device == "SLOW" else 0)
                state.append(1)
            yield Step("the toy is wound up", done=lambda: yes("größer → 3 turns") if state else no("0 turns"), do=wind)

        state = []
        return [toy]

manager = pluggy.PluginManager(hooks.GROUP)
manager.add_hookspecs(hooks)
manager.register(Plugin(), name="toys")

from agent.cli.call import Call
from agent.cli.main import main
main(None, Call(plugins=manager))
"""


@pytest.fixture
def program(tmp_path):
    file = tmp_path / "toys.py"
    file.write_text(PROGRAM, encoding="utf-8")
    settings = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    settings |= {"KEYTURN_HOME": str(tmp_path / "home"), "PYTHONWARNINGS": "error", "COVERAGE_PROCESS_START": ""}

    def start(*args, **more):
        env = settings | more.pop("env", {})
        command = [sys.executable, str(file), *args]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL}
        return subprocess.Popen(command, env=env, **pipes | more)

    return start


def ended(process):
    out, err = process.communicate(timeout=50)
    return process.returncode, out.decode("utf-8", "replace"), err.decode("utf-8", "replace")


RUN = ("run", "toy", "--device", "BEAR", "--yes")


def loaded_by(*args):
    code = (
        "import sys\n"
        "from agent.cli.main import main\n"
        "from agent.cli.call import Call\n"
        "import pluggy\n"
        "from agent.words import hooks\n"
        "manager = pluggy.PluginManager(hooks.GROUP); manager.add_hookspecs(hooks)\n"
        "import agent.api, agent.machine.plugins\n"
        "try:\n    main(sys.argv[1:], Call(plugins=manager))\n"
        "finally:\n    print(*sorted(sys.modules), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, *args], capture_output=True, text=True, check=True, timeout=50)
    return set(done.stderr.split())


@pytest.mark.parametrize("args", [("--help",), ("--version",), ("key", "--help"), ("doctor", "--help"), ("show", "--help")])
def test_help_imports_nothing_heavy(args):
    modules = loaded_by(*args)
    assert "click" in modules
    assert modules.isdisjoint(HEAVY)


def test_a_pipe_gets_no_escape_codes(program):
    code, out, err = ended(program(*RUN))
    assert code == 0, err
    assert "\x1b" not in out + err
    assert "größer → 3 turns" in err
    assert out.startswith("● done: 1 step changed")


@pytest.mark.parametrize(
    "env",
    [
        {"LANG": "de_DE.UTF-8", "LC_ALL": "de_DE.UTF-8", "TZ": "Asia/Kolkata"},
        {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"},
        {"TERM": "dumb", "NO_COLOR": "1"},
    ],
)
def test_other_languages_zones_and_terminals(program, env):
    code, out, err = ended(program(*RUN, env=env))
    assert code == 0, err
    assert "1 step changed" in out
    code, out, err = ended(program("runs", env=env))
    assert code == 0, err
    if "TZ" in env:
        assert " IST " in out


@pytest.mark.parametrize("text", ["pässwörd\n".encode(), "pässwörd\r\n".encode("utf-16")])
def test_a_secret_is_piped_in_as_it_is_in_any_locale(program, text, tmp_path):
    env = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    process = program("key", "add", "a", "--kind", "password", env=env, stdin=subprocess.PIPE)
    _, err = process.communicate(text, timeout=50)
    assert process.returncode == 0, err
    assert Vault(tmp_path / "home", {}).secret("vault:a").reveal() == "pässwörd"


def test_bytes_that_are_no_text_are_refused(program):
    process = program("key", "add", "a", "--kind", "password", stdin=subprocess.PIPE)
    _, err = process.communicate(b"p\xe4ss\n", timeout=50)
    assert (process.returncode, err.decode()) == (
        2,
        "keyturn: what was given is neither UTF-8 nor UTF-16 with a mark at its start. Save it as UTF-8.\n",
    )


def test_a_closed_pipe_is_no_error_to_shout_about(program):
    process = program("--help")
    process.stdout.close()
    process.stdout = None
    _, err = process.communicate(timeout=50)
    assert err == b""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_the_run_in_order(program, number):
    process = program("run", "toy", "--device", "SLOW", "--unattended", env={"HEEDS": str(int(number))})
    while b"WINDING" not in process.stderr.readline():
        time.sleep(0)
    process.send_signal(number)
    code, out, err = ended(process)
    assert code == 130, err
    assert out.startswith("■ interrupted (run 1")
    assert "keyturn resume 1" in out
    code, out, err = ended(program("runs"))
    assert "interrupted" in out


@pytest.mark.parametrize(
    ("args", "env", "coloured"), [((), {}, True), ((), {"NO_COLOR": "1"}, False), (("--no-color",), {}, False)]
)
def test_a_terminal_is_coloured_unless_it_is_not_wanted(program, args, env, coloured):
    ours, theirs = os.openpty()
    process = program(*args, *RUN, stderr=theirs, env={"TERM": "xterm-256color", **env})
    process.communicate(timeout=50)
    os.close(theirs)
    seen = b""
    while chunk := _read(ours):
        seen += chunk
    os.close(ours)
    assert process.returncode == 0
    assert b"the toy is wound up" in seen
    assert (b"[90m" in seen) is coloured


def _read(terminal):
    """What is left in *terminal*; nothing once its other side is closed."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""

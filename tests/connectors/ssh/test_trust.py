"""Who is trusted, who is let in, and what is never seen by anybody else."""

from __future__ import annotations

import logging
import subprocess
import sys
import traceback

import pytest
from paramiko import ECDSAKey, RSAKey

from agent.api import COMMAND_LINE, Device, Misuse, NotSent, Refused, Script, Secret, Unsure, Workplace, ask, tell
from connectors.lab.ssh.server import SSHServer
from connectors.lab.windows.pc import Pc as WindowsPc
from connectors.ssh.plugin import keyturn_connectors

PASSWORD = "S3cret-päss/wörd"
KEY = "VK7JG-NPHTM-C97JM-9MPGT-3V66T"
OTHER = "SHA256:" + "A" * 43


@pytest.fixture
def known(tmp_path):
    file = tmp_path / "known_hosts"

    def write(*lines: str) -> str:
        file.write_text("\n".join(lines) + "\n")
        return str(file)

    return write


def test_a_host_in_the_file_is_trusted(desk, server, known):
    file = known("# hosts", "pc9 ssh-ed25519 AAAA", server.known_hosts)
    assert desk.open(desk.way(server, fingerprint=None, known_hosts=file)).ask(ask("x")).exit_code == 0


def test_both_a_fingerprint_and_a_file_must_fit(desk, server, known):
    file = known(server.known_hosts)
    assert desk.open(desk.way(server, known_hosts=file)).ask(ask("x")).exit_code == 0
    with pytest.raises(Refused, match="not the trusted one"):
        desk.open(desk.way(server, known_hosts=file, fingerprint=OTHER))
    stranger = known(server.known_hosts.replace(server.key.get_base64(), ECDSAKey.generate().get_base64()))
    with pytest.raises(Refused, match="not the trusted one"):
        desk.open(desk.way(server, known_hosts=stranger))


@pytest.mark.parametrize("settings", [{}, {"known_hosts": "empty"}, {"known_hosts": "other port"}])
def test_an_unknown_host_is_refused_with_what_it_shows_and_hears_no_login(desk, server, known, settings):
    if settings:
        settings = {"known_hosts": known(server.known_hosts.replace(str(server.port), "1") if "port" in str(settings) else "")}
    with pytest.raises(Refused) as caught:
        desk.open(desk.way(server, fingerprint=None, **settings))
    text = str(caught.value)
    assert f"is not known; it shows {server.fingerprint} (ecdsa-sha2-nistp256)" in text
    assert "ssh-keygen -lf" in text
    assert server.log == []


def test_a_changed_host_is_refused_and_hears_no_login(desk, server):
    with pytest.raises(Refused, match="is not the trusted one, it shows SHA256:"):
        desk.open(desk.way(server, fingerprint=OTHER))
    assert server.log == []


def test_a_key_is_not_accepted_later_because_it_was_seen_before(desk, server):
    for _ in range(2):
        with pytest.raises(Refused, match="is not known"):
            desk.open(desk.way(server, fingerprint=None))


def test_a_revoked_key_is_refused_although_it_is_listed(desk, server, known):
    kind, key = server.known_hosts.split()[1:]
    file = known(server.known_hosts, f"@revoked * {kind} {key}")
    with pytest.raises(Refused, match="revoked host key"):
        desk.open(desk.way(server, fingerprint=server.fingerprint, known_hosts=file))


def test_the_key_is_compared_again_when_the_line_is_made_again(desk, server):
    session = desk.open(desk.way(server))
    server.key = ECDSAKey.generate()
    server.cut()
    with pytest.raises(Refused, match="not the trusted one"):
        session.tell(tell("x"))
    assert desk.pc.ran == []


def test_an_rsa_host_key_is_known_by_its_old_name(desk, known):
    server = desk.server(key=RSAKey.generate(2048))
    assert desk.open(desk.way(server, fingerprint=None, known_hosts=known(server.known_hosts))).ask(ask("x")).exit_code == 0


@pytest.mark.parametrize("broken", ["ssh-rsa", "ssh-rsa !!!!", "ssh-rsa AAA", "@revoked", "@cert-authority * ssh-rsa AAAA"])
def test_a_broken_line_makes_no_host_known_and_hides_no_other(desk, server, known, broken):
    way = desk.way(server, fingerprint=None)
    with pytest.raises(Refused, match="is not known"):
        desk.open(way | {"known_hosts": known(f"[127.0.0.1]:{server.port} {broken}", f"|1|x|y {broken}")})
    lines = (broken, f"|1|AAAA|AAAA {broken}", f"|1| {broken}", server.known_hosts)
    assert desk.open(way | {"known_hosts": known(*lines)}).ask(ask("x")).exit_code == 0


def test_a_host_may_have_two_keys_of_a_type_while_one_is_replaced(desk, server, known):
    old = server.known_hosts.replace(server.key.get_base64(), ECDSAKey.generate().get_base64())
    file = known(old, server.known_hosts)
    assert desk.open(desk.way(server, fingerprint=None, known_hosts=file)).ask(ask("x")).exit_code == 0


def test_a_file_of_host_keys_that_cannot_be_read_is_named(desk, server, tmp_path):
    file = tmp_path / "known_hosts"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Misuse, match="known_hosts cannot be read"):
        desk.open(desk.way(server, known_hosts=str(file)))


@pytest.mark.parametrize("users", [{"admin": "another"}, {"somebody": PASSWORD}])
def test_a_wrong_password_or_user_is_refused(desk, server, users):
    desk.pc.users = users
    with pytest.raises(Refused, match="it does not let admin in"):
        desk.open(desk.way(server))
    assert server.log == ["login"]


def test_a_second_proof_that_is_wanted_is_not_a_login(desk, server, monkeypatch):
    monkeypatch.setattr("connectors.lab.ssh.talk.AUTH_SUCCESSFUL", 1)
    with pytest.raises(Refused, match="does not let admin in"):
        desk.open(desk.way(server))


def test_a_key_file_that_is_none_is_named(desk, server, tmp_path):
    file = tmp_path / "id"
    file.write_text("not a key")
    with pytest.raises(Misuse, match=r"the key file .* cannot be used"):
        desk.open(desk.way(server, password=None, key=str(file)))
    assert server.log == []


def test_an_encrypted_key_wants_its_own_passphrase(desk, server, tmp_path):
    file = tmp_path / "id"
    key = ECDSAKey.generate()
    key.write_private_key_file(str(file), password="correct horse")
    server.authorized.append(key)
    desk.secrets["vault:right"] = "correct horse"
    way = desk.way(server, password=None, key=str(file))
    assert desk.open(way | {"passphrase": "vault:right"}).ask(ask("x")).exit_code == 0
    with pytest.raises(Misuse, match="set passphrase"):
        desk.open(way)
    with pytest.raises(Misuse, match="Is the passphrase right") as caught:
        desk.open(way | {"passphrase": "vault:wrong"})
    assert PASSWORD not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("kind", ["cut", "drop", "half", "denied", "no channel", "reset"])
def test_no_error_shows_a_secret(desk, server, kind):
    session = desk.open(desk.way(server))
    server.faults.add(kind, times=99)
    with pytest.raises((NotSent, Refused, Unsure)) as caught:
        session.tell(tell(Script("a.ps1", "x"), Secret(KEY, "product key")))
    shown = "".join(traceback.format_exception(caught.value)) + repr(session) + repr(vars(session)) + repr(vars(session._line))
    assert KEY not in shown
    assert PASSWORD not in shown


def test_a_secret_is_in_no_command_line_and_no_log_at_any_level(desk, caplog):
    caplog.set_level(logging.DEBUG)
    pc = WindowsPc("FRONTDESK-07", users={"admin": PASSWORD})
    with SSHServer(pc) as server:
        session = desk.open(desk.way(server))
        session.tell(
            tell(Script("install_key", "# keyturn install_key 1"), Secret(KEY, "product key"), restart=False, note=False)
        )
        session.close()
    assert pc.seen_command_lines == [COMMAND_LINE]
    assert "paramiko" in caplog.text
    assert KEY not in caplog.text
    assert PASSWORD not in caplog.text


def test_nothing_heavy_is_imported_with_the_plug_in():
    code = "import sys, connectors.ssh.plugin; print([m for m in ('paramiko', 'pydantic') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_the_plug_in_brings_one_connector_with_the_sections_defaults(desk, server):
    section = {"user": "admin", "password": "vault:everywhere", "hosts": {"gw": {"host": "gw"}}}
    workplace = Workplace(desk.folder, {"ssh": section}, None, desk.secret)
    (connector,) = keyturn_connectors(workplace)
    assert connector.name == "ssh"
    way = {"host": "127.0.0.1", "port": server.port, "fingerprint": server.fingerprint}
    session = connector.open(Device("PC", "Contoso", ways={"ssh": way}))
    assert session.ask(ask("x")).stdout == "Grüße"
    session.close()


def test_a_vault_that_cannot_be_read_says_so_itself(desk, server):
    def locked() -> str:
        raise Misuse("the vault is locked")

    workplace = Workplace(desk.folder, {}, None, lambda name: Secret(locked, "password", name))
    (connector,) = keyturn_connectors(workplace)
    with pytest.raises(Misuse, match="the vault is locked"):
        connector.open(Device("PC", "Contoso", ways={"ssh": desk.way(server)}))
    assert server.log == []

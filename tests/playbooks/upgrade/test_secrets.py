"""The product key and the password are nowhere: no file, event, log line, output, error or command line, in no disguise."""

from __future__ import annotations

import base64
import http.client
import json
import logging
import sqlite3
import string
import traceback
from contextlib import closing
from random import Random
from urllib.parse import quote

import pytest

from agent.api import Device, Devices, Kind, Secret
from agent.machine.scrub import Scrub
from agent.machine.vault import Vault
from agent.runner.logbook import Logbook
from agent.words.errors import Exit, KeyturnError, Misuse
from connectors.lab.windows.keys import Mint
from connectors.lab.winrm.faults import Fault
from playbooks.windows import keys
from tests.playbooks.upgrade.disguises import found, written
from tests.playbooks.upgrade.office import (
    ACTIVATED,
    CUSTOMER,
    DEVICE,
    INSTALLED,
    KEY,
    LOGIN,
    PASSWORD,
    STEPS,
    USER,
    WAY,
)

COUNT = 1000


def test_each_disguise_is_recognised():
    """The search itself: a secret wrapped in each way is found."""
    secret = "ABCDE-FGHJK-MPQRT"
    long = b"x=" + secret.encode() + b"&y"
    for text in (secret, secret.lower(), secret.replace("-", ""), long.hex(), base64.b64encode(long), quote(secret + "/")):
        assert found(text, secret)
    assert found(base64.b64encode(("{" + secret + "}").encode("utf-16-le")), secret)
    assert found(json.dumps({"a": 'p"\\é'}), 'p"\\é')
    assert not found(secret[:-1], secret)


class Sinks:
    """Everything that a run leaves behind or shows."""

    def __init__(self, office, caplog, capfd) -> None:
        self.office, self.caplog, self.capfd = office, caplog, capfd
        self.texts: dict[str, str | bytes] = {}

    def after(self, run: str, error: BaseException | None = None) -> None:
        """Gathers what there is after *run*."""
        office, captured = self.office, self.capfd.readouterr()
        journal = office.home.journal
        self.texts |= {
            f"{run}: stdout": captured.out,
            f"{run}: stderr": captured.err,
            f"{run}: log": "\n".join(
                f"{record.getMessage()} {record.args} {record.exc_text}" for record in self.caplog.records
            ),
            f"{run}: events": "\n".join(map(str, office.events)),
            f"{run}: journal": "\n".join(str(event) for row in journal.runs() for event in journal.events(row.id)),
            f"{run}: orders": str(journal.runs()),
            f"{run}: ticket": str(office.ticket()),
            f"{run}: requests": str(office.server.log),
            f"{run}: command lines": "\n".join(office.pc.seen_command_lines),
            f"{run}: ledger": str([effect.row() for effect in office.world.ledger.effects()]),
            f"{run}: error": "".join(traceback.format_exception(error)) if error else "",
            **{f"{run}: file {name}": content for name, content in office.files().items()},
        }

    def check(self, *secrets: str) -> None:
        """Fails with the sinks that hold a secret, by name."""
        assert {name: forms for name, text in self.texts.items() if (forms := found(text, *secrets))} == {}


@pytest.fixture
def sinks(make_office, caplog, capfd, monkeypatch):
    """An office where every library tells everything that it does, to the log and to standard output."""
    caplog.set_level(logging.DEBUG)
    for name in list(logging.root.manager.loggerDict):
        monkeypatch.setattr(logging.getLogger(name), "disabled", False)
        monkeypatch.setattr(logging.getLogger(name), "propagate", True)
        caplog.set_level(logging.DEBUG, name)
    monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)
    return Sinks(make_office(), caplog, capfd)


@pytest.mark.parametrize("typed", [str, lambda key: key.replace("-", " ").lower()], ids=["as printed", "as typed"])
def test_a_whole_run_leaves_no_secret_anywhere(sinks, typed):
    office = sinks.office
    office.home.vault.put(KEY, typed(office.key.value), kind="product key", at=office.clock.now())
    office.back_up()
    assert office.run().exit is Exit.DONE
    sinks.after("done")
    assert office.run(dry=True).exit is Exit.DONE
    sinks.after("dry")
    assert {"urllib3.connectionpool", "sqlalchemy.engine.Engine"} <= {record.name for record in sinks.caplog.records}
    assert "POST /wsman" in str(sinks.texts["done: stdout"])
    assert len([name for name in sinks.texts if "done: file" in name]) >= 5
    sinks.check(office.key.value, PASSWORD)


@pytest.mark.parametrize(
    "trouble",
    ["refused", "garbled", "cut", "lied", "wrong password", "journal", "unreadable line"],
)
def test_a_failing_run_leaves_no_secret_anywhere(sinks, trouble):
    office, error = sinks.office, None
    office.back_up()
    secrets = [office.key.value, PASSWORD]
    match trouble:
        case "refused":
            office.pc.faults.fail("install_key", 0xC004F050)
        case "garbled":
            office.pc.faults.garble("install_key")
            office.pc.faults.fail("activate", 0xC004C008)
        case "cut":
            office.at[Kind.BEGUN, INSTALLED] = lambda: office.server.faults.add(Fault("reset", "Send", 1, after=1))
        case "lied":
            office.pc.faults.lie("install_key", 100)
        case "wrong password":
            secrets.append("Wr0ng päss/+1")
            office.home.vault.put(WAY, secrets[-1], kind="password", at=office.clock.now())
        case "unreadable line":
            office.at[Kind.BEGUN, INSTALLED] = lambda: office.server.faults.add(Fault("garble", "Send", 1, after=1))
        case "journal":
            with closing(sqlite3.connect(office.home.folder / "journal.db")) as connection:
                office.home.journal.runs()
                connection.execute(
                    f"CREATE TRIGGER full BEFORE INSERT ON events WHEN NEW.step = '{ACTIVATED}' "
                    "BEGIN SELECT RAISE(ABORT, 'disk is full'); END"
                )
    try:
        ending = office.run()
        sinks.texts["ending"] = str(ending)
        assert (ending.exit is not Exit.DONE) is (trouble != "unreadable line")
    except KeyturnError as raised:
        error = raised
    assert (error is not None) is (trouble == "journal")
    sinks.after(trouble, error)
    sinks.check(*secrets)


def test_the_method_slmgr_shows_the_key_to_the_pc_and_to_nobody_else(sinks):
    """The order says so by name; then the key is on one command line of the PC, and in what slmgr.vbs prints."""
    office = sinks.office
    office.back_up()
    assert office.run(method="slmgr").exit is Exit.DONE
    sinks.after("slmgr")
    assert found(sinks.texts.pop("slmgr: command lines"), office.key.value)
    sinks.check(office.key.value, PASSWORD)


def _password(random: Random) -> str:
    letters = string.ascii_letters + string.digits + "!\"$%&/()=?\\'+*#-_.:,;<>|@ äöüß€"
    return "".join(random.choice(letters) for _ in range(random.randint(12, 24))).strip() + "Zz9!"


@pytest.fixture(scope="module")
def many():
    """A thousand product keys and passwords, the same in every run."""
    random = Random(20260302)
    mint = Mint(random)
    return [(mint.make("Education").value, _password(random)) for _ in range(COUNT)]


@pytest.fixture(params=range(0, COUNT, 250), ids="from {}".format)
def part(many, request):
    """A quarter of them."""
    return many[request.param : request.param + 250]


def test_a_thousand_secrets_do_not_pass_the_vault(part, folder, clock):
    for first in range(0, len(part), 50):
        vault = Vault(folder / str(first), {})
        for number, pair in enumerate(part[first : first + 50]):
            for name, value in zip(("key", "password"), pair, strict=True):
                vault.put(f"{name}/{number}", value, kind=name, at=clock.now())
                kept = vault.secret(f"vault:{name}/{number}")
                assert kept.reveal() == value
                assert value not in f"{kept!s} {kept!r} {kept.reference}"
        content = b"".join(file.read_bytes() for file in sorted((folder / str(first)).iterdir()))
        assert len(content) > 30_000
        plain = [secret for pair in part[first : first + 50] for secret in pair]
        assert [secret for secret in plain if secret.encode() in content or secret.replace("-", "").encode() in content] == []


def test_a_thousand_keys_do_not_pass_an_order_or_its_examination(part, office):
    order = office.order()
    for key, password in part:
        office.home.vault.revealed.clear()
        secret = Secret(key, "product key", f"vault:{KEY}")
        bound = order.model_copy(update={"key": secret})
        shown = [bound.model_dump_json(), repr(bound), str(bound.model_dump()), bound.reference, str(keys.examine(secret))]
        mistyped = Secret(key[:-1] + ("B" if key[-1] != "B" else "C"), "product key")
        shown.append(str(keys.examine(mistyped)))
        assert found("\n".join(shown), key, password) == []
        assert keys.examine(secret).is_yes


def test_a_thousand_secrets_in_every_disguise_do_not_reach_the_journal(part, office):
    """However a secret gets into an event, it is taken out before the event is kept or shown."""
    office.run()
    journal = office.home.journal
    for place, (key, password) in enumerate(part):
        shown: list[object] = []
        book = Logbook(
            1, 1, f"device:{DEVICE}", journal, office.clock, Scrub(lambda pair=(key, password): pair), [shown.append]
        )
        forms = sorted(written(key) | written(password))
        book.write(
            Kind.SETTLED,
            STEPS[place % len(STEPS)],
            f"slmgr said {forms[place % len(forms)]} and {key.lower()}, login={password}",
            mark="failed",
            verdict="no",
            settled=True,
            deep=[{forms[-1 - place % len(forms)]: f"({key})"}, password],
        )
        text = str(shown)
        assert [form for form in forms if form in text] == []
    kept = [str(event) for event in journal.events(1)]
    assert len(kept) > len(part)
    for (key, password), text in zip(part, kept[-len(part) :], strict=True):
        assert key not in text
        assert password not in text
    assert journal.audit().broken is None


def test_wrong_passwords_are_in_no_error(many, office):
    connector = office.home.connectors["winrm"]
    for number, (_, password) in enumerate(many[:25]):
        office.home.vault.put(f"wrong/{number}", password, kind="password", at=office.clock.now())
        way = {"host": "127.0.0.1", "port": office.server.port, "user": LOGIN, "password": f"vault:wrong/{number}"}
        device = Device(f"PC-{number}", CUSTOMER, USER, {"winrm": way})
        with pytest.raises(KeyturnError) as caught:
            connector.open(device)
        told = "".join(traceback.format_exception(caught.value)) + repr(caught.value.facts)
        assert "HTTP 401" in told
        assert found(told, password) == []


def test_a_password_that_is_no_reference_is_refused_without_being_shown(office, many):
    _, password = many[0]
    ways = {"winrm": {"host": "127.0.0.1", "user": LOGIN, "password": password}}
    with pytest.raises(Misuse) as caught:
        office.home.port(Devices).add(Device("PC-2", CUSTOMER, USER, ways))
    assert found(str(caught.value), password) == []

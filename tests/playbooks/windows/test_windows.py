"""A Windows PC from question to change, on the simulated PC."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from agent.api import Misuse, NeedsPerson, NotSent, Refused, Reply, Secret, TryLater, Unsure, Verdict, unsure
from connectors.lab.windows.pc import Pc
from connectors.lab.windows.power import Pace
from connectors.lab.windows.state import Backup, State, home, server
from connectors.lab.windows.world import World
from playbooks.windows.windows import Windows
from tests.connectors.lab.windows.inprocess import InProcess

REFERENCE = "kt-0a1b2c3d4e5f"
RESTART = 120


@pytest.fixture
def lab(clock):
    world = World(clock, Pace(notice=1, down=20, starting=20, changepk=30))

    def build(state=None, *, edition="Enterprise", channel="Retail", **kwargs):
        pc = Pc("FRONTDESK-07", state, world)
        key = world.keys.make(edition, channel, **kwargs)
        session = InProcess(pc)
        windows = Windows(session, clock)
        return SimpleNamespace(
            pc=pc, key=Secret(key.value, "product key"), text=key.value, session=session, windows=windows, ledger=world.ledger,
            service=world.service,
        )  # fmt: skip

    return build


def test_pro_to_enterprise_by_key(lab, clock):
    at = lab(State(backups=[Backup(clock.now())]))
    windows, key = at.windows, at.key
    assert windows.reached().is_yes
    assert windows.suits("Enterprise", "Professional").is_yes
    assert windows.backed_up(clock.now(), unsure("nobody said")).is_yes
    assert windows.data_recorded(REFERENCE).verdict is Verdict.NO
    windows.record_data(REFERENCE)
    assert windows.data_recorded(REFERENCE).is_yes
    assert windows.key_installed("Enterprise", key).verdict is Verdict.NO
    assert "CIM" in windows.install_key(key, "Enterprise")
    assert windows.key_installed("Enterprise", key).is_yes
    assert windows.edition_is("Enterprise").is_yes
    assert windows.activated(key).verdict is Verdict.NO
    assert "slmgr" in windows.activate()
    assert windows.activated(key).is_yes
    assert windows.key_cleared(REFERENCE).verdict is Verdict.NO
    windows.clear_key(REFERENCE)
    assert windows.key_cleared(REFERENCE).is_yes
    assert windows.licence_works("Enterprise", key).is_yes
    assert windows.data_intact(REFERENCE).verdict is Verdict.NO
    windows.compare_data(REFERENCE)
    assert windows.data_intact(REFERENCE).is_yes
    for effect in ("key installed", "activated", "edition changed", "key cleared"):
        assert at.ledger.count(effect) == 1, effect
    assert not any(at.text in line for line in at.pc.seen_command_lines)
    assert len(set(at.session.asked)) == 1


@pytest.mark.parametrize("method", ["auto", "cim", "slmgr"])
@pytest.mark.parametrize("typed", [str.lower, lambda text: text.replace("-", " ")])
def test_every_method_leads_there_however_the_key_is_typed(lab, method, typed):
    at = lab()
    key = Secret(typed(at.text), "product key")
    at.windows.install_key(key, "enterprise", method)
    at.windows.activate(method)
    at.windows.clear_key(REFERENCE, method)
    assert at.windows.licence_works("enterprise", key).is_yes
    assert at.windows.key_cleared(REFERENCE).is_yes
    assert any(at.text in line for line in at.pc.seen_command_lines) == (method == "slmgr")
    assert at.ledger.count("key installed") == at.ledger.count("key cleared") == 1


@pytest.mark.parametrize("state", [State(auditing=True), State(script_host=False), State(slmgr=False)])
def test_slmgr_gives_way_to_cim_for_the_key(lab, state):
    at = lab(state)
    assert at.windows.install_key(at.key, "Enterprise", "slmgr").startswith("installed by CIM: ")
    at.windows.activate("slmgr")
    assert at.windows.licence_works("Enterprise", at.key).is_yes
    assert not any(at.text in line for line in at.pc.seen_command_lines)


def test_pro_to_education_needs_a_restart(lab, clock):
    at = lab(State(shows_early=True), edition="Education")
    windows = at.windows
    windows.install_key(at.key, "Education")
    assert windows.edition_is("Education").verdict is Verdict.NO
    assert windows.suits("Education", "Professional").is_yes
    windows.restart_into("Education", alone=True)
    assert windows.restarted_into("Education").verdict is Verdict.NO
    clock.sleep(61)
    with pytest.raises(NotSent):
        windows.restarted_into("Education")
    clock.sleep(RESTART)
    assert windows.restarted_into("Education").is_yes
    assert Windows(at.session, clock).restarted_into("Education").is_yes
    windows.activate()
    assert windows.licence_works("Education", at.key).is_yes
    assert at.ledger.count("restarted") == 1


def test_not_ready_is_not_restarted(lab, clock):
    at = lab(edition="Education")
    at.windows.install_key(at.key, "Education")
    at.windows.restart_into("Education", alone=False)
    clock.sleep(60 + RESTART)
    at.pc.power()
    at.pc.state.ready = False
    assert "not ready yet" in at.windows.restarted_into("Education").evidence
    at.pc.state.ready = True
    at.pc.state.pending.add("in_progress")
    assert "not ready yet" in at.windows.restarted_into("Education").evidence


def test_nobody_is_thrown_out_and_nothing_is_broken(lab):
    at = lab(State(user="CONTOSO\\anna", busy={"changepk"}))
    with pytest.raises(NeedsPerson, match="anna"):
        at.windows.restart_into("Education", alone=True)
    at.pc.state.user, at.pc.state.remote = None, {"CONTOSO\\ben"}
    with pytest.raises(NeedsPerson, match="ben"):
        at.windows.restart_into("Education", alone=True)
    at.pc.state.remote, at.pc.state.unread = set(), {"users"}
    with pytest.raises(NeedsPerson, match="could not say who is logged on"):
        at.windows.restart_into("Education", alone=True)
    at.pc.state.unread = set()
    with pytest.raises(TryLater, match="changepk"):
        at.windows.restart_into("Education", alone=False)
    with pytest.raises(TryLater, match=r"changepk.exe is still"):
        at.windows.restart("for a test")
    assert at.ledger.effects() == []
    at.pc.state.busy = {"TrustedInstaller"}
    at.windows.restart_into("Education", alone=False)


def test_an_announced_restart_is_replaced(lab):
    at = lab()
    at.windows.restart('a "first" one')
    at.windows.restart("a second one")
    assert [effect.effect for effect in at.ledger.effects()] == ["restart announced", "restart cancelled", "restart announced"]
    assert at.ledger.effects()[0].detail["text"] == "a 'first' one"


def test_a_server_by_dism(lab, clock):
    at = lab(server(), edition="ServerDatacenter", channel="Volume:MAK", limit=5)
    assert "DISM" in at.windows.install_key(at.key, "ServerDatacenter")
    assert at.windows.edition_is("ServerDatacenter").verdict is Verdict.NO
    at.windows.restart_into("ServerDatacenter", alone=True)
    clock.sleep(60 + RESTART)
    assert at.windows.restarted_into("ServerDatacenter").is_yes
    assert "CIM" in at.windows.activate("cim")
    assert at.windows.licence_works("ServerDatacenter", at.key).is_yes
    assert not any(at.text in line for line in at.pc.seen_command_lines)


def test_dism_is_not_used_where_command_lines_are_recorded(lab):
    state = server()
    state.auditing = True
    at = lab(state, edition="ServerDatacenter")
    with pytest.raises(NeedsPerson, match="command line"):
        at.windows.install_key(at.key, "ServerDatacenter")
    assert at.ledger.effects() == []


def test_dism_refuses_a_domain_controller(lab):
    at = lab(server(product_type=2), edition="ServerDatacenter")
    assert not at.windows.suits("ServerDatacenter").is_yes
    with pytest.raises(Refused, match="domain controller"):
        at.windows.install_key(at.key, "ServerDatacenter")


def test_home_to_pro_is_done_by_hand(lab):
    at = lab(home(), edition="Professional")
    with pytest.raises(NeedsPerson, match="Change product key"):
        at.windows.install_key(at.key, "Professional")


def test_no_way_is_refused_before_anything_is_sent(lab):
    at = lab(edition="Core")
    with pytest.raises(Refused, match="downgrade"):
        at.windows.install_key(at.key, "Core")
    with pytest.raises(Misuse):
        at.windows.activate("telepathy")
    assert at.session.told == []


@pytest.mark.parametrize("method", ["cim", "slmgr"])
@pytest.mark.parametrize(
    ("name", "code", "error"),
    [
        ("install_key", 0xC004E016, Refused),
        ("install_key", 0xC004E013, TryLater),
        ("activate", 0xC004C012, TryLater),
        ("activate", 0x80072EE7, TryLater),
        ("activate", 0xC004C003, Refused),
        ("activate", 0xC004C008, NeedsPerson),
        ("activate", 0xC0DEC0DE, NeedsPerson),
    ],
)
def test_a_code_becomes_the_right_error(lab, method, name, code, error):
    at = lab()
    if name == "activate":
        at.windows.install_key(at.key, "Enterprise")
    at.pc.faults.fail(name, code)
    act = (
        (lambda: at.windows.install_key(at.key, "Enterprise", method))
        if name == "install_key"
        else lambda: at.windows.activate(method)
    )
    with pytest.raises(Refused) as caught:
        act()
    assert type(caught.value) is error
    assert f"0x{code:08X}" in str(caught.value)
    act()
    assert at.text not in str(caught.value)


@pytest.mark.parametrize("method", ["cim", "slmgr"])
def test_a_lie_is_seen_through(lab, method):
    at = lab()
    at.pc.faults.lie("install_key")
    at.windows.install_key(at.key, "Enterprise", method)
    assert at.windows.key_installed("Enterprise", at.key).verdict is Verdict.NO
    at.windows.install_key(at.key, "Enterprise", method)
    at.pc.faults.lie("activate")
    if method == "slmgr":
        at.windows.activate(method)
    else:
        with pytest.raises(Refused, match="0xC004F034"):
            at.windows.activate(method)
    assert at.windows.activated(at.key).verdict is Verdict.NO


@pytest.mark.parametrize("name", ["install_key", "restart", "record_data"])
def test_half_an_answer_is_unsure(lab, name):
    at = lab()
    at.pc.faults.garble(name)
    with pytest.raises(Unsure):
        {
            "install_key": lambda: at.windows.install_key(at.key, "Enterprise"),
            "restart": lambda: at.windows.restart("for a test"),
            "record_data": lambda: at.windows.record_data(REFERENCE),
        }[name]()


@pytest.mark.parametrize(
    ("told", "error"), [("[]", Unsure), ('{"ok":false}', NeedsPerson), ('{"ok":false,"code":"auditing"}', NeedsPerson)]
)
def test_an_odd_answer(lab, monkeypatch, told, error):
    at = lab()
    monkeypatch.setattr(at.session, "tell", lambda command: Reply(told, "", 0))
    with pytest.raises(error):
        at.windows.record_data(REFERENCE)


def test_the_code_carries_words_for_the_customer(lab):
    at = lab(blocked=True)
    at.windows.install_key(at.key, "Enterprise")
    with pytest.raises(Refused) as caught:
        at.windows.activate()
    assert caught.value.facts["code"] == "0xC004C003"
    assert "seller" in caught.value.facts["customer_words"]


def test_missing_files_are_found(lab, clock):
    at = lab()
    at.windows.record_data(REFERENCE)
    gone, edited, changed, _ = sorted(at.pc.state.files)
    del at.pc.state.files[gone]
    clock.sleep(60)
    at.pc.state.files[edited] = (1, clock.now())
    at.pc.state.files[changed] = (1, at.pc.state.files[changed][1])
    at.pc.state.files["C:\\Users\\anna\\Desktop\\new.txt"] = (1, clock.now())
    at.windows.record_data(REFERENCE)
    at.windows.compare_data(REFERENCE)
    answer = at.windows.data_intact(REFERENCE)
    assert answer.verdict is Verdict.NO
    assert answer.facts == {"missing": 1, "changed": 1, "edited": 1, "new": 1, "same": 1}
    assert at.ledger.count("files recorded") == 1


def test_a_file_that_went_to_the_cloud_is_not_missing(lab):
    at = lab()
    first, second, *_ = sorted(at.pc.state.files)
    at.pc.state.clouded.add(first)
    at.windows.record_data(REFERENCE)
    at.pc.state.clouded.add(second)
    at.windows.compare_data(REFERENCE)
    answer = at.windows.data_intact(REFERENCE)
    assert answer.is_yes
    assert at.pc.state.records[REFERENCE]["recorded"]["files"] == 3
    compared = at.pc.state.records[REFERENCE]["compared"]
    assert (compared["same"], compared["missing"], compared["new"], compared["cloud"]) == (3, 0, 0, 2)


def test_dism_that_meets_an_audited_command_line_says_so(lab, monkeypatch):
    """The setting came between the reading and the change."""
    at = lab(server(), edition="ServerDatacenter")
    at.pc.state.auditing = True
    monkeypatch.setattr(at.session, "ask", lambda command: _unaudited(at, command))
    with pytest.raises(NeedsPerson, match=r"DISM needs the key on its command line.*Change it by hand"):
        at.windows.install_key(at.key, "ServerDatacenter")
    assert at.ledger.effects() == []


def _unaudited(at, command):
    at.pc.state.auditing = False
    reply = at.session._run(command)
    at.pc.state.auditing = True
    return reply


@pytest.mark.parametrize(("method", "error"), [("cim", NeedsPerson), ("slmgr", Refused)])
def test_a_note_that_the_registry_does_not_take(lab, method, error):
    at = lab(State(notes_closed=True), edition="Education")
    with pytest.raises(error, match="did not take the note") as caught:
        at.windows.install_key(at.key, "Education", method)
    assert type(caught.value) is error
    assert at.ledger.count("key installed") == (1 if method == "cim" else 0)


def test_a_note_that_nothing_hangs_on_is_only_told(lab):
    at = lab(State(notes_closed=True))
    assert "did not take the note" in at.windows.install_key(at.key, "Enterprise")


def test_an_edition_that_dism_changed_without_a_note_waits_for_a_person(lab):
    state = server()
    state.notes_closed = True
    at = lab(state, edition="ServerDatacenter")
    with pytest.raises(NeedsPerson, match=r"the edition is changed.*Restart the PC by hand"):
        at.windows.install_key(at.key, "ServerDatacenter")


def test_an_edition_that_follows_by_itself_costs_no_restart(clock):
    world = World(clock, Pace(edition=30))
    pc = Pc("FRONTDESK-07", State(user="CONTOSO\\anna"), world)
    windows = Windows(InProcess(pc), clock)
    windows.install_key(Secret(world.keys.make("Enterprise").value, "product key"), "Enterprise")
    assert windows.edition_is("Enterprise").verdict is Verdict.NO
    with pytest.raises(TryLater, match="follow by itself"):
        windows.restart_into("Enterprise", alone=True)
    clock.sleep(30)
    windows.restart_into("Enterprise", alone=True)
    pc.state.ready = False
    assert windows.restarted_into("Enterprise").is_yes
    assert world.ledger.count("restart announced") == 0


def test_an_edition_that_does_not_follow_is_helped_by_a_restart(clock):
    world = World(clock, Pace(edition=3600))
    pc = Pc("FRONTDESK-07", State(), world)
    windows = Windows(InProcess(pc), clock)
    windows.install_key(Secret(world.keys.make("Enterprise").value, "product key"), "Enterprise")
    clock.sleep(121)
    windows.restart_into("Enterprise", alone=True)
    assert world.ledger.count("restart announced") == 1


@pytest.mark.parametrize("change", ["install_key", "activate", "clear_key", "restart", "restart_into"])
def test_a_reading_that_fails_before_a_change_leaves_no_doubt(lab, change):
    at = lab()
    changes = {
        "install_key": lambda: at.windows.install_key(at.key, "Enterprise"),
        "activate": at.windows.activate,
        "clear_key": lambda: at.windows.clear_key(REFERENCE),
        "restart": lambda: at.windows.restart("for a test"),
        "restart_into": lambda: at.windows.restart_into("Enterprise", alone=False),
    }
    at.pc.faults.garble("facts")
    with pytest.raises(NotSent, match="nothing was changed"):
        changes[change]()
    assert at.session.told == []


def test_a_pc_without_a_licence_is_not_activated(lab):
    at = lab()
    at.pc.state.held.last5 = ""
    with pytest.raises(NotSent, match="does not name one licence"):
        at.windows.activate()

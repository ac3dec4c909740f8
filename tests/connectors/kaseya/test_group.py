"""Who is in a tenant's group: read page by page, matched by number or by a name that is unique, and never all by mistake."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from agent.api import Device, Grouping, Misuse, Refused, Secret, Unsure, Workplace
from connectors.kaseya import group as room
from connectors.kaseya.connector import Vsa9Connector, VsaXConnector
from connectors.lab.kaseya.vsa9 import PROCEDURE, Vsa9
from connectors.lab.kaseya.vsax import SCRIPT, VARIABLE, VsaX
from connectors.lab.site_faults import Fault
from connectors.lab.windows.pc import Pc
from connectors.lab.windows.world import World

SECRETS = {"vault:id": "lab-id", "vault:secret": "lab-secret", "vault:pat": "the-pat"}


class Tenant:
    """A tenant with PCs in groups, and a desk that says of each device what a test wants.

    Attributes:
        field: The field that holds the group of the first kind, filled in by ``as_group``.
        call: The name of the call that lists.
        number: The setting that holds a machine's number.
    """

    def __init__(self, connector, folder, clock, names):
        world = World(clock)
        pcs = [Pc(name, world=world) for name in names]
        self.connector, self.folder, self.clock, self.devices = connector, folder, clock, []
        if connector is VsaXConnector:
            self.site = VsaX(pcs, ("lab-id", "lab-secret"))
            self.section = {"token_id": "vault:id", "token_secret": "vault:secret", "script": SCRIPT, "variable": VARIABLE}
            self.field, self.call, self.number = "OrganizationName", "devices", "device"
        else:
            self.site = Vsa9(pcs, ("api", "the-pat"))
            self.section = {"user": "api", "pat": "vault:pat", "procedure": PROCEDURE}
            self.field, self.call, self.number = "MachineGroup", "agents", "agent"
        self.section["url"] = self.site.url
        self.agents = list(self.site.agents.values())

    def put(self, number, company, **way):
        """PC *number* belongs to *company*; with settings the desk has it."""
        agent = self.agents[number]
        agent.groups[self.field] = company if self.connector is VsaXConnector else f"root.{company}"
        if way:
            said = {self.number if key == "id" else key: agent.id if value is True else value for key, value in way.items()}
            self.devices.append(Device(f"desk-{number}", "Contoso", ways={self.connector.name: said}))

    def members(self, group="Contoso", kind="organization", **section):
        secrets = {name: Secret(value, "token", name) for name, value in SECRETS.items()}
        settings = {self.connector.name: self.section | section}
        connector = self.connector(Workplace(self.folder, settings, self.clock, secrets.__getitem__))
        return {member.name.partition(" ")[0]: member for member in connector.members(kind, group, self.devices)}

    def lists(self):
        return sum(exchange.call == self.call for exchange in self.site.log)


@pytest.fixture(params=[VsaXConnector, Vsa9Connector], ids=["vsax", "vsa9"])
def make_tenant(request, tmp_path, clock):
    with ExitStack() as stack:

        def make(*names):
            tenant = Tenant(request.param, tmp_path, clock, names)
            stack.enter_context(tenant.site)
            return tenant

        yield make


def test_the_connector_has_groups(make_tenant):
    connector = make_tenant("PC-1").connector(Workplace(None, {}, None, None))
    assert isinstance(connector, Grouping)
    assert connector.groups[0] == "organization"


def test_an_organization_by_number(make_tenant):
    tenant = make_tenant("PC-1", "PC-2", "PC-3")
    tenant.put(0, "Contoso", id=True)
    tenant.put(1, "contoso")
    tenant.put(2, "Fabrikam", id=True)
    tenant.agents[0].pc.switch(on=False)
    found = tenant.members("CONTOSO")
    assert {name: member.devices for name, member in found.items()} == {"PC-1": ("desk-0",), "PC-2": ()}
    assert found["PC-1"].name == f"PC-1 ({tenant.agents[0].id})"
    assert tenant.lists() == 1


def test_a_device_is_known_by_its_own_name_unless_another_is_given(make_tenant):
    tenant = make_tenant("DESK-0", "RECEPTION")
    tenant.put(0, "Contoso", poll=5)
    tenant.put(1, "Contoso", name="reception")
    assert [member.devices for member in tenant.members().values()] == [("desk-0",), ("desk-1",)]


def test_a_name_that_somebody_else_in_the_tenant_has_too_is_not_guessed(make_tenant):
    tenant = make_tenant("PC-1", "pc-1")
    tenant.put(0, "Contoso", name="PC-1")
    tenant.put(1, "Fabrikam")
    [member] = tenant.members().values()
    assert (member.devices, member.reason) == ((), "desk-0 may be meant, and 2 machines there are called that")


def test_a_device_of_another_tenant_is_nobody_here(make_tenant):
    tenant = make_tenant("PC-1")
    tenant.put(0, "Contoso", id=True, url="https://other.example")
    assert tenant.members()["PC-1"].devices == ()


def test_a_device_whose_settings_cannot_be_used_does_not_cost_the_others(make_tenant):
    tenant = make_tenant("PC-1", "PC-2")
    tenant.put(0, "Contoso", id=True, poll="often")
    tenant.put(1, "Contoso", id=True)
    assert [member.devices for member in tenant.members().values()] == [(), ("desk-1",)]


def test_a_group_that_nobody_is_in_is_an_error_with_a_guess(make_tenant):
    tenant = make_tenant("PC-1", "PC-2")
    tenant.put(0, "Contoso", id=True)
    with pytest.raises(Misuse, match=r"nobody is in an organization of VSA .* called 'Contosso'. Did you mean 'Contoso'\?"):
        tenant.members("Contosso")


def test_every_page_is_read(make_tenant):
    tenant = make_tenant(*(f"PC-{number}" for number in range(250)))
    for number in range(0, 250, 2):
        tenant.put(number, "Contoso", id=True)
    found = tenant.members()
    assert len(found) == 125
    assert all(member.devices == (f"desk-{name[3:]}",) for name, member in found.items())
    assert tenant.lists() == 3
    assert [exchange.query.get("$skip") for exchange in tenant.site.log if exchange.call == tenant.call] == ["0", "99", "198"]


def test_there_is_an_end_to_the_pages(make_tenant, monkeypatch):
    tenant = make_tenant(*(f"PC-{number}" for number in range(250)))
    monkeypatch.setattr(room, "MOST_PAGES", 2)
    with pytest.raises(Refused, match="has more than 198 machines"):
        tenant.members()
    assert tenant.lists() == 2


def test_there_is_an_end_to_the_time(make_tenant, monkeypatch):
    tenant = make_tenant(*(f"PC-{number}" for number in range(250)))
    monkeypatch.setattr(room, "LONGEST", -room.LONGEST)
    with pytest.raises(Unsure, match="showed 100 of 250 machines in"):
        tenant.members()


def test_a_list_that_changes_while_it_is_read_is_not_taken_for_whole(make_tenant, monkeypatch):
    tenant = make_tenant(*(f"PC-{number}" for number in range(150)))
    rows = "list_devices" if tenant.connector is VsaXConnector else "list_agents"
    listed, first = getattr(tenant.site, rows), next(iter(tenant.site.agents))

    def shrinking(asked):
        told = listed(asked)
        tenant.site.agents.pop(first, None)
        return told

    monkeypatch.setattr(tenant.site, rows, shrinking)
    with pytest.raises(Unsure, match="changed while it was read"):
        tenant.members()


@pytest.mark.parametrize(
    "pages",
    [
        [([{"no": "number"}], 1)],
        [(None, 0)],
        [([], None)],
        [([], 1)],
        [([{"id": 1}], True)],
        [([{"id": 1}, {"id": 2}], 3), ([{"id": 2}], 3)],
        [([{"id": 1}, {"id": 2}], 3), ([{"id": 3}], 3)],
        [([{"id": 1}, {"id": 2}], 3), ([], 3)],
    ],
)
def test_what_is_no_whole_list_is_not_taken_for_one(pages, clock):
    with pytest.raises(Unsure):
        room.read_all(room.Fields("Acme", "id", "name"), lambda behind: pages[behind and 1], clock)


def test_trouble_on_the_line_is_asked_again_and_garbage_is_not_believed(make_tenant):
    tenant = make_tenant("PC-1")
    tenant.put(0, "Contoso", id=True)
    tenant.site.mishaps.add(Fault("throttled", tenant.call))
    assert list(tenant.members()) == ["PC-1"]
    tenant.site.mishaps.add(Fault("garble", tenant.call))
    with pytest.raises(Unsure):
        tenant.members()
    tenant.site.mishaps.add(Fault("forbidden", tenant.call))
    with pytest.raises(Refused):
        tenant.members()


def test_the_section_must_describe_the_tenant(make_tenant):
    tenant = make_tenant("PC-1")
    tenant.section = {"url": tenant.site.url}
    with pytest.raises(Misuse, match=rf"the section \[{tenant.connector.name}\] of keyturn.toml cannot be used: .* is missing"):
        tenant.members()


def test_nothing_is_run_and_nobody_stays_logged_in(make_tenant):
    tenant = make_tenant("PC-1")
    tenant.put(0, "Contoso", id=True)
    tenant.members()
    assert tenant.agents[0].runs == []
    assert not getattr(tenant.site, "tokens", None)


@pytest.fixture
def vsax(tmp_path, clock):
    tenant = Tenant(VsaXConnector, tmp_path, clock, ["PC-1", "PC-2"])
    with tenant.site:
        yield tenant


@pytest.fixture
def vsa9(tmp_path, clock):
    tenant = Tenant(Vsa9Connector, tmp_path, clock, ["PC-1", "PC-2"])
    with tenant.site:
        yield tenant


def test_organizations_sites_and_groups_of_vsax(vsax):
    vsax.agents[0].groups.update(SiteName="Berlin", GroupName="Reception")
    assert list(vsax.members("berlin", "site")) == ["PC-1"]
    assert list(vsax.members("Reception", "group")) == ["PC-1"]
    assert list(vsax.members("Lab", "organization")) == ["PC-1", "PC-2"]


def test_the_fields_of_vsax_are_settings(vsax):
    vsax.agents[0].groups["OrgName"] = "Contoso"
    assert list(vsax.members("Contoso", organization="OrgName")) == ["PC-1"]
    with pytest.raises(Refused, match="VSA X shows no field Org in its list of machines"):
        vsax.members("Contoso", organization="Org")
    with pytest.raises(Refused, match=r"Set vsax\.site to the name of the field that holds the site"):
        vsax.members("Berlin", "site", site="Place")


def test_organizations_and_machine_groups_of_vsa9(vsa9):
    vsa9.agents[0].groups["MachineGroup"] = "servers.root.contoso"
    assert list(vsa9.members("Contoso")) == ["PC-1"]
    assert list(vsa9.members("servers.root.contoso", "group")) == ["PC-1"]
    with pytest.raises(Misuse, match=r"called 'root\.contoso'"):
        vsa9.members("root.contoso", "group")
    vsa9.agents[1].groups["Where"] = "root.fabrikam"
    assert list(vsa9.members("fabrikam", machine_group="Where")) == ["PC-2"]


def test_a_session_of_vsa9_that_ends_early_is_begun_again(vsa9):
    vsa9.put(0, "Contoso", id=True)
    vsa9.site.mishaps.add(Fault("expired", "agents"))
    assert list(vsa9.members()) == ["PC-1"]

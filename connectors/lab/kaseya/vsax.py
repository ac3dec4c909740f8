"""A strict VSA X (VSA 10) REST v3 site on loopback in front of simulated PCs.

Sources: api.vsax.net; help.vsa10.kaseya.com, "VSA 10 API guide"; what public clients send. Names of fields that no public
source shows (``IsOnline``, ``State``, ``Output``; ``OrganizationName`` and ``SiteName`` in a list) are the lab's guess.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable
from typing import Any, ClassVar
from uuid import uuid4

from connectors.lab.kaseya.agent import Agent, Run, Stands
from connectors.lab.kaseya.script import IDENTITY, TextMachine
from connectors.lab.site import Asked, Call, Problem, Site, Told, call, narrowed, page
from connectors.lab.site_faults import RUN, Mishap, Mishaps

SCRIPT = 12
VARIABLE = 34
TASK = 5
WORKFLOW = 7
_LONGEST_PAGE = 100
_STATES = {Stands.PENDING: "Pending", Stands.RUNNING: "Running", Stands.DONE: "Successful", Stands.FAILED: "Failed"}
_API = "/api/v3"
_ONE = f"{_API}/automation/scripts/{{script}}"
_EXECUTIONS = f"{_ONE}/device/{{device}}/executions"


class VsaX(Site):
    """One tenant; use it in ``with``.

    Args:
        machines: The PCs that have the agent.
        token: Token id and secret.
        mishaps: What is to go wrong.

    Attributes:
        agents: The agents by device identifier.
        rights: Names of the calls that the token may make; ``None`` for all.
        insists: True to lead every request to https, as a real tenant does.
    """

    vendor = "vsax"
    own = (Mishap.UNAUTHORIZED, Mishap.FORBIDDEN)
    starts = ("run script",)
    calls: ClassVar[tuple[Call, ...]] = (
        call("environment", "GET", f"{_API}/environment", "environment"),
        call("devices", "GET", f"{_API}/devices", "list_devices"),
        call("device", "GET", f"{_API}/devices/{{device}}", "one_device"),
        call("assets", "GET", f"{_API}/assets", "list_assets"),
        call("scripts", "GET", f"{_API}/automation/scripts", "list_scripts"),
        call("script", "GET", _ONE, "one_script"),
        call("run script", "POST", f"{_ONE}/run", "run_script"),
        call("executions", "GET", _EXECUTIONS, "list_executions"),
        call("execution", "GET", f"{_EXECUTIONS}/{{execution}}", "one_execution"),
        call("tasks", "GET", f"{_API}/automation/tasks", "list_tasks"),
        call("workflows", "GET", f"{_API}/automation/workflows", "list_workflows"),
        call("run task", "POST", f"{_API}/automation/tasks/{{task}}/run", "run_task"),
        call("run workflow", "POST", f"{_API}/automation/workflows/{{workflow}}/run", "run_workflow"),
        call(
            "task output",
            "GET",
            f"{_API}/automation/tasks/executions/{{execution}}/devices/{{device}}/scripts/{{script}}",
            "task_output",
        ),
    )

    def __init__(
        self, machines: Iterable[TextMachine], token: tuple[str, str] | None = None, mishaps: Mishaps | None = None
    ) -> None:
        self.token = token or ("lab-token", secrets.token_urlsafe(18))
        self.agents = {f"dev-{number}": Agent(f"dev-{number}", machine) for number, machine in enumerate(machines, 1)}
        self.rights: frozenset[str] | None = None
        self.insists = False
        self.identity = IDENTITY
        super().__init__(mishaps)

    def settle(self) -> None:
        """Lets the agents take and report what is due."""
        with self._busy:
            for agent in self.agents.values():
                agent.settle()

    def problem(self, status: int, text: str) -> Problem:
        """An error in VSA X's form."""
        return Problem(Told({"Error": {"Message": text, "Details": None}}, status))

    def admit(self, call: Call | None, asked: Asked) -> None:
        """Basic with id and secret on each request; a right that the token lacks is 403."""
        if self.insists:
            raise Problem(Told("", 301, {"Location": f"https://127.0.0.1{asked.path}"}))
        wanted = "Basic " + base64.b64encode(":".join(self.token).encode()).decode()
        name = call.name if call else "unknown"
        if asked.headers.get("authorization") != wanted or self.mishaps.take(name, Mishap.UNAUTHORIZED):
            raise self.problem(401, "Authorization has been denied for this request.")
        if (self.rights is not None and name not in self.rights) or self.mishaps.take(name, Mishap.FORBIDDEN):
            raise self.problem(403, "The token has no right to this endpoint.")

    def environment(self, _asked: Asked) -> Told:
        """GET environment."""
        return _told({"Version": "10.lab", "Environment": "lab"})

    def list_devices(self, asked: Asked) -> Told:
        """GET devices."""
        return self._paged(asked, [self._device(agent) for agent in self.agents.values()])

    def one_device(self, _asked: Asked, device: str) -> Told:
        """GET devices/{id}."""
        return _told(self._device(self._agent(device)))

    def list_assets(self, asked: Asked) -> Told:
        """GET assets."""
        rows = [
            {key: row[key] for key in ("Identifier", "Name", "Description", "GroupName", "LastSeenOnline")}
            for row in map(self._device, self.agents.values())
        ]
        return self._paged(asked, rows)

    def list_scripts(self, asked: Asked) -> Told:
        """GET automation/scripts."""
        return self._paged(asked, [self._script()])

    def one_script(self, _asked: Asked, script: str) -> Told:
        """GET automation/scripts/{id}."""
        self._known_script(script)
        return _told(self._script())

    def run_script(self, asked: Asked, script: str) -> Told:
        """POST automation/scripts/{id}/run."""
        self._known_script(script)
        body = asked.body if isinstance(asked.body, dict) else {}
        if "DeviceIdentifier" not in body or set(body) - {"DeviceIdentifier", "WebhookUrl", "Variables"}:
            raise self.problem(400, "the body holds DeviceIdentifier and, if wanted, WebhookUrl and Variables")
        agent = self._agent(str(body["DeviceIdentifier"]))
        variables = body.get("Variables") or []
        known = all(isinstance(one, dict) and set(one) == {"Id", "Value"} and one["Id"] == VARIABLE for one in variables)
        if not known or len(variables) > 1:
            raise self.problem(400, f"Variables holds {{Id, Value}}; this script has one variable, {VARIABLE}")
        payload = str(variables[0]["Value"]) if variables else ""
        return _told(self._order(agent, script, payload, str(body.get("WebhookUrl") or "")))

    def list_executions(self, asked: Asked, script: str, device: str) -> Told:
        """GET automation/scripts/{id}/device/{device}/executions, the newest first."""
        self._known_script(script)
        runs = [run for run in self._agent(device).runs if run.script == script]
        return self._paged(asked, [self._execution(run, device) for run in reversed(runs)])

    def one_execution(self, _asked: Asked, script: str, device: str, execution: str) -> Told:
        """GET automation/scripts/{id}/device/{device}/executions/{execution}."""
        self._known_script(script)
        return _told(self._execution(self._run(device, execution), device))

    def list_tasks(self, asked: Asked) -> Told:
        """GET automation/tasks."""
        return self._paged(asked, [{"Id": TASK, "Name": "keyturn"}])

    def list_workflows(self, asked: Asked) -> Told:
        """GET automation/workflows."""
        return self._paged(asked, [{"Id": WORKFLOW, "Name": "keyturn"}])

    def run_task(self, asked: Asked, task: str) -> Told:
        """POST automation/tasks/{id}/run: the stored script without a variable, on each device."""
        return self._run_many(asked, task, TASK)

    def run_workflow(self, asked: Asked, workflow: str) -> Told:
        """POST automation/workflows/{id}/run."""
        return self._run_many(asked, workflow, WORKFLOW)

    def task_output(self, _asked: Asked, execution: str, device: str, script: str) -> Told:
        """GET automation/tasks/executions/{execution}/devices/{device}/scripts/{script}."""
        self._known_script(script)
        return _told(self._execution(self._run(device, execution), device))

    def _run_many(self, asked: Asked, number: str, known: int) -> Told:
        if number != str(known):
            raise self.problem(404, f"there is only {known}")
        devices = (asked.body or {}).get("DeviceIdentifiers", [])
        number = str(uuid4())
        for agent in [self._agent(str(device)) for device in devices]:
            self._order(agent, str(SCRIPT), "", "", number)
        return _told({"ExecutionId": number})

    def _order(self, agent: Agent, script: str, payload: str, webhook: str, number: str = "") -> str:
        mishap = self.mishaps.take("run script", *RUN)
        run = Run(number or str(uuid4()), script, payload, agent.pc.world.clock.now(), mishap, webhook)
        agent.runs.append(run)
        return run.id

    def _agent(self, device: str) -> Agent:
        if device not in self.agents:
            raise self.problem(404, "Device not found.")
        return self.agents[device]

    def _known_script(self, script: str) -> None:
        if script != str(SCRIPT):
            raise self.problem(404, f"Script not found; there is only {SCRIPT}.")

    def _run(self, device: str, execution: str) -> Run:
        found = [run for run in self._agent(device).runs if run.id == execution]
        if not found:
            raise self.problem(404, "Execution not found.")
        return found[0]

    def _paged(self, asked: Asked, rows: list[dict[str, Any]]) -> Told:
        found = narrowed(self, rows, asked.query)
        data = page(self, found, asked.query, _LONGEST_PAGE)
        return Told({"Data": data, "Meta": {"ResponseCode": 200, "TotalCount": len(found)}})

    def _device(self, agent: Agent) -> dict[str, Any]:
        return {
            "Identifier": agent.id,
            "Name": agent.pc.name,
            "Description": "Microsoft Windows 11 Pro",
            "OrganizationName": "Lab",
            "SiteName": "Lab",
            "GroupName": "Lab",
            **agent.groups,
            "IsAgentInstalled": True,
            "IsOnline": agent.online(),
            "LastSeenOnline": agent.last_seen.isoformat() if agent.last_seen else None,
        }

    def _script(self) -> dict[str, Any]:
        variables = [{"Id": VARIABLE, "Name": "payload", "Type": "Text"}]
        return {"Id": SCRIPT, "Name": "keyturn", "Body": f"{self.identity}\n", "Variables": variables}

    @staticmethod
    def _execution(run: Run, device: str) -> dict[str, Any]:
        return {
            "Id": run.id,
            "ScriptId": int(run.script),
            "DeviceIdentifier": device,
            "State": _STATES[run.stands],
            "StartTime": run.started.isoformat() if run.started else None,
            "EndTime": run.ended.isoformat() if run.ended else None,
            "Output": run.output if run.ended else None,
        }


def _told(data: Any) -> Told:
    return Told({"Data": data, "Meta": {"ResponseCode": 200}})

"""A strict VSA 9 REST v1.0 site on loopback in front of simulated PCs.

Sources: help.vsa9.kaseya.com, REST API pages 31616, 31655, 31668; helpdesk.kaseya.com on access tokens; what public clients
rely on. What the procedure log's rows look like is the lab's guess.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Iterable
from typing import Any, ClassVar
from uuid import uuid4

from connectors.lab.kaseya.agent import Agent, Run, Stands
from connectors.lab.kaseya.script import TextMachine
from connectors.lab.site import Asked, Call, Problem, Site, Told, call, narrowed, page
from connectors.lab.site_faults import RUN, Mishap, Mishaps

PROCEDURE = 2077
PROMPT = "payload"
FIELD = "keyturn"
_LONGEST_PAGE = 100
_API = "/api/v1.0"
_AGENT = f"{_API}/assetmgmt/agents/{{agent}}"
_PROCS = f"{_API}/automation/agentprocs"
_FIELDS = f"{_API}/assetmgmt/assets/{{agent}}/customfields"
_FREE = frozenset({"auth", "echo"})


class Vsa9(Site):
    """One server; use it in ``with``.

    Args:
        machines: The PCs that have the agent.
        user: User name and personal access token; the token is also taken as the covered password of old clients.
        mishaps: What is to go wrong.

    Attributes:
        agents: The agents by id, a number of 26 digits as text.
        longest_entry: Characters after which an entry of the procedure log is cut; 0 for never.
        tokens: The sessions that are open.
    """

    vendor = "vsa9"
    own = (Mishap.UNAUTHORIZED, Mishap.FORBIDDEN, Mishap.EXPIRED, Mishap.INSIDE)
    starts = ("runnow", "runnowgetid")
    calls: ClassVar[tuple[Call, ...]] = (
        call("auth", "GET", f"{_API}/auth", "auth"),
        call("log out", "DELETE", f"{_API}/system/users/session", "log_out"),
        call("echo", "GET", f"{_API}/echo", "echo"),
        call("environment", "GET", f"{_API}/environment", "environment"),
        call("agents", "GET", f"{_API}/assetmgmt/agents", "list_agents"),
        call("agent", "GET", _AGENT, "one_agent"),
        call("assets", "GET", f"{_API}/assetmgmt/assets", "list_assets"),
        call("procedures", "GET", _PROCS, "list_procedures"),
        call("proclist", "GET", f"{_PROCS}/proclist", "proclist"),
        call("runnow", "PUT", f"{_PROCS}/{{agent}}/{{procedure}}/runnow", "run_now"),
        call("runnowgetid", "PUT", f"{_PROCS}/{{agent}}/{{procedure}}/runnowgetid", "run_now_get_id"),
        call("scheduled", "GET", f"{_PROCS}/{{agent}}/scheduledprocs", "scheduled"),
        call("cancel", "DELETE", f"{_PROCS}/{{agent}}/{{procedure}}", "cancel"),
        call("history", "GET", f"{_PROCS}/{{agent}}/history", "history"),
        call("procedure log", "GET", f"{_API}/assetmgmt/logs/{{agent}}/agentprocedure", "procedure_log"),
        call("fields", "GET", _FIELDS, "fields"),
        call("field", "GET", f"{_FIELDS}/{{name}}", "one_field"),
    )

    def __init__(
        self, machines: Iterable[TextMachine], user: tuple[str, str] | None = None, mishaps: Mishaps | None = None
    ) -> None:
        self.user = user or ("api", str(uuid4()))
        numbers = (f"{number:026d}" for number in range(31_415_926_535_897_932_384_626_433, 10**26))
        self.agents = {number: Agent(number, machine) for number, machine in zip(numbers, machines, strict=False)}
        self.longest_entry = 0
        self.tokens: set[str] = set()
        super().__init__(mishaps)

    def settle(self) -> None:
        """Lets the agents take and report what is due."""
        with self._busy:
            for agent in self.agents.values():
                agent.settle()

    def problem(self, status: int, text: str) -> Problem:
        """An error in VSA 9's form, with the HTTP status."""
        return Problem(Told({"Result": None, "ResponseCode": status, "Status": "Failed", "Error": text}, status))

    def admit(self, call: Call | None, asked: Asked) -> None:
        """A bearer token on each call but the login. Without one the answer is HTTP 200 with ``ResponseCode`` 401."""
        name = call.name if call else "unknown"
        if self.mishaps.take(name, Mishap.INSIDE):
            raise Problem(Told({"ResponseCode": 500, "Status": "OK", "Error": "Object reference not set"}))
        if self.mishaps.take(name, Mishap.FORBIDDEN):
            raise self.problem(403, "Access denied")
        kind, _, token = asked.headers.get("authorization", "").partition(" ")
        if self.mishaps.take(name, Mishap.EXPIRED):
            self.tokens.discard(token)
            raise Problem(Told({"ResponseCode": 401, "Status": "OK", "Error": "None"}))
        if self.mishaps.take(name, Mishap.UNAUTHORIZED):
            self.tokens.discard(token)
            raise self.problem(401, "Session expired")
        if name in _FREE:
            return
        if kind != "Bearer":
            raise Problem(Told({"ResponseCode": 401, "Status": "OK", "Error": "None"}))
        if token not in self.tokens:
            raise self.problem(401, "Invalid token")

    def auth(self, asked: Asked) -> Told:
        """GET auth: an access token, or the covered password of old clients."""
        kind, _, coded = asked.headers.get("authorization", "").partition(" ")
        try:
            pair = base64.b64decode(coded, validate=True).decode()
        except ValueError:
            pair = ""
        if kind != "Basic" or not (pair == ":".join(self.user) or self._covered(pair)):
            raise self.problem(401, "Invalid credentials")
        token = str(secrets.randbelow(90_000_000) + 10_000_000)
        self.tokens.add(token)
        result = {
            "TenantId": "1",
            "Token": token,
            "ApiToken": token,
            "UserName": self.user[0],
            "RoleId": 2,
            "ScopeId": "2",
            "AdminId": 64975473,
            "Attributes": None,
        }
        return _told(result)

    def log_out(self, asked: Asked) -> Told:
        """DELETE system/users/session."""
        self.tokens.discard(asked.headers["authorization"].partition(" ")[2])
        return Told(status=204)

    def echo(self, _asked: Asked) -> Told:
        """GET echo."""
        return _told("echo")

    def environment(self, _asked: Asked) -> Told:
        """GET environment."""
        return _told({"Version": "9.5.lab"})

    def list_agents(self, asked: Asked) -> Told:
        """GET assetmgmt/agents. A number of 26 digits cannot be filtered for."""
        return self._paged(asked, [self._agent_row(agent) for agent in self.agents.values()])

    def one_agent(self, _asked: Asked, agent: str) -> Told:
        """GET assetmgmt/agents/{id}."""
        return _told(self._agent_row(self._agent(agent)))

    def list_assets(self, asked: Asked) -> Told:
        """GET assetmgmt/assets: each PC as an asset of its agent."""
        rows = [
            {"AssetId": str(number), "AssetName": agent.pc.name, "AgentId": agent.id, "MachineGroup": "root.lab"}
            for number, agent in enumerate(self.agents.values(), 1)
        ]
        return self._paged(asked, rows)

    def list_procedures(self, asked: Asked) -> Told:
        """GET automation/agentprocs."""
        row = {"AgentProcedureId": PROCEDURE, "AgentProcedureName": "keyturn", "Path": "Shared", "Description": None}
        return self._paged(asked, [row | {"Attributes": None}])

    def proclist(self, _asked: Asked) -> Told:
        """GET automation/agentprocs/proclist: XML, unlike everything else."""
        text = f'<?xml version="1.0"?><ScExport><Procedure id="{PROCEDURE}" name="keyturn" /></ScExport>'
        return Told(text, headers={"Content-Type": "text/xml; charset=utf-8"})

    def run_now(self, asked: Asked, agent: str, procedure: str) -> Told:
        """PUT …/runnow: 204."""
        self._order(asked, agent, procedure, "runnow")
        return Told(status=204)

    def run_now_get_id(self, asked: Asked, agent: str, procedure: str) -> Told:
        """PUT …/runnowgetid."""
        return _told(self._order(asked, agent, procedure, "runnowgetid").id)

    def scheduled(self, asked: Asked, agent: str) -> Told:
        """GET …/scheduledprocs."""
        waiting = [run for run in self._agent(agent).runs if run.stands is Stands.PENDING]
        return self._paged(asked, [{"AgentProcedureId": run.script, "ExecutionId": run.id} for run in waiting])

    def cancel(self, _asked: Asked, agent: str, procedure: str) -> Told:
        """DELETE automation/agentprocs/{agent}/{procedure}: what is running goes on."""
        runs = self._agent(agent).runs
        runs[:] = [run for run in runs if run.stands is not Stands.PENDING or run.script != procedure]
        return Told(status=204)

    def history(self, asked: Asked, agent: str) -> Told:
        """GET …/history."""
        over = [run for run in self._agent(agent).runs if run.ended]
        rows = [{"AgentProcedureId": run.script, "LastExecutionTime": _at(run), "Status": _summary(run)} for run in over]
        return self._paged(asked, rows)

    def procedure_log(self, asked: Asked, agent: str) -> Told:
        """GET assetmgmt/logs/{agent}/agentprocedure: the oldest first."""
        rows = []
        for run in (run for run in self._agent(agent).runs if run.ended):
            texts = [run.output, _summary(run)] if run.output else [_summary(run)]
            cut = self.longest_entry or None
            rows += [{"Time": _at(run), "Description": text[:cut], "Admin": self.user[0]} for text in texts]
        return self._paged(asked, rows)

    def fields(self, _asked: Asked, agent: str) -> Told:
        """GET …/customfields."""
        return _told([{"FieldName": FIELD, "FieldValue": self._mail(agent)}])

    def one_field(self, _asked: Asked, agent: str, name: str) -> Told:
        """GET …/customfields/{name}: what the last run left there."""
        if name != FIELD:
            raise self.problem(404, f"Custom field {name} not found")
        return _told([{"FieldName": FIELD, "FieldValue": self._mail(agent)}])

    def _mail(self, agent: str) -> str:
        over = [run.output for run in self._agent(agent).runs if run.ended]
        return over[-1] if over else ""

    def _order(self, asked: Asked, agent: str, procedure: str, name: str) -> Run:
        found = self._agent(agent)
        if procedure != str(PROCEDURE):
            raise self.problem(404, "The procedure does not exist, or you have no right to execute it")
        body = asked.body if isinstance(asked.body, dict) else {}
        prompts = body.get("ScriptPrompts") or []
        shaped = all(isinstance(one, dict) and {"Caption", "Name", "Value"} == set(one) for one in prompts)
        if set(body) - {"ScriptPrompts", "CallbackUrl"} or not shaped:
            raise self.problem(400, "the body holds ScriptPrompts [{Caption, Name, Value}] and, if wanted, CallbackUrl")
        values = {one["Name"]: str(one["Value"]) for one in prompts}
        if set(values) - {PROMPT}:
            raise self.problem(400, f"the procedure has one prompt, {PROMPT}")
        mishap = self.mishaps.take(name, *RUN)
        now = found.pc.world.clock.now()
        run = Run(
            str(10_000 + len(found.runs)), procedure, values.get(PROMPT, ""), now, mishap, str(body.get("CallbackUrl") or "")
        )
        found.runs.append(run)
        return run

    def _agent(self, number: str) -> Agent:
        if number not in self.agents:
            raise self.problem(404, "Agent not found")
        return self.agents[number]

    def _paged(self, asked: Asked, rows: list[dict[str, Any]]) -> Told:
        found = narrowed(self, rows, asked.query)
        data = page(self, found, asked.query, _LONGEST_PAGE)
        return Told({"TotalRecords": len(found), "Result": data, "ResponseCode": 0, "Status": "OK", "Error": "None"})

    @staticmethod
    def _agent_row(agent: Agent) -> dict[str, Any]:
        user = agent.pc.state.user
        seen = agent.last_seen.isoformat() if agent.last_seen else None
        online = (11 if user else 2) if agent.online() else (0 if seen else 199)
        name = agent.pc.name
        row = {"AgentId": agent.id, "AgentName": f"{name.lower()}.root.lab", "ComputerName": name, "Online": online}
        return row | {"OSType": "11", "CurrentUser": user, "LastCheckInTime": seen, "MachineGroup": "root.lab"} | agent.groups

    def _covered(self, pair: str) -> bool:
        """The covered password: SHA-256 and SHA-1 over the password, the user and a number."""
        told = dict(part.partition("=")[::2] for part in pair.split(","))
        user, password = self.user
        number = told.get("rand2", "")
        wanted = {"user": user, "rand2": number}
        for suffix, digest in (("2", hashlib.sha256), ("1", hashlib.sha1)):
            inner = digest((password + user).encode()).hexdigest()
            wanted[f"pass{suffix}"] = digest((inner + number).encode()).hexdigest()
            wanted[f"rpass{suffix}"] = digest(password.encode()).hexdigest()
        return told == wanted


def _told(result: Any) -> Told:
    return Told({"Result": result, "ResponseCode": 0, "Status": "OK", "Error": "None"})


def _at(run: Run) -> str:
    return (run.ended or run.given).isoformat()


def _summary(run: Run) -> str:
    return "Script Summary: Success THEN" if run.stands is Stands.DONE else "Script Summary: Failed THEN in step 1"

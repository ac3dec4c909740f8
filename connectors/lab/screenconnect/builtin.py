"""The built-in services of the lab's ScreenConnect instance, as far as public clients use them.

They are not documented: names, arguments and answers are those that unmodified clients send and expect.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connectors.lab.screenconnect.guest import Guest, Kind, What
from connectors.lab.screenconnect.instance import Fault, Instance, detailed, listed
from connectors.lab.screenconnect.methods import VOID, Method
from connectors.lab.windows.work import iso

GROUPS = {"All Machines": Kind.ACCESS, "All Sessions": Kind.SUPPORT, "All Meetings": Kind.MEETING}
"""Session groups that every instance has, and what they hold; another name is an error of the server."""
_ADDED = (What.ENDED, What.NOTE, What.QUEUED_WAKE, What.QUEUED_COMMAND, What.QUEUED_MESSAGE)
Given = Mapping[str, Any]


def _in_group(instance: Instance, group: object) -> list[Guest]:
    name = group[0] if isinstance(group, list) and len(group) == 1 else group
    if name in instance.groups:
        return [guest for guest in instance.matching(instance.groups[str(name)]) if guest.kind is Kind.ACCESS]
    if name not in GROUPS:
        raise Fault(f"Session group {name!r} does not exist")
    return [guest for guest in instance.guests if guest.kind is GROUPS[str(name)]]


def _one(instance: Instance, group: object, session: object) -> Guest:
    guest = instance.certain(session)
    if guest not in _in_group(instance, group):
        raise Fault("Session does not exist")
    return guest


def _flat(guest: Guest) -> dict[str, Any]:
    """A session as the Host page shows it: no GuestInfo, properties as an array."""
    shown = listed(guest)
    info = shown.pop("GuestInfo")
    shown.pop("CustomProperties")
    return {**shown, "GuestMachineName": info["MachineName"], "CustomPropertyValues": list(guest.properties)}


def _seen(instance: Instance, group: object, expression: object) -> list[dict[str, Any]]:
    inside = _in_group(instance, group)
    found = instance.found(expression) if expression else [guest for guest in inside if not guest.ended]
    return [_flat(guest) for guest in found if guest in inside]


def _live(instance: Instance, given: Given) -> Any:
    try:
        wanted = given["requestInfoMap"]["HostSessionInfo"]
        path = _path(instance, wanted["sessionGroupPathParts"])
        sessions = _seen(instance, path, wanted["filter"])
        shown = sessions[: wanted["sessionLimit"]]
    except (TypeError, KeyError) as problem:
        raise Fault(f"HostSessionInfo lacks {problem}") from None
    info = {"SessionGroupPath": path, "UntruncatedSessionCount": len(sessions), "Sessions": shown}
    return {"ResponseInfoMap": {"HostSessionInfo": info, "ActionCenterInfo": {}}, "Version": 1}


def _path(instance: Instance, asked: list[str]) -> list[str]:
    """The session group that is answered for."""
    known = [*GROUPS, *instance.groups]
    return asked if asked[0] in known or not instance.newer else known[:1]


def _host(instance: Instance, given: Given) -> Any:
    return {"Sessions": _seen(instance, given["sessionGroupPathParts"], given["filter"])}


def _details(instance: Instance, given: Given) -> Any:
    guest = instance.guest(given["sessionID"])
    return detailed(guest, instance.clock.now()) if guest in _in_group(instance, given["group"]) and guest else None


def _events(instance: Instance, given: Given) -> Any:
    for event in given["events"]:
        if not isinstance(event, dict) or set(event) - {"SessionID", "EventType", "Data"} or "EventType" not in event:
            raise Fault("An event has SessionID, EventType and Data")
        _happen(instance, _one(instance, given["group"], event.get("SessionID")), event["EventType"], event.get("Data", ""))
    return VOID


def _event(instance: Instance, given: Given) -> Any:
    for session in given["sessionIDs"]:
        _happen(instance, _one(instance, given["group"], session), given["eventType"], given["data"])
    return VOID


def _happen(instance: Instance, guest: Guest, what: object, data: object) -> None:
    if not isinstance(what, int) or what not in _ADDED:
        raise Fault(f"Event type {what} cannot be added")
    instance.happen(guest, What(what), data)


def _property(instance: Instance, given: Given) -> Any:
    instance.set_property(_one(instance, given["group"], given["sessionID"]), given["index"], given["value"])
    return VOID


def _rename(instance: Instance, given: Given) -> Any:
    instance.rename(_one(instance, given["group"], given["sessionID"]), given["name"])
    return VOID


def _token(instance: Instance, given: Given) -> Any:
    _one(instance, given["group"], given["sessionID"])
    return secrets.token_urlsafe(24)


def _create(instance: Instance, given: Given) -> Any:
    return str(instance.create(given["sessionType"], given["name"], given["code"], given.get("properties")).id)


def _groups(instance: Instance, _given: Given) -> Any:
    known = [(name, kind, "NOT IsEnded") for name, kind in GROUPS.items()]
    known += [(name, Kind.ACCESS, where) for name, where in instance.groups.items()]
    return [
        {"Name": name, "SessionType": int(kind), "SessionFilter": where, "SubgroupExpressions": ""}
        for name, kind, where in known
    ]


def _audit(instance: Instance, given: Given) -> Any:
    try:
        start, end = (datetime.fromisoformat(str(given[name])) for name in ("start", "end"))
    except ValueError:
        raise Fault("Unrecognized date") from None
    return [
        {
            "SessionID": str(guest.id),
            "SessionName": guest.name,
            "Time": iso(event.at),
            "EventType": event.what,
            "Host": event.host,
            "Data": event.data,
        }
        for guest in instance.guests
        for event in guest.events
        if start <= event.at <= end
        and (not given["sessionName"] or given["sessionName"] == guest.name)
        and (not given["eventTypes"] or event.what in given["eventTypes"])
    ]


def _audit_types(_instance: Instance, _given: Given) -> Any:
    return {"SessionEventTypes": [{"Name": what.name, "Value": int(what)} for what in What], "SecurityEventTypes": []}


PAGE: tuple[Method, ...] = (
    Method("GetLiveData", ("requestInfoMap", "version"), _live),
    Method("GetHostSessionInfo", ("type", "sessionGroupPathParts", "filter", "findSessionID", "version"), _host, reads=True),
    Method("GetSessionDetails", ("group", "sessionID"), _details),
    Method("AddSessionEvents", ("group", "events"), _events),
    Method("AddEventToSessions", ("group", "sessionIDs", "eventType", "data"), _event),
    Method("UpdateSessionCustomPropertyValue", ("group", "sessionID", "index", "value"), _property),
    Method("UpdateSessionName", ("group", "sessionID", "name"), _rename),
    Method("GetAccessToken", ("group", "sessionID"), _token),
    Method("CreateSession", ("sessionType", "name", "isPublic", "code", "properties"), _create, needs=4),
)
SERVICES: Mapping[str, tuple[Method, ...]] = {
    "PageService": PAGE,
    "SessionGroupService": (Method("GetSessionGroups", (), _groups, reads=True),),
    "AuditService": (
        Method("QueryAuditLog", ("start", "end", "sessionName", "captures", "eventTypes", "securityTypes"), _audit),
        Method("GetAuditInfo", (), _audit_types, reads=True),
    ),
}


def report(instance: Instance, query: Mapping[str, str]) -> dict[str, Any]:
    """The answer of Report.json for ``ReportType`` Session or SessionEvent. Raises :class:`Fault`."""
    rows = _report_rows(instance, query.get("ReportType", ""))
    names = query.get("SelectFields", "").split(",")
    if rows and (strange := set(names) - set(rows[0])):
        raise Fault(f"There are no fields {', '.join(sorted(strange))}")
    limit = int(query["ItemLimit"]) if query.get("ItemLimit", "").isdecimal() else len(rows)
    return {"FieldNames": names, "Items": [[row[name] for name in names] for row in rows[:limit]]}


def _report_rows(instance: Instance, kind: str) -> list[dict[str, Any]]:
    match kind:
        case "Session":
            return [guest.fields() for guest in instance.guests]
        case "SessionEvent":
            return [
                {"SessionID": str(guest.id), "EventType": event.what, "Time": iso(event.at), "Data": event.data}
                for guest in instance.guests
                for event in guest.events
            ]
    raise Fault(f"There is no report {kind!r}")

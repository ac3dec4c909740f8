"""The methods of the RESTful API Manager extension on the lab's ScreenConnect instance.

Source: ConnectWise, "RESTful API Manager"; the order of the arguments as its announcement lists them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.lab.screenconnect.guest import What
from connectors.lab.screenconnect.instance import Fault, Instance, detailed, listed
from connectors.lab.screenconnect.methods import VOID, Method
from connectors.lab.screenconnect.tricks import Trick

EXTENSION = "2d558935-686a-4bd0-9991-07539f5fe749"
PREFIX = f"/App_Extensions/{EXTENSION}/Service.ashx"
Given = Mapping[str, Any]


def _by_name(instance: Instance, given: Given) -> Any:
    if instance.tricks.happens(Trick.EMPTY_LIST):
        return []
    return [listed(guest) for guest in instance.guests if guest.name == given["sessionName"] and not guest.ended]


def _by_filter(instance: Instance, given: Given) -> Any:
    return [listed(guest) for guest in instance.found(given["sessionFilter"])]


def _by_id(instance: Instance, given: Given) -> Any:
    guest = instance.guest(given["sessionID"])
    return [listed(guest)] if guest else []


def _details(instance: Instance, given: Given) -> Any:
    guest = instance.guest(given["sessionID"])
    return detailed(guest) if guest else None


def _create(instance: Instance, given: Given) -> Any:
    if not isinstance(given["isPublic"], bool):
        raise Fault("isPublic is true or false")
    return listed(instance.create(given["sessionType"], given["name"], given["code"], given.get("customPropertyValues")))


def _properties(instance: Instance, given: Given) -> Any:
    instance.set_properties(instance.certain(given["sessionID"]), given["customPropertyValues"])
    return VOID


def _rename(instance: Instance, given: Given) -> Any:
    instance.rename(instance.certain(given["sessionID"]), given["newName"])
    return VOID


def _note(instance: Instance, given: Given) -> Any:
    instance.happen(instance.certain(given["sessionID"]), What.NOTE, given["noteBody"])
    return VOID


def _message(instance: Instance, given: Given) -> Any:
    instance.happen(instance.certain(given["sessionID"]), What.QUEUED_MESSAGE, given["messageBody"])
    return VOID


def _command(instance: Instance, given: Given) -> Any:
    instance.happen(instance.certain(given["sessionID"]), What.QUEUED_COMMAND, given["command"])
    return VOID


METHODS: tuple[Method, ...] = (
    Method("GetSessionsByName", ("sessionName",), _by_name, reads=True),
    Method("GetSessionsByFilter", ("sessionFilter",), _by_filter, reads=True),
    Method("GetSessionBySessionID", ("sessionID",), _by_id, reads=True),
    Method("GetSessionDetailsBySessionID", ("sessionID",), _details, reads=True),
    Method("CreateSession", ("sessionType", "name", "isPublic", "code", "customPropertyValues"), _create, needs=4),
    Method("UpdateSessionCustomProperties", ("sessionID", "customPropertyValues"), _properties),
    Method("UpdateSessionName", ("sessionID", "newName"), _rename),
    Method("AddNoteToSession", ("sessionID", "noteBody"), _note),
    Method("SendMessageToSession", ("sessionID", "messageBody"), _message),
    Method("SendCommandToSession", ("sessionID", "command"), _command),
)

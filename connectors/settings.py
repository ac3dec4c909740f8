"""How what a device's settings say becomes a checked model, with one line when it cannot be used."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ValidationError

from agent.api import Device, Misuse, Secret

Model = TypeVar("Model", bound=BaseModel)

_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_LONGEST_NAME = 253
_PLAIN = {"extra_forbidden": "is not a setting", "missing": "is missing"}


def _a_host(host: str) -> str:
    bare = host.removeprefix("[").removesuffix("]")
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        if "[" in host or not _is_name(bare):
            raise ValueError("must be a name or an address, without scheme, port or path") from None
        return bare


def _is_name(text: str) -> bool:
    """A host name; numbers and dots that are no address are a typing error, not a name."""
    labels = text.removesuffix(".").split(".")
    return len(text) <= _LONGEST_NAME and all(map(_LABEL.fullmatch, labels)) and not re.fullmatch(r"[0-9.]+", text)


def _a_file(file: Path) -> Path:
    file = file.expanduser()
    if not file.is_file():
        raise ValueError(f"there is no file {file}")
    return file


HostName = Annotated[str, AfterValidator(_a_host)]
"""A name, an IPv4 address, or an IPv6 address; brackets around it are taken off."""
PresentFile = Annotated[Path, AfterValidator(_a_file)]
"""A file that is there; ``~`` is the home folder."""


def checked(model: type[Model], connector: str, device: Device, given: Mapping[str, Any]) -> Model:
    """*given* as *model*.

    Raises :class:`~agent.api.Misuse` with one line that names the setting; values are not shown, one may be a password.
    """
    try:
        return model(**given)
    except ValidationError as error:
        where, said = _first(error)
    own = device.ways.get(connector, {})
    do = f"Correct it with 'keyturn device change {device.name}'"
    if where in given and where not in own:
        do = f"Correct it in the section [{connector}] of keyturn.toml"
    raise Misuse(f"the {connector} settings of {device.name} cannot be used: {said}", do)


def checked_section(model: type[Model], connector: str, given: Mapping[str, Any]) -> Model:
    """The section *connector* of the configuration as *model*, for what is no single device's. Raises as :func:`checked`."""
    try:
        return model(**given)
    except ValidationError as error:
        _, said = _first(error)
    raise Misuse(f"the section [{connector}] of keyturn.toml cannot be used: {said}", "Put what all devices share there.")


def resolved(secret: Secret, vault: Callable[[str], Secret]) -> Secret:
    """The secret behind a reference; a *vault* that cannot be read says so here, before anything is sent."""
    found = secret if secret.reference is None else vault(secret.reference)
    found.reveal()
    return found


def _first(error: ValidationError) -> tuple[str, str]:
    """Which setting is wrong, if it is one, and what is wrong with it."""
    first = error.errors(include_input=False, include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    what = f" {_PLAIN[first['type']]}" if first["type"] in _PLAIN else f": {first['msg'].removeprefix('Value error, ')}"
    return where, f"{where}{what}" if where else what.removeprefix(": ")

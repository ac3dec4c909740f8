"""What vendors' sites were sent, taken apart as far as anybody who reads their logs could: for keys, and for changes."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from connectors.lab.site import Exchange
from tests.playbooks.upgrade.disguises import found

COMMANDS = frozenset({"SendCommandToSession", "AddSessionEvents", "run script", "runnowgetid"})
"""The calls by which a command gets to a PC."""
LOOKS = frozenset(
    {
        *("GetSessionsByFilter", "GetSessionDetailsBySessionID"),
        *("page", "GetLiveData", "GetSessionDetails"),
        *("devices", "device", "executions", "execution"),
        *("auth", "agents", "agent", "procedure log", "log out"),
        *("basic info", "session"),
    }
)
"""The calls that leave everything as it is, but for a login."""
READING = "facts"
"""The one script that only reads."""
_CODED = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
_SCRIPT = re.compile(r"^# keyturn (\w+) 1$", re.MULTILINE)
_BREAKS = str.maketrans("", "", "\r\n\t")
_DEEPEST = 4


def plain(exchange: Exchange) -> list[str]:
    """Every text in a request: path, arguments, headers, body, and the texts inside JSON."""
    return [exchange.path, *_pairs(exchange.query), *_pairs(exchange.headers), exchange.body, *_inside(exchange.body)]


def layers(text: str, deep: int = _DEEPEST) -> Iterator[str]:
    """*text* without what is coded in Base64, and the same of everything that is, decoded, as deep as it goes."""
    inner = []

    def taken(found: re.Match[str]) -> str:
        decoded = _decoded(found[0])
        inner.extend(decoded)
        return " " if decoded else found[0]

    yield _CODED.sub(taken, text)
    for one in inner if deep else []:
        for piece in (one, *_inside(one)):
            yield from layers(piece, deep - 1)


def leaks(log: Iterable[Exchange], key: str, known: Collection[str] = ()) -> list[str]:
    """Where *key* shows in *log*: whole in any disguise, or one of its groups but for the last, whatever the case.

    Args:
        log: The requests.
        key: The product key, with dashes.
        known: The vendor's own credentials; they are random, so one may hold five characters of a key by chance.
    """
    calls: dict[str, str] = {}
    for exchange in log:
        for text in plain(exchange):
            calls.setdefault(text, exchange.call)
    return [f"{call}: {shape}" for text, call in calls.items() for shape in _shapes(text, key, known)]


def _shapes(text: str, key: str, known: Collection[str]) -> list[str]:
    groups = key.lower().split("-")[:-1]
    shapes = set(found(text, key))
    for layer in layers(_without(text, known)):
        shapes |= {*found(layer, key), *(group for group in groups if group in _without(layer, known).lower())}
    return sorted(shapes)


def changes(log: Iterable[Exchange]) -> list[str]:
    """The requests in *log* that would change something anywhere: every one but looks and commands that only read."""
    return [
        f"{exchange.call}: {', '.join(scripts(exchange)) or 'no script'}"
        for exchange in log
        if exchange.call not in LOOKS and not (exchange.call in COMMANDS and scripts(exchange) == {READING})
    ]


def scripts(exchange: Exchange) -> set[str]:
    """The names of keyturn's scripts in a request."""
    return {name for text in plain(exchange) for layer in layers(text) for name in _SCRIPT.findall(layer)}


def _decoded(text: str) -> list[str]:
    """What *text* may be in Base64: texts in UTF-8 or UTF-16LE."""
    bare = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        raw = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except ValueError:
        return []
    return [one for one in (_read(raw, "utf-8"), _read(raw, "utf-16-le")) if one]


def _read(raw: bytes, encoding: str) -> str:
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        return ""
    return text if text.translate(_BREAKS).isprintable() else ""


def _without(text: str, known: Collection[str]) -> str:
    for secret in known:
        text = text.replace(secret, " ")
    return text


def _pairs(mapping: Mapping[str, str]) -> list[str]:
    return [part for pair in mapping.items() for part in pair]


def _inside(text: str) -> list[str]:
    """Every text inside *text*, where it is JSON."""
    try:
        return list(_texts(json.loads(text)))
    except ValueError:
        return []


def _texts(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for pair in data.items():
            for part in pair:
                yield from _texts(part)
    elif isinstance(data, list):
        for one in data:
            yield from _texts(one)

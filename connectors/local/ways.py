"""The ways to reach a device, as they are typed and as they are kept: settings by connector, without any password."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from agent.api import Misuse

_REFERENCE = re.compile(r"vault:[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*")
_SECRET = re.compile(r"pass(word|phrase|wd)?$|secret|token|credential|api_?key", re.IGNORECASE)
_HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?")
_WAY = re.compile(r"(?P<connector>[a-z][a-z0-9_-]*)\.(?P<key>[a-z][a-z0-9_]*)=(?P<value>.*)", re.DOTALL)
_FINGERPRINT = re.compile(r"[0-9A-Fa-f]{64}")
_NEEDED = {
    "host": ("address", "--winrm HOST[:PORT]"),
    "user": ("login", "--login USER"),
    "password": ("password", "--password-ref vault:NAME"),
}
"""What WinRM cannot do without: setting to what it is called, and the option that gives it."""
_LITERALS: Mapping[str, bool] = {"true": True, "false": False}
LONGEST_HOST = 253

Settings = dict[str, Any]


def checked_ways(ways: Mapping[str, Mapping[str, Any]]) -> dict[str, Settings]:
    """*ways* as plain dictionaries. Raises :class:`Misuse` when a secret in them is not a ``vault:`` reference."""
    for connector, settings in ways.items():
        for key, value in settings.items():
            if _SECRET.search(key) and not (isinstance(value, str) and _REFERENCE.fullmatch(value)):
                raise Misuse(
                    f"{connector}.{key} must be a reference such as vault:contoso/admin",
                    "Store the value with 'keyturn key add' and name it here.",
                )
    return {connector: dict(settings) for connector, settings in ways.items()}


def check_winrm(settings: Mapping[str, Any]) -> None:
    """Raises :class:`Misuse` for WinRM settings of which the desk can tell that they cannot work together."""
    missing = [needed for setting, needed in _NEEDED.items() if not settings.get(setting)]
    if missing:
        words, options = zip(*missing, strict=True)
        raise Misuse(f"the way winrm has no {' and no '.join(words)}", f"Give {' and '.join(options)}.")
    secure = settings.get("scheme") == "https"
    if settings.get("auth") == "basic" and not secure:
        raise Misuse("Basic over HTTP would send the password readably", "Add --https, or leave --auth out.")
    given = [f"--{setting}" for setting in ("ca", "fingerprint") if settings.get(setting)]
    if given and not secure:
        raise Misuse(f"there is no certificate over HTTP, and {' and '.join(given)} was given", "Add --https.")
    digits = str(settings.get("fingerprint") or "").replace(":", "").replace(" ", "")
    if digits and not _FINGERPRINT.fullmatch(digits):
        raise Misuse(
            f"a fingerprint is a SHA-256: 64 hexadecimal digits, and this one has {len(digits)} characters",
            "Give all of it; colons are fine.",
        )
    if settings.get("ca") and not Path(str(settings["ca"])).is_file():
        raise Misuse(f"there is no file {settings['ca']}", "Give the path of the certificate authority's certificate.")


def typed_ways(texts: Iterable[str]) -> dict[str, Settings]:
    """Ways from texts like ``winrm.host=10.0.0.7``; numbers and true/false become such. Raises :class:`Misuse`."""
    ways: dict[str, Settings] = {}
    for text in texts:
        found = _WAY.fullmatch(text.strip())
        if not found:
            shown = text.partition("=")[0].strip()
            raise Misuse(f"'{shown}' is not a way", "Write it as CONNECTOR.SETTING=VALUE, for instance winrm.host=10.0.0.7.")
        ways.setdefault(found["connector"], {})[found["key"]] = _value(found["value"].strip())
    return ways


def in_order(ways: Mapping[str, Settings], ladder: str) -> dict[str, Settings]:
    """*ways* in the order of *ladder*, their names with commas between. Raises :class:`Misuse` unless it names each once."""
    names = [name.strip() for name in ladder.split(",")]
    if sorted(names) != sorted(ways):
        raise Misuse(f"the ladder '{ladder}' does not name each way once", f"The ways are: {', '.join(ways)}.")
    return {name: ways[name] for name in names}


def winrm_address(text: str) -> Settings:
    """``host`` and, where given, ``port`` and ``scheme`` from a host name, an IP address or a WinRM URL.

    IPv6 is accepted bare (``fe80::1``) or in brackets (``[fe80::1]:5985``). Raises :class:`Misuse`.
    """
    text = text.strip()
    if not text.isprintable():  # the parser of URLs would drop line ends silently
        raise _bad_address(text)
    if "://" in text:
        return _from_url(text)
    if _is_ipv6(text):
        return {"host": text}
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _bad_address(text) from None
    if parts.username is not None:
        raise _login_in_address(text)
    if parts.path or parts.query or parts.fragment or text.endswith(":"):
        raise _bad_address(text)
    return _address(text, host, port)


def _from_url(text: str) -> Settings:
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _bad_address(text) from None
    if parts.username is not None:
        raise _login_in_address(text)
    strange = parts.path.rstrip("/") not in ("", "/wsman") or parts.query or parts.fragment
    if parts.scheme not in ("http", "https") or strange:
        raise _bad_address(text)
    return _address(text, host, port) | {"scheme": parts.scheme}


def _address(text: str, host: str, port: int | None) -> Settings:
    if not (_is_ipv6(host) or _is_ipv4(host) or _is_name(host)) or port == 0:
        raise _bad_address(text)
    return {"host": host} if port is None else {"host": host, "port": port}


def _is_ipv6(text: str) -> bool:
    try:
        return isinstance(ip_address(text), IPv6Address)
    except ValueError:
        return False


def _is_ipv4(text: str) -> bool:
    try:
        return bool(ip_address(text))
    except ValueError:
        return False


def _is_name(text: str) -> bool:
    """A host name; four numbers that are no address are a typing error, not a name."""
    return bool(_HOST.fullmatch(text)) and len(text) <= LONGEST_HOST and not re.fullmatch(r"[0-9.]+", text)


def _login_in_address(text: str) -> Misuse:
    host = _shown(text.rpartition("@")[2])
    return Misuse(
        f"USER:PASSWORD@ does not belong into a WinRM address (before '{host}')",
        "Leave it out, give --login USER, and keep the password in the vault: --password-ref vault:NAME.",
    )


def _shown(text: str) -> str:
    return "".join(char for char in re.sub(r"//[^/@]*@", "//", text)[:100] if char.isprintable())


def _bad_address(text: str) -> Misuse:
    shown = _shown(text)
    return Misuse(
        f"'{shown}' is not a WinRM address",
        "Write HOST, HOST:PORT, [IPV6]:PORT or http://HOST:5985/wsman; the login is given by --login.",
    )


def _value(text: str) -> str | int | bool:
    if text.lower() in _LITERALS:
        return _LITERALS[text.lower()]
    return int(text) if re.fullmatch(r"0|[1-9][0-9]{0,8}", text) else text

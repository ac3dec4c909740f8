"""The licensing of a simulated PC: which key is taken, what it changes, and when activation succeeds."""

from __future__ import annotations

from connectors.lab.windows.activation import ActivationService
from connectors.lab.windows.keys import LabKey, sound
from connectors.lab.windows.state import SERVER, SKUS, Held, State

NOT_ELEVATED = 0xC004F025
INVALID_KEY = 0xC004F050
UNKNOWN_KEY = 0xC004E016
WRONG_SKU = 0xC004F069
NOT_ACTIVATED = 0xC004F034
NOT_SUPPORTED = 50
NOT_FOUND = 1168
RESTART_NEEDED = 3010
LICENSED = 1
NOTIFICATION = 5

BY_KEY = {
    ("Core", "Education"): True,
    ("Core", "ProfessionalEducation"): True,
    ("Professional", "ProfessionalWorkstation"): False,
    ("Professional", "ProfessionalEducation"): False,
    ("Professional", "Enterprise"): False,
    ("Professional", "Education"): True,
    ("ProfessionalWorkstation", "ProfessionalEducation"): False,
    ("ProfessionalWorkstation", "Enterprise"): False,
    ("ProfessionalWorkstation", "Education"): True,
    ("ProfessionalEducation", "Education"): True,
    ("Enterprise", "Education"): True,
}
"""Changes of edition that a key makes, and whether a restart follows."""
BY_HAND = {("Core", "Professional"), ("Core", "ProfessionalWorkstation")}
"""Changes that changepk.exe makes and slmgr does not."""
BY_DISM = {
    "ServerStandard": ("ServerDatacenter",),
    "ServerStandardEval": ("ServerStandard", "ServerDatacenter"),
    "ServerDatacenterEval": ("ServerDatacenter",),
}
"""Editions that DISM offers as targets."""


class Fault(Exception):
    """Windows refuses; the code is an HRESULT or a Win32 number."""

    def __init__(self, code: int) -> None:
        super().__init__(f"0x{code:08X}")
        self.code = code


def _known(state: State, service: ActivationService, text: str) -> LabKey:
    """The key that *text* is. Raises :class:`Fault` for what Windows itself would not take."""
    if not state.administrator:
        raise Fault(NOT_ELEVATED)
    if not sound(text):
        raise Fault(INVALID_KEY)
    key = service.keys.find(text)
    if key is None:
        raise Fault(UNKNOWN_KEY)
    if key.edition.startswith(SERVER) != state.server:
        raise Fault(INVALID_KEY)
    return key


def _hold(state: State, key: LabKey) -> None:
    state.held = Held(key.edition, key.last5, key.channel, key.group, key.serial, NOTIFICATION, NOT_ACTIVATED, 0, key)
    state.kept_key = key.channel != "Volume:MAK"


def _await_restart(state: State, edition: str) -> None:
    state.next_edition = edition
    state.pending.add("servicing")
    if state.shows_early:
        state.edition = edition


def install(state: State, service: ActivationService, text: str) -> LabKey:
    """Installs a key as slmgr /ipk and CIM do. Raises :class:`Fault` for a key that does not fit."""
    key = _known(state, service, text)
    if key.edition != state.edition:
        restart = BY_KEY.get((state.edition, key.edition))
        if restart is None:
            raise Fault(WRONG_SKU if (key.edition, state.edition) in BY_KEY else UNKNOWN_KEY)
        if restart:
            _await_restart(state, key.edition)
        else:
            state.edition = key.edition
    _hold(state, key)
    return key


def upgrade(state: State, service: ActivationService, text: str) -> LabKey:
    """Changes the edition as changepk.exe does; a restart follows. Raises :class:`Fault`."""
    key = _known(state, service, text)
    if (state.edition, key.edition) not in BY_HAND | set(BY_KEY):
        raise Fault(WRONG_SKU)
    _hold(state, key)
    _await_restart(state, key.edition)
    return key


def set_edition(state: State, service: ActivationService, target: str, text: str) -> LabKey:
    """Changes the edition as DISM /Set-Edition does; a restart follows. Raises :class:`Fault` with DISM's number."""
    if not state.server or state.product_type == 2 or target not in SKUS:
        raise Fault(NOT_SUPPORTED)
    if target not in BY_DISM.get(state.edition, ()):
        raise Fault(NOT_FOUND)
    key = _known(state, service, text)
    if key.edition != target:
        raise Fault(NOT_FOUND)
    _hold(state, key)
    _await_restart(state, target)
    return key


def activate(state: State, service: ActivationService, machine: str) -> bool:
    """Activates the licence held; True when the service was asked. Raises :class:`Fault` with the service's code."""
    held = state.held
    if not state.administrator:
        raise Fault(NOT_ELEVATED)
    if held.key is None or (held.status == LICENSED and held.channel == "Volume:MAK"):
        return False
    if state.next_edition:
        raise Fault(WRONG_SKU)
    code = service.activate(held.key, machine)
    if code:
        held.status, held.reason = NOTIFICATION, code
        raise Fault(code)
    held.status, held.reason = LICENSED, 0
    return True

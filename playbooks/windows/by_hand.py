"""What a technician does, step by step, where only a person can act: exactly what, and where to look.

A step asks for it in two cases. Keyturn reaches the device and may not or cannot go on by itself; or nothing but a person in a
session reaches the device. Prompts are those of an administrator, because most of Windows' own tools show nothing to others.
"""

from __future__ import annotations

from collections.abc import Mapping

from playbooks.windows import steps
from playbooks.windows.editions import EDITIONS, Family
from playbooks.windows.order import UpgradeOrder


def texts(order: UpgradeOrder, last5: str) -> Mapping[str, str]:
    """Step to text, for *order* and a key that ends in *last5*."""
    edition = f"Windows {EDITIONS[order.edition].name}"
    return {
        steps.REACHED: "Read why. Where nothing answers, ask the customer to switch the device on. In a session, see that it "
        f"is {order.device} ('hostname' shows its name) and answer yes.",
        steps.PRIVATE: f"At the PC, as administrator, switch WinRM on (Enable-PSRemoting), or put right what it refuses: "
        f"'keyturn doctor {order.device}' says what.",
        steps.FIT: "Clear what stands in the way. Where something could not be read, look yourself and answer yes if all is "
        f"well: 'winver' names Windows {EDITIONS[order.current].name}, drive C has 5 GB free, mains power is connected, you "
        "are an administrator, and nothing is being installed or waits for a restart (Settings, Windows Update).",
        steps.BACKED_UP: "Ask the customer for the back-up; answer yes, in the name of who made it, once it is complete. "
        "In a session, 'wbadmin get versions' lists what Windows itself has backed up, when and where to.",
        steps.RECORDED: f"Before the key goes in, list the users' files: at an administrator's command prompt, "
        f"{_listing(order, 'before')}. Answer yes once that file is there. Where the key is in already, list nothing: "
        "answer yes and say so; whether all files are there is asked of the user at the end.",
        steps.INSTALLED: f"{_install(order, edition, last5)} 'slmgr /dli' must then show the last five characters {last5}.",
        steps.EFFECT: f"Agree on a restart with the user, then: keyturn answer RUN '{steps.EFFECT}' --yes; keyturn resume RUN. "
        f"In a session, restart the PC yourself, and answer yes once 'winver' names {edition}.",
        steps.ACTIVATED: "Settings, System, Activation must say that Windows is activated; if not, 'slmgr /ato' at an "
        "administrator's command prompt, or 'slui 4' for the telephone. 'keyturn explain CODE' explains a code that it shows.",
        steps.CLEARED: "At an administrator's command prompt, 'slmgr /cpky'; answer yes once it says that the key was cleared.",
        steps.WORKS: f"Compare what 'slmgr /dlv' shows: {edition}, licensed, and a key that ends in {last5}.",
        steps.INTACT: "Look with the user for what is missing and restore it from the back-up; answer yes once all is there. "
        f"Where the files were listed by hand, {_listing(order, 'after')}, and compare the two lists with 'fc'.",
    }


def _install(order: UpgradeOrder, edition: str, last5: str) -> str:
    """How the key gets in by hand: as Settings and DISM want it."""
    if EDITIONS[order.edition].family is Family.SERVER:
        return (
            f"At an administrator's command prompt: DISM /Online /Set-Edition:{order.edition} /AcceptEula /ProductKey: and the "
            f"key that ends in {last5}; restart the server when it asks for that."
        )
    return (
        f"In a session with the user: Settings, System, Activation, Change product key; type the key for {edition} that ends "
        f"in {last5}. Do not restart the PC while changepk.exe runs."
    )


def _listing(order: UpgradeOrder, when: str) -> str:
    """The command that lists the users' files, into a file that others of this order do not overwrite."""
    return f'dir "%SystemDrive%\\Users" /s /b /a-d > "%ProgramData%\\{order.reference}-{when}.txt"'

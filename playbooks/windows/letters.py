"""The words that customers read, in letters, notes and on the screen: plain English, without codes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from agent.api import Ending, Letter, Mark, NotSent
from playbooks.windows import steps
from playbooks.windows.editions import EDITIONS


def instructions(to: str, device: str, start: datetime | None, reference: str) -> Letter:
    """What the customer must do before the work begins, the back-up first."""
    when = f"on {start:%A, %d %B %Y} at {start:%H:%M} ({start.tzinfo})" if start else "as soon as your back-up is complete"
    text = f"""Hello,

the Windows licence on {device} will be upgraded {when}.

Before that, please:

1. Back up all data on the device: to a network share, to OneDrive, or to an external drive that you unplug
   afterwards. The back-up must be complete before the work begins, and newer than this message; without it we
   will not start.
2. Save your work and close your programs. The device may restart.
3. Leave the device switched on, plugged in and connected to the network.

If the time does not suit you, answer this message and we will agree on another one.
"""
    return Letter(reference, (to,), f"Before the Windows upgrade of {device}", text)


def begins(ticket: str, *, agreed: bool) -> str:
    """What the user of the device reads on the screen when the work begins; *agreed* says that a restart is agreed on first."""
    restart = (
        "If the computer has to restart, we will agree on that with you first."
        if agreed
        else "The computer may have to restart; you will read that here one minute before."
    )
    return (
        "The work on the Windows licence of this computer begins now. You can go on working, but please save your work. "
        f"{restart} If you have a question, please ask about ticket {ticket}."
    )


def ask_for_proof(licence: str) -> str:
    """The question for a proof of purchase."""
    return (
        f"We could not find a valid licence ({licence}) for this device in our inventory. Please attach the proof of purchase "
        "of the new licence to this ticket, such as the invoice or the order confirmation. Please do not send the product key "
        "itself in this ticket; we will tell you a safe way for it."
    )


def success(device: str, edition: str) -> str:
    """The good news, with the invitation to ask."""
    return (
        f"The Windows licence on {device} has been upgraded: it now runs {EDITIONS[edition].name} and is activated, and your "
        "data was checked. If you have any question, about what looks different or anything else, just answer here."
    )


AWAY = "We could not reach the device. Please switch it on, connect it to the network, and tell us."
"""What the customer is told when nothing answers where the device should be."""
OURS = (
    "We could not work on the device yet, because of a problem on our side. You need not do anything; a technician is looking "
    "into it and will tell you how it goes on."
)
"""... when the way there is shut to us: a wrong password, a setting that is missing."""

TROUBLE: Mapping[str, str] = {
    steps.CORE: "The upgrade of Windows licences is part of the Core package, which we do not see in "
    "your agreement. Your contact here will tell you what is possible.",
    steps.ASKED: "This ticket does not ask for an upgrade of a Windows licence, so we have not begun one. If you want it, "
    "please say so here.",
    steps.FORM: "The product key that we have cannot be right. Please send it again by the safe way that we gave you.",
    steps.FREE: "The product key that we have is already in use on another device. Please send us the key that was bought for "
    "this one.",
    steps.BACKED_UP: "We have not begun, because we could not see a back-up that is newer than our instructions. "
    "Please complete it and tell us; then we will go on or agree on another time.",
    steps.FIT: "We have not begun yet, because something about the device has to be put right first. "
    "A technician is looking into it and will tell you how it goes on.",
    steps.BEGINS: "We could not begin at the agreed time. We will agree on another one with you.",
}
"""What the customer is told when the work stopped at a step; nothing was changed on the device before the key is installed."""


REFUSED = (
    "We could not accept the proof of purchase of the new licence. A technician will tell you what is missing; "
    "please answer here."
)
"""What the customer is told when a person refused the proof of purchase."""
UNLISTED = "We have not begun, because we could not list the files on your device, and we check afterwards that all are there."
UNCHECKED = "The licence work is done, but we could not yet check your files. A technician is looking into it."
RESTART = (
    "The new product key is installed, and the device has to restart once before the new edition is there. Please tell us when "
    "that suits you, or restart it yourself."
)
MISSING = (
    "The licence work is done, but some of the files that were on the device before were not found again. "
    "We are looking into it with you."
)


def trouble(ending: Ending) -> str:
    """Why the work stopped, for the customer: the words for the error if it has some, else those for the step.

    Empty while a proof of purchase is awaited, because the question for it is on the ticket already, and for a time that was
    over before the customer heard of it. Empty too while a technician looks at the device by hand, step by step: that is how
    the work goes on, and no trouble. What goes wrong with the users' files is no matter of the licence, whatever the code.
    """
    facts = ending.facts
    if facts.get("attended"):
        return ""
    match ending.step:
        case steps.OWNED:
            return REFUSED if facts.get("by") else ""
        case steps.KEPT:
            return ""
        case steps.RECORDED:
            return UNLISTED
        case steps.INTACT:
            return MISSING if facts.get("missing") or facts.get("changed") else UNCHECKED
    if ending.step == steps.EFFECT and ending.mark is Mark.ASK:
        return RESTART
    if told := facts.get("customer_words"):
        return str(told)
    if ending.mark is Mark.UNREACHED:
        return AWAY if _silent(ending) else OURS
    if ending.step == steps.REACHED:
        return OURS
    return TROUBLE.get(ending.step) or (
        "The upgrade has stopped before it was complete. A technician is looking into it and will tell you how it goes on."
    )


def _silent(ending: Ending) -> bool:
    """Did nothing answer, by any way? ``reasons`` holds, by connector, the name of the error for which it was passed over."""
    reasons = ending.facts.get("reasons")
    return reasons is None or (bool(reasons) and set(reasons.values()) == {NotSent.__name__})

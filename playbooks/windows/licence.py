"""How the licence stands, judged from the facts."""

from __future__ import annotations

from typing import Any

from agent.api import Answer, Secret, no, unsure, yes
from playbooks.windows import codes, editions, keys
from playbooks.windows.facts import LICENSED, Facts


def _called(edition: str) -> str:
    found = editions.find(edition)
    return f"Windows {found.name}" if found else edition


def edition_is(facts: Facts, edition: str) -> Answer:
    """Does the PC run as *edition*? Goes by EditionID, never by the product's name."""
    wanted = editions.find(edition)
    if wanted is None:
        return unsure(f"{edition!r} is not an edition of Windows that keyturn knows", person="technician")
    seen = f"the PC runs {_called(facts.edition)} (EditionID {facts.edition}, SKU {facts.sku})"
    if facts.edition != wanted.id:
        return no(f"{seen}, wanted is {wanted.id}", edition=facts.edition)
    if facts.noted is None:
        return unsure(f"{seen}, but the PC could not say whether it waits for a restart", person="technician")
    if facts.awaits_restart:
        return no(f"{seen}, but has not restarted since its key was installed", edition=facts.edition)
    return yes(seen, edition=facts.edition)


def in_effect(facts: Facts, edition: str) -> Answer:
    """Does the PC run as *edition*, with no restart waiting for a key that somebody else than keyturn has put in?

    Of its own keys keyturn has noted whether a restart must follow. Of another one only this is known: it is not licensed yet
    while servicing waits for a restart, and the registry may name the next edition early.
    """
    running = edition_is(facts, edition)
    held = [licence for licence in facts.licences or () if not licence.addon]
    noted = facts.noted and facts.noted.last5
    theirs = not any(licence.last5 == noted or licence.status == LICENSED for licence in held)
    if running.is_yes and theirs and (facts.pending.servicing or facts.pending.in_progress):
        return no(f"{running.evidence}, but a restart waits since its key was put in by hand", edition=facts.edition)
    return running


def key_is(facts: Facts, last5: str, edition: str) -> Answer:
    """Is the key that ends in *last5* installed, as a key for *edition*?"""
    if facts.licences is None:
        return unsure("the PC could not say which keys are installed")
    found = [licence for licence in facts.licences if not licence.addon and licence.last5 == last5]
    if not found:
        seen = ", ".join(f"…{licence.last5}" for licence in facts.licences) or "none"
        return no(f"installed keys: {seen}; wanted is …{last5}")
    wanted = editions.find(edition)
    if wanted and found[0].family not in (None, wanted.id):
        return unsure(f"{found[0]}, but wanted is a key for {_called(edition)}", person="technician", family=found[0].family)
    return yes(str(found[0]), last5=last5, family=found[0].family, status=found[0].status)


def activated(facts: Facts, last5: str) -> Answer:
    """Is the licence with the key that ends in *last5* in status 1 (licensed)?"""
    licence = facts.licence(last5)
    told: dict[str, Any] = {"last5": licence.last5, "status": licence.status, "reason": licence.reason}
    if last5 and licence.last5 != last5:
        return no(f"{licence}; wanted is key …{last5}", **told)
    if licence.status != LICENSED:
        known = codes.lookup(licence.reason or "")
        return no(f"{licence}; wanted is licensed" + (f" ({known.meaning})" if known else ""), **told)
    until = f", for another {licence.grace // 1440} days" if licence.grace else ", for good"
    return yes(f"{licence}{until}", **told, grace=licence.grace)


def works(facts: Facts, edition: str, key: Secret) -> Answer:
    """Edition, status, last five and the key's group together: the proof that the new licence is the one in use."""
    running, licensed = edition_is(facts, edition), activated(facts, key.tail(5))
    for answer in (running, licensed):
        if not answer.is_yes:
            return answer
    told: dict[str, Any] = {**running.facts, **licensed.facts}
    wanted, seen = keys.group(key), facts.licence(key.tail(5)).group
    if wanted is None or seen is None:
        return yes(f"{running.evidence}; {licensed.evidence}; the key's group could not be compared", **told)
    if wanted != seen:
        return no(f"the installed key is of group {seen}, the bought one of group {wanted}", person="technician", **told)
    return yes(f"{running.evidence}; {licensed.evidence}; key group {seen} as bought", **told, group=seen)


def key_cleared(facts: Facts, reference: str) -> Answer:
    """Is the registry free of a readable copy of the product key, or was it cleared for the order *reference*?"""
    if facts.noted and facts.noted.cleared == reference:
        return yes("the product key was cleared from the registry for this order")
    if facts.kept_key is None:
        return unsure("the PC could not say whether its registry holds the product key")
    return (
        no("the registry holds a readable copy of the product key") if facts.kept_key else yes("no product key in the registry")
    )

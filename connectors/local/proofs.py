"""Proofs of purchase that a person accepted or refused, each bound to one licence, device and user."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from hashlib import file_digest
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from agent.api import Answer, Misuse, no, yes
from connectors.local import tables
from connectors.local.desk import Desk, moment
from connectors.local.devices import existing_device
from connectors.local.editions import edition_id, known_edition, same_edition
from connectors.local.masking import masked
from connectors.local.names import checked, folded
from connectors.local.verdict import Claim


@dataclass(frozen=True, slots=True)
class Proof:
    """What a person decided about a customer's proof of purchase.

    Attributes:
        licence: The number under which orders name the licence.
        device: The device that it is for; its customer is the owner.
        user: The end user that it is for.
        edition: The Windows edition that was bought.
        file: The document that was examined.
        accepted: Whether it was found good.
        by: Who decided.
        because: Why.
    """

    licence: str
    device: str
    user: str
    edition: str
    file: Path
    accepted: bool
    by: str
    because: str


def record_proof(desk: Desk, proof: Proof) -> str:
    """Keeps the decision with the document's SHA-256, and returns that in hexadecimal; the newest decision holds.

    Raises :class:`Misuse` when the document cannot be read, or the device is unknown.
    """
    try:
        with proof.file.open("rb") as document:
            digest = file_digest(document, "sha256").hexdigest()
    except OSError as error:
        raise Misuse(f"the proof {proof.file} cannot be read: {error.strerror}", "Give the path of the document.") from None
    values = {
        **asdict(proof),
        "licence": checked("a licence's number", proof.licence),
        "edition": known_edition(checked("an edition", proof.edition)),
        "file": proof.file.name,
        "by": checked("the name of who decided", proof.by),
        "because": masked(checked("the reason", proof.because)),
        "sha256": digest,
        "at": desk.now(),
    }
    with desk.writing() as connection:
        device = existing_device(connection, proof.device)
        values |= {"device": device.name, "customer": device.customer}
        connection.execute(insert(tables.proofs).values(values))
    return digest


def judge_by_proof(connection: Connection, claim: Claim) -> Answer:
    """What the proofs say about a licence that the inventory does not hold."""
    name = f"licence {claim.licence}"
    missing = f"{name} is not in the licence inventory"
    rows = _decisions(connection, claim)
    wanted = (folded(claim.device), folded(claim.user))
    row = next((row for row in rows if (folded(row.device), folded(row.user)) == wanted), None)
    if row is None and rows:
        return no(f"{missing}; a proof of purchase was examined for {rows[0].device} ({rows[0].user}), wanted {claim.who}")
    if row is None:
        return no(f"{missing}, and no proof of purchase for {claim.who} was accepted")
    decision = f"{row.by} on {moment(row.at)}: {row.because}"
    if not row.accepted:
        return no(f"{missing}; the proof of purchase was refused by {decision}", sha256=row.sha256, by=row.by)
    if not same_edition(row.edition, claim.edition):
        return no(f"{missing}; the proof is for edition {row.edition}, wanted {edition_id(claim.edition)}", sha256=row.sha256)
    return yes(f"proof of purchase for {name} on {claim.who} accepted by {decision}", sha256=row.sha256, by=row.by, at=row.at)


def _decisions(connection: Connection, claim: Claim) -> list[Row[Any]]:
    """All decisions about the claimed licence of the claimed customer, newest first."""
    query = select(tables.proofs, tables.customers.c.name.label("owner")).join(tables.customers)
    wanted = (folded(claim.licence), folded(claim.customer))
    rows = connection.execute(query.order_by(tables.proofs.c.id.desc()))
    return [row for row in rows if (folded(row.licence), folded(row.owner)) == wanted]

"""The tables of the desk; times are ISO 8601 in UTC, and ``folded`` columns hold names as they are compared."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Integer, LargeBinary, MetaData, Table, Text, UniqueConstraint

VERSION = 1
"""Kept in the file as ``user_version``; a file with another number was made by another keyturn."""

META = MetaData()


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _folded() -> Column[str]:
    return Column("folded", Text, nullable=False, unique=True)


def _customer() -> Column[int]:
    return Column("customer", ForeignKey("customers.id"), nullable=False)


pepper = Table("pepper", META, Column("value", LargeBinary, nullable=False))
"""One row: the random secret with which product keys are fingerprinted in this desk."""

customers = Table(
    "customers",
    META,
    Column("id", Integer, primary_key=True),
    _folded(),
    _text("name"),
    _text("package"),
    _text("mail"),
    _text("zone"),
)

devices = Table(
    "devices",
    META,
    Column("id", Integer, primary_key=True),
    _folded(),
    _text("name"),
    _customer(),
    _text("user"),
    _text("ways"),
)

licences = Table(
    "licences",
    META,
    Column("id", Integer, primary_key=True),
    _folded(),
    _text("number"),
    _customer(),
    _text("edition"),
    Column("seats", Integer, nullable=False),
    Column("expires", Text),
    _text("state"),
)

seats = Table(
    "seats",
    META,
    Column("id", Integer, primary_key=True),
    Column("licence", ForeignKey("licences.id"), nullable=False),
    _text("device"),
    _text("user"),
    _text("at"),
)
"""Who sits where; an empty device or user is not decided yet."""

keys = Table(
    "keys",
    META,
    Column("mark", Text, primary_key=True),
    _text("tail"),
    _text("device"),
    _text("licence"),
    _text("at"),
)
"""Which device a product key was given to: its fingerprint and its last five characters, never the key."""

proofs = Table(
    "proofs",
    META,
    Column("id", Integer, primary_key=True),
    _text("licence"),
    _customer(),
    _text("device"),
    _text("user"),
    _text("edition"),
    _text("file"),
    _text("sha256"),
    Column("accepted", Boolean, nullable=False),
    _text("by"),
    _text("because"),
    _text("at"),
)

tickets = Table(
    "tickets",
    META,
    Column("id", Integer, primary_key=True),
    _folded(),
    _text("number"),
    _customer(),
    _text("kind"),
    _text("subject"),
    _text("state"),
    _text("opened"),
    Column("closed", Text),
    Column("closed_by", Text),
    Column("by_run", Boolean, nullable=False),
    Column("attention", Boolean, nullable=False),
)
"""``by_run`` is true once a run closed the ticket through the port; ``attention`` once a customer wrote after closing."""

notes = Table(
    "notes",
    META,
    Column("id", Integer, primary_key=True),
    Column("ticket", ForeignKey("tickets.id"), nullable=False),
    Column("reference", Text),
    Column("public", Boolean, nullable=False),
    _text("author"),
    _text("at"),
    _text("text"),
    UniqueConstraint("ticket", "reference"),
)

times = Table(
    "times",
    META,
    Column("id", Integer, primary_key=True),
    Column("ticket", ForeignKey("tickets.id"), nullable=False),
    Column("minutes", Integer, nullable=False),
    _text("technician"),
    _text("at"),
)

letters = Table(
    "letters",
    META,
    Column("reference", Text, primary_key=True),
    _text("message_id"),
    _text("recipients"),
    _text("subject"),
    _text("way"),
    _text("state"),
    _text("at"),
)
"""``state`` is ``sending`` from before the first byte leaves until the server's last word is known."""

appointments = Table(
    "appointments",
    META,
    Column("reference", Text, primary_key=True),
    _text("line"),
    _text("file"),
    _text("details"),
    Column("sequence", Integer, nullable=False),
    Column("live", Boolean, nullable=False),
)
"""``line`` is the part of the reference that all agreed times of one order share."""

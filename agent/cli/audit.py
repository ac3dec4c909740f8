"""The command ``audit``: whether the record is as it was written."""

from __future__ import annotations

import click

from agent.cli.call import Call, json_option
from agent.words.errors import Exit


@click.group()
def audit() -> None:
    """Check that the record was not altered."""


@audit.command()
@click.option(
    "--head", metavar="HASH", default=None, help="The last hash as it was noted elsewhere; the record must end with it."
)
@json_option
@click.pass_obj
def verify(call: Call, head: str | None) -> int:
    """Check the chain of all events; exit code 1 when it is broken."""
    found = call.home.journal.audit()
    trouble = found.broken
    if trouble is None and head is not None and head.strip().lower() != found.head:
        trouble = "the record does not end with the hash that was noted: events were added since, or cut off"
    if call.as_json:
        call.document(audit={"events": found.events, "head": found.head, "whole": trouble is None, "trouble": trouble})
    else:
        call.say(f"{found.events} events, head {found.head}")
        call.say(f"broken: {trouble}" if trouble else "whole: every event is as it was written")
    return Exit.FAILED if trouble else Exit.DONE

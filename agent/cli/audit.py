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
    "--head", metavar="HASH", default=None, help="A last hash that was noted elsewhere; the record must still hold it."
)
@json_option
@click.pass_obj
def verify(call: Call, head: str | None) -> int:
    """Check the chain of all events; exit code 1 when it is broken."""
    journal = call.home.journal
    found = journal.audit()
    trouble, since = found.broken, None
    if head is not None:
        noted = journal.number_of(head.strip().lower())
        since = None if noted is None else found.events - noted
        if noted is None and trouble is None:
            trouble = "no event has the hash that was noted: the record was cut off after it was noted, or is another one"
    if call.as_json:
        told = {"events": found.events, "head": found.head, "whole": trouble is None, "since": since, "trouble": trouble}
        call.document(audit=told)
        return Exit.FAILED if trouble else Exit.DONE
    call.say(f"{found.events} events, head {found.head}")
    if since is not None:
        call.say(f"{since} events since the hash that was noted")
    call.say(f"broken: {trouble}" if trouble else "whole: every event is as it was written")
    return Exit.FAILED if trouble else Exit.DONE

"""The command ``lab``: a simulated PC behind a real WinRM listener, to train on and to try commands against."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from connectors.lab.training import Training

EDITIONS = ("home", "pro", "enterprise", "education", "server-standard", "server-datacenter", "server-evaluation")


@click.command()
@click.option("--name", default="LAB-01", show_default=True, help="The PC's name.")
@click.option("--edition", type=click.Choice(EDITIONS), default="pro", show_default=True, help="What it runs.")
@click.option(
    "--to", "target", type=click.Choice(EDITIONS), default="education", show_default=True, help="What the key is for."
)
@click.option("--language", type=click.Choice(["en-US", "de-DE", "ja-JP"]), default="en-US", show_default=True)
@click.option("--https", "tls", is_flag=True, help="Listen with HTTPS; the fingerprint is shown.")
@click.option("--latency", type=click.FloatRange(0, 10), default=0.0, help="Seconds that each request takes longer.")
def lab(**given: str | float | bool) -> None:
    """Serve a simulated PC on loopback until you quit.

    It prints what to type in another terminal. While it runs, type: backup, restart, plug, unplug, user NAME, fault NAME
    ACTION, fail SCRIPT CODE, ledger, quit.
    """
    from connectors.lab.training import opened

    with opened(given) as training:
        click.echo(training.introduction())
        _converse(training)


def _converse(training: Training) -> None:
    """Takes commands from standard input until ``quit`` or its end."""
    for line in sys.stdin:
        if line.strip() in ("quit", "exit"):
            return
        if line.strip():
            click.echo(training.do(line.split()))

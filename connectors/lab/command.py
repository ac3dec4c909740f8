"""The command ``lab``: a simulated PC behind real servers, to train on and to try commands against."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import click

from agent.api import Misuse

WAYS: Mapping[str, str] = {
    "winrm": "winrm",
    "winrm-jump": "winrm",
    "ssh": "ssh",
    "screenconnect": "screenconnect",
    "screenconnect-built-in": "screenconnect",
    "vsax": "vsax",
    "vsa9": "vsa9",
    "splashtop": "splashtop",
}
"""The ways that can be served, with the connector that takes each; a device has one way of each connector."""
CLIENTS = ("home", "pro", "enterprise", "education")
SERVERS = ("server-standard", "server-datacenter")
EVALUATION = "server-evaluation"
_COMPUTER = re.compile(r"(?=.*[A-Za-z-])[A-Za-z0-9]([A-Za-z0-9-]{0,13}[A-Za-z0-9])?")


def _computer(ctx: click.Context, param: click.Parameter, name: str | None) -> str | None:
    if name is not None and not _COMPUTER.fullmatch(name):
        raise click.BadParameter("a PC's name is 1 to 15 letters, digits and hyphens, not digits alone.", ctx, param)
    return name


@click.command()
@click.option(
    "--way",
    "ways",
    type=click.Choice([*WAYS]),
    multiple=True,
    default=["winrm"],
    show_default=True,
    help="A way to reach it; give it again for the next rung of the ladder.",
)
@click.option("--name", callback=_computer, help="The PC's name  [default: LAB- and four letters or digits]")
@click.option(
    "--edition", type=click.Choice([*CLIENTS, *SERVERS, EVALUATION]), default="pro", show_default=True, help="What it runs."
)
@click.option(
    "--to",
    "target",
    type=click.Choice([*CLIENTS, *SERVERS]),
    default="education",
    show_default=True,
    help="What the key is for.",
)
@click.option("--language", type=click.Choice(["en-US", "de-DE", "ja-JP"]), default="en-US", show_default=True)
@click.option("--https", "tls", is_flag=True, help="Let WinRM listen with HTTPS; the fingerprint is shown.")
@click.option("--latency", type=click.FloatRange(0, 10), default=0.0, help="Seconds that each WinRM request takes longer.")
def lab(ways: Sequence[str], **given: str | float | bool | None) -> None:
    """Serve a simulated PC on loopback until you quit.

    It prints what to type in another terminal, and what may be typed beside it: a back-up, somebody who logs on, mishaps on
    the line, agents that go offline, failures of Windows.
    """
    _check(ways, given)
    from connectors.lab.training.training import opened, program
    from connectors.lab.training.words import QUIT

    with opened({"ways": ways, **given}) as training:
        click.echo(training.introduction(program(sys.argv[0])))
        for line in _typed():
            if line.strip().lower() in QUIT:
                return
            if line.strip():
                click.echo(training.do(line))


def _check(ways: Sequence[str], given: Mapping[str, object]) -> None:
    """Raises :class:`Misuse` for ways that no device can have together, and for options that concern none of them."""
    for connector, count in Counter(WAYS[way] for way in ways).items():
        if count > 1:
            named = " and ".join(way for way in ways if WAYS[way] == connector)
            raise Misuse(f"{named} are one way twice: a device has one of {connector}", "Leave one of them out.")
    for option, value in (("--https", given["tls"]), ("--latency", given["latency"])):
        if value and "winrm" not in map(WAYS.get, ways):
            raise Misuse(f"{option} concerns WinRM, which is not among {', '.join(ways)}", "Add --way winrm, or leave it out.")


def _typed() -> Iterator[str]:
    """The lines from standard input until its end; a person gets a prompt for each."""
    if not sys.stdin.isatty():
        yield from sys.stdin
        return
    while True:
        try:
            yield input("lab> ")
        except EOFError:
            return

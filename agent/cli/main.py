"""The command ``keyturn``."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from agent.cli.call import Call
from agent.cli.groups import Root


def _home(ctx: click.Context, param: click.Parameter, value: Path | None) -> None:  # noqa: ARG001 - click calls it
    if value:
        ctx.ensure_object(Call).folder = value.expanduser().absolute()


def _no_color(ctx: click.Context, param: click.Parameter, value: bool) -> None:  # noqa: ARG001, FBT001
    if value:
        ctx.ensure_object(Call).colour = False


def _version(ctx: click.Context, param: click.Parameter, value: bool) -> None:  # noqa: ARG001, FBT001
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"keyturn {version('keyturn')}")
        ctx.exit()


@click.group(
    "keyturn",
    cls=Root,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--home",
    metavar="FOLDER",
    type=click.Path(path_type=Path, file_okay=False),
    is_eager=True,
    expose_value=False,
    callback=_home,
    help="Where keyturn keeps its files [default: KEYTURN_HOME, or your data folder].",
)
@click.option(
    "--no-color",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_no_color,
    help="Use no colour; NO_COLOR does the same.",
)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
@click.pass_context
def keyturn(ctx: click.Context) -> None:
    """Carry out licence work on customers' systems, end to end and provably.

    \b
    Exit codes: 0 done, 1 failed, 2 wrong use, 3 waiting, 4 not reached,
    5 a person must decide, 6 a dry run found changes, 130 interrupted.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def main(arguments: Sequence[str] | None = None, call: Call | None = None) -> None:
    """Runs ``keyturn`` with *arguments* (by default those of the process) and exits with its code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    for name in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(name) is signal.SIG_DFL:
            signal.signal(name, signal.default_int_handler)
    keyturn.main(arguments, prog_name="keyturn", obj=call or Call())

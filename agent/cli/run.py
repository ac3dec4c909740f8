"""The commands ``run`` and ``resume``: an order from options, from a file or from the journal, carried out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli import carry
from agent.cli.call import Call
from agent.cli.groups import Suggesting
from agent.cli.options import given, options_for
from agent.cli.suggest import earlier_values, run_numbers
from agent.cli.waiting import waiting_run
from agent.words.errors import Misuse

if TYPE_CHECKING:
    from agent.words.playbook import Playbook


def _order_option() -> click.Option:
    return click.Option(
        ["--order"],
        metavar="FILE|NUMBER",
        default=None,
        help="A TOML file with the order's fields, or a stored order's number.",
    )


class Playbooks(Suggesting):
    """The group ``run``: one command a playbook, made when it is called for."""

    noun = "playbook"

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The playbooks' names."""
        return sorted(ctx.ensure_object(Call).home.playbooks)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of one playbook."""
        call = ctx.ensure_object(Call)
        playbook = call.home.playbooks.get(cmd_name)
        return _command(call, playbook) if playbook else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The playbooks with their titles."""
        playbooks = ctx.ensure_object(Call).home.playbooks
        with formatter.section("Playbooks"):
            formatter.write_dl([(name, playbooks[name].title) for name in self.list_commands(ctx)])


def _command(call: Call, playbook: Playbook) -> click.Command:
    ours = [_order_option(), *carry.options()]
    taken = {flag for option in ours for flag in option.opts} | {"--help"}

    def carry_out(**values: Any) -> int:
        ctx = click.get_current_context()
        before = ctx.parent.params if ctx.parent else {}
        merged = {**values, **{name: values[name] or early for name, early in before.items()}}
        fields = {**_base(call, playbook, merged["order"]), **given(values)}
        return _carry_out(call, playbook, fields, merged)

    fields = options_for(playbook.order, taken, lambda name: earlier_values(call, playbook.name, name))
    about = (playbook.function.__doc__ or "").strip()
    return click.Command(
        playbook.name,
        params=[*fields, *ours],
        callback=carry_out,
        help=f"{playbook.title}.\n\n{about}",
        short_help=playbook.title,
    )


def _carry_out(call: Call, playbook: Playbook, fields: Mapping[str, Any], values: dict[str, Any]) -> int:
    from agent.machine.orders import make_order

    return carry.carry_out(call, playbook, make_order(playbook.order, fields), carry.manner(values))


def _base(call: Call, playbook: Playbook, order: str | None) -> dict[str, Any]:
    """The fields of the order that ``--order`` names. Raises :class:`Misuse` when it is one for another playbook."""
    if order is None:
        return {}
    name, fields = _named(call, order)
    if name not in (playbook.name, ""):
        raise Misuse(f"the order {order} is for {name}", f"Run it with 'keyturn run {name} --order {order}'.")
    return fields


def _named(call: Call, order: str) -> tuple[str, dict[str, Any]]:
    """The playbook's name (empty when the file names none) and the fields of a stored order or of an order file."""
    if order.isdecimal():
        row = call.home.journal.current(call.home.journal.find_order(int(order)))
        return row.playbook, row.content
    from agent.machine.orders import read_order_file

    fields = read_order_file(Path(order))
    return str(fields.pop("playbook", "")), fields


@click.group(
    cls=Playbooks,
    invoke_without_command=True,
    subcommand_metavar="[PLAYBOOK [FIELDS]]",
    params=[_order_option(), *carry.options()],
)
@click.pass_context
def run(ctx: click.Context, /, **values: Any) -> int | None:
    """Carry out an order: look, show the plan, ask, do, prove.

    With a playbook's name, its fields are options: see 'keyturn run PLAYBOOK --help'. Without one, --order names a stored
    order, or a file that has a line such as: playbook = "windows-upgrade".
    """
    if ctx.invoked_subcommand is not None:
        return None
    call: Call = ctx.obj
    if values["order"] is None:
        raise Misuse("it is not said what to run", "Name a playbook or an order; see 'keyturn run --help'.")
    name, fields = _named(call, values["order"])
    if not name:
        raise Misuse(f"the order file {values['order']} names no playbook", "Name one before --order, or in the file.")
    return _carry_out(call, call.home.playbook(name), fields, values)


@click.command(
    params=[
        click.Argument(["number"], metavar="[RUN]", required=False, type=click.INT, shell_complete=run_numbers),
        *carry.options(),
    ]
)
@click.pass_obj
def resume(call: Call, /, number: int | None, **values: Any) -> int:
    """Run the order of an earlier run again; what is done is passed.

    RUN is its number, by default that of the only run that waits.
    """
    journal = call.home.journal
    row = journal.current(journal.find_run(waiting_run(call) if number is None else number).order)
    return _carry_out(call, call.home.playbook(row.playbook), row.content, values)

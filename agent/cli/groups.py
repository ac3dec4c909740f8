"""Groups of commands that are imported when they are called for, and the errors that end a call."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from importlib import import_module
from typing import Any

import click
from click.exceptions import NoArgsIsHelpError

from agent.cli.call import Call
from agent.words.errors import Exit, KeyturnError, Misuse

SECTIONS: Mapping[str, Mapping[str, str]] = {
    "Carry out an order": {
        "run": "agent.cli.run:run",
        "resume": "agent.cli.run:resume",
        "answer": "agent.cli.records:answer",
    },
    "See how things stand": {
        "survey": "agent.cli.survey:survey",
    },
    "See what happened": {
        "runs": "agent.cli.records:runs",
        "show": "agent.cli.records:show",
        "audit": "agent.cli.audit:audit",
    },
    "Get ready, get help": {
        "demo": "agent.cli.demo:demo",
        "key": "agent.cli.key:key",
        "doctor": "agent.cli.doctor:doctor",
        "explain": "agent.cli.explain:explain",
        "completion": "agent.cli.completion:completion",
    },
}
"""Our own commands by section of the help: name to ``module:attribute``."""

PLACES = {name: place for section in SECTIONS.values() for name, place in section.items()}
PLUGGED = "From plug-ins"


class Suggesting(click.Group):
    """A group that names the nearest command when one is mistyped."""

    noun = "command"

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it, with a better message."""
        name = args[0]
        if self.get_command(ctx, name) is None and not ctx.resilient_parsing and not name.startswith("-"):
            near = get_close_matches(name, self.list_commands(ctx), 1)
            ctx.fail(f"There is no {self.noun} {name!r}.{f' Did you mean {near[0]!r}?' if near else ''}")
        return super().resolve_command(ctx, args)


class Root(Suggesting):
    """The group ``keyturn``: its own commands, those of the plug-ins, and what becomes of errors."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, ours first."""
        return [*PLACES, *sorted(self._plugged(ctx))]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        if cmd_name in PLACES:
            module, _, attribute = PLACES[cmd_name].partition(":")
            command: click.Command = getattr(import_module(module), attribute)
            return command
        return self._plugged(ctx).get(cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands by section."""
        sections: dict[str, Sequence[str]] = {title: tuple(names) for title, names in SECTIONS.items()}
        sections[PLUGGED] = sorted(self._plugged(ctx))
        width = max(len(name) for names in sections.values() for name in names)
        for title, names in sections.items():
            commands = [(name, self.get_command(ctx, name)) for name in names]
            rows = [(name.ljust(width), command.get_short_help_str(limit=90)) for name, command in commands if command]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)

    def main(self, args: Sequence[str] | None = None, *rest: Any, **extra: Any) -> Any:
        """Runs a command and exits; each error for people becomes one line, anything else keeps its traceback."""
        call = extra.setdefault("obj", Call())
        extra["standalone_mode"] = False
        words = list(sys.argv[1:] if args is None else args)
        call.as_json |= "--json" in words[: words.index("--") if "--" in words else None]
        sys.exit(_exit_code(lambda: super(Root, self).main(args, *rest, **extra), call))

    def _plugged(self, ctx: click.Context) -> dict[str, click.Command]:
        """The plug-ins' commands. Raises :class:`Misuse` when one has a name that is taken."""
        from agent.machine.plugins import by_name

        found: dict[str, click.Command] = by_name(ctx.ensure_object(Call).hooks.hook.keyturn_commands(), "command")
        if clash := PLACES.keys() & found.keys():
            raise Misuse(f"a plug-in brings a command called {min(clash)}, which keyturn has itself", "Update or uninstall it.")
        return found


def _exit_code(work: Any, call: Call) -> int:
    try:
        result = work()
        sys.stdout.flush()
    except NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return Exit.DONE
    except click.ClickException as error:
        what, do = _usage(error)
        _complain(call, f"{what} {do}", text=what, do=do, exit=error.exit_code, facts={})
        return error.exit_code
    except KeyturnError as error:
        _complain(call, str(error), text=error.what, do=error.do, exit=int(error.exit_code), facts=error.facts)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        _complain(call, "interrupted", text="interrupted", do="", exit=int(Exit.INTERRUPTED), facts={})
        return Exit.INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.FAILED
    return result if isinstance(result, int) else Exit.DONE


def _usage(error: click.ClickException) -> tuple[str, str]:
    """What was wrong with a command line, and what to do."""
    message = " ".join(error.format_message().split())
    ctx = getattr(error, "ctx", None)
    return message, f"See '{ctx.command_path} --help'." if ctx else ""


def _complain(call: Call, line: str, **told: Any) -> None:
    """One line on standard error, and *told* as JSON on standard output where that was asked for."""
    call.remark(f"keyturn: {' '.join(line.split())}")
    if call.as_json:
        call.document(error=told)

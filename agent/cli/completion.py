"""The command ``completion``: the script that teaches a shell our commands."""

from __future__ import annotations

import os
from pathlib import Path

import click

from agent.words.errors import Misuse

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS), required=False)
@click.pass_context
def completion(ctx: click.Context, shell: str | None) -> None:
    """Print the completion script of a shell (by default, yours).

    \b
    bash:  eval "$(keyturn completion bash)"    in ~/.bashrc
    zsh:   eval "$(keyturn completion zsh)"     in ~/.zshrc
    fish:  keyturn completion fish | source     in ~/.config/fish/config.fish
    """
    from click.shell_completion import get_completion_class

    name = shell or Path(os.environ.get("SHELL", "")).name
    made = get_completion_class(name) if name in SHELLS else None
    if made is None:
        raise Misuse(f"there is no completion for {name or 'this shell'}", f"There is one for {', '.join(SHELLS)}.")
    click.echo(made(ctx.find_root().command, {}, "keyturn", "_KEYTURN_COMPLETE").source())

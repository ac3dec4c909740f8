"""The commands ``key …``: product keys and passwords in the vault, taken in without being seen."""

from __future__ import annotations

import sys
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from pathlib import Path

import click

from agent.cli import tables
from agent.cli.call import Call, json_option
from agent.cli.suggest import secret_names
from agent.cli.times import local
from agent.words.answer import Answer, Verdict
from agent.words.errors import Exit, Misuse
from agent.words.secret import Secret

KEY, PASSWORD = "product key", "password"
NAME = click.argument("name", metavar="NAME", shell_complete=secret_names)


@click.group()
def key() -> None:
    """Keep product keys and passwords in the vault; orders name them as vault:NAME."""


@key.command()
@click.argument("name", metavar="NAME")
@click.option("--kind", type=click.Choice([KEY, PASSWORD]), default=KEY, show_default=True, help="What it is.")
@click.option(
    "--file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Read the value from the only line of a file."
)
@click.pass_obj
def add(call: Call, name: str, kind: str, file: Path | None) -> None:
    """Store a product key or a password.

    It is typed unseen, read from standard input when piped, or from --file. The value is never an argument: arguments
    can be seen by everybody on this computer. A product key that cannot be right is refused.
    """
    vault, name = call.home.vault, _named(name)
    if any(entry.name == name for entry in vault.entries()):
        raise Misuse(f"vault:{name} is there already", f"Choose another name, or remove it first: keyturn key remove {name}.")
    value = _only_line(_read(call, kind, file), kind)
    if kind == KEY and (judged := _judged(call, Secret(value, KEY))) is not None:
        if judged.verdict is Verdict.NO:
            raise Misuse(f"this product key was not stored: {judged.evidence}", "Compare it with the proof of purchase.")
        call.remark(judged.evidence)
    vault.put(name, value, kind=kind, at=call.home.clock.now())
    call.remark(f"Stored. Orders name it as vault:{name}")


@key.command("list")
@json_option
@click.pass_obj
def list_(call: Call) -> None:
    """List what is in the vault; never the values."""
    entries = call.home.vault.entries()
    if call.as_json:
        call.document(keys=[{"name": entry.name, "kind": entry.kind, "stored": entry.at.isoformat()} for entry in entries])
    elif entries:
        tables.show(call, ("name", "kind", "stored"), [(entry.name, entry.kind, local(entry.at)) for entry in entries])
    else:
        call.remark("The vault is empty. Store something with 'keyturn key add NAME'.")


@key.command()
@NAME
@json_option
@click.pass_obj
def check(call: Call, name: str) -> int:
    """Check that a secret can be read and, for a product key, that it can be right.

    Exit code 1 when it cannot be.
    """
    secret = _stored(call, name)
    end = secret.tail(5)
    is_key = secret.label == KEY
    judged = _judged(call, secret) if is_key else None
    tail = end if is_key else ""
    evidence, sound = ("it can be read", True) if judged is None else (judged.evidence, judged.is_yes)
    if call.as_json:
        call.document(key={"name": name, "kind": secret.label, "tail": tail, "sound": sound, "evidence": evidence})
    else:
        call.say(f"{secret.reference} ({secret.label}{f' that ends in {tail}' if tail else ''}): {evidence}")
    return Exit.DONE if sound else Exit.FAILED


@key.command()
@NAME
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def remove(call: Call, name: str, *, yes: bool) -> None:
    """Forget a secret."""
    secret = _stored(call, name)
    if not yes and not call.can_ask:
        raise Misuse("nobody can be asked here whether to remove it", "Add --yes.")
    if not yes and not click.confirm(f"Forget {secret.reference} ({secret.label}) for good?", err=True):
        call.remark("It was kept.")
        return
    call.home.vault.remove(str(secret.reference).removeprefix("vault:"))
    call.remark(f"{secret.reference} was removed.")


@key.command()
@click.pass_obj
def rotate(call: Call) -> None:
    """Encrypt everything in the vault with a new master key."""
    count = call.home.vault.rotate()
    call.remark(f"{count} secret{'' if count == 1 else 's'} encrypted with the new master key.")


def _named(name: str) -> str:
    """*name* without ``vault:``. Raises :class:`Misuse` for one that an order could not refer to."""
    from pydantic import TypeAdapter, ValidationError

    from agent.words.order import SecretReference

    bare = name.removeprefix("vault:")
    try:
        TypeAdapter(SecretReference).validate_python(f"vault:{bare}")
    except ValidationError:
        raise Misuse(
            f"{bare!r} cannot be a name in the vault", "Use lower-case letters, digits, . _ - and / between parts."
        ) from None
    return bare


def _stored(call: Call, name: str) -> Secret:
    return call.home.vault.secret(f"vault:{name.removeprefix('vault:')}")


def _judged(call: Call, secret: Secret) -> Answer | None:
    """What a plug-in says about a product key; ``None`` when none knows about keys."""
    answer: Answer | None = call.hooks.hook.keyturn_examine(secret=secret)
    return answer


def _read(call: Call, kind: str, file: Path | None) -> str:
    """The text that was given. Raises :class:`Misuse` when there is none to be had."""
    try:
        return _decoded(_given(call, kind, file))
    except OSError as error:
        raise Misuse(f"{file} cannot be read: {error.strerror}", "Give the path of a text file.") from None
    except UnicodeDecodeError:
        what = file or "what was given"
        raise Misuse(f"{what} is neither UTF-8 nor UTF-16 with a mark at its start", "Save it as UTF-8.") from None


def _given(call: Call, kind: str, file: Path | None) -> bytes:
    """The bytes of the value, whatever the locale of this process takes them for."""
    if file is not None:
        return file.read_bytes()
    if not call.can_ask:
        return sys.stdin.buffer.read()
    typed = click.prompt(f"The {kind} (it is not shown)", hide_input=True, confirmation_prompt=kind == PASSWORD, err=True)
    return str(typed).encode("utf-8", "surrogateescape")


def _decoded(data: bytes) -> str:
    """The text in a file as Windows and others write it: UTF-16 when it begins with its mark, else UTF-8."""
    return data.decode("utf-16" if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8-sig")


def _only_line(text: str, kind: str) -> str:
    """The value in *text*. Raises :class:`Misuse` when it is empty or more than one line."""
    lines = text.strip("\r\n").splitlines()
    if len(lines) != 1 or not lines[0].strip():
        raise Misuse(f"a {kind} is one line, and {len(lines)} were given", "Give the value alone.")
    return lines[0].strip() if kind == KEY else lines[0]

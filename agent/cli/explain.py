"""The command ``explain``: what an error code means and who acts."""

from __future__ import annotations

import click

from agent.cli.call import Call, json_option
from agent.words.errors import Misuse


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("codes", metavar="CODE...", nargs=-1, required=True)
@json_option
@click.pass_obj
def explain(call: Call, codes: tuple[str, ...]) -> None:
    """Say what an error code means, and who acts.

    A code is written as it was seen: 0xC004F050, 3221549136 or -1073418160.
    """
    found = {code: call.hooks.hook.keyturn_explain(code=code) for code in codes}
    known = {code: explanation for code, explanation in found.items() if explanation}
    if call.as_json:
        call.document(codes={code: {"title": said.title, **said.lines} for code, said in known.items()})
    else:
        for code, said in known.items():
            call.say(said.title if code in said.title else f"{code}: {said.title}")
            width = max((len(label) for label in said.lines), default=0)
            for label, text in said.lines.items():
                call.say(f"  {label:<{width}}  {text}")
    if strange := [code for code in codes if code not in known]:
        raise Misuse(
            f"{' and '.join(strange)} {'is' if len(strange) == 1 else 'are'} not in the table of known codes",
            "Compare it with what was seen (such as 0xC004F050 or -1073418160); for any other, 'slui 0x2a CODE' on a PC shows "
            "what Windows says, and learn.microsoft.com has it under the code.",
        )

"""How a script reaches Windows PowerShell 5.1: a short constant command line, everything else by standard input.

A command line ends up in the audit log of the PC (event 4688) and may hold 8191 characters under ``cmd.exe``, so it only
carries a reader. The reader takes one line of JSON from standard input (script and parameters) and runs it; the script
then reads each secret itself, one line each, so that a secret is never part of a command line, of a script block
(event 4104) or of a cmdlet's parameters (event 4103). Sources: Microsoft Learn, "Command line process auditing",
"about_Logging", "Command prompt line string limitation".
"""

from __future__ import annotations

import base64
import json

from agent.words.command import Command
from agent.words.errors import Misuse

READER = (
    "$ErrorActionPreference='Stop';$ProgressPreference='SilentlyContinue';"
    "[Console]::OutputEncoding=[Text.Encoding]::UTF8;"
    "$request=[Console]::In.ReadLine()|ConvertFrom-Json;$given=$request.given;"
    "& ([ScriptBlock]::Create($request.script))"
)

COMMAND_LINE = "powershell.exe -NoLogo -NoProfile -NonInteractive -ExecutionPolicy Bypass -EncodedCommand " + base64.b64encode(
    READER.encode("utf-16-le")
).decode("ascii")
"""The one command line with which every script is started; it is the same for all scripts."""


def standalone(command: Command) -> str:
    """The script of *command* with its parameters as one self-contained text, for tools that have no standard input.

    The output is UTF-8 as with the reader. Raises :class:`TypeError` for a command without a script, and for one with
    secrets: such a text lands in the vendor's log.
    """
    if command.script is None or command.secrets:
        raise TypeError("only a script without secrets can be sent as text")
    given = json.dumps(json.loads(command.given)).replace("'", "''")
    return (
        "$ErrorActionPreference='Stop';$ProgressPreference='SilentlyContinue'\n"
        "[Console]::OutputEncoding=[Text.Encoding]::UTF8\n"
        f"$given='{given}'|ConvertFrom-Json\n"
        f"{command.script.text}"
    )


def standard_input(command: Command) -> str:
    """What to write to the reader for *command*: ASCII only, one line of JSON, then one line a secret.

    Reveals the command's secrets, so only connectors call it. Raises :class:`TypeError` when the command has no script, and
    :class:`Misuse` for a secret that the reader would take for several lines or read in the PC's own code page.
    """
    if command.script is None:
        raise TypeError("only a script is sent to the reader")
    request = json.dumps({"script": command.script.text, "given": json.loads(command.given)})
    for secret in command.secrets:
        if not secret.reveal().isascii() or not secret.reveal().isprintable():
            raise Misuse(f"the {secret.label} is not one line of ASCII characters", "Store it again without the others.")
    return "".join(line + "\n" for line in (request, *(secret.reveal() for secret in command.secrets)))

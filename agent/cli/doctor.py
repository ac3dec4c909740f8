"""The command ``doctor``: what works, what does not, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from agent.cli import tables
from agent.cli.call import Call, json_option
from agent.cli.suggest import device_names
from agent.words.answer import Verdict
from agent.words.errors import Exit

if TYPE_CHECKING:
    from agent.cli.checks import Finding


@click.command()
@click.argument("device", required=False, shell_complete=device_names)
@json_option
@click.pass_obj
def doctor(call: Call, device: str | None) -> int:
    """Check this installation, each way to DEVICE and which of them carries what; nothing is changed on it.

    Exit codes: 0 all is well, 1 something is not, 4 no connector reached the device.
    """
    from agent.cli.checks import Ways, here, worst

    findings = list(here(call.home))
    reached = True
    if device is not None:
        ways = Ways(call.home, call.home.device(device))
        findings += ways.findings()
        reached = ways.reached
    _show(call, findings)
    if not reached:
        return Exit.UNREACHED
    return Exit.DONE if worst(findings) is Verdict.YES else Exit.FAILED


def _show(call: Call, findings: list[Finding]) -> None:
    if call.as_json:
        call.document(
            checks=[
                {
                    "place": finding.place,
                    "check": finding.name,
                    "verdict": finding.answer.verdict.value,
                    "evidence": finding.answer.evidence,
                    "do": finding.do,
                }
                for finding in findings
            ]
        )
        return
    rows = [(f.place, f.name, f.answer.verdict.value, f.answer.evidence, f.do) for f in findings]
    tables.show(call, ("where", "check", "works", "evidence", "what to do"), rows, mark=2)

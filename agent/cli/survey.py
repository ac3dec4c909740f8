"""The command ``survey``: the licence state of many devices at once, what needs attention first."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from agent.cli.call import Call, json_option
from agent.cli.suggest import device_names
from agent.words.errors import Exit, KeyturnError, Misuse

if TYPE_CHECKING:
    from agent.machine.sightings import Sightings
    from agent.runner.census import Census
    from agent.words.device import Device

STDOUT = Path("-")
_FILE = click.Path(path_type=Path, dir_okay=False, writable=True, allow_dash=True)


@click.command()
@click.argument("devices", metavar="[DEVICE]...", nargs=-1, shell_complete=device_names)
@click.option("--customer", metavar="NAME", help="Only the devices of this customer.")
@click.option("--file", "listed", metavar="FILE", type=click.File(encoding="utf-8"), help="Names of devices, one a line.")
@click.option(
    "--group", "groups", metavar="CONNECTOR:GROUP", multiple=True, help="Those in a vendor's group; as often as needed."
)
@click.option("--only-failed", is_flag=True, help="Ask again only those that were not seen last time.")
@click.option("--csv", "csv_file", metavar="FILE|-", type=_FILE, help="Write CSV to a file, or to standard output.")
@click.option("--html", "html_file", metavar="FILE", type=_FILE, help="Write a page that needs nothing else.")
@click.option("--threads", type=click.IntRange(1, 256), default=16, show_default=True, help="How many devices at once.")
@json_option
@click.pass_obj
def survey(
    call: Call,
    devices: tuple[str, ...],
    customer: str | None,
    listed: TextIO | None,
    groups: tuple[str, ...],
    *,
    only_failed: bool,
    csv_file: Path | None,
    html_file: Path | None,
    threads: int,
) -> int:
    """See how the licences of many devices stand; nothing is changed.

    Without DEVICE, --file, --group and --customer it is all devices; --customer narrows the others. At most half of the
    threads work for one customer. With --only-failed the report still shows the whole selection, the others as they were
    seen last.

    A group is one that a vendor keeps: CONNECTOR:GROUP or CONNECTOR:KIND=GROUP, such as screenconnect:Contoso, vsax:site=Berlin
    or vsa9:group=root.contoso. A machine in it that is not certainly one device of the desk is listed, and not asked.

    \b
    Exit codes: 0 all were seen, 2 wrong use, 4 some were not seen,
    130 interrupted: what was seen until then is kept and reported.
    """
    from agent.machine.sightings import Sightings
    from agent.runner.census import Census
    from agent.runner.choice import chosen, names_in

    _check(call, {"--csv": csv_file, "--html": html_file})
    choice = chosen(call.home, [*devices, *(names_in(listed.read()) if listed else ())], customer, groups)
    sightings = Sightings(call.home.folder / "sightings.db", call.home.scrub)
    names = [device.name for device in choice.devices]
    if not (devices or listed or customer or groups):
        sightings.only(names)  # what the desk no longer has is forgotten
    known = {row.device for row in sightings.of(names) if row.sighting} if only_failed else set()
    interrupted = _ask(call, sightings, [device for device in choice.devices if device.name not in known], threads)
    census = Census(sorted([*sightings.of(names), *choice.strangers], key=lambda row: row.urgency))
    _report(call, census, csv_file, html_file)
    return _exit(census, interrupted=interrupted)


def _exit(census: Census, *, interrupted: bool) -> Exit:
    """The exit code of a survey; one that was interrupted raises ``KeyboardInterrupt`` after it was reported."""
    if interrupted:
        raise KeyboardInterrupt
    return Exit.DONE if census.seen == len(census.rows) else Exit.UNREACHED


def _check(call: Call, reports: dict[str, Path | None]) -> None:
    """Finds out before hours of work whether the reports can be written. Raises :class:`Misuse`."""
    if STDOUT in reports.values() and (call.as_json or reports["--html"] == STDOUT):
        raise Misuse("only one thing can go to standard output", "Write CSV to a file beside --json, and the page to a file.")
    for option, path in reports.items():
        if path and path != STDOUT and not path.absolute().parent.is_dir():
            raise Misuse(f"{option}: there is no folder {path.absolute().parent}", "Make it, or choose another one.")


def _ask(call: Call, sightings: Sightings, devices: Sequence[Device], threads: int) -> bool:
    """Asks *devices* and shows how far it is; True when that was interrupted."""
    from agent.cli.survey_view import progress
    from agent.runner.survey import Survey

    survey = Survey(call.home, sightings, threads, max(1, threads // 2))
    try:
        with progress(call, len(devices)) as step, closing(survey.over(devices)) as rows:
            for row in rows:
                step(row)
    except KeyboardInterrupt:
        call.remark("Stopped. The same command with --only-failed asks the others.")
        return True
    return False


def _report(call: Call, census: Census, csv_file: Path | None, html_file: Path | None) -> None:
    """Writes the files, and then what goes to standard output, whose reader may leave early."""
    from agent.cli.survey_view import as_json, show

    if html_file:
        from agent.cli.survey_page import page_of

        _write(call, html_file, page_of(census, call.home.clock.now(), call.clean))
    if csv_file:
        from agent.cli.survey_csv import csv_of

        _write(call, csv_file, csv_of(census, call.clean), mark="\ufeff")
    if call.as_json:
        call.document(**as_json(census))
    elif csv_file != STDOUT:
        show(call, census)


def _write(call: Call, path: Path, text: str, mark: str = "") -> None:
    """Writes a report, to be read by its owner only; *mark* goes before it in a file."""
    if path == STDOUT:
        click.echo(text, nl=False)
        return
    try:
        path.touch(mode=0o600)
        path.write_text(mark + text, encoding="utf-8", newline="")
    except OSError as error:
        raise KeyturnError(
            f"{path} cannot be written: {error.strerror}", "The rows are kept; --only-failed asks no other."
        ) from None
    call.remark(f"Wrote {path}.")

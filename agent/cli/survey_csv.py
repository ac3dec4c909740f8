"""A survey as CSV that a spreadsheet opens without running any of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

from agent.cli.survey_view import cells
from agent.cli.times import stamp
from agent.runner.census import Census, reason, word

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula, the wide characters too (OWASP, "CSV Injection")."""


def csv_of(census: Census, clean: Callable[[str], str]) -> str:
    """The rows below their headings (RFC 4180), the most urgent first; *clean* takes out secrets."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\r\n")
    columns = census.columns
    lines.writerow(["attention", "device", "customer", *columns, "reason", "how", "way", "at"])
    for row in census.rows:
        told = [word(row), row.device, row.customer, *cells(row, columns), reason(row), row.how.value, row.way, stamp(row.at)]
        lines.writerow([_harmless(clean(cell)) for cell in told])
    return text.getvalue()


def _harmless(cell: str) -> str:
    """*cell* as text: an apostrophe before what would be a formula, also behind blanks."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell

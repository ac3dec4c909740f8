"""The fault table as docs/ladder-faults.md shows it; ``python -m tests.playbooks.upgrade.rungs.page`` writes it anew."""

from __future__ import annotations

from pathlib import Path

from tests.playbooks.upgrade.rungs.faults import ITSELF, NOBODY, PERSON, Row, Section
from tests.playbooks.upgrade.rungs.table import SECTIONS

PAGE = Path(__file__).parents[4] / "docs/ladder-faults.md"
BEGIN = "| Way | What goes wrong | Behind it | Carries on | Reason in the record | Exit code | Key installed |\n"
NAMES = {
    "winrm": "WinRM",
    "ssh": "SSH",
    "screenconnect": "ScreenConnect",
    "vsax": "VSA X",
    "vsa9": "VSA 9",
    PERSON: "Splashtop",
}
"""What people call the connectors that stand behind the faulty one."""
THEN = {ITSELF: "the same way", NOBODY: "nobody: the run ends", PERSON: "a person, in a Splashtop session"}


def line(section: Section, row: Row) -> str:
    """One line of the page."""
    behind = ", ".join(NAMES[front] for front in row.behind.split(" > ") if front) or "nothing"
    kind, _, words = row.why.partition(": ")
    why = f"`{kind}`: *{words}*" if kind else "none, it gets through"
    keys = "yes" if row.installed else "no"
    cells = (section.about, row.what, behind, THEN.get(row.then) or NAMES[row.then], why, f"{row.exit.value}", keys)
    return f"| {' | '.join(cells)} |\n"


def whole() -> str:
    """The table with its head."""
    lines = dict.fromkeys(line(section, row) for section in SECTIONS for row in section.rows)
    return "".join([BEGIN, "|---" * BEGIN.count(" | "), "|---|\n", *lines])


def main() -> None:
    """Puts the table in the place of the one on the page."""
    text = PAGE.read_text("utf-8")
    PAGE.write_text(text[: text.index("| Way |")] + whole(), "utf-8")


if __name__ == "__main__":
    main()

"""A survey as one page of HTML that needs nothing else: no script, no font, no other file; dark where the reader prefers it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from html import escape
from importlib.resources import files

from agent.cli.marks import look_of
from agent.cli.survey_view import cells
from agent.cli.times import local, stamp
from agent.runner.census import Census, reason, word

_UNSEEN = "unseen"
"""The class of everything that was not seen, whatever the reason."""
_MEANING = {
    "now": "now: do not work as they should",
    _UNSEEN: "not seen",
    "soon": "soon: will not work as they should, or are not what they should be",
    "look": "worth a look",
    "fine": "fine",
}
"""The classes in the order of their urgency, and what the legend says of each."""
_WIDTH = 1000
"""Units across the chart."""
_MOST = 8
"""How many values a count shows; the others are added up."""


def page_of(census: Census, at: datetime, clean: Callable[[str], str]) -> str:
    """The whole page about *census* as of *at*; every text in it goes through *clean* and is escaped."""

    def text(value: object) -> str:
        return escape(clean(str(value)))

    style = (files("agent.cli") / "survey_page.css").read_text("utf-8")
    title = f"Licences of {len(census.rows)} devices"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{text(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        '<a class="skip" href="#devices">Skip to the devices</a>\n'
        f'<header>\n<h1>{text(title)}</h1>\n<p>As of <time datetime="{stamp(at)}">{text(local(at))}</time>, by keyturn. '
        f"{_sentence(census)}</p>\n</header>\n<main>\n{_overview(census)}\n"
        f'<div class="counts">\n{"".join(_count(name, counts, text) for name, counts in census.counts.items())}</div>\n'
        f"{_devices(census, text)}</main>\n</body>\n</html>\n"
    )


def _sentence(census: Census) -> str:
    unseen = len(census.rows) - census.seen
    pressing = f"{census.pressing} of {census.seen} seen need attention"
    return f"{pressing}; {unseen} could not be seen." if unseen else f"{pressing}."


def _kind(name: str) -> str:
    """The class that gives a word its colour."""
    return name if name in _MEANING else _UNSEEN


def _overview(census: Census) -> str:
    """One bar for all devices, with its legend; the legend alone says everything that the bar shows."""
    numbers = dict.fromkeys(_MEANING, 0)
    for name, number in census.words.items():
        numbers[_kind(name)] += number
    left, parts, legend = 0.0, [], []
    for name, number in numbers.items():
        width = _WIDTH * number / max(len(census.rows), 1)
        parts.append(f'<rect class="{name}" x="{left:.1f}" width="{width:.1f}" height="28"/>')
        left += width
        badge = f'<span class="badge {name}">{_sign(name)} {number}</span>'
        legend.append(f"<li>{badge} {_MEANING[name]}</li>")
    bar = f'<svg class="bar" viewBox="0 0 {_WIDTH} 28" preserveAspectRatio="none" aria-hidden="true">{"".join(parts)}</svg>'
    return (
        '<section aria-labelledby="attention">\n<h2 id="attention">What needs attention</h2>\n'
        f'{bar}\n<ul class="legend">{"".join(legend)}</ul>\n</section>'
    )


def _sign(name: str) -> str:
    return look_of("not reached" if name == _UNSEEN else name).symbol


def _count(name: str, counts: Mapping[str, int], text: Callable[[object], str]) -> str:
    """One count as bars, the longest first."""
    shown = list(counts.items())[:_MOST]
    if rest := sum(list(counts.values())[_MOST:]):
        shown.append(("others", rest))
    longest = max(number for _, number in shown)
    rows = "".join(
        f'<tr><th scope="row">{text(value)}</th><td class="number">{number}</td><td class="line" aria-hidden="true">'
        f'<svg viewBox="0 0 100 10" preserveAspectRatio="none"><rect width="{100 * number / longest:.1f}" height="10" rx="1"/>'
        "</svg></td></tr>\n"
        for value, number in shown
    )
    return f"<table>\n<caption>{text(name.replace('_', ' ').capitalize())}</caption>\n<tbody>\n{rows}</tbody>\n</table>\n"


def _devices(census: Census, text: Callable[[object], str]) -> str:
    columns = census.columns
    headings = ("attention", "device", "customer", *columns, "why", "seen at")
    head = "".join(f'<th scope="col">{text(name.replace("_", " "))}</th>' for name in headings)
    body = []
    for row in census.rows:
        name = word(row)
        badge = f'<span class="badge {_kind(name)}">{look_of(name).symbol} {text(name)}</span>'
        rest = _cells((row.customer, *cells(row, columns), reason(row)), text)
        when = f'<td><time datetime="{stamp(row.at)}">{row.at:%Y-%m-%d %H:%M} UTC</time></td>'
        body.append(f'<tr><td>{badge}</td><th scope="row">{text(row.device)}</th>{rest}{when}</tr>\n')
    return (
        '<section aria-labelledby="devices">\n<h2 id="devices" tabindex="-1">Devices</h2>\n'
        '<div class="wide" role="region" aria-labelledby="devices" tabindex="0">\n<table class="devices">\n'
        "<caption>All devices, what needs attention first</caption>\n"
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{''.join(body)}</tbody>\n</table>\n</div>\n</section>\n"
    )


def _cells(values: Iterable[str], text: Callable[[object], str]) -> str:
    return "".join(f"<td>{text(value)}</td>" for value in values)

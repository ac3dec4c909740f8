"""Writes SOAP envelopes from dictionaries of the form in which pywinrm keeps them, without what xmltodict costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape, quoteattr


def written(envelope: Mapping[str, Any]) -> str:
    """*envelope* as an XML document.

    A value is text, a list of elements of one name, or a mapping whose keys are attributes (``@Name``), ``#text`` and inner
    elements. Names are written as they are, values are escaped.
    """
    return '<?xml version="1.0" encoding="utf-8"?>\n' + _element("env:Envelope", envelope)


def _element(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_element(name, one) for one in value)
    if not isinstance(value, Mapping):
        return f"<{name}>{escape(value)}</{name}>"
    attributes, inside = "", ""
    for key, part in value.items():
        if key[0] == "@":
            attributes += f" {key[1:]}={quoteattr(part)}"
        else:
            inside += escape(part) if key == "#text" else _element(key, part)
    return f"<{name}{attributes}>{inside}</{name}>"

"""The templates and what they may call; every value is escaped."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from app.figures.drawing import svg
from app.figures.paper import colours
from app.figures.theme import coloured, template
from app.reports.document import Chart, Document, Table, Text
from app.reports.renderers import cells
from app.text import t
from app.units import Units

MODERN = re.compile(r"rgb\((\d+) (\d+) (\d+) / ([\d.]+)\)")


@cache
def environment() -> Environment:
    """The templates of reports; an unknown name stops the rendering."""
    found = Environment(
        loader=PackageLoader("app.reports", "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals |= {"t": t, "cells": cells}
    found.filters["object_id"] = id
    found.tests |= {
        "chart": lambda block: isinstance(block, Chart),
        "table": lambda block: isinstance(block, Table),
        "text": lambda block: isinstance(block, Text),
    }
    return found


def render(name: str, document: Document, **values: Any) -> str:
    """A document in a template."""
    return (
        environment()
        .get_template(name)
        .render(d=document, units=Units(document.currency), colours=colours(), **values)
    )


def drawn(chart: Chart, width: int, height: int) -> Markup:
    """A chart as SVG."""
    return Markup(svg(chart.figure, width, height, colours(), f"{chart.title}. {chart.words}"))


def numbered(document: Document) -> dict[int, str]:
    """Block -> "Figure 1", "Table 2"."""
    found: dict[int, str] = {}
    for kind, blocks in (("figure", document.charts()), ("table", document.tables())):
        for number, block in enumerate(blocks, 1):
            found[id(block)] = t(f"reports.{kind}", number=number)
    return found


def interactive(chart: Chart) -> str:
    """A chart as Plotly reads it, safe inside a script element."""
    layout = template() | chart.figure["layout"]
    for axis in ("xaxis", "yaxis"):
        layout[axis] = template()[axis] | chart.figure["layout"].get(axis, {})
    figure = coloured({"data": chart.figure["data"], "layout": layout | {"height": 260}}, colours())
    text = MODERN.sub(r"rgba(\1,\2,\3,\4)", json.dumps(figure, sort_keys=True))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")

"""The templates and what they may call; every value is escaped and reads in order."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from app.figures.drawing import svg
from app.figures.paper import colours
from app.figures.theme import coloured, template
from app.reading_order import in_order
from app.reports.document import Block, Chart, Document, Table, Text
from app.reports.renderers import cells
from app.text import t
from app.units import Units

STANDOFF = 12  # between the names under a chart and the zero beside it
MODERN = re.compile(r"rgb\((\d+) (\d+) (\d+) / ([\d.]+)\)")


@cache
def environment() -> Environment:
    """The templates of reports; an unknown name stops the rendering."""
    found = Environment(
        loader=PackageLoader("app.reports", "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        finalize=printed,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals |= {"t": t, "cells": cells}
    found.filters |= {"object_id": id, "paired": paired}
    found.tests |= {
        "chart": lambda block: isinstance(block, Chart),
        "table": lambda block: isinstance(block, Table),
        "text": lambda block: isinstance(block, Text),
    }
    return found


def printed(value: Any) -> Any:
    """A value as a template prints it: no name turns about what stands beside it."""
    return in_order(value) if isinstance(value, str) else value


def render(name: str, document: Document, **values: Any) -> str:
    """A document in a template."""
    return (
        environment()
        .get_template(name)
        .render(d=document, units=Units(document.currency), colours=colours(), **values)
    )


def paired(blocks: Sequence[Block]) -> list[tuple[Block, ...]]:
    """Blocks in the rows of paper: two charts of lines stand side by side, all else alone."""
    found: list[tuple[Block, ...]] = []
    for block in blocks:
        if found and len(found[-1]) == 1 and _is_lines(found[-1][0]) and _is_lines(block):
            found[-1] = (found[-1][0], block)
        else:
            found.append((block,))
    return found


def _is_lines(block: Block) -> bool:
    return isinstance(block, Chart) and all(trace["type"] == "scatter" for trace in block.figure["data"])


def drawn(chart: Chart, width: int, height: int) -> Markup:
    """A chart as SVG."""
    return Markup(svg(chart.figure, width, height, colours(), f"{chart.title}. {chart.words}"))


def numbered(document: Document, *, printed: bool = False) -> dict[int, str]:
    """Block -> "Figure 1", "Table 2"; of those on paper alone, if so wanted."""
    blocks = [block for part in document.sections if part.printed or not printed for block in part.blocks]
    found: dict[int, str] = {}
    for kind, wanted in (("figure", Chart), ("table", Table)):
        for number, block in enumerate((block for block in blocks if isinstance(block, wanted)), 1):
            found[id(block)] = t(f"reports.{kind}", number=number)
    return found


def interactive(chart: Chart) -> str:
    """A chart as Plotly reads it, safe inside a script element."""
    layout = template() | chart.figure["layout"]
    for axis in ("xaxis", "yaxis"):
        layout[axis] = template()[axis] | chart.figure["layout"].get(axis, {})
    layout["xaxis"]["ticklabelstandoff"] = STANDOFF
    layout["margin"] = layout["margin"] | {"b": layout["margin"]["b"] + STANDOFF}
    figure = coloured({"data": chart.figure["data"], "layout": layout | {"height": 260}}, colours())
    written = json.dumps(figure, sort_keys=True, ensure_ascii=False)  # a hidden escape would turn names too
    text = MODERN.sub(r"rgba(\1,\2,\3,\4)", written)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")

"""A figure as SVG without a browser: the bars and lines that reports use, byte for byte the same each time.

It reads the same dicts that Plotly draws on screen; what it does not know it refuses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from app.errors import DefinitionError
from app.figures.theme import Figure, coloured

TEXT = "font-family='Inter, DejaVu Sans, sans-serif'"


@dataclass(frozen=True)
class Frame:
    """Where the plot lies in the picture and how its axes map to it."""

    left: float
    top: float
    width: float
    height: float
    names: tuple[str, ...]
    low: float
    high: float

    def x(self, name: str, *, slots: bool) -> float:
        """The place of a name: the middle of its slot for bars, from edge to edge for lines alone."""
        index, count = self.names.index(name), len(self.names)
        if slots or count == 1:
            return self.left + self.width * (index + 0.5) / count
        return self.left + self.width * index / (count - 1)

    def y(self, value: float) -> float:
        span = (self.high - self.low) or 1.0
        return self.top + self.height * (1 - (value - self.low) / span)


def svg(figure: Figure, width: int, height: int, colours: dict[str, str], title: str) -> str:
    """The figure as an SVG element with the palette's colours.

    Raises: DefinitionError for a kind of trace that is not drawn here.
    """
    made = coloured(figure, colours)
    frame = _frame(made, width, height)
    slots = any(trace["type"] == "bar" for trace in made["data"])
    marks = [*_grid(made["layout"], frame, colours), *_names(made["layout"], frame, colours, slots)]
    for index, trace in enumerate(made["data"]):
        if trace["type"] == "bar":
            marks += _bars(trace, frame, colours)
        elif trace["type"] == "scatter":
            marks += _scatter(made["data"], index, frame, slots)
        else:
            raise DefinitionError(f"A trace of type {trace['type']!r} cannot be drawn for print.")
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' "
        f"viewBox='0 0 {width} {height}' role='img' aria-label='{escape(title, quote=True)}'>"
        f"{''.join(marks)}</svg>"
    )


def _frame(figure: Figure, width: int, height: int) -> Frame:
    layout = figure["layout"]
    margin = layout.get("margin", {"l": 48, "r": 16, "t": 12, "b": 28})
    given: Sequence[str] = layout["xaxis"].get("categoryarray", ())
    found = dict.fromkeys([*given, *(name for trace in figure["data"] for name in trace["x"])])
    low, high = layout["yaxis"]["range"]
    return Frame(
        margin["l"],
        margin["t"],
        width - margin["l"] - margin["r"],
        height - margin["t"] - margin["b"],
        tuple(found),
        low,
        high,
    )


def _grid(layout: Mapping[str, Any], frame: Frame, colours: Mapping[str, str]) -> list[str]:
    axis = layout["yaxis"]
    marks = []
    for value, label in zip(axis["tickvals"], axis["ticktext"], strict=True):
        at = frame.y(value)
        stroke = colours["--axis"] if value == 0 else axis.get("gridcolor", colours["--grid"])
        marks.append(_segment(frame.left, at, frame.left + frame.width, at, stroke))
        if label:
            marks.append(_text(frame.left - 8, at + 4, label, 11, colours["--text-3"], "end"))
    return marks


def _names(layout: Mapping[str, Any], frame: Frame, colours: Mapping[str, str], slots: bool) -> list[str]:
    axis = layout["xaxis"]
    at = frame.top + frame.height + 18
    pairs = zip(axis["tickvals"], axis["ticktext"], strict=True)
    return [
        _text(frame.x(name, slots=slots), at, label, 10.5, colours["--text-3"], "middle")
        for name, label in pairs
        if name in frame.names
    ]


def _bars(trace: Mapping[str, Any], frame: Frame, colours: Mapping[str, str]) -> list[str]:
    thick = frame.width / max(len(frame.names), 1) * 0.62
    fills = trace["marker"]["color"]
    marks = []
    for index, (name, value) in enumerate(zip(trace["x"], trace["y"], strict=True)):
        if value is None:
            continue
        middle, top, foot = frame.x(name, slots=True), frame.y(max(value, 0)), frame.y(min(value, 0))
        fill = fills[index] if isinstance(fills, list) else fills
        marks.append(
            f"<rect x='{_n(middle - thick / 2)}' y='{_n(top)}' width='{_n(thick)}' "
            f"height='{_n(max(foot - top, 0.5))}' rx='2' fill='{fill}'/>"
        )
        if trace.get("textposition") == "outside":
            marks.append(_text(middle, top - 6, trace["text"][index], 12, colours["--text"], "middle", 500))
    return marks


def _scatter(traces: Sequence[Mapping[str, Any]], index: int, frame: Frame, slots: bool) -> list[str]:
    trace = traces[index]
    points = _points(trace, frame, slots)
    marks = []
    if trace.get("fill") == "tonexty" and index:
        edge = [*points, *reversed(_points(traces[index - 1], frame, slots))]
        path = "L".join(f"{_n(x)} {_n(y)}" for x, y in edge)
        opacity, fill = _paint(str(trace["fillcolor"]))
        marks.append(f"<path d='M{path}Z' fill='{fill}' fill-opacity='{opacity}'/>")
    line = trace["line"]
    if line["width"] and len(points) > 1:
        path = "L".join(f"{_n(x)} {_n(y)}" for x, y in points)
        dash = str(line.get("dash", "")).replace("px", "")
        dashed = f" stroke-dasharray='{dash}'" if dash else ""
        marks.append(
            f"<path d='M{path}' fill='none' stroke='{line['color']}' stroke-width='{line['width']}'{dashed}/>"
        )
    return marks


def _points(trace: Mapping[str, Any], frame: Frame, slots: bool) -> list[tuple[float, float]]:
    pairs = zip(trace["x"], trace["y"], strict=True)
    return [(frame.x(name, slots=slots), frame.y(value)) for name, value in pairs if value is not None]


def _paint(colour: str) -> tuple[str, str]:
    """Opacity and colour of `rgb(30 64 175 / .16)`, which SVG 1.1 does not read."""
    if not colour.startswith("rgb(") or "/" not in colour:
        return "1", colour
    channels, opacity = colour[4:-1].split("/")
    return opacity.strip(), "#" + "".join(f"{int(part):02x}" for part in channels.split())


def _segment(x1: float, y1: float, x2: float, y2: float, stroke: str) -> str:
    return f"<line x1='{_n(x1)}' y1='{_n(y1)}' x2='{_n(x2)}' y2='{_n(y2)}' stroke='{stroke}'/>"


def _text(x: float, y: float, words: str, size: float, fill: str, anchor: str, weight: int = 400) -> str:
    return (
        f"<text x='{_n(x)}' y='{_n(y)}' {TEXT} font-size='{size}' font-weight='{weight}' fill='{fill}' "
        f"text-anchor='{anchor}'>{escape(str(words))}</text>"
    )


def _n(number: float) -> str:
    return f"{number:.1f}"

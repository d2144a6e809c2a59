"""A figure as marks on paper: where each line, bar and word of it lies, before any format is chosen.

It reads the same dicts that Plotly draws on screen; what it does not know it refuses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.errors import DefinitionError
from app.figures.theme import Figure, coloured

Place = tuple[float, float]
LETTER = 5.2  # about the width of a letter of an axis


@dataclass(frozen=True)
class Segment:
    """A straight line of the grid."""

    start: Place
    end: Place
    stroke: str


@dataclass(frozen=True)
class Words:
    """A piece of text on its base line; `anchor` as in SVG."""

    at: Place
    text: str
    size: float
    fill: str
    anchor: str
    weight: int = 400


@dataclass(frozen=True)
class Box:
    """A bar."""

    at: Place
    width: float
    height: float
    fill: str


@dataclass(frozen=True)
class Area:
    """A filled outline."""

    points: tuple[Place, ...]
    fill: str
    opacity: str


@dataclass(frozen=True)
class Line:
    """A line through points; `dash` are its lengths of ink and gap."""

    points: tuple[Place, ...]
    stroke: str
    width: float
    dash: str = ""


@dataclass(frozen=True)
class Dot:
    """A point that stands out."""

    at: Place
    radius: float
    fill: str


Mark = Segment | Words | Box | Area | Line | Dot


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


def marks(figure: Figure, width: int, height: int, colours: Mapping[str, str]) -> list[Mark]:
    """Everything that is drawn of a figure, from the bottom up, in the palette's colours.

    Raises: DefinitionError for a kind of trace that is not drawn here.
    """
    made = coloured(figure, dict(colours))
    frame = _frame(made, width, height)
    slots = any(trace["type"] == "bar" for trace in made["data"])
    found = [*_grid(made["layout"], frame, colours), *_names(made["layout"], frame, colours, slots, width)]
    for index, trace in enumerate(made["data"]):
        if trace["type"] == "bar":
            found += _bars(trace, frame, colours)
        elif trace["type"] == "scatter":
            found += _scatter(made["data"], index, frame, slots)
        else:
            raise DefinitionError(f"A trace of type {trace['type']!r} cannot be drawn for print.")
    return found


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


def _grid(layout: Mapping[str, Any], frame: Frame, colours: Mapping[str, str]) -> list[Mark]:
    axis = layout["yaxis"]
    found: list[Mark] = []
    for value, label in zip(axis["tickvals"], axis["ticktext"], strict=True):
        at = frame.y(value)
        stroke = colours["--axis"] if value == 0 else axis.get("gridcolor", colours["--grid"])
        found.append(Segment((frame.left, at), (frame.left + frame.width, at), stroke))
        if label:
            found.append(Words((frame.left - 8, at + 4), label, 11, colours["--text-3"], "end"))
    return found


def _names(
    layout: Mapping[str, Any], frame: Frame, colours: Mapping[str, str], slots: bool, edge: float
) -> list[Mark]:
    """The names below the axis, each below its place and none over the edge of the picture."""
    axis = layout["xaxis"]
    at, end = frame.top + frame.height + 18, -float("inf")
    found: list[Mark] = []
    for name, label in zip(axis["tickvals"], axis["ticktext"], strict=True):
        if name not in frame.names:
            continue
        half = len(label) * LETTER / 2
        middle = min(frame.x(name, slots=slots), edge - half)
        if middle - half < end and found and name == frame.names[-1]:
            found.pop()  # the newest name is worth more than the one before
            end = -float("inf")
        if middle - half >= end:  # a name that would run into the one before is left out
            found.append(Words((middle, at), label, 10.5, colours["--text-3"], "middle"))
            end = middle + half + 2 * LETTER
    return found


def _bars(trace: Mapping[str, Any], frame: Frame, colours: Mapping[str, str]) -> list[Mark]:
    thick = frame.width / max(len(frame.names), 1) * 0.62
    fills = trace["marker"]["color"]
    found: list[Mark] = []
    for index, (name, value) in enumerate(zip(trace["x"], trace["y"], strict=True)):
        if value is None:
            continue
        middle, top, foot = frame.x(name, slots=True), frame.y(max(value, 0)), frame.y(min(value, 0))
        fill = fills[index] if isinstance(fills, list) else fills
        found.append(Box((middle - thick / 2, top), thick, max(foot - top, 0.5), fill))
        if trace.get("textposition") == "outside":
            words, at = trace["text"][index], foot + 15 if value < 0 else top - 6
            found.append(Words((middle, at), words, 12, colours["--text"], "middle", 500))
    return found


def _scatter(traces: Sequence[Mapping[str, Any]], index: int, frame: Frame, slots: bool) -> list[Mark]:
    trace = traces[index]
    points = _points(trace, frame, slots)
    if trace["mode"] == "markers":
        look = trace["marker"]
        return [Dot(point, look["size"] / 2, look["color"]) for point in points]
    found: list[Mark] = []
    if trace.get("fill") == "tonexty" and index:
        edge = [*points, *reversed(_points(traces[index - 1], frame, slots))]
        opacity, fill = _paint(str(trace["fillcolor"]))
        found.append(Area(tuple(edge), fill, opacity))
    line = trace["line"]
    if line["width"] and len(points) > 1:
        dash = str(line.get("dash", "")).replace("px", "")
        found.append(Line(tuple(points), line["color"], line["width"], dash))
    return found


def _points(trace: Mapping[str, Any], frame: Frame, slots: bool) -> list[Place]:
    pairs = zip(trace["x"], trace["y"], strict=True)
    return [(frame.x(name, slots=slots), frame.y(value)) for name, value in pairs if value is not None]


def _paint(colour: str) -> tuple[str, str]:
    """Opacity and colour of `rgb(30 64 175 / .16)`, which SVG 1.1 does not read."""
    if not colour.startswith("rgb(") or "/" not in colour:
        return "1", colour
    channels, opacity = colour[4:-1].split("/")
    return opacity.strip(), "#" + "".join(f"{int(part):02x}" for part in channels.split())

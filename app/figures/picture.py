"""A figure as a PNG for mail programs and Slack: the marks of the printed chart, no photograph of a page.

The same figure gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from io import BytesIO
from math import hypot
from pathlib import Path
from typing import Any

from PIL import Image, ImageColor, ImageDraw, ImageFont

from app.figures.marks import Area, Box, Dot, Line, Mark, Place, Segment, Words, marks
from app.figures.paper import colours
from app.figures.theme import Figure
from app.reading_order import in_order

MIME = "image/png"
FONTS = Path(__file__).resolve().parent / "fonts"
WEIGHTS = {400: "regular", 500: "medium", 600: "semibold"}
WIDTH, HEIGHT = 536, 232  # the inner width of a mail
HEAD = 56  # above the plot, for the title and what it counts
DENSE = 2  # pixels of the picture a pixel of the drawing: screens of phones are dense
FINE = 2  # drawn larger by this and made smaller, which smooths the edges
SCALE = DENSE * FINE


def png(figure: Figure, title: str, note: str) -> bytes:
    """The figure under its title on paper.

    Raises: DefinitionError for a kind of trace that is not drawn here.
    """
    tokens = colours()
    paper = Image.new("RGB", (WIDTH * SCALE, (HEIGHT + HEAD) * SCALE), "#FFFFFF")
    pen = ImageDraw.Draw(paper, "RGBA")
    head: tuple[Mark, ...] = (
        Words((8, 24), title, 15, tokens["--text"], "start", 600),
        Words((8, 43), note, 11, tokens["--text-3"], "start"),
    )
    for mark in head:
        _draw(pen, mark, 0)
    for mark in marks(figure, WIDTH, HEIGHT, tokens):
        _draw(pen, mark, HEAD)
    small = paper.resize((WIDTH * DENSE, (HEIGHT + HEAD) * DENSE), Image.Resampling.LANCZOS)
    file = BytesIO()
    small.quantize(256, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()


def _draw(pen: Any, mark: Mark, down: float) -> None:
    """Put one mark on the paper, `down` pixels lower than it says."""
    match mark:
        case Segment(start, end, stroke):
            pen.line([_at(start, down), _at(end, down)], fill=stroke, width=SCALE)
        case Words(at, text, size, fill, anchor, weight):
            side = {"start": "ls", "middle": "ms", "end": "rs"}[anchor]
            pen.text(_at(at, down), in_order(text), fill=fill, font=_font(weight, size), anchor=side)
        case Box((x, y), width, height, fill):
            corners = [_at((x, y), down), _at((x + width, y + height), down)]
            pen.rounded_rectangle(corners, radius=2 * SCALE, fill=fill)
        case Area(points, fill, opacity):
            paint = (*ImageColor.getrgb(fill)[:3], round(255 * float(opacity)))
            pen.polygon([_at(point, down) for point in points], fill=paint)
        case Line(points, stroke, width, dash):
            for piece in _dashes(points, dash):
                pen.line(
                    [_at(point, down) for point in piece],
                    fill=stroke,
                    width=round(width * SCALE),
                    joint="curve",
                )
        case Dot(at, radius, fill):
            x, y = _at(at, down)
            reach = radius * SCALE
            pen.ellipse([x - reach, y - reach, x + reach, y + reach], fill=fill)


def _at(place: Place, down: float) -> Place:
    return place[0] * SCALE, (place[1] + down) * SCALE


@cache
def _font(weight: int, size: float) -> Any:
    return ImageFont.truetype(FONTS / f"inter-latin-{WEIGHTS[weight]}.woff2", size * SCALE)


def _dashes(points: tuple[Place, ...], dash: str) -> Iterator[list[Place]]:
    """The inked pieces of a line; the whole of it without a dash."""
    if not dash:
        yield list(points)
        return
    ink, gap = (float(length) for length in dash.split(","))
    along = 0.0
    for start, end in zip(points, points[1:], strict=False):
        length = hypot(end[0] - start[0], end[1] - start[1])
        done = 0.0
        while done < length:
            inside = along % (ink + gap)
            left = (ink if inside < ink else ink + gap) - inside
            step = min(max(left, 0.01), length - done)
            if inside < ink:
                yield [_between(start, end, done / length), _between(start, end, (done + step) / length)]
            done += step
            along += step


def _between(start: Place, end: Place, share: float) -> Place:
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share

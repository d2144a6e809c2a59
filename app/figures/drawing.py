"""A figure as SVG without a browser: bars and lines of reports, byte for byte the same each time."""

from __future__ import annotations

from html import escape

from app.figures.marks import Area, Box, Dot, Line, Mark, Segment, Words, marks
from app.figures.theme import Figure

TEXT = "font-family='Inter, DejaVu Sans, sans-serif'"


def svg(figure: Figure, width: int, height: int, colours: dict[str, str], title: str) -> str:
    """The figure as an SVG element with the palette's colours.

    Raises: DefinitionError for a kind of trace that is not drawn here.
    """
    drawn = "".join(_element(mark) for mark in marks(figure, width, height, colours))
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' "
        f"viewBox='0 0 {width} {height}' role='img' aria-label='{escape(title, quote=True)}'>"
        f"{drawn}</svg>"
    )


def _element(mark: Mark) -> str:
    match mark:
        case Segment((x1, y1), (x2, y2), stroke):
            return f"<line x1='{_n(x1)}' y1='{_n(y1)}' x2='{_n(x2)}' y2='{_n(y2)}' stroke='{stroke}'/>"
        case Words():
            return _text(mark)
        case Box((x, y), width, height, fill):
            return (
                f"<rect x='{_n(x)}' y='{_n(y)}' width='{_n(width)}' height='{_n(height)}' rx='2' "
                f"fill='{fill}'/>"
            )
        case Area(points, fill, opacity):
            return f"<path d='{_path(points)}Z' fill='{fill}' fill-opacity='{opacity}'/>"
        case Line(points, stroke, width, dash):
            dashed = f" stroke-dasharray='{dash}'" if dash else ""
            return f"<path d='{_path(points)}' fill='none' stroke='{stroke}' stroke-width='{width}'{dashed}/>"
        case Dot((x, y), radius, fill):
            return f"<circle cx='{_n(x)}' cy='{_n(y)}' r='{_n(radius)}' fill='{fill}'/>"


def _text(mark: Words) -> str:
    x, y = mark.at
    return (
        f"<text x='{_n(x)}' y='{_n(y)}' {TEXT} font-size='{mark.size}' font-weight='{mark.weight}' "
        f"fill='{mark.fill}' text-anchor='{mark.anchor}'>{escape(str(mark.text))}</text>"
    )


def _path(points: tuple[tuple[float, float], ...]) -> str:
    return "M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in points)


def _n(number: float) -> str:
    return f"{number:.1f}"

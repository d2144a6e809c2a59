"""The one chart of a report that mails and posts show, as a picture with its numbers in words."""

from __future__ import annotations

from app.figures import picture
from app.reports.document import Chart, Document

MIME = picture.MIME


def cover(document: Document) -> Chart | None:
    """The first chart of bars, which say their values; else the first one."""
    charts = document.charts()
    bars = (chart for chart in charts if chart.figure["data"][0]["type"] == "bar")
    return next(bars, charts[0] if charts else None)


def file(chart: Chart) -> bytes:
    """The whole file."""
    return picture.png(chart.figure, chart.title, chart.note)


def words(chart: Chart) -> str:
    """What the picture shows, for those who do not see it."""
    return f"{chart.title}. {chart.words}"

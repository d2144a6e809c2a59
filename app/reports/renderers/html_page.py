"""The detailed report as one HTML file that needs nothing else: live charts, their script inside once."""

from __future__ import annotations

from markupsafe import Markup

from app.assets import FOLDER
from app.reports.document import Document
from app.reports.renderers.pages import interactive, numbered, render

MIME = "text/html"


def page(document: Document) -> bytes:
    """The whole file."""
    script = (FOLDER / "plotly-basic.min.js").read_text().replace("</script", "<\\/script")
    figures = [Markup(interactive(chart)) for chart in document.charts()]  # noqa: S704  escaped there
    made = render("detailed.html", document, names=numbered(document), plotly=Markup(script), figures=figures)
    return made.encode()

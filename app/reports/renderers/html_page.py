"""The detailed report as one HTML file that needs nothing else: live charts, their script inside once."""

from __future__ import annotations

from base64 import b64encode

from markupsafe import Markup

from app.assets import FOLDER
from app.reports.document import Document
from app.reports.renderers.pages import interactive, numbered, render

MIME = "text/html"
FONT = "inter-latin-wght.woff2"


def page(document: Document) -> bytes:
    """The whole file."""
    script = (FOLDER / "plotly-basic.min.js").read_text().replace("</script", "<\\/script")
    figures = [Markup(interactive(chart)) for chart in document.charts()]  # noqa: S704  escaped there
    font = b64encode((FOLDER / FONT).read_bytes()).decode()
    values = {"names": numbered(document), "plotly": Markup(script), "figures": figures, "font": font}
    return render("detailed.html", document, **values).encode()

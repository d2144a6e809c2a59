"""The executive report as PDF by WeasyPrint. It reads no address but the font's, whatever a name contains."""

from __future__ import annotations

import logging
from typing import Any

from app.errors import PadError
from app.figures.picture import FONTS as FONT_FOLDER
from app.reports.document import Document
from app.reports.renderers.pages import drawn, numbered, render
from app.text import t

MIME = "application/pdf"
FONTS = {
    400: "inter-latin-regular.woff2",
    500: "inter-latin-medium.woff2",
    600: "inter-latin-semibold.woff2",
}
WIDTH = 674  # of the page between its margins
HALF = 325  # of two charts side by side
LOUD = ("fontTools", "weasyprint")


class PdfUnavailable(PadError):
    """The libraries that draw pages are missing on this machine."""

    status = 503


def file(document: Document) -> bytes:
    """The whole file; the same document gives the same bytes.

    Raises: PdfUnavailable.
    """
    try:
        return printed(page(document))
    except OSError as problem:  # cffi's word for a library that is not there
        raise PdfUnavailable(t("reports.no_pdf", reason=problem), hint=t("reports.no_pdf_hint")) from None


def page(document: Document) -> str:
    """The page as the printer reads it."""
    values = {
        "names": numbered(document, printed=True),
        "drawn": drawn,
        "fonts": FONTS,
        "width": WIDTH,
        "half": HALF,
    }
    return render("executive.html", document, **values)


def printed(html: str) -> bytes:
    """A page as a file. Raises: OSError where the libraries that draw are missing."""
    import weasyprint
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    for name in LOUD:
        logging.getLogger(name).setLevel(logging.ERROR)

    class OnlyOurFonts(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
            name = url.removeprefix("font:")
            if name not in FONTS.values():
                raise ValueError(f"A report reads no address, not {url[:80]!r} either.")
            return URLFetcherResponse(url, (FONT_FOLDER / name).read_bytes(), {"Content-Type": "font/woff2"})

    made: bytes = weasyprint.HTML(string=html, url_fetcher=OnlyOurFonts()).write_pdf(
        pdf_identifier=b"performance-analytics-report", full_fonts=False
    )
    return made

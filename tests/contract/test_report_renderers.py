"""Every renderer writes full, empty and failed reports, the same bytes each time, and runs no name."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from app.errors import DataUnavailable
from app.reports.document import Document
from app.reports.renderers import csv_file, html_page, mail, pdf
from tests.fakes import FakeRunner
from tests.report_case import HostileRunner, coming, document

RENDERERS: dict[str, Callable[[Document], bytes]] = {
    "pdf": pdf.file,
    "html": html_page.page,
    "csv": csv_file.table,
    "mail": lambda made: mail.html(made, "Attached: PDF", ("A note.",), "https://pad.example/u").encode(),
    "text": lambda made: mail.text(made).encode(),
}
every_renderer = pytest.mark.parametrize("write", RENDERERS.values(), ids=RENDERERS)
PRINT = """
import hashlib
from tests.fakes import FakeRunner
from tests.report_case import coming, document
from tests.contract.test_report_renderers import RENDERERS
made = document(FakeRunner(), forecasts=coming())
print(*(hashlib.sha256(write(made)).hexdigest() for write in RENDERERS.values()))
"""


def failed() -> Document:
    return document(FakeRunner(error=lambda query: DataUnavailable("No data yet.")))


@every_renderer
@pytest.mark.parametrize("made", ["full", "empty", "failed"])
def test_every_state_of_a_report_is_written(write: Callable[[Document], bytes], made: str) -> None:
    states = {
        "full": lambda: document(FakeRunner(), forecasts=coming()),
        "empty": lambda: document(FakeRunner(missing=True)),
        "failed": failed,
    }
    assert len(write(states[made]())) > 50


def test_the_same_data_gives_the_same_bytes_in_any_process() -> None:
    def hashes(seed: str) -> str:
        env = {**os.environ, "PYTHONHASHSEED": seed}
        root = Path(__file__).parents[2]
        return subprocess.run(
            [sys.executable, "-c", PRINT], env=env, cwd=root, check=True, capture_output=True, text=True
        ).stdout

    first = hashes("1")
    assert len(first.split()) == len(RENDERERS)
    assert hashes("2") == first


def test_a_failed_section_is_named_on_paper_and_page() -> None:
    text = html_page.page(failed()).decode()
    assert "This section could not be computed: No data yet." in text


def test_every_document_prints_its_scope_filters_data_time_and_version() -> None:
    text = html_page.page(document(FakeRunner())).decode()
    for words in ("everything (as Alice Keller may see it)", "2–8 Mar 2026", "7, as of load 12", "10:48"):
        assert words in text


def test_a_name_full_of_markup_stays_a_name() -> None:
    made = document(HostileRunner(), forecasts=coming())
    for text in (
        html_page.page(made).decode(),
        mail.html(made, "", (), ""),
    ):
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert" in text
    assert pdf.file(made).startswith(b"%PDF-")


def test_no_cell_of_the_csv_is_a_formula() -> None:
    rows = list(csv.reader(io.StringIO(csv_file.table(document(HostileRunner())).decode())))
    cells = [cell for row in rows for cell in row]
    assert any(cell.startswith("'=HYPERLINK") for cell in cells)
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]


def test_the_csv_tells_raw_from_calculated_and_keeps_full_precision() -> None:
    made = document(FakeRunner(), "campaign_summary")
    rows = list(csv.DictReader(io.StringIO(csv_file.table(made).decode())))
    (table,) = made.tables()
    first = [row for row in rows if row["row"] == table.rows[0][0]]
    assert {row["column"]: row["kind"] for row in first} == {
        "spend": "raw",
        "spend_change": "calculated",
        "conversions": "raw",
        "cpa": "calculated",
        "roas": "calculated",
    }
    assert float(first[0]["value"]) == table.rows[0][1]
    assert first[0]["unit"] == "USD"


def test_a_report_reads_no_address_whatever_stands_in_it() -> None:
    """A picture in a name would be fetched by a careless renderer: the page that it names is never asked."""
    made = document(FakeRunner())
    lured = replace(made, headline="<img src='file:///etc/passwd'>", lead="url(http://127.0.0.1:9/x)")
    assert pdf.file(lured) != pdf.file(made)
    assert b"root:" not in pdf.file(lured)


def test_the_pages_of_the_pdf_say_what_the_document_says(tmp_path: Path) -> None:
    made = document(FakeRunner(), forecasts=coming())
    path = tmp_path / "report.pdf"
    path.write_bytes(pdf.file(made))
    text = subprocess.run(
        ["pdftotext", "-layout", str(path), "-"], check=True, capture_output=True, text=True
    ).stdout
    flat = " ".join(text.split())
    assert made.headline in flat
    assert made.keys[0].value in flat
    assert "Data to 12 Mar 2026, 10:48, version 7." in flat
    assert "1 of " in flat


def test_the_pdf_draws_its_charts(tmp_path: Path) -> None:
    """Turned into a picture, the page of a chart holds a bar in the accent colour, not only words."""
    from PIL import Image

    path = tmp_path / "report.pdf"
    path.write_bytes(pdf.file(document(FakeRunner(), "week_over_week")))
    subprocess.run(["pdftoppm", "-r", "40", "-png", str(path), str(tmp_path / "page")], check=True)
    pictures = [Image.open(found).convert("RGB") for found in sorted(tmp_path.glob("page*.png"))]
    accent = sum(pixel == (0x1E, 0x40, 0xAF) for picture in pictures for pixel in picture.getdata())
    assert accent > 300

"""Every renderer writes full, empty and failed reports, the same bytes each time, and runs no name."""

from __future__ import annotations

import csv
import html
import io
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from app.data.query.frame import MetricFrame
from app.data.query.spec import Filter, MetricQuery
from app.errors import DataUnavailable
from app.reports.document import Column, Composed, Document, Key, Table, Text
from app.reports.renderers import chart, csv_file, html_page, mail, pdf
from tests.fakes import NOW, FakeRunner
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


def words_of(form: str, made: Document, folder: Path) -> str:
    """What a reader of a format sees, on one line."""
    if form != "pdf":
        return " ".join(html.unescape(RENDERERS[form](made).decode()).split())
    path = folder / "report.pdf"
    path.write_bytes(pdf.file(made))
    command = ["pdftotext", "-layout", str(path), "-"]
    return " ".join(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split())


@pytest.mark.parametrize("form", RENDERERS)
def test_every_document_prints_its_scope_filters_data_time_and_version(form: str, tmp_path: Path) -> None:
    made = document(FakeRunner(), filters=(Filter("channel", ("Email",)),))
    text = words_of(form, made, tmp_path)
    for words in ("everything (as Alice Keller may see it)", "Channel = Email", "2–8 Mar 2026", "10:48"):
        assert words in text
    assert "7, as of load 12" in text or "Data version 7" in text


def test_a_post_names_what_its_changes_are_compared_with() -> None:
    made = document(FakeRunner())
    words = mail.text(made)
    compared = [key for key in made.keys if key.compared]
    assert compared and words.count("vs 23 Feb – 1 Mar 2026)") == len(compared)
    assert words.count(" in 23 Feb – 1 Mar.") == 3


def test_the_foot_names_the_source_that_was_read_longest_ago() -> None:
    class Late(FakeRunner):
        def run(self, query: MetricQuery) -> MetricFrame:
            frame = super().run(query)
            read = {"salesforce": NOW - timedelta(days=3)}
            old = [
                replace(one, extracted_at=read.get(one.source, one.extracted_at)) for one in frame.freshness
            ]
            return replace(frame, freshness=tuple(old))

    made = document(Late())
    assert made.data_time == "Oldest source: Salesforce, 9 Mar 2026, 11:00"
    assert "Oldest source: Salesforce, 9 Mar 2026, 11:00. Data version 7." in pdf.page(made)


def test_a_name_full_of_markup_stays_a_name() -> None:
    made = document(HostileRunner(), forecasts=coming())
    for text in (
        html_page.page(made).decode(),
        mail.html(made, "", (), ""),
    ):
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert" in text
    assert pdf.file(made).startswith(b"%PDF-")


TURNING = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def of_campaign(name: str) -> Document:
    """A report about one campaign, in whose title the campaign stands too."""
    made = document(HostileRunner(name=name), forecasts=coming(), filters=(Filter("campaign", (name,)),))
    return replace(made, title=f"Week of {name}")


@pytest.mark.parametrize("form", ["pdf", "html", "mail"])
def test_a_name_that_turns_words_about_turns_no_sentence(form: str, tmp_path: Path) -> None:
    text = words_of(form, of_campaign(f"Sale{TURNING} of spring"), tmp_path)
    assert not set(TURNING) & set(text) and "\\u202e" not in text
    assert "Campaign = Sale of spring" in text and "Week of Sale of spring, 2–8 Mar 2026" in text
    assert form == "mail" or "Sale of spring took $45.3K, 105.6% of all spend ($42.9K)." in text


def test_a_name_that_turns_words_about_is_drawn_as_one_that_does_not_and_stays_in_the_data() -> None:
    turning, plain = (document(HostileRunner(name=name)) for name in (f"Sale{TURNING}", "Sale"))
    pictures = [chart.file(found) for made in (turning, plain) if (found := chart.cover(made))]
    assert len(pictures) == 2 and pictures[0] == pictures[1]
    assert f"campaign_summary,Sale{TURNING},spend,raw," in csv_file.table(turning).decode()


def test_no_cell_of_the_csv_is_a_formula() -> None:
    rows = list(csv.reader(io.StringIO(csv_file.table(document(HostileRunner())).decode())))
    cells = [cell for row in rows for cell in row]
    assert any(cell.startswith("'=HYPERLINK") for cell in cells)
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]


def test_the_csv_tells_raw_calculated_and_attributed_apart_and_keeps_full_precision() -> None:
    made = document(FakeRunner(), "campaign_summary")
    rows = list(csv.DictReader(io.StringIO(csv_file.table(made).decode())))
    (table,) = made.tables()
    first = [row for row in rows if row["row"] == table.rows[0][0]]
    assert {row["column"]: row["kind"] for row in first} == {
        "spend": "raw",
        "spend_change": "calculated",
        "conversions": "attributed",
        "cpa": "calculated",
        "roas": "calculated",
    }
    assert float(first[0]["value"]) == table.rows[0][1]
    assert first[0]["unit"] == "USD"


def test_the_csv_takes_the_kind_of_a_key_figure_from_its_metric() -> None:
    made = document(FakeRunner(), "week_over_week")
    rows = list(csv.DictReader(io.StringIO(csv_file.table(made).decode())))
    kinds = {row["row"]: row["kind"] for row in rows if row["column"] in ("value", "before")}
    assert kinds == {
        "Sessions": "raw",
        "Session conversion rate": "calculated",
        "Leads": "raw",
        "Cost per lead": "calculated",
        "Opportunities": "raw",
        "Customers won": "raw",
        "Ad spend": "raw",
        "ROAS, paid media": "calculated",
        "Attributed revenue": "attributed",
    }
    assert {row["kind"] for row in rows if row["column"] == "change"} == {"calculated"}


def test_the_csv_names_the_days_of_each_number() -> None:
    made = document(FakeRunner(), forecasts=coming())
    rows = list(csv.DictReader(io.StringIO(csv_file.table(made).decode())))
    ranges = {(row["section"], row["column"]): row["range"] for row in rows}
    assert ranges["week_over_week", "value"] == ranges["lead_generation", "leads"] == "2–8 Mar 2026"
    assert ranges["week_over_week", "before"] == "23 Feb – 1 Mar 2026"
    coming_week = {ranges["coming_week_forecast", name] for name in ("expected", "a_day_low", "a_day_high")}
    assert coming_week == {"9–15 Mar 2026"}
    assert {ranges["coming_week_level", name] for name in ("expected", "low", "high")} == {"15 Mar 2026"}
    assert ranges["about", ""] == "2–8 Mar 2026"


class Dozen(FakeRunner):
    """Twelve campaigns of 100 each, which brought four conversions each."""

    def run(self, query: MetricQuery) -> MetricFrame:
        frame = super().run(query)
        if "cpa" not in query.metrics:
            return frame
        count = 12 if "campaign" in query.dimensions else 1
        each = {"spend": 1200.0 / count, "conversions": 48 / count, "cpa": 25.0, "cpa__n": 1200.0 / count,
                "cpa__d": 48 / count, "spend__base": 600.0 / count}  # fmt: skip
        rows = [{**frame.rows[0], **each, "campaign": f"Campaign {number}"} for number in range(count)]
        return replace(frame, rows=rows)


def test_paper_sums_up_the_campaigns_that_page_and_data_list_in_full() -> None:
    made = document(Dozen(), "campaign_summary")
    printed, page, data = pdf.page(made), html_page.page(made).decode(), csv_file.table(made).decode()
    assert "Campaign 9" in printed and "Campaign 10" not in printed
    assert "Campaign 11" in page and "campaign_summary,Campaign 11,spend,raw,100,USD" in data
    (table,) = made.tables()
    assert table.rest[:5] == ("Other campaigns, 2", 200.0, 1.0, 8.0, 25.0)
    assert "Other campaigns, 2" in printed and "Other campaigns, 2" not in page
    assert "2 more stand in the HTML and CSV files." in printed


def test_what_the_summary_leaves_out_stands_on_the_page() -> None:
    made = document(FakeRunner(), "attribution")
    assert "Email / Retargeting" in html_page.page(made).decode()
    assert "Email / Retargeting" not in pdf.page(made)
    assert "Left out of this summary; it stands in the HTML and CSV files." in pdf.page(made)


def test_no_table_breaks_after_its_first_rows_nor_before_its_last(tmp_path: Path) -> None:
    """Moved down line by line, a table of twelve rows never leaves fewer than three of them on a page."""
    rows = tuple((f"Row {number}.", float(number)) for number in range(12))
    table = Table("t", "T", "", (Column("a", "A"), Column("b", "B", "count")), rows)
    for lines in range(16, 28, 2):
        parts = (Composed("x", "X", (*(Text("Line.") for _ in range(lines)), table)),)
        made = replace(document(FakeRunner(missing=True)), sections=parts)
        path = tmp_path / "report.pdf"
        path.write_bytes(pdf.file(made))
        text = subprocess.run(
            ["pdftotext", str(path), "-"], check=True, capture_output=True, text=True
        ).stdout
        held = [page.count("Row ") for page in text.split("\f")]
        assert sum(held) == 12
        assert min(count for count in held if count) >= 3


def test_a_page_that_is_mailed_brings_its_own_letters() -> None:
    page = html_page.page(document(FakeRunner())).decode()
    assert 'src:url("data:font/woff2;base64,d09GMg' in page  # "wOF2", as every such font begins
    assert "font-src data:" in page


@contextmanager
def listening() -> Iterator[tuple[str, list[str]]]:
    """An address of this machine, and what was asked of it."""
    heard: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(self.path)
            self.send_error(404)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Listener) as server:
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", heard
        finally:
            server.shutdown()


def test_a_report_asks_no_address_that_a_name_in_it_brings(tmp_path: Path) -> None:
    with listening() as (address, heard):
        made = document(HostileRunner(name=f"<img src='{address}/cell'>"), "campaign_summary")
        lured = replace(made, headline=f"<img src='{address}/head'>", lead=f"url({address}/lead)")
        text = words_of("pdf", lured, tmp_path)
    assert f"<img src='{address}/head'>" in text and "/cell'>" in text  # they are words
    assert heard == []


def test_the_printer_fetches_nothing_but_our_fonts_even_of_a_page_that_asks_it_to(tmp_path: Path) -> None:
    path, secret = tmp_path / "page.pdf", tmp_path / "secret.txt"
    secret.write_text("secret")
    with listening() as (address, heard):
        page = (
            f"<style>@import '{address}/style'; p {{background: url({address}/ground)}}</style>"
            f"<link rel=stylesheet href='{address}/sheet'><link rel=attachment href='{secret.as_uri()}'>"
            f"<img src='{address}/picture'><p>Words."
        )
        path.write_bytes(pdf.printed(page))
    held = subprocess.run(["pdfdetach", "-list", str(path)], check=True, capture_output=True, text=True)
    assert heard == []
    assert held.stdout == "0 embedded files\n"


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
    assert "Oldest source: Google Ads, 12 Mar 2026, 10:48. Data version 7." in flat
    assert "1 of " in flat


def test_the_pdf_draws_its_charts(tmp_path: Path) -> None:
    """Turned into a picture, the page of a chart holds a bar in the accent colour, not only words."""
    from PIL import Image

    path = tmp_path / "report.pdf"
    path.write_bytes(pdf.file(document(FakeRunner(), "week_over_week")))
    subprocess.run(["pdftoppm", "-r", "40", "-png", str(path), str(tmp_path / "page")], check=True)
    pictures = [Image.open(found).convert("RGB") for found in sorted(tmp_path.glob("page*.png"))]
    counted = [entry for picture in pictures for entry in picture.getcolors(picture.width * picture.height)]
    accent = sum(count for count, colour in counted if colour == (0x1E, 0x40, 0xAF))
    assert accent > 300


def test_a_mail_names_the_days_before_only_beside_a_change() -> None:
    few = Key("conversion_rate", "Conversion rate", "33.3%", "low volume, n = 3", "unknown")
    more = Key("leads", "Leads", "90", "up 12.5%", "better")
    made = replace(document(FakeRunner()), keys=(few, more))
    page = re.sub("<[^>]+>", "|", mail.html(made, "", (), ""))
    assert re.findall(r"(low volume, n = 3|up 12.5%)[| ]*(vs [^|]*)?", page) == [
        ("low volume, n = 3", ""),
        ("up 12.5%", f"vs {made.base_range}"),
    ]

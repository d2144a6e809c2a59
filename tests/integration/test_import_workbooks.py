"""Workbooks: typed cells, tabs, and files that are not what they say."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook

from app.data.pipeline.imports import tabular, workbook
from app.data.pipeline.imports.importing import import_file, preview
from app.errors import InputError
from tests.import_case import COST_ROWS, COSTS, refused, sheet, written
from tests.ingest_cast import Company, Platform


@pytest.fixture
def company(tmp_path: Path) -> Company:
    return Company(tmp_path / "home", "google_ads", Platform("google_ads"))


SHEET = "xl/worksheets/sheet1.xml"


def test_of_a_workbook_with_several_tabs_the_report_says_which_was_read(
    company: Company, tmp_path: Path
) -> None:
    book = Workbook()
    book.active.title = "Costs"
    for row in COST_ROWS[:2]:
        book.active.append(row)
    for name in ("Last year", "Notes"):
        book.create_sheet(name).append(COST_ROWS[0])
    book.save(path := tmp_path / "file.xlsx")
    report = import_file(company.parts, path, "costs")
    said = "Of file.xlsx the first tab, Costs, is read; not read: Last year, Notes."
    assert (report.rows, report.notes) == (1, (said,))


def test_an_empty_first_tab_says_where_else_rows_may_be(company: Company, tmp_path: Path) -> None:
    book = Workbook()
    book.create_sheet("Data").append(COST_ROWS[0])
    book.save(path := tmp_path / "file.xlsx")
    problem = refused(company, path)
    assert str(problem) == "file.xlsx is empty. Of file.xlsx the first tab, Sheet, is read; not read: Data."


def test_typed_cells_of_a_sheet_are_read_as_they_are_meant(company: Company, tmp_path: Path) -> None:
    head = ["response_id", "date", "survey", "wave", "aided", "unaided"]
    path = sheet(tmp_path, head, [7, date(2026, 1, 3), "awareness", "w1", True, 0.0])
    import_file(company.parts, path, "surveys")
    company.publish()
    assert company.ask("SELECT response_id, date, wave, score, aided, unaided FROM fact_survey") == [
        ("7", date(2026, 1, 3), "w1", None, 1, 0)
    ]


def test_money_in_a_sheet_is_exact(company: Company, tmp_path: Path) -> None:
    head = COSTS.splitlines()[0].split(",")
    path = sheet(tmp_path, head, [date(2026, 1, 1), "tools", None, 0.1 + 0.2, "USD"])
    import_file(company.parts, path, "costs")
    company.publish()
    assert company.ask("SELECT amount_micros, channel FROM fact_cost") == [(300_000, "(not set)")]


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("=1+1", "Row 2 of file.xlsx holds a formula (=1+1)."),
        ("#N/A", "Row 2 of file.xlsx holds the error #N/A."),
    ],
)
def test_a_cell_that_is_no_value_is_refused_by_row(
    company: Company, tmp_path: Path, cell: str, said: str
) -> None:
    head = COSTS.splitlines()[0].split(",")
    path = sheet(tmp_path, head, [date(2026, 1, 1), "tools", "email", cell, "USD"])
    assert refused(company, path).message == said


def test_a_zip_bomb_is_refused_before_it_is_unpacked(company: Company, tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 40_000_000)
    assert "would unpack to 40,000,000 bytes" in refused(company, path).message


def test_something_else_called_xlsx_is_refused(company: Company, tmp_path: Path) -> None:
    assert refused(company, written(tmp_path, COSTS, "file.xlsx")).message == "file.xlsx is not an XLSX."


def resheeted(path: Path, old: str, new: str) -> Path:
    """The workbook with other text in the XML of its first sheet."""
    with zipfile.ZipFile(path) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    assert old.encode() in parts[SHEET]
    parts[SHEET] = parts[SHEET].replace(old.encode(), new.encode(), 1)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return path


def test_a_sheet_that_says_it_is_smaller_than_it_is_loses_no_row(company: Company, tmp_path: Path) -> None:
    path = resheeted(sheet(tmp_path, *COST_ROWS), 'ref="A1:E5"', 'ref="A1:E3"')
    assert import_file(company.parts, path, "costs").rows == 4
    company.publish()
    assert company.ask("SELECT sum(amount) / 1e6 FROM fact_cost") == [(100.0,)]


BOMB = "".join(f'<!ENTITY b{n} "{f"&b{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("</sheetData>", "</sheetDat>"),
        ("<sheetData>", "<sheetData><row r='x'>"),
        ('<c r="A2"', '<c r="2A2A"'),
        ("<worksheet", f"<!DOCTYPE w [<!ENTITY b0 'b'>{BOMB}]><worksheet"),
    ],
    ids=["cut", "unknown row", "unknown cell", "entities"],
)
def test_a_sheet_whose_xml_is_broken_is_refused(company: Company, tmp_path: Path, old: str, new: str) -> None:
    path = resheeted(sheet(tmp_path, *COST_ROWS), old, new)
    if "ENTITY" in new:
        resheeted(path, "<v>10</v>", "<v>&b9;</v>")
    assert refused(company, path).message == "file.xlsx is not a readable XLSX."


def test_a_sheet_with_flipped_bytes_is_refused(company: Company, tmp_path: Path) -> None:
    path = sheet(tmp_path, *COST_ROWS)
    with zipfile.ZipFile(path) as packed:
        entry = packed.getinfo(SHEET)
    content = bytearray(path.read_bytes())
    for place in range(entry.header_offset + 80, entry.header_offset + 120):
        content[place] ^= 0xFF
    path.write_bytes(content)
    assert refused(company, path).message == "file.xlsx is not a readable XLSX."


def test_a_workbook_of_charts_alone_is_refused_by_import_and_preview(
    company: Company, tmp_path: Path
) -> None:
    book = Workbook()
    book.create_chartsheet("Chart")
    book.remove(book.worksheets[0])
    book.save(path := tmp_path / "file.xlsx")
    assert refused(company, path).message == "file.xlsx is not a readable XLSX."
    with pytest.raises(InputError, match="is not a readable XLSX"):
        preview(company.parts, path, "costs", {})


def test_a_sheet_that_claims_a_billion_rows_is_refused(
    company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tabular, "MOST_ROWS", 100_000)
    path = resheeted(sheet(tmp_path, *COST_ROWS), '<row r="5">', '<row r="1000000000">')
    assert refused(company, path).message == "file.xlsx has more than 100,000 rows."


def test_as_many_rows_as_may_be_are_read_and_one_more_is_refused(
    company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tabular, "MOST_ROWS", 3)
    path = sheet(tmp_path, *COST_ROWS)
    assert refused(company, path).message == "file.xlsx has more than 3 rows."
    monkeypatch.setattr(tabular, "MOST_ROWS", 4)
    assert import_file(company.parts, path, "costs").rows == 4


def test_a_workbook_larger_unpacked_than_any_may_be_is_refused(
    company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "MOST_UNPACKED", 1_000)
    path = sheet(tmp_path, *COST_ROWS)
    with zipfile.ZipFile(path) as packed:
        unpacked = sum(entry.file_size for entry in packed.infolist())
    assert f"would unpack to {unpacked:,} bytes" in refused(company, path).message

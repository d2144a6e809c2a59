"""Files: bytes of CSV, cells of XLSX, requests as JSON, names on disk."""

from __future__ import annotations

import ast
import csv
import io
import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest

from app import csv_format
from app.data.query.spec import PAID, Filter, MetricQuery, RowQuery, Scope, Sort
from app.errors import InputError, NotFound
from app.exports import about, csv_file, files, workbook
from app.exports.request import ExportRequest, dump, judged, load, open_rows
from app.figures.table_view import Condition
from app.periods import Period
from tests.ad_company import LAST_DAY, AdCompany, declare_metrics

declare_metrics()
WEEK = Period(LAST_DAY - timedelta(days=6), LAST_DAY)
DAY = datetime.fromisoformat("2026-03-01")  # a sheet knows no zone
NOW = datetime(2026, 3, 13, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "＝1", "=cmd|' /C calc'!A0"]
)
def test_a_text_that_a_spreadsheet_would_run_is_made_harmless(text: str) -> None:
    written = b"".join(csv_file.encode(["name"], [[text]])).decode()
    assert list(csv.reader(io.StringIO(written, newline="")))[1] == [f"'{text}"]


def test_a_condition_that_the_answer_cannot_tell_is_refused_and_not_forgotten() -> None:
    asked = ExportRequest(
        "x", MetricQuery(("clicks",), WEEK, ("channel",)), (Condition("spend", ">", 1000.0),)
    )
    assert judged(asked, ("channel", "clicks", "spend")) == asked.conditions
    with pytest.raises(
        InputError, match="The condition “spend>1000” is on a number that this view cannot tell"
    ):
        judged(asked, ("channel", "clicks"))


def test_an_export_says_what_its_rows_are_grouped_by() -> None:
    months = MetricQuery(("spend",), WEEK, ("channel", "device"), grain="month")
    assert about.grouping(ExportRequest("x", months)) == "by Month, Channel, Device"
    assert about.grouping(ExportRequest("x", MetricQuery(("spend",), WEEK))) == "not grouped"
    assert about.grouping(ExportRequest("x", RowQuery("spend", WEEK))) == "single rows"


def test_numbers_keep_their_sign_and_every_digit() -> None:
    row = [-12.345678901234567, 0.1 + 0.2, 1e6, None, date(2026, 3, 1), True, 'a "b", c']
    written = b"".join(csv_file.encode(["x"] * 7, [row])).decode().splitlines()[1]
    assert written == '-12.345678901234567,0.30000000000000004,1000000,,2026-03-01,true,"a ""b"", c"'


def test_the_head_leaves_before_any_row_is_read() -> None:
    def rows():
        raise AssertionError("a row was read")
        yield []

    assert next(csv_file.encode(["a", "b"], rows(), bom=True)) == "\ufeffa,b\r\n".encode()


def test_every_csv_is_written_by_the_one_writer_whose_lines_end_alike() -> None:
    app, writers = Path(csv_format.__file__).parent, set()
    for path in app.rglob("*.py"):
        nodes = ast.walk(ast.parse(path.read_text()))
        used = {ast.unparse(node) for node in nodes if isinstance(node, ast.Attribute)}
        writers |= {path.relative_to(app).as_posix()} if used & {"csv.writer", "csv.DictWriter"} else set()
    assert writers == {"csv_format.py"}
    file = io.StringIO(newline="")
    csv_format.write_rows(file, ["a", "b"], [{"a": 1, "b": "x\ny"}, {"a": None}])
    assert file.getvalue() == 'a,b\r\n1,"x\ny"\r\n,\r\n'


def test_a_request_survives_json() -> None:
    asked = MetricQuery(
        ("spend", "cpa"),
        Period(LAST_DAY, LAST_DAY, "month"),
        ("channel",),
        "day",
        (Filter("device", ("mobile",), True),),
        Scope((Filter("region", ("North",)),)),
        "year",
        7,
        (Sort("cpa", False),),
        0,
    )
    request = ExportRequest("campaigns", asked, (Condition("spend", ">", 10.0),))
    assert load(json.loads(json.dumps(dump(request)))) == request
    rows = ExportRequest("rows-cpa", RowQuery("cpa", WEEK, (Filter("channel", ("Social",)),)))
    assert load(json.loads(json.dumps(dump(rows)))) == rows


def test_an_export_holds_the_dimensions_and_metrics_without_parts_of_divisions() -> None:
    heads, rows = open_rows(
        AdCompany(), ExportRequest("x", MetricQuery(("spend", "cpa"), WEEK, ("channel",), compare="previous"))
    )
    assert heads == ["channel", "spend", "cpa", "spend_base", "cpa_base"]
    assert len(list(rows)) == 4


def test_conditions_thin_out_the_rows_of_a_file() -> None:
    query = MetricQuery(("spend",), WEEK, ("campaign",))
    _, rows = open_rows(AdCompany(), ExportRequest("x", query, (Condition("spend", ">", 1000),)))
    assert sorted(row[0] for row in rows) == [
        "Brand awareness US",
        "Partner newsletter",
        "Product launch 2026",
        "Retargeting, cart",
    ]


def test_a_workbook_has_typed_cells_no_formula_and_says_what_was_asked(tmp_path: Path) -> None:
    told: list[int] = []
    rows = [[date(2026, 3, 1), "=1+1", 12.5, 0.031, None]] * 4001
    heads = ["date", "campaign", "spend", "ctr", "cpa"]
    count = workbook.write(tmp_path / "x.xlsx", heads, rows, [("Filters", "Channel is Social")], told.append)
    book = openpyxl.load_workbook(tmp_path / "x.xlsx")
    cells = [(cell.value, cell.data_type, cell.number_format) for cell in book["Data"][2]]
    assert cells == [
        (DAY, "d", "yyyy-mm-dd"),
        ("=1+1", "s", "General"),
        (12.5, "n", "#,##0.00"),
        (0.031, "n", "0.0%"),
        (None, "n", "General"),
    ]
    sheet = [[cell.value for cell in row] for row in book["About"].iter_rows()]
    assert (count, told, sheet) == (4001, [2000, 4000], [["Rows", "4001"], ["Filters", "Channel is Social"]])


def test_filters_are_said_as_on_the_page_with_the_members_of_the_file() -> None:
    asked = (Filter("channel", ("Social", "Email")), Filter("device", ("mobile",), negate=True), PAID)
    assert about.filters_text(asked) == "Channel is Social, Email; Device is not mobile; paid media only"


@pytest.mark.parametrize("name", ["../app", "a/b", "", "a" * 121, "x.xlsx"])
def test_a_name_that_could_leave_the_folder_does_not_exist(name: str, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        files.place(tmp_path, name)


def test_a_file_is_gone_after_a_day(tmp_path: Path) -> None:
    path = files.place(tmp_path, "export-1")
    path.write_bytes(b"x")
    os.utime(path, (NOW.timestamp(),) * 2)
    assert files.present(tmp_path, "export-1", NOW + timedelta(hours=23)) == path
    with pytest.raises(NotFound, match="kept for 24 hours"):
        files.present(tmp_path, "export-1", NOW + timedelta(hours=25))
    assert files.sweep(tmp_path, NOW + timedelta(hours=25)) == 1 and not path.exists()

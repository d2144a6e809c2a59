"""Files as a source: what is read, what is refused and how that is said; a bad file changes nothing."""

from __future__ import annotations

import errno
import os
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import func, select

from app.data import source_states
from app.data.models import Load, Person, Source, SyncRun
from app.data.pipeline.alone import alone
from app.data.pipeline.imports import tabular, workbook
from app.data.pipeline.imports.importing import ImportRefused, import_file, preview
from app.data.pipeline.imports.streams import STREAMS
from app.data.warehouse.staging import StagingWriter
from app.errors import ConflictError, InputError, PadError
from tests.ingest_cast import Company, Platform
from tests.shell import Shell

COSTS = "month,category,channel,amount,currency\n2026-01-01,tools,email,1200.50,USD\n"
SUBSCRIPTIONS = (
    "subscription_id,customer_id,customer_name,plan,interval,price,currency,status,started_on,ended_on\n"
    "s1,c1,Canaryperson Ltd,team,month,99,USD,active,2025-12-03,\n"
)

SHEET = "xl/worksheets/sheet1.xml"
COST_ROWS: list[list[Any]] = [
    COSTS.splitlines()[0].split(","),
    *([date(2026, month, 1), "tools", "email", 10 * month, "USD"] for month in (1, 2, 3, 4)),
]


@pytest.fixture
def company(tmp_path: Path) -> Company:
    return Company(tmp_path / "home", "google_ads", Platform("google_ads"))


def written(tmp_path: Path, content: str | bytes, name: str = "file.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def sheet(tmp_path: Path, *rows: list[Any]) -> Path:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    book.save(tmp_path / "file.xlsx")
    return tmp_path / "file.xlsx"


def refused(company: Company, path: Path, stream: str = "costs", **options: Any) -> InputError:
    """The refusal of a file, after a look that nothing whatever changed."""
    with pytest.raises(InputError) as caught:
        import_file(company.parts, path, stream, **options)
    with company.parts.database.session() as session:
        counts = [session.scalar(select(func.count()).select_from(row)) for row in (Load, Person, SyncRun)]
        assert counts == [0, 0, 0]
        assert session.get(Source, stream) is None
    assert list(company.parts.staging.glob(f"{stream}/*")) == []
    return caught.value


def test_a_good_file_lands_in_its_fact(company: Company, tmp_path: Path) -> None:
    assert import_file(company.parts, written(tmp_path, COSTS), "costs").rows == 1
    company.publish()
    assert company.ask("SELECT date, category, channel, amount_micros, amount FROM fact_cost") == [
        (date(2026, 1, 1), "tools", "Email", 1_200_500_000, 1_200_500_000)
    ]


def test_the_same_file_twice_gives_the_same_rows(company: Company, tmp_path: Path) -> None:
    for _ in range(2):
        import_file(company.parts, written(tmp_path, COSTS), "costs")
        company.publish()
    assert company.ask("SELECT count(*) FROM fact_cost") == [(1,)]


@pytest.mark.parametrize("separator", [";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_separators_and_marks_of_spreadsheets_are_understood(
    company: Company, tmp_path: Path, separator: str, encoding: str
) -> None:
    path = written(tmp_path, COSTS.replace(",", separator).encode(encoding))
    assert import_file(company.parts, path, "costs").rows == 1


def test_a_wrong_header_names_what_is_missing_and_suggests_the_column_that_is_meant(
    company: Company, tmp_path: Path
) -> None:
    problem = refused(company, written(tmp_path, COSTS.replace("amount", "amount_usd")))
    assert problem.message == "amount is missing in the header of the file."
    assert problem.hint == "Name it: --map amount_usd=amount."


def test_a_mapping_reads_a_column_under_another_name(company: Company, tmp_path: Path) -> None:
    path = written(tmp_path, COSTS.replace("amount", "Betrag"))
    assert import_file(company.parts, path, "costs", {"Betrag": "amount"}).rows == 1
    problem = refused_mapping(company, path, {"Betrug": "amount"})
    assert "The file has month, category, channel, Betrag, currency" in problem.hint


def refused_mapping(company: Company, path: Path, mapping: dict[str, str]) -> InputError:
    with pytest.raises(InputError, match="does not fit") as caught:
        import_file(company.parts, path, "costs", mapping)
    return caught.value


def test_two_columns_for_one_are_refused(company: Company, tmp_path: Path) -> None:
    text = COSTS.replace("amount", "Amount,amount").replace("1200.50", "1,2")
    assert "Amount and amount are both read as amount" in refused(company, written(tmp_path, text)).message


def test_a_column_twice_is_refused(company: Company, tmp_path: Path) -> None:
    path = written(tmp_path, COSTS.replace("channel", "amount"))
    assert refused(company, path).message == "file.csv has the column amount twice."


@pytest.mark.parametrize("encoding", ["cp1251", "latin-1"])
def test_a_wrong_encoding_is_named_with_the_way_to_name_it(
    company: Company, tmp_path: Path, encoding: str
) -> None:
    text = COSTS.replace("tools,email", "tools,über" if encoding == "latin-1" else "tools,почта")
    path = written(tmp_path, text.encode(encoding))
    problem = refused(company, path)
    assert problem.message == "file.csv is not written in UTF-8." and "--encoding latin-1" in problem.hint
    assert import_file(company.parts, path, "costs", encoding=encoding).rows == 1


def test_wrong_cells_are_listed_by_the_line_that_a_person_sees(company: Company, tmp_path: Path) -> None:
    text = (
        COSTS
        + "2026-02-30,tools,email,1,USD\n\n2026-03-01,fun,email,1,USD\n2026-03-01,tools,email,many,usd\n"
    )
    problem = refused(company, written(tmp_path, text))
    assert isinstance(problem, ImportRefused)
    assert problem.wrong == [
        (3, "month is '2026-02-30', not a day"),
        (5, "category is 'fun'; known: salaries, tools, agencies, events, content, other"),
        (6, "currency is 'usd', not an ISO 4217 code such as USD"),
    ]


def test_every_wrong_line_that_is_kept_is_told_and_how_many_more(company: Company, tmp_path: Path) -> None:
    text = COSTS + "2026-01-01,fun,email,1,USD\n" * 53
    told = str(refused(company, written(tmp_path, text))).splitlines()
    assert told[0] == "file.csv has 53 rows that cannot be read, so nothing of it is kept:"
    assert [line.split(":")[0] for line in told[1:51]] == [f"line {number}" for number in range(3, 53)]
    assert told[51:] == ["and 3 more", "Correct these lines and import the file again."]


def test_rows_are_those_of_the_file_and_one_that_breaks_a_rule_is_named(
    company: Company, tmp_path: Path
) -> None:
    report = import_file(company.parts, written(tmp_path, f"{COSTS}2026-02-01,tools,email,-5,USD\n"), "costs")
    assert (report.rows, report.flagged) == (2, 1)
    assert report.notes == ("A row is kept though it breaks a rule: line 3 cost_not_negative",)
    with company.parts.database.session() as session:
        assert session.scalars(select(SyncRun.rows)).all() == [2]


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


def test_a_line_with_too_many_cells_is_named(company: Company, tmp_path: Path) -> None:
    problem = refused(company, written(tmp_path, COSTS + "2026-02-01,tools,email,1,200,USD\n"))
    assert problem.message == "Line 3 of file.csv has 6 cells, the header 5."


def test_a_file_without_rows_and_one_without_anything_are_refused(company: Company, tmp_path: Path) -> None:
    assert "a header and no rows" in refused(company, written(tmp_path, COSTS.splitlines()[0])).message
    assert refused(company, written(tmp_path, "")).message == "file.csv is empty."
    assert "There is no file" in refused(company, tmp_path / "nothing.csv").message


def test_an_unknown_stream_suggests_the_nearest(company: Company, tmp_path: Path) -> None:
    assert refused(company, written(tmp_path, COSTS), "cost").hint == "Did you mean 'costs'?"


def test_a_lasting_coupon_of_a_file_reduces_mrr(company: Company, tmp_path: Path) -> None:
    """600 USD a year less a lasting 20 % are 40 USD a month."""
    header, line = SUBSCRIPTIONS.replace("month,99", "year,600").splitlines()
    text = f"{header},discount_percent\n{line},"
    problem = refused(company, written(tmp_path, f"{text}120\n"), "subscriptions")
    assert "line 2: discount_percent is '120', not between 0 and 100" in problem.message
    import_file(company.parts, written(tmp_path, f"{text}20\n"), "subscriptions")
    company.publish()
    assert company.ask("SELECT sum(amount) / 1e6 FROM fact_mrr_movement") == [(40.0,)]


ODD = ["inf", "nan", "1e400", "99999999999999999999", "1e30"]


@pytest.mark.parametrize("value", ODD)
@pytest.mark.parametrize(("stream", "column"), [("costs", "amount"), ("account_activity", "active_users")])
def test_a_number_that_cannot_be_kept_is_named_by_its_line(
    company: Company, tmp_path: Path, stream: str, column: str, value: str
) -> None:
    lines = {
        "costs": f"{COSTS}2026-02-01,tools,email,{value},USD\n",
        "account_activity": "customer_id,date,active_users,features_used,support_tickets,invoices_late,"
        f"onboarding_step\nc1,2026-01-04,3,1,0,0,5\nc2,2026-01-04,{value},1,0,0,5\n",
    }
    problem = refused(company, written(tmp_path, lines[stream]), stream)
    assert f"line 3: {column} is '{value}', " in problem.message


RATES = "date,currency,rate\n2026-01-01,EUR,1.1\n"
TARGETS = "metric,starts_on,ends_on,value\nmrr,2026-01-01,2026-03-31,1000\n"
MARKET = "month,market_revenue,currency,source,low,high\n2026-01-01,100,USD,Analyst,90,110\n"


@pytest.mark.parametrize(
    ("stream", "text", "reason"),
    [
        ("exchange_rates", f"{RATES}2026-01-02,EUR,nan\n", "rate is 'nan', not a number"),
        ("exchange_rates", f"{RATES}2026-01-02,EUR,inf\n", "rate is 'inf', not a number"),
        ("exchange_rates", f"{RATES}2026-01-02,EUR,1e300\n", "not above 0 and at most 10,000,000"),
        ("exchange_rates", f"{RATES}2026-01-02,ZZZ,1\n", "'ZZZ', not an ISO 4217 code such as USD"),
        ("exchange_rates", f"{RATES}2026-01-02,EURO,1\n", "'EURO', not an ISO 4217 code such as EUR"),
        ("exchange_rates", f"{RATES}2026-01-02garbage,EUR,1\n", "date is '2026-01-02garbage', not a day"),
        ("targets", f"{TARGETS}mrr,2026-04-01,2026-06-30,nan\n", "value is 'nan', not a number"),
        ("targets", f"{TARGETS}mrr,2026-04-01,2026-06-30,inf\n", "value is 'inf', not a number"),
        ("targets", f"{TARGETS}new_mr,2026-04-01,2026-06-30,1\n", "exist. Did you mean 'new_mrr'?"),
        ("targets", f"{TARGETS}zzz,2026-04-01,2026-06-30,1\n", "exist. pad metrics list shows them all"),
        ("market_size", f"{MARKET}2026-02-01,100,USD,Analyst,110,90\n", "low is '110', above high '90'"),
    ],
)
def test_a_value_that_is_no_answer_is_named_by_its_line(
    company: Company, tmp_path: Path, stream: str, text: str, reason: str
) -> None:
    problem = refused(company, written(tmp_path, text), stream)
    assert "\nline 3: " in problem.message and reason in problem.message


def test_the_good_lines_of_each_of_these_are_read(company: Company, tmp_path: Path) -> None:
    for stream, text in (("exchange_rates", RATES), ("targets", TARGETS), ("market_size", MARKET)):
        assert import_file(company.parts, written(tmp_path, text), stream).rows == 1


def test_an_instant_gives_the_day_that_is_written(company: Company, tmp_path: Path) -> None:
    text = f"{RATES}2026-01-02T23:30:00,EUR,1.2\n20260103,EUR,1.3\n"
    import_file(company.parts, written(tmp_path, text), "exchange_rates")
    company.publish()
    assert company.ask("SELECT day(date), rate FROM dim_rate ORDER BY 1") == [(1, 1.1), (2, 1.2), (3, 1.3)]


@pytest.mark.parametrize(
    ("stream", "text", "key"),
    [
        ("exchange_rates", f"{RATES}2026-01-01,EUR,1.2\n", "date and currency"),
        ("targets", f"{TARGETS}mrr,2026-01-01,2026-03-31,9\n", "metric, starts_on and ends_on"),
        ("market_size", f"{MARKET}2026-01-01,100,USD,Other,90,110\n", "month"),
        (
            "subscriptions",
            f"{SUBSCRIPTIONS}s1,c2,Other Ltd,team,month,99,USD,active,2025-12-03,\n",
            "subscription_id and started_on",
        ),
    ],
)
def test_a_second_row_of_one_key_is_refused_since_one_of_them_would_be_lost(
    company: Company, tmp_path: Path, stream: str, text: str, key: str
) -> None:
    problem = refused(company, written(tmp_path, text), stream)
    assert f"line 3: same {key} as line 2, of which only one would be kept" in problem.message


def test_two_phases_of_one_subscription_are_two_rows(company: Company, tmp_path: Path) -> None:
    text = f"{SUBSCRIPTIONS}s1,c1,Canaryperson Ltd,pro,month,199,USD,active,2026-01-03,\n"
    assert import_file(company.parts, written(tmp_path, text), "subscriptions").rows == 2


def test_costs_of_one_month_category_and_channel_are_added_up_and_the_report_says_so(
    company: Company, tmp_path: Path
) -> None:
    more = "2026-01-01,tools,,7,USD\n2026-01-01,tools,Email,99,USD\n2026-01-01,tools,email,0.25,USD\n"
    report = import_file(company.parts, written(tmp_path, COSTS + more), "costs")
    assert (report.rows, report.notes) == (
        4,
        (
            "2 rows repeat the month, category and channel of an earlier one and are added to it: "
            "line 4 to line 2, line 5 to line 2",
        ),
    )
    company.publish()
    assert company.ask("SELECT channel, amount / 1e6 FROM fact_cost ORDER BY 1") == [
        ("(not set)", 7.0),
        ("Email", 1299.75),
    ]


def test_costs_in_two_currencies_are_not_added(company: Company, tmp_path: Path) -> None:
    problem = refused(company, written(tmp_path, f"{COSTS}2026-01-01,tools,email,99,EUR\n"))
    assert "line 3: same month, category and channel as line 2, in another currency" in problem.message


def test_every_stream_says_which_columns_tell_its_rows_apart() -> None:
    for stream in STREAMS:
        assert set(stream.key) <= set(stream.columns), stream.id


def test_media_among_costs_is_refused_since_the_platforms_bill_it(company: Company, tmp_path: Path) -> None:
    problem = refused(company, written(tmp_path, COSTS + "2026-01-01,media,paid_search,900,USD\n"))
    assert "line 3: category is 'media', which comes from the ad platforms and would count" in problem.message


def test_a_bad_row_after_good_ones_leaves_no_person_behind(company: Company, tmp_path: Path) -> None:
    text = SUBSCRIPTIONS + "s2,c2,Bob,team,week,99,USD,active,2025-12-03,\n"
    assert "line 3: interval is 'week'" in refused(company, written(tmp_path, text), "subscriptions").message


def test_personal_columns_are_split_off_and_open_with_their_key(company: Company, tmp_path: Path) -> None:
    import_file(company.parts, written(tmp_path, SUBSCRIPTIONS), "subscriptions")
    company.publish()
    key = company.ask("SELECT person_key FROM fact_subscription")[0][0]
    with company.parts.database.session() as session:
        person = session.get_one(Person, key)
    assert company.parts.vault.open(key, person.nonce, person.sealed) == {"customer_name": "Canaryperson Ltd"}
    files = [path for path in company.home.rglob("*") if path.is_file()]
    assert [path.name for path in files if b"Canaryperson" in path.read_bytes()] == []


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
        preview(company.parts.settings, path, "costs", {})


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


def test_a_preview_shows_the_mapping_and_changes_nothing(company: Company, tmp_path: Path) -> None:
    path = written(tmp_path, COSTS.replace("channel", "note"))
    found = preview(company.parts.settings, path, "costs", {})
    assert found.mapping == {
        "month": "month",
        "category": "category",
        "note": "",
        "amount": "amount",
        "currency": "currency",
    }
    assert found.rows == [
        {"month": "2026-01-01", "category": "tools", "amount": "1200.50", "currency": "USD"}
    ]


def test_a_preview_tries_every_row_and_shows_what_an_import_would_refuse(
    company: Company, tmp_path: Path
) -> None:
    more = "".join(f"2026-{month:02}-01,tools,email,1,USD\n" for month in range(2, 9))
    path = written(tmp_path, f"{COSTS}{more}2026-01-01,tools,email,2,USD\n2026-09-01,fun,email,1,USD\n")
    found = preview(company.parts.settings, path, "costs", {})
    assert len(found.rows) == 5
    (note,) = found.notes
    assert note.endswith("of an earlier one and is added to it: line 10 to line 2")
    assert found.refusal is not None and [line for line, _ in found.refusal.wrong] == [11]
    assert str(found.refusal) == str(refused(company, path))


def test_two_imports_of_one_stream_do_not_meet(company: Company, tmp_path: Path) -> None:
    with alone(company.parts, "costs"), pytest.raises(ConflictError):
        import_file(company.parts, written(tmp_path, COSTS), "costs")


def test_a_disk_that_is_full_during_an_import_is_told_and_leaves_nothing_behind(
    company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = written(tmp_path, COSTS)
    with monkeypatch.context() as disk, pytest.raises(PadError, match="file.csv could not be written: No sp"):
        disk.setattr(StagingWriter, "close", full)
        import_file(company.parts, path, "costs")
    assert list(company.parts.staging.glob("costs/*/")) == []
    assert import_file(company.parts, path, "costs").rows == 1


def test_an_imported_stream_is_a_source_of_files(company: Company, tmp_path: Path) -> None:
    import_file(company.parts, written(tmp_path, COSTS), "costs")
    states = {one.source.id: one for one in source_states.all_states(company.parts.database)}
    found = states["costs"]
    assert list(states) == ["google_ads", "costs"]
    assert (found.source.kind, found.source.state) == ("file", "ready")
    assert found.source.last_sync_at == company.parts.clock.now()


def test_the_command_imports_publishes_and_lists_the_source(tmp_path: Path) -> None:
    pad, path = Shell(tmp_path / "home"), str(written(tmp_path, COSTS))
    done = pad.told("import", path, "--as", "costs")
    assert done == [{"stream": "costs", "rows": 1, "flagged": 0, "data_version": 1}]
    (shown,) = pad.told("sources", "list")
    assert (shown["id"], shown["kind"], shown["state"], shown["rows"]) == ("costs", "file", "ready", 1)


def test_exchange_rates_are_listed_with_their_rows_and_their_newest_day(tmp_path: Path) -> None:
    pad, path = Shell(tmp_path / "home"), str(written(tmp_path, f"{RATES}2026-01-02,EUR,1.2\n"))
    pad.told("import", path, "--as", "exchange_rates")
    (shown,) = pad.told("sources", "list")
    assert (shown["id"], shown["rows"]) == ("exchange_rates", 2)
    assert shown["data_until"] == "2026-01-03T05:00:00+00:00"  # midnight of New York, the zone unless set


def test_the_command_tells_what_is_wrong_and_what_a_reader_has_to_know(tmp_path: Path) -> None:
    pad = Shell(tmp_path / "home")
    again = written(tmp_path, f"{COSTS}2026-01-01,tools,email,-5000,USD\n")
    done = pad("import", str(again), "--as", "costs", "--format", "json")
    assert "added to it: line 3 to line 2" in done.stderr
    assert "breaks a rule: line 2 cost_not_negative" in done.stderr
    wrong = written(tmp_path, f"{COSTS}2026-02-01,fun,email,5,USD\n")
    tried = pad("import", str(wrong), "--as", "costs", "--preview")
    assert (tried.exit_code, "1200.50" in tried.stdout) == (1, True)
    assert "line 3: category is 'fun'; known:" in tried.stderr


@pytest.mark.parametrize(
    "asked", [["sync"], ["test"], ["backfill", "--from", "2026-01-01", "--to", "2026-01-02"]]
)
def test_a_source_of_files_says_how_it_is_read(tmp_path: Path, asked: list[str]) -> None:
    command, *days = asked
    done = Shell(tmp_path / "home")("sources", command, "costs", *days)
    said = "Error: costs is imported from files. Give it the next one: pad import FILE --as costs."
    assert (done.exit_code, done.stderr.strip()) == (1, said)


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.id)
def test_every_stream_that_has_persons_says_who_they_are(stream: Any) -> None:
    assert bool(stream.personal) == bool(stream.person)
    assert set(stream.personal) <= set(stream.columns) and (
        not stream.person or stream.person in stream.required
    )

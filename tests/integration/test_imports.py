"""Files as a source: what is read, what is refused and how that is said; a bad file changes nothing."""

from __future__ import annotations

import errno
import json
import os
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from openpyxl import Workbook
from sqlalchemy import func, select

from app.cli import main
from app.data import source_states
from app.data.models import Load, Person, Source, SyncRun
from app.data.pipeline.alone import alone
from app.data.pipeline.imports.importing import ImportRefused, import_file, preview
from app.data.pipeline.imports.streams import STREAMS
from app.data.warehouse.staging import StagingWriter
from app.errors import ConflictError, InputError, PadError
from tests.ingest_cast import Company, Platform

COSTS = "month,category,channel,amount,currency\n2026-01-01,tools,email,1200.50,USD\n"
SUBSCRIPTIONS = (
    "subscription_id,customer_id,customer_name,plan,interval,price,currency,status,started_on,ended_on\n"
    "s1,c1,Canaryperson Ltd,team,month,99,USD,active,2025-12-03,\n"
)


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


def test_a_preview_shows_the_mapping_and_changes_nothing(company: Company, tmp_path: Path) -> None:
    found = preview(written(tmp_path, COSTS.replace("channel", "note")), "costs", {})
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
    env = {"PAD_HOME": str(tmp_path / "home")}
    path = str(written(tmp_path, COSTS))
    done = CliRunner().invoke(main, ["import", path, "--as", "costs", "--format", "json"], env=env)
    assert json.loads(done.stdout) == [{"stream": "costs", "rows": 1, "flagged": 0, "data_version": 1}]
    listed = CliRunner().invoke(main, ["sources", "list", "--format", "json"], env=env)
    (shown,) = json.loads(listed.stdout)
    assert (shown["id"], shown["kind"], shown["state"], shown["rows"]) == ("costs", "file", "ready", 1)


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.id)
def test_every_stream_that_has_persons_says_who_they_are(stream: Any) -> None:
    assert bool(stream.personal) == bool(stream.person)
    assert set(stream.personal) <= set(stream.columns) and (
        not stream.person or stream.person in stream.required
    )

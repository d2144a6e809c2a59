"""Files as a source: what is read, what is refused and how that is said; a bad file changes nothing."""

from __future__ import annotations

import errno
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.data import source_states
from app.data.models import Person, SyncRun
from app.data.pipeline.alone import alone
from app.data.pipeline.imports.importing import import_file, preview
from app.data.pipeline.imports.refusal import ImportRefused
from app.data.pipeline.imports.streams import STREAMS
from app.data.warehouse.staging import StagingWriter
from app.errors import ConflictError, InputError, PadError
from tests.import_case import COSTS, RATES, SUBSCRIPTIONS, refused, written
from tests.ingest_cast import Company, Platform
from tests.shell import Shell


@pytest.fixture
def company(tmp_path: Path) -> Company:
    return Company(tmp_path / "home", "google_ads", Platform("google_ads"))


def test_a_good_file_lands_in_its_fact(company: Company, tmp_path: Path) -> None:
    assert import_file(company.parts, written(tmp_path, COSTS), "costs").rows == 1
    company.publish()
    assert company.ask("SELECT date, category, channel, amount_micros, amount FROM fact_cost") == [
        (date(2026, 1, 1), "tools", "Email", 1_200_500_000, 1_200_500_000)
    ]


def test_a_file_with_rows_of_today_is_complete_to_yesterday(company: Company, tmp_path: Path) -> None:
    rows = "".join(f"2026-01-{day},EUR,1.2\n" for day in (13, 14, 15))
    import_file(company.parts, written(tmp_path, RATES + rows), "exchange_rates")
    company.publish()
    assert company.ask("SELECT data_until FROM dim_source") == [(date(2026, 1, 14),)]


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


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("header", ["month", "\u043c\u0435\u0441\u044f\u0446"])
def test_utf_16_without_its_mark_is_told_as_an_encoding_and_not_as_a_wrong_header(
    company: Company, tmp_path: Path, encoding: str, header: str
) -> None:
    path = written(tmp_path, COSTS.replace("month", header).replace(",", ";").encode(encoding))
    assert str(refused(company, path)) == (
        "file.csv is not written in UTF-8. It looks like UTF-16 without a byte-order mark. Save it as UTF-8, "
        f"or name its encoding: --encoding {encoding}."
    )
    mapping = {} if header == "month" else {header: "month"}
    assert import_file(company.parts, path, "costs", mapping, encoding=encoding).rows == 1


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
    path = written(tmp_path, f"{COSTS}2025-12-01,tools,email,-5,USD\n")
    report = import_file(company.parts, path, "costs")
    assert (report.rows, report.flagged) == (2, 1)
    assert report.notes == (
        "A row is kept though it breaks a rule:\n"
        "line 3: The cost is negative, so it lowers the costs of its month.",
    )
    with company.parts.database.session() as session:
        assert session.scalars(select(SyncRun.rows)).all() == [2]


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


def test_a_preview_shows_the_mapping_and_changes_nothing(company: Company, tmp_path: Path) -> None:
    path = written(tmp_path, COSTS.replace("channel", "note"))
    found = preview(company.parts, path, "costs", {})
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
    more = "".join(f"2025-{month:02}-01,tools,email,1,USD\n" for month in range(2, 9))
    path = written(tmp_path, f"{COSTS}{more}2026-01-01,tools,email,2,USD\n2026-09-01,fun,email,1,USD\n")
    found = preview(company.parts, path, "costs", {})
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
    assert done == [{"stream": "costs", "rows": 1, "flagged": 0, "data_version": 1, "flags": []}]
    (shown,) = pad.told("sources", "list")
    assert (shown["id"], shown["kind"], shown["state"], shown["rows"]) == ("costs", "file", "ready", 1)


def test_exchange_rates_are_listed_with_their_rows_and_their_newest_day(tmp_path: Path) -> None:
    pad, path = Shell(tmp_path / "home"), str(written(tmp_path, f"{RATES}2026-01-02,EUR,1.2\n"))
    pad.told("import", path, "--as", "exchange_rates")
    (shown,) = pad.told("sources", "list")
    assert (shown["id"], shown["rows"]) == ("exchange_rates", 2)
    assert shown["data_until"] == "2026-01-02"  # as the page says it


def test_the_command_tells_what_is_wrong_and_what_a_reader_has_to_know(tmp_path: Path) -> None:
    pad = Shell(tmp_path / "home")
    again = written(tmp_path, f"{COSTS}2026-01-01,tools,email,-5000,USD\n")
    done = pad("import", str(again), "--as", "costs", "--format", "json")
    assert "added to it: line 3 to line 2" in done.stderr
    assert "breaks a rule:\nline 2: The cost is negative" in done.stderr
    wrong = written(tmp_path, f"{COSTS}2026-02-01,fun,email,5,USD\n")
    tried = pad("import", str(wrong), "--as", "costs", "--preview")
    assert (tried.exit_code, "1200.50" in tried.stdout) == (1, True)
    assert "line 3: category is 'fun'; known:" in tried.stderr


def test_a_preview_shows_the_brackets_of_a_name_as_they_are(tmp_path: Path) -> None:
    content = SUBSCRIPTIONS.replace("Canaryperson Ltd", "[eu] Canary [/b]")
    path = str(written(tmp_path, content))
    tried = Shell(tmp_path / "home")("import", path, "--as", "subscriptions", "--preview")
    assert (tried.exit_code, "[eu] Canary [/b]" in tried.stdout) == (0, True)


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

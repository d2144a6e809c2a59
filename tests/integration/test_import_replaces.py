"""Files that replace their days: what is added, changed and taken out, what is told of it, and what stays."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, cast

import pytest
from duckdb import DuckDBPyConnection
from sqlalchemy import select

from app.data.models import Load, Person
from app.data.pipeline.imports.importing import ImportReport, import_file, replacement_of
from app.data.pipeline.imports.refusal import ImportRefused
from app.data.pipeline.imports.streams import STREAMS
from app.data.warehouse.facts import FACTS
from app.data.warehouse.replacing import Replacement
from app.data.warehouse.restatements import restatements
from app.errors import InputError
from app.periods import Period
from tests.import_case import RATES, SUBSCRIPTIONS, written
from tests.ingest_cast import Company, Platform
from tests.shell import Shell

HEADER = "month,category,channel,amount,currency\n"
FOUR = HEADER + "".join(f"2026-0{month}-01,tools,email,{month}0,USD\n" for month in (1, 2, 3, 4))
# February was 20 and is 25; what stood under March's e-mail belongs to social.
CORRECTED = f"{HEADER}2026-02-01,tools,email,25,USD\n2026-03-01,tools,social,30,USD\n"
CORRECTION = Replacement(
    Period(date(2026, 2, 1), date(2026, 3, 1)), 1, 1, 1, 2, ((date(2026, 3, 1), "tools", "Email"),)
)
ROWS = "SELECT date, channel, amount / 1e6 FROM fact_cost ORDER BY ALL"
BEFORE = [(date(2026, month, 1), "Email", 10.0 * month) for month in (1, 2, 3, 4)]


@pytest.fixture
def company(tmp_path: Path) -> Company:
    made = Company(tmp_path / "home", "google_ads", Platform("google_ads"))
    given(made, tmp_path, FOUR)
    return made


def given(company: Company, tmp_path: Path, text: str, stream: str = "costs", **options: Any) -> ImportReport:
    report = import_file(company.parts, written(tmp_path, text), stream, **options)
    assert company.publish().rejected == {}
    return report


def loads(company: Company) -> int:
    with company.parts.database.session() as session:
        return len(session.scalars(select(Load)).all())


def test_a_file_that_replaces_its_days_adds_changes_and_takes_out(company: Company, tmp_path: Path) -> None:
    assert given(company, tmp_path, CORRECTED, replace=True).replacement == CORRECTION
    assert company.ask(ROWS) == [
        (date(2026, 1, 1), "Email", 10.0),
        (date(2026, 2, 1), "Email", 25.0),
        (date(2026, 3, 1), "Social", 30.0),
        (date(2026, 4, 1), "Email", 40.0),
    ]


def test_without_the_flag_a_row_whose_key_was_wrong_stays(company: Company, tmp_path: Path) -> None:
    assert given(company, tmp_path, CORRECTED).replacement is None
    assert (date(2026, 3, 1), "Email", 30.0) in company.ask(ROWS)
    assert company.ask("SELECT count(*) FROM fact_cost") == [(5,)]


def test_what_was_taken_out_stays_in_history_and_in_the_ledger(company: Company, tmp_path: Path) -> None:
    given(company, tmp_path, CORRECTED, replace=True)
    history = "SELECT date, channel, amount / 1e6, valid_from, valid_to FROM fact_cost_history ORDER BY ALL"
    assert company.ask(history) == [
        (date(2026, 2, 1), "Email", 20.0, 1, 2),
        (date(2026, 3, 1), "Email", 30.0, 1, 2),
    ]
    with company.parts.snapshots.cursor(fresh=True) as cursor:
        told = restatements(cast(DuckDBPyConnection, cursor), facts=["cost"])
    assert [(one.day.month, one.measure, one.before, one.after) for one in told] == [
        (2, "amount", 20_000_000, 25_000_000),
        (3, "amount", 30_000_000, None),
    ]


def test_the_same_file_again_replaces_nothing(company: Company, tmp_path: Path) -> None:
    again = given(company, tmp_path, FOUR, replace=True).replacement
    assert again == Replacement(Period(date(2026, 1, 1), date(2026, 4, 1)), 0, 0, 0, 0, ())
    assert company.ask("SELECT count(*) FROM fact_cost_history") == [(0,)]
    assert company.ask("SELECT version FROM fact_version WHERE fact = 'cost'") == [(1,)]


def test_a_bad_file_replaces_nothing(company: Company, tmp_path: Path) -> None:
    bad = written(tmp_path, f"{CORRECTED}2026-03-01,fun,email,1,USD\n")
    with pytest.raises(ImportRefused, match="line 4: category is 'fun'"):
        import_file(company.parts, bad, "costs", replace=True)
    with pytest.raises(InputError, match="a header and no rows"):
        import_file(company.parts, written(tmp_path, HEADER), "costs", replace=True)
    company.publish()
    assert (company.ask(ROWS), loads(company)) == (BEFORE, 1)


def test_a_preview_says_what_would_be_replaced_and_keeps_nothing(company: Company, tmp_path: Path) -> None:
    path = written(tmp_path, CORRECTED)
    assert replacement_of(company.parts, path, "costs", {}) == CORRECTION
    company.publish()
    assert (company.ask(ROWS), loads(company)) == (BEFORE, 1)
    assert len(list(company.parts.staging.glob("costs/*/"))) == 1, "the first import alone"


def test_rates_are_not_taken_out(company: Company, tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        import_file(company.parts, written(tmp_path, RATES), "exchange_rates", replace=True)
    assert str(refused.value) == (
        "Rows of exchange_rates are not taken out: amounts were converted at them. Import the file without "
        "--replace: its rates take the place of those of the same day and currency. Nothing was changed."
    )


def test_a_subscription_that_is_taken_out_leaves_mrr_and_persons_are_found_again(
    company: Company, tmp_path: Path
) -> None:
    second = "s2,c2,Canary Two,team,month,50,USD,active,2025-12-04,\n"
    given(company, tmp_path, f"{SUBSCRIPTIONS}{second}", "subscriptions")
    mrr = "SELECT sum(amount) / 1e6 FROM fact_mrr_movement"
    assert company.ask(mrr) == [(149.0,)]
    wrong_id = second.replace("s2", "s22")
    done = given(company, tmp_path, f"{SUBSCRIPTIONS}{wrong_id}", "subscriptions", replace=True).replacement
    assert done is not None and (done.added, done.changed, done.removed) == (1, 0, 1)
    assert done.gone == (("s2", date(2025, 12, 4)),)
    assert company.ask(mrr) == [(149.0,)]
    assert company.ask("SELECT subscription_id FROM fact_subscription ORDER BY 1") == [("s1",), ("s22",)]
    with company.parts.database.session() as session:
        assert len(session.scalars(select(Person)).all()) == 2


def test_the_command_tells_what_it_replaces_before_and_after(tmp_path: Path) -> None:
    pad = Shell(tmp_path / "home")
    pad.told("import", str(written(tmp_path, FOUR, "four.csv")), "--as", "costs")
    path = str(written(tmp_path, CORRECTED, "corrected.csv"))
    asked = ("import", path, "--as", "costs", "--replace")
    said = (
        "The file replaces 2026-02-01 to 2026-03-01. Rows new: 1, changed: 1, taken out: 1; "
        "of other days 2 stay.\nTaken out: month 2026-03-01, category tools, channel Email\n"
    )
    tried = pad(*asked, "--preview")
    assert (tried.exit_code, tried.stderr) == (0, said)
    assert pad.told("sources", "list")[0]["rows"] == 4
    done = pad(*asked)
    assert (done.exit_code, done.stderr) == (0, said)
    assert pad.told("sources", "list")[0]["rows"] == 4
    assert "Rows new: 0, changed: 0, taken out: 0; of other" in pad(*asked, "--preview").stderr


@pytest.mark.parametrize("stream", [one for one in STREAMS if one.fact], ids=lambda stream: stream.id)
def test_the_key_of_a_stream_names_that_of_its_fact(stream: Any) -> None:
    fact = FACTS[stream.fact]
    own = [name for name in fact.key if name != "source_id"]
    assert (fact.mode, len(own)) == ("upsert_entity", len(stream.key))
    assert [name for name in own if name in stream.key] == [name for name in stream.key if name in own]

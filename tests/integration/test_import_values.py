"""What a line of a file may say: values that are no answer, and keys that come twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.data.pipeline.imports.importing import import_file
from app.data.pipeline.imports.streams import STREAMS
from tests.import_case import COSTS, RATES, SUBSCRIPTIONS, refused, written
from tests.ingest_cast import Company, Platform


@pytest.fixture
def company(tmp_path: Path) -> Company:
    return Company(tmp_path / "home", "google_ads", Platform("google_ads"))


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


TARGETS = "metric,starts_on,ends_on,value\nmrr,2026-01-01,2026-03-31,1000\n"


MARKET = "month,market_revenue,currency,source,low,high\n2026-01-01,100,USD,Analyst,90,110\n"


@pytest.mark.parametrize(
    ("stream", "text", "reason"),
    [
        ("costs", f"{COSTS}2026-02-01,tools,email,9000000000000,EUR\n", "more than can be kept"),
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

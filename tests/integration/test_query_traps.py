"""The traps that make dashboards lie, each drawn and then tested."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import duckdb
import pytest

from app.data.query import execute, validate
from app.data.query.spec import Filter, MetricQuery, RowQuery, Sort
from app.errors import InputError
from app.periods import Period
from tests import warehouse

JANUARY = Period(date(2026, 1, 1), date(2026, 1, 31))
QUARTER = Period(warehouse.FIRST, warehouse.LAST)
USD = {"source_id": "google_ads", "account_id": "g1", "device": "mobile", "currency": "USD", "load_id": 1}


def media(day: int, spend: float | None, clicks: int = 10, **other: Any) -> dict[str, Any]:
    """One ad row of a day in January; no spend stands for a day without a rate."""
    micros = None if spend is None else int(spend * 1_000_000)
    row = USD | {"date": date(2026, 1, day), "traffic_key": 1, "campaign_key": 11, "clicks": clicks}
    return row | {"impressions": 1000, "cost": micros, "cost_micros": micros or 5_000_000} | other


def credit(day: int, key: int, revenue: float) -> dict[str, Any]:
    return {
        "source_id": "salesforce",
        "model": "last_non_direct",
        "opportunity_id": f"d{day}",
        "date": date(2026, 1, day),
        "traffic_key": key,
        "campaign_key": 11,
        "weight": 1.0,
        "revenue": int(revenue * 1_000_000),
        "load_id": 1,
    }


def filled(**tables: list[dict[str, Any]]) -> duckdb.DuckDBPyConnection:
    """A warehouse with the company's dimensions and only these facts."""
    connection = warehouse.empty()
    names = ("source", "medium", "campaign_raw", "channel", "platform")
    rows = [
        {"traffic_key": key, **dict(zip(names, row, strict=True))} for key, row in warehouse.TRAFFIC.items()
    ]
    warehouse.insert(connection, "dim_traffic", rows)
    for name, given in tables.items():
        warehouse.insert(connection, name, given)
    warehouse.roll_up(connection)
    warehouse.number(connection)
    return connection


def value(connection: duckdb.DuckDBPyConnection, metric: str, **asked: Any) -> float | None:
    return warehouse.runner(connection).run(MetricQuery((metric,), JANUARY, **asked)).value(metric)


def test_fan_out_two_facts_of_one_channel_are_added_up_before_they_meet() -> None:
    """3 ad rows of 10 and 2 credits of 50: joined row by row, spend would be 60 and revenue 300."""
    facts = filled(
        fact_ad=[media(1, 10), media(2, 10), media(3, 10)], fact_credit=[credit(1, 1, 50), credit(2, 1, 50)]
    )
    frame = warehouse.runner(facts).run(
        MetricQuery(("spend", "attributed_revenue", "roas"), JANUARY, ("channel",))
    )
    assert [dict(row)["spend"] for row in frame.rows] == [30.0]
    assert frame.rows[0]["attributed_revenue"] == 100.0
    assert frame.rows[0]["roas"] == pytest.approx(100 / 30)


def test_mean_of_ratios_days_of_unlike_size_are_divided_once_at_the_end() -> None:
    """1 a click over 100 clicks and 10 a click over 1: the mean of the two is 5.5, the truth 110/101."""
    facts = filled(fact_ad=[media(1, 100, clicks=100), media(2, 10, clicks=1)])
    assert value(facts, "cpc") == pytest.approx(110 / 101)


def test_summed_uniques_a_range_that_is_not_stored_has_no_visitors_and_says_why() -> None:
    company = warehouse.company()
    runner = warehouse.runner(company)
    two_months = runner.run(MetricQuery(("visitors",), Period(date(2026, 1, 1), date(2026, 2, 28))))
    assert two_months.value("visitors") is None
    assert "cannot be added up" in two_months.notes["visitors"]
    assert runner.run(MetricQuery(("visitors",), QUARTER)).value("visitors") == 9000


def test_two_segments_of_visitors_at_once_are_not_known_rather_than_wrong() -> None:
    runner = warehouse.runner(warehouse.company())
    mobile = Filter("device", ("mobile",))
    both = runner.run(MetricQuery(("visitors",), QUARTER, filters=(mobile, Filter("country", ("DE",)))))
    assert both.value("visitors") is None
    either = runner.run(
        MetricQuery(("visitors",), QUARTER, filters=(Filter("device", ("mobile", "desktop")),))
    )
    assert either.value("visitors") is None
    assert runner.run(MetricQuery(("visitors",), QUARTER, filters=(mobile,))).value("visitors") == 5400


def test_visitors_of_two_properties_are_not_added() -> None:
    window = {"window_start": JANUARY.start, "window_end": JANUARY.end, "visitors": 100}
    window |= {"device": "*", "visitor_type": "*", "country": "*", "region": "*", "source_id": "ga"}
    facts = filled(fact_visitor_window=[window | {"account_id": "w1"}, window | {"account_id": "w2"}])
    assert value(facts, "visitors") is None


def movement(day: date, amount: int, customers: int, kind: str, who: str = "c1") -> dict[str, Any]:
    micros = amount * 1_000_000
    row = {"source_id": "billing", "date": day, "customer_id": who, "kind": kind, "plan": "Pro"}
    return row | {"amount": micros, "amount_micros": micros, "customers": customers, "currency": "USD"}


def test_semi_additive_a_quarter_of_mrr_is_its_last_day_not_three_months_added() -> None:
    """100 from December on, 20 more in February: months show 100, 120, 120; the quarter 120, not 340."""
    moves = [movement(date(2025, 12, 1), 100, 1, "new"), movement(date(2026, 2, 10), 20, 0, "expansion")]
    runner = warehouse.runner(filled(fact_mrr_movement=moves))
    months = runner.run(MetricQuery(("mrr",), QUARTER, grain="month"))
    assert [row["mrr"] for row in months.rows] == [100.0, 120.0, 120.0]
    assert runner.run(MetricQuery(("mrr",), QUARTER)).value("mrr") == 120.0


def test_the_bridge_closes_opening_plus_movements_is_closing_in_every_month() -> None:
    runner = warehouse.runner(warehouse.company())
    rows = runner.run(MetricQuery(("mrr", "net_new_mrr"), QUARTER, grain="month")).rows
    for before, after in zip(rows, rows[1:], strict=False):
        assert before["mrr"] + after["net_new_mrr"] == pytest.approx(after["mrr"])  # type: ignore[operator]


def test_a_customer_who_changes_plan_has_not_left_his_plan_without_being_kept_by_it() -> None:
    """One Starter customer moves to Pro: his money moved, he stayed, and he is counted where he began."""
    moved = [
        movement(date(2025, 12, 1), 50, 1, "new") | {"plan": "Starter"},
        movement(date(2026, 1, 9), -50, -1, "expansion") | {"plan": "Starter"},
        movement(date(2026, 1, 9), 80, 1, "expansion"),
    ]
    facts = filled(fact_mrr_movement=moved)
    rows = warehouse.runner(facts).run(MetricQuery(("nrr", "logo_churn"), JANUARY, ("plan",))).rows
    assert [(row["plan"], row["nrr"], row["logo_churn"]) for row in rows] == [("Starter", 1.6, 0.0)]


def test_open_period_twelve_days_of_march_are_compared_with_twelve_of_february() -> None:
    facts = filled(
        fact_ad=[media(1, 5) | {"date": date(2026, month, day)} for month in (2, 3) for day in range(1, 29)]
    )
    march = Period(date(2026, 3, 1), date(2026, 3, 12), "month")
    frame = warehouse.runner(facts).run(MetricQuery(("spend",), march, compare="previous"))
    assert frame.base_period == Period(date(2026, 2, 1), date(2026, 2, 12))
    assert (frame.value("spend"), frame.base("spend")) == (60.0, 60.0)


def restated() -> duckdb.DuckDBPyConnection:
    """Load 1 said 10 and 20; load 3 restated the second day to 26."""
    facts = filled(fact_ad=[media(1, 10), media(2, 26) | {"load_id": 3}])
    old = media(2, 20) | {"valid_from": 1, "valid_to": 3}
    warehouse.insert(facts, "fact_ad_history", [old])
    return facts


def test_restated_numbers_can_be_asked_as_they_were_known() -> None:
    facts = restated()
    assert value(facts, "spend") == 36.0
    assert value(facts, "spend", as_of=2) == 30.0
    assert value(facts, "spend", as_of=3) == 36.0
    assert value(facts, "spend", as_of=0) is None


def test_a_load_that_was_never_published_is_refused() -> None:
    with pytest.raises(InputError, match="Load 12 has not been published. The newest published load is 9"):
        value(restated(), "spend", as_of=12)


def test_what_keeps_no_history_says_so_when_asked_as_of_a_load() -> None:
    frame = warehouse.runner(warehouse.company()).run(MetricQuery(("visitors",), JANUARY, as_of=5))
    assert "Not kept as of a load: visitor_window" in frame.notes["visitors"]


def test_division_by_zero_is_no_answer() -> None:
    facts = filled(fact_ad=[media(1, 10, clicks=0)])
    frame = warehouse.runner(facts).run(MetricQuery(("cpc",), JANUARY))
    assert frame.value("cpc") is None
    assert frame.parts("cpc") == (10.0, 0.0)


def test_without_churn_there_is_no_lifetime_value() -> None:
    assert value(filled(fact_mrr_movement=[movement(date(2025, 12, 1), 50, 1, "new")]), "ltv") is None


def test_lifetime_counts_at_most_sixty_months_and_a_quarter_of_churn_is_compounded_to_a_month() -> None:
    """100 customers of 10, one leaves in January: churn 1% is below 1/60, so 10 * 0.8 * 60."""
    moves = [movement(date(2025, 12, 1), 10, 1, "new", f"c{i}") for i in range(100)]
    moves.append(movement(date(2026, 1, 9), -10, -1, "churn", "c0"))
    assert value(filled(fact_mrr_movement=moves), "ltv") == pytest.approx(480.0)
    more = [movement(date(2026, 1, 9), -10, -1, "churn", f"c{i}") for i in range(1, 40)]
    frame = warehouse.runner(filled(fact_mrr_movement=moves + more)).run(MetricQuery(("ltv",), QUARTER))
    assert frame.value("ltv") == pytest.approx(10 * 0.8 / (1 - 0.6 ** (1 / 3)))


def test_empty_window_days_without_rows_are_missing_for_spend_and_zero_for_what_did_not_happen() -> None:
    """Ads know nothing of the 2nd; the CRM was read, and nobody became a lead that day."""
    lead = {"source_id": "salesforce", "lead_id": "l1", "traffic_key": 3, "date": date(2026, 1, 1)}
    facts = filled(
        fact_ad=[media(1, 10), media(3, 10)],
        fact_lead=[lead, lead | {"lead_id": "l2", "date": date(2026, 1, 3)}],
    )
    days = Period(date(2026, 1, 1), date(2026, 1, 3))
    rows = warehouse.runner(facts).run(MetricQuery(("spend", "leads"), days, grain="day")).rows
    assert [(row["spend"], row["leads"]) for row in rows] == [(10.0, 1), (None, 0), (10.0, 1)]


def test_before_the_first_event_and_after_the_last_known_day_nothing_is_known() -> None:
    lead = {"source_id": "salesforce", "lead_id": "l1", "traffic_key": 3, "date": date(2026, 1, 10)}
    runner = warehouse.runner(filled(fact_lead=[lead]))
    for day in (date(2026, 1, 9), date(2026, 1, 11)):
        assert runner.run(MetricQuery(("leads",), Period(day, day))).value("leads") is None


def test_rows_without_a_rate_leave_a_sum_that_says_incomplete() -> None:
    facts = filled(fact_ad=[media(1, 10), media(2, None) | {"currency": "EUR"}])
    frame = warehouse.runner(facts).run(MetricQuery(("spend", "clicks"), JANUARY))
    assert frame.value("spend") == 10.0
    assert frame.notes == {"spend": "Incomplete: 1 rows have no exchange rate."}


def test_claims_of_two_platforms_are_shown_by_row_and_never_totalled() -> None:
    runner = warehouse.runner(warehouse.company())
    total = runner.run(MetricQuery(("claimed_conversions",), JANUARY))
    assert total.value("claimed_conversions") is None
    assert "not added across platforms" in total.notes["claimed_conversions"]
    rows = runner.run(MetricQuery(("claimed_conversions",), JANUARY, ("platform",))).rows
    # 31 days, two devices weighing 0.5 and 1.0, two campaigns on Google and one on Facebook
    assert {row["platform"]: row["claimed_conversions"] for row in rows} == {
        "google_ads": 93.0,
        "facebook_ads": 46.5,
    }
    named = runner.run(MetricQuery(("claimed_conversions",), JANUARY, ("campaign",))).rows
    assert all(row["claimed_conversions"] == 46.5 for row in named)


def test_costs_of_half_a_month_are_half_of_them_and_no_cost_at_all_is_no_roi() -> None:
    cost = {"source_id": "costs", "date": date(2026, 1, 1), "category": "salaries", "channel": "Content"}
    facts = filled(
        fact_cost=[cost | {"amount": 310_000_000, "amount_micros": 310_000_000, "currency": "USD"}],
        fact_credit=[credit(3, 4, 500)],
    )
    ten_days = Period(date(2026, 1, 1), date(2026, 1, 10))
    frame = warehouse.runner(facts).run(MetricQuery(("roi",), ten_days, ("channel",)))
    found = {row["channel"]: (row["roi__d"], row["roi"]) for row in frame.rows}
    assert found["Content"][0] == pytest.approx(100.0)
    assert found["Content"][1] == pytest.approx(-1.0)
    assert found["Direct"] == (None, None)


def test_the_rows_behind_a_number_add_up_to_it() -> None:
    runner = warehouse.runner(warehouse.company())
    only = (Filter("channel", ("Paid search",)),)
    rows = runner.rows(RowQuery("spend", JANUARY, filters=only))
    at = [name for name, _ in rows.columns].index("spend")
    asked = MetricQuery(("spend",), JANUARY, filters=only)
    assert sum(row[at] for row in rows.rows) == pytest.approx(runner.run(asked).value("spend"))  # type: ignore[misc]
    (part,) = runner.passport("spend", asked).parts
    assert (part.title, part.table, part.version, part.rows) == (
        "Ad spend",
        "Ads",
        1,
        124,
    )  # 31 days, 2 campaigns, 2 devices


def test_pages_of_rows_meet_without_a_gap() -> None:
    runner = warehouse.runner(warehouse.company())
    whole = runner.rows(RowQuery("spend", JANUARY)).rows
    first = runner.rows(RowQuery("spend", JANUARY, limit=100))
    second = runner.rows(RowQuery("spend", JANUARY, limit=100, offset=100))
    assert [*first.rows, *second.rows] == list(whole) and first.total_rows == 186


def test_a_comparison_meets_by_dimension_and_keeps_who_has_vanished() -> None:
    """Paid search runs in both months, Social only before: it stays as a row without a value."""
    facts = filled(
        fact_ad=[
            media(5, 10) | {"date": date(2026, 2, 5)},
            media(6, 8),
            media(7, 4) | {"traffic_key": 2},
        ]
    )
    february = Period(date(2026, 2, 1), date(2026, 2, 28))
    asked = MetricQuery(("spend",), february, ("channel",), compare="previous", sort=(Sort("spend"),))
    rows = warehouse.runner(facts).run(asked).rows
    assert [(r["channel"], r["spend"], r["spend__base"]) for r in rows] == [
        ("Paid search", 10.0, 8.0),
        ("Social", None, 4.0),
    ]


def test_buckets_of_a_comparison_meet_by_position() -> None:
    runner = warehouse.runner(warehouse.company())
    asked = MetricQuery(("spend",), Period(date(2026, 2, 1), date(2026, 2, 3)), grain="day")
    days = runner.run(asked).rows
    compared = runner.run(
        MetricQuery(("spend",), Period(date(2026, 2, 4), date(2026, 2, 6)), grain="day", compare="previous")
    )
    assert [row["spend__base"] for row in compared.rows] == [row["spend"] for row in days]
    assert compared.rows[0]["date"] == date(2026, 2, 4)


def test_sorting_and_paging_is_of_all_rows_and_missing_values_come_last() -> None:
    runner = warehouse.runner(warehouse.company())
    asked = MetricQuery(("spend", "sessions"), JANUARY, ("channel",), sort=(Sort("spend"),), limit=2)
    frame = runner.run(asked)
    assert frame.total_rows == 4
    assert [row["channel"] for row in frame.rows] == ["Paid search", "Social"]


def test_a_stream_gives_what_the_frame_gives_in_its_order() -> None:
    runner = warehouse.runner(warehouse.company())
    asked = MetricQuery(("spend", "ctr"), QUARTER, ("campaign",), grain="day", sort=(Sort("spend"),))
    names, batches = runner.stream(asked)
    streamed = [row for batch in batches for row in batch]
    assert names == ("date", "campaign", "spend", "ctr")
    assert streamed == [tuple(row[name] for name in names) for row in runner.run(asked).rows]


def test_a_passport_divides_to_the_number() -> None:
    runner = warehouse.runner(warehouse.company())
    found = runner.passport("cpm", MetricQuery(("spend",), JANUARY, ("channel",), compare="previous"))
    assert found.denominator is not None
    above, below = found.numerator, found.denominator
    assert above is not None and below is not None
    assert found.value == pytest.approx(found.scale * above / below)
    assert (found.data_version, found.rate_version) == ("1", "4")
    assert {source.source for source in found.sources} == {"facebook_ads", "google_ads"}
    assert "$start" in found.sql


def test_a_passport_says_the_look_back_that_is_set() -> None:
    runner = warehouse.runner(warehouse.company(), attribution_lookback_days=30)
    assert runner.passport("roas", MetricQuery(("roas",), JANUARY)).label == "Last non-direct touch, 30 days"


def test_an_answer_of_more_rows_than_one_holds_is_refused_and_its_pages_are_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in (execute, validate):
        monkeypatch.setattr(module, "MOST_ROWS", 5)
    asked = warehouse.runner(warehouse.company())
    days = MetricQuery(("spend",), Period(warehouse.FIRST, warehouse.LAST), grain="day")
    with pytest.raises(InputError, match="The answer has more than 5 rows. .* an export holds all rows."):
        asked.run(days)
    assert len(asked.run(replace(days, limit=5, offset=10)).rows) == 5
    _, batches = asked.stream(days)
    assert sum(len(batch) for batch in batches) == 90


def test_a_filter_that_no_row_meets_says_so() -> None:
    asked = warehouse.runner(warehouse.company())
    question = MetricQuery(("spend", "ctr", "mrr"), QUARTER, filters=(Filter("campaign", ("Nope",)),))
    found = asked.run(question)
    assert [found.value(name) for name in question.metrics] == [None, None, None]
    said = "No rows in this range under this filter."
    assert found.notes == dict.fromkeys(question.metrics, said)
    by_campaign = asked.run(replace(question, metrics=("spend",), dimensions=("campaign",)))
    assert (list(by_campaign.rows), by_campaign.notes) == ([], {"spend": said})
    known = replace(question, filters=(Filter("channel", ("Social",)),))
    assert asked.run(known).notes == {}


def test_the_markets_month_without_an_invoice_is_not_answered_by_another() -> None:
    company = warehouse.company_to_change()
    invoiced = {
        month: company.execute(
            "SELECT sum(amount) / 1e6 FROM fact_invoice WHERE month(date) = ?", [month]
        ).fetchall()[0][0]
        for month in (1, 2)
    }
    part = RowQuery("market_share", QUARTER, part="market_invoice_latest")
    asked = warehouse.runner(company)
    assert asked.run(MetricQuery(("market_share",), QUARTER)).value("market_share") == invoiced[2] / 50_000
    assert asked.rows(part).totals == {"own_month_revenue": invoiced[2]}
    company.execute("DELETE FROM fact_invoice WHERE month(date) = 2")
    asked = warehouse.runner(company)
    assert asked.run(MetricQuery(("market_share",), QUARTER)).value("market_share") is None
    assert asked.rows(part).total_rows == 0
    january = replace(part, period=JANUARY)
    assert asked.rows(january).totals == {"own_month_revenue": invoiced[1]}

"""An ad platform whose spend nobody reads: its deals are set against no other platform's spend, and it is
named where they are left out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

from app.callbacks import exports
from app.clock import FixedClock
from app.data.query import codec
from app.data.query.spec import PAID, WITH_SPEND, Filter, MetricQuery, RowQuery, Scope
from app.exports import request
from app.layouts import campaign_table
from app.layouts.board import context_of, one
from app.layouts.dashboards.executive import EXECUTIVE
from app.layouts.table_foot import footer
from app.periods import Period
from app.reports.compose import Head, compose, questions
from app.reports.context import ReportContext
from app.reports.section import SECTIONS
from app.services import Services
from app.units import Units
from tests import warehouse
from tests.fakes import services, viewer
from tests.page_text import read, sentences

FEBRUARY = Period(date(2026, 2, 1), date(2026, 2, 28))
RANGE = "range=2026-02-01..2026-02-28"
IN = "date BETWEEN '2026-02-01' AND '2026-02-28'"


def tools(channel: str) -> dict[str, Any]:
    """28 of tools in February that a channel caused."""
    row = {"source_id": "costs", "date": FEBRUARY.start, "category": "tools", "currency": "USD", "load_id": 9}
    return row | {"channel": channel, "amount": 28_000_000, "amount_micros": 28_000_000}


def sold() -> duckdb.DuckDBPyConnection:
    """The company, two of whose deals of February came through Facebook."""
    made = warehouse.company_to_change()
    deals = f"SELECT opportunity_id FROM fact_credit WHERE {IN} AND traffic_key = 1 ORDER BY ALL LIMIT 2"
    made.execute(
        f"UPDATE fact_credit SET traffic_key = 2, campaign_key = 12 WHERE opportunity_id IN ({deals})"
    )
    return made


def ready(made: duckdb.DuckDBPyConnection, load: int = 9) -> duckdb.DuckDBPyConnection:
    """The company as a publish would leave it."""
    warehouse.roll_up(made)
    warehouse.number(made, load_id=load)
    return made


@cache
def company() -> duckdb.DuckDBPyConnection:
    """The same, of whose ad platforms only Google's spend is read."""
    made = sold()
    made.execute("DELETE FROM fact_ad WHERE source_id = 'facebook_ads'")
    warehouse.insert(made, "fact_cost", [tools("social"), tools("organic_search")])
    return ready(made)


def by_hand(sql: str, on: duckdb.DuckDBPyConnection | None = None) -> float:
    """Independent of the compiler."""
    found = (on or company()).cursor().execute(sql).fetchone()
    assert found is not None and found[0]
    return float(found[0])


SPENT = by_hand(f"SELECT sum(cost) / 1e6 FROM fact_ad WHERE {IN}")
DEALS = by_hand(f"SELECT sum(weight) FROM fact_credit WHERE {IN} AND traffic_key = 1")
EARNED = by_hand(f"SELECT sum(revenue) / 1e6 FROM fact_credit WHERE {IN} AND traffic_key = 1")
FACEBOOK = by_hand(f"SELECT sum(weight) FROM fact_credit WHERE {IN} AND traffic_key = 2")
FIRST = by_hand(
    f"SELECT sum(weight) FROM fact_credit c WHERE {IN} AND traffic_key = 1 AND NOT EXISTS "
    "(FROM fact_opportunity o WHERE is_won AND o.customer_id = c.customer_id AND o.close_date < c.date)"
)


@pytest.fixture
def made(tmp_path: Path) -> Services:
    found = replace(services(tmp_path), query=warehouse.runner(company()))
    return replace(found, clock=FixedClock(datetime(2026, 4, 1, 12, tzinfo=UTC)))


def asked(*metrics: str, **more: object) -> MetricQuery:
    return replace(MetricQuery(metrics, FEBRUARY, filters=(PAID,)), **more)


def card(made: Services, widget: str, search: str = f"?{RANGE}") -> str:
    found = EXECUTIVE.widget(widget)
    assert found is not None
    return sentences(read(one(made, found, context_of(made, viewer(), EXECUTIVE.id, search)).html))


def test_cpa_and_roas_of_paid_media_are_of_the_platforms_whose_spend_is_known(made: Services) -> None:
    row = made.query.run(asked("cpa", "roas", "conversions")).rows[0]
    assert row["conversions"] == pytest.approx(DEALS)
    assert row["cpa"] == pytest.approx(SPENT / DEALS)
    assert row["roas"] == pytest.approx(EARNED / SPENT)
    everything = made.query.run(MetricQuery(("conversions",), FEBRUARY)).rows[0]["conversions"]
    assert everything == pytest.approx(by_hand(f"SELECT sum(weight) FROM fact_credit WHERE {IN}"))


def test_cac_of_paid_media_divides_by_the_customers_of_the_same_platforms(made: Services) -> None:
    row = made.query.run(MetricQuery(("cac_paid", "conversions"), FEBRUARY)).rows[0]
    assert row["cac_paid"] == pytest.approx(SPENT / FIRST)
    found = made.query.rows(RowQuery("cac_paid", FEBRUARY, part="paid_credit_sum"))
    assert found.totals["paid_conversions"] == pytest.approx(FIRST)


def test_passport_rows_and_export_cover_the_same_deals(made: Services) -> None:
    passport = made.query.passport("cpa", asked("cpa"))
    assert (passport.numerator, passport.denominator) == (pytest.approx(SPENT), pytest.approx(DEALS))
    part = next(part for part in passport.parts if part.id == "credit_sum")
    rows = made.query.rows(RowQuery("cpa", FEBRUARY, (PAID,), part=part.id))
    count = by_hand(f"SELECT count(*) FROM fact_credit WHERE {IN} AND traffic_key = 1 AND weight > 0")
    assert rows.total_rows == part.rows == count
    assert rows.totals["conversions"] == pytest.approx(DEALS)
    wanted = exports.asked_for(made, viewer("analyst"), "campaigns", f"{RANGE}&group=date&paid=1")
    heads, lines = request.open_rows(made.query, request.load(request.dump(wanted)))
    sold = [dict(zip(heads, line, strict=True))["conversions"] or 0.0 for line in lines]
    assert sum(sold) == pytest.approx(DEALS)
    rest = {"metrics": "cpa", "from": "2026-02-01", "to": "2026-02-28", "where": f"platform={WITH_SPEND}"}
    assert made.query.run(codec.query(rest)).rows == made.query.run(asked("cpa")).rows


def test_a_name_beside_the_platforms_with_spend_adds_its_own(made: Services) -> None:
    both = Filter("platform", ("facebook_ads", WITH_SPEND))
    none = replace(both, negate=True)
    found = made.query.run(asked("conversions", filters=(both,))).rows[0]["conversions"]
    assert found == pytest.approx(DEALS + FACEBOOK)
    rows = made.query.run(asked("conversions", dimensions=("platform",), filters=(none,))).rows
    assert [row["platform"] for row in rows] == ["(not set)"]


def test_readers_of_one_platform_or_region_are_answered_within_it(made: Services) -> None:
    def seen(dimension: str, value: str) -> dict[str, object]:
        scope = Scope((Filter(dimension, (value,)),))
        return dict(made.query.run(asked("conversions", scope=scope)).rows[0])

    assert seen("platform", "google_ads")["conversions"] == pytest.approx(DEALS)
    assert not seen("platform", "facebook_ads")["conversions"]
    berlin = f"SELECT sum(weight) FROM fact_credit WHERE {IN} AND traffic_key = 1 AND region = 'Berlin'"
    assert seen("region", "Berlin")["conversions"] == pytest.approx(by_hand(berlin))


def test_a_platform_that_pauses_keeps_its_deals_in_paid_media() -> None:
    paused = sold()
    paused.execute(f"DELETE FROM fact_ad WHERE source_id = 'facebook_ads' AND {IN}")
    row = warehouse.runner(ready(paused)).run(asked("conversions")).rows[0]
    assert row["conversions"] == pytest.approx(DEALS + FACEBOOK)


def test_a_platform_is_connected_from_the_load_on_that_brought_its_spend() -> None:
    grown = sold()
    grown.execute("UPDATE fact_ad SET load_id = 12 WHERE source_id = 'facebook_ads'")
    runner = warehouse.runner(ready(grown, load=12))
    now, then = (runner.run(asked("conversions", as_of=load)).rows[0]["conversions"] for load in (12, 9))
    assert (now, then) == (pytest.approx(DEALS + FACEBOOK), pytest.approx(DEALS))


def test_cards_name_the_platforms_that_are_left_out(made: Services) -> None:
    returns = card(made, "returns")
    assert f"All paid media: ROAS {Units().short(EARNED / SPENT, 'multiple')}." in returns
    assert "All paid media leaves out Facebook Ads: spend not connected." in returns
    assert "Social – not connected" in returns and "Organic search – no media spend" in returns
    earned = by_hand(f"SELECT sum(revenue) / 1e6 FROM fact_credit WHERE {IN} AND traffic_key = 2")
    bound = Units().short(earned * made.settings.gross_margin / 28 - 1, "ratio")
    assert f"≤ {bound}" in returns  # of its costs only those of tools are known
    top = card(made, "campaigns")
    assert "Paid media, 2 campaigns" in top and "without spend" not in top
    assert "Facebook Ads: spend not connected" in top


def test_the_table_of_campaigns_says_why_a_platform_has_no_spend(made: Services) -> None:
    shown = campaign_table.show(f"{RANGE}&group=channel,campaign", made, viewer("analyst"))
    why = {line["label"]: line.get("spend__why") for line in shown.rows}
    assert why["Social"] == "Spend not connected." != why["Organic search"]
    assert "Facebook Ads: spend not connected." in str(footer(shown).children)
    total, paid = shown.total
    assert paid["cpa"] == f"1,400.00, n = {DEALS:.0f}" and total["cpa"] == "–"
    assert paid["spend"] == total["spend"] == Units().full(SPENT, "money", symbol=False)
    days = campaign_table.show(f"{RANGE}&group=date", made, viewer("analyst"))
    assert "Facebook Ads: spend not connected." in str(footer(days).children)


def test_the_report_names_them_below_its_campaigns(made: Services) -> None:
    sections = [section for section in SECTIONS if section.id == "campaign_summary"]
    context = ReportContext(FEBRUARY, Units(), "UTC")
    answers = {query: made.query.run(query) for query in questions(sections, context)}
    (table,) = compose(Head("w", "W", "L", "A"), sections, answers, context).tables()
    assert table.note.endswith("Facebook Ads: spend not connected.")
    assert table.total[-2:] == (pytest.approx(SPENT / DEALS), pytest.approx(EARNED / SPENT))


def test_where_all_spend_is_read_nothing_is_said(tmp_path: Path) -> None:
    whole = replace(services(tmp_path), query=warehouse.runner(ready(sold())))
    whole = replace(whole, clock=FixedClock(datetime(2026, 4, 1, 12, tzinfo=UTC)))
    assert "not connected" not in card(whole, "returns") + card(whole, "campaigns")
    assert "≤" not in card(whole, "returns")

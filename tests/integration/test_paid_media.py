"""Paid media is one thing: card, table and weekly report cover the same campaigns and say one ROAS."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from app.clock import FixedClock
from app.data.query.frame import cell
from app.data.query.spec import PAID, MetricQuery
from app.layouts import campaign_table
from app.layouts.board import context_of, one
from app.layouts.dashboards.executive import EXECUTIVE
from app.layouts.pages import campaigns as page
from app.periods import Period
from app.reports.compose import Head, compose, questions
from app.reports.context import ReportContext
from app.reports.document import Document
from app.reports.section import SECTIONS
from app.services import Services
from app.units import Units
from tests import warehouse
from tests.fakes import services, viewer
from tests.page_text import read, sentences

FEBRUARY = Period(date(2026, 2, 1), date(2026, 2, 28))
RANGE = "range=2026-02-01..2026-02-28"


def by_hand(sql: str) -> float:
    """Independent of the compiler: a number of February."""
    found = warehouse.company().cursor().execute(sql).fetchone()
    assert found is not None and found[0] is not None
    return float(found[0])


SPENT = by_hand("SELECT sum(cost) / 1e6 FROM fact_ad WHERE date BETWEEN '2026-02-01' AND '2026-02-28'")
EARNED = by_hand(
    "SELECT sum(revenue) / 1e6 FROM fact_credit WHERE date BETWEEN '2026-02-01' AND '2026-02-28' "
    "AND traffic_key IN (1, 2)"
)
ALL = by_hand("SELECT sum(revenue) / 1e6 FROM fact_credit WHERE date BETWEEN '2026-02-01' AND '2026-02-28'")
ROAS = EARNED / SPENT


@pytest.fixture
def made(tmp_path: Path) -> Services:
    found = replace(services(tmp_path), query=warehouse.runner(warehouse.company()))
    return replace(found, clock=FixedClock(datetime(2026, 4, 1, 12, tzinfo=UTC)))


def card(made: Services, widget: str) -> str:
    found = EXECUTIVE.widget(widget)
    assert found is not None
    context = context_of(made, viewer(), EXECUTIVE.id, f"?{RANGE}")
    return sentences(read(one(made, found, context).html))


def report(made: Services) -> Document:
    sections = [section for section in SECTIONS if section.id in ("week_over_week", "campaign_summary")]
    asked = ReportContext(FEBRUARY, Units(), "UTC", made.query.dimensions)
    answers: dict[MetricQuery, Any] = {q: made.query.run(q) for q in questions(sections, asked)}
    return compose(Head("w", "W", "L", "A"), sections, answers, asked)


def test_the_case_tells_paid_revenue_from_all_revenue() -> None:
    assert ALL > EARNED > 0


def test_card_table_and_report_say_one_return_on_ad_spend(made: Services) -> None:
    shown = Units().short(ROAS, "multiple")
    assert f"All paid media: ROAS {shown}." in card(made, "returns")
    document = report(made)
    tables = {table.id: table for table in document.tables()}
    week, campaigns = tables["week_over_week"], tables["campaign_summary"]
    (line,) = [row for row in week.rows if row[0] == "ROAS, paid media"]
    assert line[1] == pytest.approx(ROAS)
    assert campaigns.total[-1] == pytest.approx(ROAS)
    (key,) = [key for key in document.keys if key.metric == "roas"]
    assert (key.title, key.value) == ("ROAS, paid media", shown)
    table = campaign_table.show(f"{RANGE}&group=channel", made, viewer("analyst"))
    total, paid = table.total
    assert (total["roas"], paid["label"]) == ("–", "Of these, paid media")
    assert paid["roas"].startswith(shown)
    assert table.answer is not None and table.answer.paid is not None
    assert table.answer.paid.value("roas") == pytest.approx(ROAS)


def test_the_campaigns_of_the_line_add_up_to_it(made: Services) -> None:
    names = ("spend", "conversions", "attributed_revenue")
    query = MetricQuery(names, FEBRUARY, filters=(PAID,))
    whole, rows = made.query.run(query).rows[0], made.query.run(replace(query, dimensions=("campaign",))).rows
    for name in names:
        assert sum(cell(row, name) or 0.0 for row in rows) == pytest.approx(whole[name])
    assert f"Paid media, {len(rows)} campaigns" in card(made, "campaigns")
    (table,) = [table for table in report(made).tables() if table.id == "campaign_summary"]
    assert table.total[0] == f"Paid media, {len(rows)} campaigns"


def test_a_filter_that_matches_nothing_says_so_and_leads_out(made: Services) -> None:
    shown = page.body(campaign_table.show(f"{RANGE}&campaign=Nope", made, viewer("analyst")))
    text = json.dumps(shown, default=lambda part: part.to_plotly_json())
    assert "No campaign had any activity in this range and with these filters." in text
    assert '"href": "/campaigns"' in text and "Reset the filters" in text


def test_the_roas_of_all_channels_says_that_it_is_not_that_of_paid_media() -> None:
    runner = warehouse.runner(warehouse.company())
    whole = runner.run(MetricQuery(("roas", "spend"), FEBRUARY)).notes
    assert "what all channels brought" in whole["roas"] and "spend" not in whole
    for narrowed in (
        MetricQuery(("roas",), FEBRUARY, ("channel",)),
        MetricQuery(("roas",), FEBRUARY, filters=(PAID,)),
    ):
        assert "roas" not in runner.run(narrowed).notes

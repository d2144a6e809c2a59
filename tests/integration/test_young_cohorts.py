"""Cohorts that are too young are shown and compared with nothing: card, funnel and alert alike.

The company's newest lead is of 31 March, and a lead has 30 days to become an opportunity: what began after
1 March is too young.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from app.alerts import moments
from app.alerts.models import AlertRule
from app.alerts.series import history, question
from app.callbacks.passport import Cell, explain
from app.clock import FixedClock
from app.data.metrics.base import METRICS
from app.data.models import Load
from app.data.query.frame import MetricFrame
from app.data.query.spec import MetricQuery
from app.figures.deltas import of_answer, sentence
from app.layouts.board import context_of, one
from app.layouts.dashboards.executive import EXECUTIVE
from app.periods import Period
from app.units import Units
from tests import warehouse
from tests.bare_app import bare_app
from tests.fakes import services, viewer
from tests.page_text import read

RATE = "lead_to_opportunity"
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))
FEBRUARY = Period(date(2026, 2, 1), date(2026, 2, 28))
TOO_YOUNG, SHORT = "too young to compare", "too young"


def asked(period: Period, **more: object) -> MetricFrame:
    query = MetricQuery((RATE, "opportunity_to_customer"), period, compare="previous", **more)  # type: ignore[arg-type]
    return warehouse.runner(warehouse.company()).run(query)


def card(tmp_path: Path, widget: str, search: str) -> str:
    """The words of a card on 1 April, when March was just over."""
    made = replace(services(tmp_path), query=warehouse.runner(warehouse.company()))
    made = replace(made, clock=FixedClock(datetime(2026, 4, 1, 12, tzinfo=UTC)))
    found = EXECUTIVE.widget(widget)
    assert found is not None
    context = context_of(made, viewer(), EXECUTIVE.id, search)
    return " ".join(read(one(made, found, context).html).words.split())


def test_a_range_is_old_enough_thirty_days_after_its_last_lead() -> None:
    assert asked(MARCH).rows[0][f"{RATE}__young"] is True
    assert f"{RATE}__young" not in asked(FEBRUARY).rows[0]
    to_first = asked(Period(date(2026, 2, 2), date(2026, 3, 1))).rows[0]
    to_second = asked(Period(date(2026, 2, 3), date(2026, 3, 2))).rows[0]
    assert (to_first.get(f"{RATE}__young"), to_second.get(f"{RATE}__young")) == (None, True)


def test_what_is_counted_by_the_day_it_was_closed_is_never_too_young() -> None:
    assert "opportunity_to_customer__young" not in asked(MARCH).rows[0]
    assert [metric.id for metric in METRICS if metric.matures] == [RATE]


def test_each_bucket_has_an_age_of_its_own() -> None:
    rows = asked(Period(date(2026, 1, 1), date(2026, 3, 31)), grain="month").rows
    assert [row.get(f"{RATE}__young", False) for row in rows] == [False, False, True]


def test_the_one_judge_says_too_young_instead_of_a_change_and_the_note_says_why() -> None:
    young, old = asked(MARCH), asked(FEBRUARY)
    metric = METRICS.get(RATE)
    delta = of_answer(metric, young, 0)
    assert (delta.verdict, delta.sign, sentence(delta, "ratio", Units())) == ("young", 0, TOO_YOUNG)
    assert of_answer(metric, old, 0).verdict in ("better", "worse", "flat")
    assert "known 30 days after it" in young.notes[RATE] and RATE not in old.notes


def test_as_of_an_earlier_load_a_cohort_is_as_young_as_it_was_then() -> None:
    connection = warehouse.empty()
    day = date(2026, 2, 1)
    lead = {"source_id": "salesforce", "lead_id": "l", "date": day, "load_id": 1, "is_deleted": False}
    warehouse.insert(connection, "fact_lead", [lead])
    warehouse.number(connection)
    connection.execute("DELETE FROM published_load")
    loads = [
        {"load_id": 1, "source": "salesforce", "data_until": date(2026, 3, 2)},
        {"load_id": 2, "source": "salesforce", "data_until": date(2026, 3, 3)},
    ]
    read = {"extracted_at": "2026-03-03T05:00:00+00:00"}
    warehouse.insert(connection, "published_load", [load | read for load in loads])
    warehouse.insert(connection, "dim_source", [{"source": "salesforce", **read, **loads[-1]}])
    runner = warehouse.runner(connection)
    young = [runner.run(MetricQuery((RATE,), Period(day, day), as_of=load)).rows[0] for load in (1, 2)]
    assert [row.get(f"{RATE}__young", False) for row in young] == [True, False]


def test_the_funnel_prints_the_cases_of_every_rate_and_judges_no_young_one(tmp_path: Path) -> None:
    """February: leads of 28 days, each with its own count; a reader divides and has the rate."""
    old = card(tmp_path, "funnel", "?range=2026-02-01..2026-02-28")
    assert SHORT not in old
    frame = asked(FEBRUARY)
    (n, d), (won, closed) = frame.parts(RATE), frame.parts("opportunity_to_customer")
    assert n and d and won and closed
    assert f"{100 * n / d:.1f}% , {n:.0f} of these {d:.0f} leads so far" in old
    assert f"{100 * won / closed:.1f}% , {won:.0f} won of {closed:.0f} closed" in old
    visitors = 4200
    leads = f"{100 * d / visitors:.2f}% , {d:.0f} leads of 4,200 visitors"
    assert leads in old and f"{won:.0f} won, 4,200 visitors" in old
    young = card(tmp_path, "funnel", "?range=2026-03-01..2026-03-31")
    assert SHORT in young


@pytest.mark.parametrize(("grain", "newest"), [("day", date(2026, 3, 1)), ("week", date(2026, 2, 23))])
def test_an_alert_judges_only_buckets_whose_cohorts_are_old_enough(
    tmp_path: Path, grain: str, newest: date
) -> None:
    rule = AlertRule(
        metric=RATE, grain=grain, by="", filters=[], breaches_to_fire=1, clears_to_resolve=1,
        condition={"kind": "threshold", "side": "below", "limit": 0.2},
    )  # fmt: skip
    made = replace(services(tmp_path), query=warehouse.runner(warehouse.company()))
    made = replace(made, clock=FixedClock(datetime(2026, 4, 1, 12, tzinfo=UTC)))
    frame = made.query.run(question(rule, warehouse.LAST))
    with made.database.session() as session:
        session.add(Load(id=1, source_id=frame.freshness[0].source, stream="leads", path="p", rows=1,
                         extracted_at=made.clock.now(), state="published", published_version=1))  # fmt: skip
    assert history(rule, frame, moments.reached(made, rule, frame)).buckets[-1] == newest


def test_the_passport_says_too_young_and_writes_the_division_in_titles(tmp_path: Path) -> None:
    made = replace(services(tmp_path), query=warehouse.runner(warehouse.company()))
    made = replace(made, clock=FixedClock(datetime(2026, 4, 1, 12, tzinfo=UTC)))
    _, callbacks = bare_app(made, viewer())
    panel = explain(callbacks, Cell(RATE, {}), "?range=2026-03-01..2026-03-31")
    text = json.dumps(panel, default=lambda part: part.to_plotly_json(), ensure_ascii=False)
    assert TOO_YOUNG in text and "known 30 days after it" in text
    assert "Leads with opportunity" in text and "leads_with_opportunity" not in text
    market = explain(callbacks, Cell("market_share", {}), "?range=2026-03-01..2026-03-31")
    # February's estimate is 50,000, its bounds 40,000 and 62,500.
    share = made.query.run(MetricQuery(("market_share",), MARCH)).value("market_share")
    assert share is not None
    low, high = Units().short(share / 1.25, "ratio"), Units().short(share / 0.8, "ratio")
    said = json.dumps(market, default=lambda part: part.to_plotly_json(), ensure_ascii=False)
    assert f"Estimate: {low} to {high}" in said

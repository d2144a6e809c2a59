"""A day has the budget that was in force on it, as far as it was read; earlier loads know earlier budgets."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from app.clock import FixedClock
from app.data.query.runner import Runner
from app.data.query.spec import Filter, MetricQuery, RowQuery
from app.data.warehouse.restatements import restatements
from app.periods import Period
from app.settings import Settings
from tests.warehouse_case import Case, ad, budget, covering

APRIL_29, APRIL_30 = date(2026, 4, 29), date(2026, 4, 30)
MAY = {day: date(2026, 5, day) for day in range(1, 6)}
NOW = datetime(2026, 5, 6, 12, tzinfo=UTC)
SPAN = Period(APRIL_29, MAY[5])
CAMPAIGN = {"campaign_key": 8, "platform": "google_ads", "account_id": "1", "name_raw": "Launch"}


def read(
    case: Case, load: int, hour: int, day: date, told: dict[str, Any], *spent: date, **more: Any
) -> None:
    """A load of the campaigns, and of 120 spent on each of some days."""
    tables: dict[str, Any] = {"dim_campaign": [CAMPAIGN], "fact_campaign_budget": [told]}
    if spent:
        tables["fact_ad"] = [ad(one, 120) for one in spent]
    extracted = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
    case.load(load, tables, covers=covering(*spent), extracted=extracted, **more)


@pytest.fixture
def case(tmp_path: Path) -> Case:
    """First read on 1 May as 100; 150 on the morning of 3 May, 130 in its evening, and so a day later."""
    made = Case(tmp_path)
    read(made, 1, 7, MAY[1], budget(100), APRIL_29, APRIL_30, MAY[1])
    read(made, 2, 7, MAY[3], budget(150), MAY[2], MAY[3])
    read(made, 3, 19, MAY[3], budget(130))
    read(made, 4, 7, MAY[4], budget(130), MAY[4])
    return made


def by_day(case: Case, as_of: int | None = None) -> dict[date, object]:
    runner = Runner(case.snapshots, Settings(), FixedClock(NOW))
    with case.snapshots.cursor(fresh=True):
        frame = runner.run(MetricQuery(("daily_budget",), SPAN, grain="day", as_of=as_of))
    return {row["date"]: row["daily_budget"] for row in frame.rows if row["daily_budget"] is not None}  # type: ignore[misc]


FIRST_KNOWN = {APRIL_29: 100.0, APRIL_30: 100.0, MAY[1]: 100.0}


def test_a_day_has_the_newest_budget_that_was_read_until_its_end_and_the_first_one_before(case: Case) -> None:
    assert by_day(case) == FIRST_KNOWN | {MAY[2]: 100.0, MAY[3]: 130.0, MAY[4]: 130.0}


@pytest.mark.parametrize(
    ("load", "known"),
    [
        (1, FIRST_KNOWN),
        (2, FIRST_KNOWN | {MAY[2]: 100.0, MAY[3]: 150.0}),
        (3, FIRST_KNOWN | {MAY[2]: 100.0, MAY[3]: 130.0}),
        (4, FIRST_KNOWN | {MAY[2]: 100.0, MAY[3]: 130.0, MAY[4]: 130.0}),
    ],
)
def test_as_of_a_load_budgets_are_those_that_were_known_then(
    case: Case, load: int, known: dict[date, float]
) -> None:
    assert by_day(case, load) == known


def test_only_changes_are_kept_and_a_change_of_budget_restates_no_day(case: Case) -> None:
    kept = "SELECT date, daily_budget_micros // 1000000, load_id"
    assert case.ask(f"{kept} FROM fact_campaign_budget ORDER BY date") == [(MAY[1], 100, 1), (MAY[3], 130, 3)]
    assert case.ask(f"{kept}, valid_to FROM fact_campaign_budget_history") == [(MAY[3], 150, 2, 3)]
    with case.snapshots.cursor(fresh=True) as cursor:
        assert restatements(cursor.connection) == []


def test_the_rows_behind_the_number_say_when_each_budget_was_read(case: Case) -> None:
    runner = Runner(case.snapshots, Settings(), FixedClock(NOW))
    page = runner.rows(RowQuery("daily_budget", SPAN))
    names = [name for name, _ in page.columns]
    at = [names.index(name) for name in ("date", "daily_budget", "budget_read_on")]
    said = [tuple(row[one] for one in at) for row in page.rows]
    expected = [(day, 100.0, MAY[1]) for day in (APRIL_29, APRIL_30, MAY[1], MAY[2])]
    assert sorted(said) == [*expected, (MAY[3], 130.0, MAY[3]), (MAY[4], 130.0, MAY[3])]


def test_a_campaign_whose_budget_was_taken_away_has_none_from_then_on(case: Case) -> None:
    read(case, 5, 7, MAY[4], budget(None))
    assert by_day(case) == FIRST_KNOWN | {MAY[2]: 100.0, MAY[3]: 130.0}


def test_a_total_that_was_changed_is_spread_anew_from_then_on(tmp_path: Path) -> None:
    """310 over the ten days from 26 April, raised to 400 on 2 May; on 4 May the campaign ends five days later
    than it was to."""
    made, spread = Case(tmp_path), {"starts_on": date(2026, 4, 26), "ends_on": MAY[5]}
    read(made, 1, 7, MAY[1], budget(None, total_budget_micros=310_000_000, **spread), MAY[1])
    read(made, 2, 7, MAY[2], budget(None, total_budget_micros=400_000_000, **spread), MAY[2], MAY[3])
    spread["ends_on"] = date(2026, 5, 10)
    read(made, 3, 7, MAY[4], budget(None, total_budget_micros=400_000_000, **spread), MAY[4])
    assert by_day(made) == pytest.approx({MAY[1]: 31.0, MAY[2]: 40.0, MAY[3]: 40.0, MAY[4]: 400 / 15})


def test_the_day_of_a_reading_is_that_of_the_account(tmp_path: Path) -> None:
    """Three in the morning of 3 May in London is still the evening of 2 May in New York."""
    made, zone = Case(tmp_path), "America/New_York"
    read(made, 1, 12, MAY[1], budget(100), MAY[1], MAY[2], zone=zone)
    read(made, 2, 3, MAY[3], budget(200), zone=zone)
    assert by_day(made) == {MAY[1]: 100.0, MAY[2]: 200.0}


def test_a_budget_that_three_campaigns_share_is_counted_once_and_split_by_their_spend(tmp_path: Path) -> None:
    """100 for campaigns 8, 9 and 10, of which 10 did not run on 2 May; 11 has 40 of its own."""
    made = Case(tmp_path)
    names = {8: "Launch", 9: "Brand", 10: "Generic", 11: "Video"}
    shared = {"budget_id": "555", "shared": True}
    told = [budget(100, campaign=key, **shared) for key in (8, 9, 10)]
    own = budget(40, campaign=11, budget_id="556", shared=False)
    days = {MAY[1]: {8: 60, 9: 30, 10: 30, 11: 10}, MAY[2]: {8: 60, 9: 20, 11: 10}}
    tables = {
        "dim_campaign": [CAMPAIGN | {"campaign_key": key, "name_raw": name} for key, name in names.items()],
        "fact_campaign_budget": [*told, own],
        "fact_ad": [ad(day, cost, campaign=key) for day, ran in days.items() for key, cost in ran.items()],
    }
    made.load(1, tables, covers=covering(*days), extracted=datetime(2026, 5, 1, tzinfo=UTC))
    assert by_day(made) == pytest.approx({MAY[1]: 140.0, MAY[2]: 140.0})
    first = {"Launch": 50.0, "Brand": 25.0, "Generic": 25.0, "Video": 40.0}
    second = {"Launch": 75.0, "Brand": 25.0, "Video": 40.0}
    assert by_campaign(made, MAY[1]) == pytest.approx(first)
    assert by_campaign(made, MAY[2]) == pytest.approx(second)
    assert by_campaign(made, MAY[2], Filter("campaign", ("Brand",))) == pytest.approx({"Brand": 25.0})


def by_campaign(case: Case, day: date, *filters: Filter) -> dict[object, object]:
    runner = Runner(case.snapshots, Settings(), FixedClock(NOW))
    asked = MetricQuery(("daily_budget",), Period(day, day), ("campaign",), filters=filters)
    with case.snapshots.cursor(fresh=True):
        rows = runner.run(asked).rows
    return {row["campaign"]: row["daily_budget"] for row in rows}

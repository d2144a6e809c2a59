"""A campaign that spends beyond 1.1 times its budget is flagged by day, and its rows stay."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb

from app.data.warehouse.derived import overspend
from tests import warehouse

DAILY, TOTAL, NONE = 1, 2, 3


def spent(day: int, campaign: int, amount: float, device: str = "mobile") -> dict[str, Any]:
    row = {"source_id": "google_ads", "account_id": "g1", "date": date(2026, 1, day), "currency": "EUR"}
    return row | {
        "campaign_key": campaign,
        "device": device,
        "cost_micros": int(amount * 1e6),
        "load_id": day,
    }


def judged(*rows: dict[str, Any]) -> tuple[duckdb.DuckDBPyConnection, list[tuple[Any, ...]]]:
    facts = warehouse.empty()
    ten_days = {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 1, 10)}
    campaigns = [
        {"campaign_key": DAILY, "campaign": "Launch", "daily_budget_micros": 100_000_000},
        {"campaign_key": TOTAL, "campaign": "Brand", "total_budget_micros": 500_000_000} | ten_days,
        {"campaign_key": NONE, "campaign": "Old"},
    ]
    warehouse.insert(facts, "dim_campaign", campaigns)
    warehouse.insert(facts, "fact_ad", list(rows))
    overspend.refresh(facts)
    asked = "SELECT date, rows, failed, detail, load_id FROM fact_quality_check ORDER BY date"
    return facts, facts.execute(asked).fetchall()


def test_spend_up_to_a_tenth_over_the_budget_keeps_the_rule() -> None:
    """110 of 100 a day on two devices, and 55 of the 50 that a tenth of 500 allows."""
    rows = [spent(1, DAILY, 60), spent(1, DAILY, 50, "desktop"), spent(1, TOTAL, 55)]
    assert judged(*rows)[1] == []


def test_a_day_above_it_is_flagged_with_its_campaigns_and_keeps_its_rows() -> None:
    """On the 2nd two of three campaigns with spend have a budget, and both break it."""
    rows = [spent(1, DAILY, 100), spent(2, DAILY, 132), spent(2, TOTAL, 60), spent(2, NONE, 999)]
    facts, checks = judged(*rows)
    assert checks == [(date(2026, 1, 2), 2, 2, "Brand 120 %, Launch 132 %", 2)]
    assert facts.execute("SELECT count(*) FROM fact_ad").fetchall() == [(4,)]


def test_days_that_did_not_change_keep_their_flags() -> None:
    """The 3rd is judged anew and breaks the rule, too; the flag of the 2nd stands beside it."""
    facts, _ = judged(spent(2, DAILY, 132))
    warehouse.insert(facts, "fact_ad", [spent(3, DAILY, 150)])
    assert overspend.refresh(facts, (date(2026, 1, 3), date(2026, 1, 3)))
    asked = "SELECT date, detail FROM fact_quality_check ORDER BY date"
    flags = [(date(2026, 1, 2), "Launch 132 %"), (date(2026, 1, 3), "Launch 150 %")]
    assert facts.execute(asked).fetchall() == flags


def test_judging_again_changes_nothing_and_a_greater_budget_clears_the_flag() -> None:
    facts, checks = judged(spent(2, DAILY, 132))
    assert len(checks) == 1 and not overspend.refresh(facts)
    facts.execute("UPDATE dim_campaign SET daily_budget_micros = 120000000")
    assert overspend.refresh(facts)
    assert facts.execute("SELECT * FROM fact_quality_check").fetchall() == []

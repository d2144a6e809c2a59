"""A campaign that spends beyond 1.1 times the budget of a day is flagged by day, and its rows stay."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb

from app.data.warehouse.derived import overspend
from tests import warehouse
from tests.warehouse_case import Case, ad, budget, covering

DAILY, TOTAL, NONE = 1, 2, 3


def spent(day: int, campaign: int, amount: float, device: str = "mobile") -> dict[str, Any]:
    row = {"source_id": "google_ads", "account_id": "g1", "date": date(2026, 1, day), "currency": "EUR"}
    return row | {
        "campaign_key": campaign,
        "device": device,
        "cost_micros": int(amount * 1e6),
        "load_id": day,
    }


def told(day: int, campaign: int, **amounts: int) -> dict[str, Any]:
    """What a campaign may spend, as read on a day of January 2026."""
    told = {f"{name}_budget_micros": amount * 1_000_000 for name, amount in amounts.items()}
    return {"campaign_key": campaign, "date": date(2026, 1, day), "load_id": day} | told


def judged(*rows: dict[str, Any]) -> tuple[duckdb.DuckDBPyConnection, list[tuple[Any, ...]]]:
    facts = warehouse.empty()
    names = {DAILY: "Launch", TOTAL: "Brand", NONE: "Old"}
    campaigns = [{"campaign_key": key, "campaign": name} for key, name in names.items()]
    warehouse.insert(facts, "dim_campaign", campaigns)
    ten_days = {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 1, 10)}
    budgets = [told(3, DAILY, daily=100), told(3, TOTAL, total=500) | ten_days, told(3, NONE)]
    warehouse.insert(facts, "fact_campaign_budget", budgets)
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
    facts.execute("UPDATE fact_campaign_budget SET daily_budget_micros = 120000000")
    assert overspend.refresh(facts)
    assert facts.execute("SELECT * FROM fact_quality_check").fetchall() == []


def test_each_day_is_judged_by_the_budget_that_was_in_force_on_it() -> None:
    """132 a day: over the 100 that were first read on the 3rd, within the 150 of the 4th, and over the 110 of
    the 6th; the 1st and 2nd have what was first read."""
    facts, _ = judged(*(spent(day, DAILY, 132) for day in range(1, 8)))
    warehouse.insert(facts, "fact_campaign_budget", [told(4, DAILY, daily=150), told(6, DAILY, daily=110)])
    assert overspend.refresh(facts)
    flags = facts.execute("SELECT day(date), detail FROM fact_quality_check ORDER BY date").fetchall()
    early, late = "Launch 132 %", "Launch 120 %"
    assert flags == [(1, early), (2, early), (3, early), (6, late), (7, late)]


def test_campaigns_that_share_a_budget_are_judged_by_what_they_spent_together() -> None:
    """On the 1st 109 of their 100, on the 2nd 132, to which Old has added nothing.
    Alone each would be within it."""
    shared = {"source_id": "google_ads", "account_id": "g1", "budget_id": "7", "shared": True}
    facts, _ = judged()
    facts.execute("DELETE FROM fact_campaign_budget")
    budgets = [told(3, key, daily=100) | shared for key in (DAILY, TOTAL, NONE)]
    warehouse.insert(facts, "fact_campaign_budget", budgets)
    days = [(1, 79, 30), (2, 99, 33), (3, 100, 0)]
    warehouse.insert(facts, "fact_ad", [spent(day, DAILY, one) for day, one, _ in days])
    warehouse.insert(facts, "fact_ad", [spent(day, TOTAL, one) for day, _, one in days])
    warehouse.insert(facts, "fact_ad", [spent(2, NONE, 0)])
    assert overspend.refresh(facts)
    flags = facts.execute("SELECT day(date), rows, failed, detail FROM fact_quality_check").fetchall()
    assert flags == [(2, 3, 2, "Brand 132 %, Launch 132 %")]
    facts.execute("UPDATE fact_campaign_budget SET shared = FALSE")
    assert overspend.refresh(facts)
    assert facts.execute("SELECT * FROM fact_quality_check").fetchall() == []


def test_a_budget_that_is_raised_today_leaves_the_verdict_of_yesterday(tmp_path: Path) -> None:
    """120 a day, over a budget of 100. It is raised to 150 on 2 May, and back within that very day."""
    case, campaign = Case(tmp_path), {"campaign_key": 8, "platform": "google_ads", "name_raw": "Launch"}
    first, second = (date(2026, 5, day) for day in (1, 2))

    def flagged(load: int, day: date, hour: int, daily: int) -> list[tuple[Any, ...]]:
        spend = {"fact_campaign_budget": [budget(daily)], "fact_ad": [ad(day, 120)]}
        read = datetime(2026, 5, day.day, hour, tzinfo=UTC)
        case.load(load, {"dim_campaign": [campaign], **spend}, covers=covering(day), extracted=read)
        return case.ask("SELECT date, detail FROM fact_quality_check ORDER BY date")

    over = "Launch 120 %"
    assert flagged(1, first, 22, 100) == [(first, over)]
    assert flagged(2, second, 9, 150) == [(first, over)]
    assert flagged(3, second, 15, 100) == [(first, over), (second, over)]

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.data.warehouse.channels import UNATTRIBUTED_KEY
from app.data.warehouse.dimensions import traffic_key
from tests.warehouse_case import Case

CLOSE = date(2026, 5, 31)
GOOGLE, EMAIL, DIRECT = (
    traffic_key(*pair) for pair in (("google", "cpc"), ("newsletter", "email"), ("(direct)", "(none)"))
)
TRAFFIC = [
    {"traffic_key": GOOGLE, "source": "google", "medium": "cpc", "campaign_raw": "(not set)"},
    {"traffic_key": EMAIL, "source": "newsletter", "medium": "email", "campaign_raw": "(not set)"},
    {"traffic_key": DIRECT, "source": "(direct)", "medium": "(none)", "campaign_raw": "(not set)"},
]


def touch(name: str, traffic: int, days_before: int, hour: int = 9, **more: Any) -> dict[str, Any]:
    day = CLOSE - timedelta(days=days_before)
    at = datetime(day.year, day.month, day.day, hour)  # noqa: DTZ001 - the warehouse keeps UTC without a zone
    return {
        "source_id": "salesforce",
        "touch_id": name,
        "lead_id": "L1",
        "date": day,
        "occurred_at": at,
        "traffic_key": traffic,
        **more,
    }


def won(**more: Any) -> dict[str, Any]:
    return {
        "source_id": "salesforce",
        "opportunity_id": "O1",
        "lead_id": "L1",
        "date": date(2026, 4, 1),
        "close_date": CLOSE,
        "is_won": True,
        "currency": "USD",
        "amount_micros": 900,
        **more,
    }


def credited(folder: Path, touches: list[dict[str, Any]], opportunity: dict[str, Any] | None = None) -> Any:
    case = Case(folder)
    case.load(1, {"dim_traffic": TRAFFIC, "fact_touch": touches, "fact_opportunity": [opportunity or won()]})
    return case.ask("SELECT traffic_key, weight, revenue, date FROM fact_credit")


@pytest.mark.parametrize(
    ("touches", "expected"),
    [
        ([touch("a", GOOGLE, 20), touch("b", EMAIL, 10)], EMAIL),
        ([touch("a", GOOGLE, 20), touch("b", DIRECT, 1)], GOOGLE),
        ([touch("a", DIRECT, 20), touch("b", DIRECT, 1)], DIRECT),
        ([touch("a", GOOGLE, 90)], GOOGLE),
        ([touch("a", GOOGLE, 91)], UNATTRIBUTED_KEY),
        ([touch("a", GOOGLE, 91), touch("b", DIRECT, 2)], DIRECT),
        ([touch("a", GOOGLE, 0, hour=23)], GOOGLE),
        ([touch("a", GOOGLE, -1)], UNATTRIBUTED_KEY),
        ([touch("a", GOOGLE, 5, hour=9), touch("b", EMAIL, 5, hour=10)], EMAIL),
        ([touch("a", EMAIL, 5), touch("b", GOOGLE, 5)], GOOGLE),
        ([touch("a", GOOGLE, 9), touch("b", EMAIL, 5, is_deleted=True)], GOOGLE),
        ([touch("a", GOOGLE, 9, lead_id="L2")], UNATTRIBUTED_KEY),
        ([], UNATTRIBUTED_KEY),
    ],
    ids=[
        "the last touch",
        "direct is skipped",
        "direct when nothing else",
        "the first day that counts",
        "a day too old",
        "direct when the others are too old",
        "on the day of the close",
        "after the close",
        "the later hour",
        "one instant, the greater id",
        "a deleted touch",
        "a touch of somebody else",
        "no touch at all",
    ],
)
def test_credit_goes_to(tmp_path: Path, touches: list[dict[str, Any]], expected: int) -> None:
    assert credited(tmp_path, touches) == [(expected, 1.0, 900, CLOSE)]


def test_an_opportunity_is_found_by_its_lead_when_it_does_not_name_one(tmp_path: Path) -> None:
    case = Case(tmp_path)
    lead = {"source_id": "salesforce", "lead_id": "L1", "opportunity_id": "O1"}
    tables = {"dim_traffic": TRAFFIC, "fact_touch": [touch("a", EMAIL, 3)], "fact_lead": [lead]}
    case.load(1, {**tables, "fact_opportunity": [won(lead_id=None)]})
    assert case.ask("SELECT traffic_key FROM fact_credit") == [(EMAIL,)]


def test_what_is_lost_or_deleted_gets_no_credit(tmp_path: Path) -> None:
    assert credited(tmp_path / "lost", [touch("a", GOOGLE, 1)], won(is_won=False)) == []
    assert credited(tmp_path / "deleted", [touch("a", GOOGLE, 1)], won(is_deleted=True)) == []


def test_without_a_rate_the_credit_stands_and_its_revenue_is_missing(tmp_path: Path) -> None:
    assert credited(tmp_path, [touch("a", GOOGLE, 1)], won(currency="EUR")) == [(GOOGLE, 1.0, None, CLOSE)]


def test_a_shorter_lookback_derives_the_credit_anew(tmp_path: Path) -> None:
    case = Case(tmp_path)
    case.load(
        1,
        {"dim_traffic": TRAFFIC, "fact_touch": [touch("a", GOOGLE, 40)], "fact_opportunity": [won()]},
    )
    case.store(lookback=30).publish([])
    assert case.ask("SELECT traffic_key FROM fact_credit") == [(UNATTRIBUTED_KEY,)]

"""MRR and attribution asked as of a load: what the snapshot of that load answered, whatever came later."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from app.clock import FixedClock
from app.data.query.frame import MetricFrame
from app.data.query.runner import Runner
from app.data.query.spec import MetricQuery
from app.data.warehouse.dimensions import traffic_key
from app.data.warehouse.migrations import STEPS, migrate
from app.periods import Period
from app.settings import Settings
from tests.warehouse_case import Case

Tables = dict[str, Iterable[dict[str, Any]]]

METRICS = (
    "mrr",
    "customers",
    "churned_customers",
    "logo_churn",
    "arpa",
    "ltv",
    "conversions",
    "attributed_revenue",
    "roas",
    "cac_paid",
)
BY_CHANNEL = ("mrr", "customers", "conversions", "attributed_revenue", "roas", "cac_paid")
SPRING = Period(date(2026, 4, 1), date(2026, 6, 30))
GOOGLE, EMAIL = traffic_key("google", "cpc"), traffic_key("newsletter", "email")
MAY_20, JUNE_25 = datetime(2026, 5, 20, tzinfo=UTC), datetime(2026, 6, 25, tzinfo=UTC)
TRAFFIC = [
    {"traffic_key": GOOGLE, "source": "google", "medium": "cpc", "campaign_raw": "(not set)"},
    {"traffic_key": EMAIL, "source": "newsletter", "medium": "email", "campaign_raw": "(not set)"},
]


def phase(customer: str, price: int, ends: date | None = None) -> dict[str, Any]:
    return {
        "source_id": "billing",
        "subscription_id": customer,
        "customer_id": customer,
        "billing_interval": "month",
        "plan": "Team",
        "status": "canceled" if ends else "active",
        "date": date(2026, 3, 1),
        "ended_on": ends,
        "traffic_key": GOOGLE if customer == "acme" else EMAIL,
        "currency": "USD",
        "price_micros": price * 1_000_000,
    }


def won(name: str, amount: int, close: date) -> dict[str, Any]:
    return {
        "source_id": "salesforce",
        "opportunity_id": name,
        "lead_id": f"L{name}",
        "date": date(2026, 4, 1),
        "close_date": close,
        "is_won": True,
        "is_closed": True,
        "currency": "USD",
        "amount_micros": amount * 1_000_000,
    }


def touch(name: str, deal: str, traffic: int, day: date) -> dict[str, Any]:
    at = datetime(day.year, day.month, day.day, 9)  # noqa: DTZ001 - the warehouse keeps UTC without a zone
    own = {"source_id": "salesforce", "touch_id": name, "lead_id": f"L{deal}"}
    return own | {"date": day, "occurred_at": at, "traffic_key": traffic}


def spend(day: date, cost: int) -> dict[str, Any]:
    own = {"source_id": "google_ads", "account_id": "1", "date": day, "traffic_key": GOOGLE}
    return own | {"campaign_key": 8, "device": "mobile", "currency": "USD", "cost_micros": cost * 1_000_000}


def first(case: Case) -> None:
    """Loads 1 to 3: three customers of whom one left in May, two deals by Google, spend of 100."""
    left = phase("cyan", 30, date(2026, 5, 10))
    billing: Tables = {
        "dim_traffic": TRAFFIC,
        "fact_subscription": [phase("acme", 100), phase("bolt", 50), left],
    }
    deals: Tables = {
        "fact_touch": [
            touch("a", "1", GOOGLE, date(2026, 4, 20)),
            touch("b", "2", GOOGLE, date(2026, 5, 2)),
        ],
        "fact_opportunity": [won("1", 400, date(2026, 4, 30)), won("2", 200, date(2026, 5, 15))],
    }
    ads: Tables = {"fact_ad": [spend(date(2026, 4, 10), 60), spend(date(2026, 5, 10), 40)]}
    case.publish(
        case.stage(1, billing, source="billing", extracted=MAY_20),
        case.stage(2, deals, source="salesforce", extracted=MAY_20),
        case.stage(3, ads, extracted=MAY_20),
    )


def restated(case: Case) -> None:
    """Loads 4 to 6: Acme pays more since March and Bolt has left, deal 1 was worth less and a later touch
    by mail wins deal 2, deal 3 came, and spend of April was 90."""
    billing: Tables = {"fact_subscription": [phase("acme", 130), phase("bolt", 50, date(2026, 6, 15))]}
    deals: Tables = {
        "fact_touch": [touch("c", "2", EMAIL, date(2026, 5, 12))],
        "fact_opportunity": [won("1", 350, date(2026, 4, 30)), won("3", 70, date(2026, 6, 20))],
    }
    case.publish(
        case.stage(4, billing, source="billing", extracted=JUNE_25),
        case.stage(5, deals, source="salesforce", extracted=JUNE_25),
        case.stage(6, {"fact_ad": [spend(date(2026, 4, 10), 90)]}, extracted=JUNE_25),
    )


def asked(case: Case, metrics: tuple[str, ...], **question: Any) -> MetricFrame:
    runner = Runner(case.snapshots, Settings(), FixedClock(JUNE_25))
    with case.snapshots.cursor(fresh=True):
        return runner.run(MetricQuery(metrics, SPRING, **question))


@pytest.mark.parametrize(
    ("metrics", "question"),
    [
        (METRICS, {}),
        (METRICS, {"grain": "month"}),
        (BY_CHANNEL, {"dimensions": ("channel",)}),
        (BY_CHANNEL, {"dimensions": ("channel",), "grain": "month"}),
    ],
    ids=["in total", "by month", "by channel", "by channel and month"],
)
def test_what_the_first_snapshot_answered_is_answered_as_of_its_load(
    tmp_path: Path, metrics: tuple[str, ...], question: dict[str, Any]
) -> None:
    case = Case(tmp_path)
    first(case)
    before = asked(case, metrics, **question)
    restated(case)
    again = asked(case, metrics, as_of=3, **question)
    assert [dict(row) for row in again.rows] == [dict(row) for row in before.rows]
    assert [dict(row) for row in asked(case, metrics, **question).rows] != [dict(row) for row in before.rows]
    assert not any("Not kept" in note for note in again.notes.values())


def test_the_values_of_both_loads_are_those_of_paper_and_pencil(tmp_path: Path) -> None:
    case = Case(tmp_path)
    first(case)
    restated(case)
    names = ("mrr", "customers", "conversions", "attributed_revenue", "roas", "cac_paid")
    then, now = asked(case, names, as_of=3), asked(case, names)
    assert [then.value(name) for name in names] == [150.0, 2, 2.0, 600.0, 6.0, 50.0]
    assert [now.value(name) for name in names] == [130.0, 1, 3.0, 620.0, 620 / 130, 130.0]


def test_loads_published_together_each_have_their_own_answer(tmp_path: Path) -> None:
    """Load 1 says 100 and load 2 says 130, in one publish: as of load 1 it is 100."""
    case = Case(tmp_path)
    loads = [
        case.stage(load, {"fact_subscription": [phase("acme", price)]}, source="billing", extracted=MAY_20)
        for load, price in ((1, 100), (2, 130))
    ]
    case.publish(*loads)
    assert [asked(case, ("mrr",), as_of=load).value("mrr") for load in (1, 2)] == [100.0, 130.0]


def test_only_rows_that_differ_close_and_open(tmp_path: Path) -> None:
    case = Case(tmp_path)
    first(case)
    restated(case)
    assert case.ask("SELECT opportunity_id, load_id FROM fact_credit ORDER BY 1") == [
        ("1", 5),
        ("2", 5),
        ("3", 5),
    ]
    moves = "SELECT customer_id, kind, load_id FROM fact_mrr_movement ORDER BY 1, date"
    assert case.ask(moves) == [
        ("acme", "new", 4),
        ("bolt", "new", 1),
        ("bolt", "churn", 4),
        ("cyan", "new", 1),
        ("cyan", "churn", 1),
    ]
    closed = "SELECT customer_id, amount, valid_from, valid_to FROM fact_mrr_movement_history"
    assert case.ask(closed) == [("acme", 100_000_000, 1, 4)]


def test_amounts_in_another_reporting_currency_begin_a_new_history_and_say_so(tmp_path: Path) -> None:
    case = Case(tmp_path)
    first(case)
    restated(case)
    rate = {"date": date(2026, 3, 1), "currency": "USD", "rate": 0.5, "source": "ecb"}
    case.store(currency="EUR").publish([case.stage(7, {"dim_rate": [rate]}, source="ecb")])
    now, then = asked(case, ("mrr",)), asked(case, ("mrr",), as_of=3)
    assert (now.value("mrr"), then.value("mrr")) == (65.0, None)
    assert then.notes["mrr"] == "Kept only since load 7: mrr_movement; what they said before is not known."


def test_a_warehouse_from_before_begins_its_history_with_its_newest_load(tmp_path: Path) -> None:
    """A row that an older version marked with load 1 is not taken for what was known at load 1."""
    case = Case(tmp_path)
    first(case)
    with case.snapshots.cursor(fresh=True) as cursor:
        path = case.snapshots.pointer.path(cursor.version)
    case.snapshots.close()
    with duckdb.connect(str(path)) as older:
        older.execute("UPDATE warehouse_state SET value = '2' WHERE name = 'step'")
        assert migrate(older) == STEPS[-1][0]  # history of derived facts was the third step
        assert older.execute("SELECT DISTINCT load_id FROM fact_mrr_movement").fetchall() == [(3,)]
    assert asked(case, ("mrr",), as_of=2).value("mrr") is None
    assert asked(case, ("mrr",), as_of=3).value("mrr") == 150.0

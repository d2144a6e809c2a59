from __future__ import annotations

from datetime import date
from itertools import count

import pytest

from app.data.warehouse.derived.movements import Phase, Segment, movements

EXTRACT = date(2026, 6, 30)
LINE = count()


def phase(
    starts: str,
    ends: str | None,
    price: int,
    *,
    interval: str = "month",
    status: str = "active",
    plan: str = "Team",
    currency: str = "USD",
    customer: str = "acme",
    subscription: str = "s1",
    deleted: bool = False,
    discount: float | None = None,
) -> Phase:
    return Phase(
        "billing",
        customer,
        subscription,
        date.fromisoformat(starts),
        date.fromisoformat(ends) if ends else None,
        status,
        interval,
        price,
        Segment("1", plan, "US", "CA", 1, 2, currency),
        is_deleted=deleted,
        discount=discount,
    )


def told(*phases: Phase, rates: dict[tuple[str, date], float] | None = None) -> list[tuple[object, ...]]:
    found = movements(phases, {"billing": EXTRACT}, rates or {}, "USD")
    return [(str(one.date), one.kind, one.amount, one.customers) for one in found]


def test_a_first_phase_is_new_and_its_end_is_churn() -> None:
    assert told(phase("2026-01-05", "2026-03-05", 100)) == [
        ("2026-01-05", "new", 100, 1),
        ("2026-03-05", "churn", -100, -1),
    ]


def test_an_upgrade_on_the_day_the_old_phase_ends_is_expansion_and_loses_nobody() -> None:
    assert told(phase("2026-01-01", "2026-02-01", 100), phase("2026-02-01", None, 150)) == [
        ("2026-01-01", "new", 100, 1),
        ("2026-02-01", "expansion", 50, 0),
    ]


def test_a_cheaper_next_phase_is_contraction() -> None:
    assert told(phase("2026-01-01", "2026-02-01", 100), phase("2026-02-01", None, 60))[1] == (
        "2026-02-01",
        "contraction",
        -40,
        0,
    )


def test_a_renewal_at_the_same_price_moves_nothing() -> None:
    assert told(phase("2026-01-01", "2026-02-01", 100), phase("2026-02-01", None, 100)) == [
        ("2026-01-01", "new", 100, 1)
    ]


def test_a_gap_is_churn_and_then_reactivation() -> None:
    assert told(phase("2026-01-01", "2026-02-01", 100), phase("2026-02-02", None, 100)) == [
        ("2026-01-01", "new", 100, 1),
        ("2026-02-01", "churn", -100, -1),
        ("2026-02-02", "reactivation", 100, 1),
    ]


def test_a_trial_is_not_revenue_and_the_first_paid_phase_is_new() -> None:
    assert told(
        phase("2026-01-01", "2026-01-15", 100, status="trialing"), phase("2026-01-15", None, 100)
    ) == [("2026-01-15", "new", 100, 1)]


def test_a_yearly_price_counts_a_twelfth() -> None:
    assert told(phase("2026-01-01", None, 1200, interval="year")) == [("2026-01-01", "new", 100, 1)]


def test_who_is_past_due_still_pays() -> None:
    assert told(
        phase("2026-01-01", "2026-02-01", 100), phase("2026-02-01", None, 100, status="past_due")
    ) == [("2026-01-01", "new", 100, 1)]


@pytest.mark.parametrize("options", [{"deleted": True}, {"interval": "once"}, {"status": "paused"}])
def test_what_is_deleted_or_not_recurring_or_not_paid_is_no_revenue(options: dict[str, object]) -> None:
    assert told(phase("2026-01-01", None, 100, **options)) == []  # type: ignore[arg-type]


def test_an_end_behind_the_newest_extract_has_not_happened() -> None:
    assert told(phase("2026-01-01", "2026-07-01", 100, status="canceled")) == [("2026-01-01", "new", 100, 1)]


def test_an_end_on_the_day_of_the_extract_has_happened() -> None:
    assert told(phase("2026-01-01", "2026-06-30", 100))[1] == ("2026-06-30", "churn", -100, -1)


def test_a_customer_converts_at_the_rate_of_the_first_day_so_that_movements_close() -> None:
    rates = {("EUR", date(2026, 1, 1)): 1.5, ("EUR", date(2026, 2, 1)): 9.0, ("EUR", date(2026, 3, 1)): 9.0}
    found = told(
        phase("2026-01-01", "2026-02-01", 100, currency="EUR"),
        phase("2026-02-01", "2026-03-01", 140, currency="EUR"),
        rates=rates,
    )
    assert [row[2] for row in found] == [150, 60, -210]


def test_without_a_rate_the_amount_is_missing_and_the_movement_is_not() -> None:
    assert told(phase("2026-01-01", None, 100, currency="EUR")) == [("2026-01-01", "new", None, 1)]


def test_a_change_of_plan_leaves_one_plan_and_enters_the_other() -> None:
    found = movements(
        [
            phase("2026-01-01", "2026-02-01", 100, plan="Starter"),
            phase("2026-02-01", None, 150, plan="Team"),
        ],
        {"billing": EXTRACT},
        {},
        "USD",
    )
    assert [(one.segment.plan, one.kind, one.amount, one.customers) for one in found] == [
        ("Starter", "new", 100, 1),
        ("Starter", "expansion", -100, -1),
        ("Team", "expansion", 150, 1),
    ]


def test_a_second_subscription_expands_a_customer_who_is_counted_once() -> None:
    assert told(phase("2026-01-01", None, 100), phase("2026-02-01", "2026-03-01", 30, subscription="s2")) == [
        ("2026-01-01", "new", 100, 1),
        ("2026-02-01", "expansion", 30, 0),
        ("2026-03-01", "contraction", -30, 0),
    ]


def test_the_books_close_for_any_day() -> None:
    phases = [
        phase("2026-01-01", "2026-02-01", 101, interval="year", plan="A", customer=f"c{number}")
        for number in range(7)
    ] + [phase("2026-02-01", None, 50 + number, plan="B", customer=f"c{number}") for number in range(0, 7, 2)]
    rows = list(movements(phases, {"billing": EXTRACT}, {}, "USD"))
    assert sum(one.amount or 0 for one in rows) == 50 + 52 + 54 + 56
    assert sum(one.customers for one in rows) == 4
    assert sum(one.amount or 0 for one in rows if one.segment.plan == "A") == 0


def test_a_lasting_coupon_reduces_what_is_paid_every_month() -> None:
    """600 a year are 50 a month; with a lasting 20 % off they are 480 / 12 = 40. All off is no customer."""
    full = phase("2026-01-05", None, 600_000_000, interval="year")
    assert told(full) == [("2026-01-05", "new", 50_000_000, 1)]
    less = phase("2026-01-05", None, 600_000_000, interval="year", discount=0.2)
    assert told(less) == [("2026-01-05", "new", 40_000_000, 1)]
    assert told(phase("2026-01-05", None, 600_000_000, interval="year", discount=1.0)) == []


def test_a_coupon_that_ends_is_expansion() -> None:
    phases = [phase("2026-01-01", "2026-03-01", 100, discount=0.5), phase("2026-03-01", None, 100)]
    assert told(*phases) == [("2026-01-01", "new", 50, 1), ("2026-03-01", "expansion", 50, 0)]

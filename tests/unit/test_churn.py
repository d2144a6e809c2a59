"""Churn: features look at nothing later, leaks are refused by name, and judgements are those by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from app.data.query.histories import Histories
from app.errors import InputError
from app.layouts import score_view
from app.ml.features import FEATURES, left, rows, snapshot
from app.ml.interventions import ACTION_OF, ACTIONS, intervention
from app.ml.judging import area, best_threshold, judge, refuse_single_leaks, refuse_too_good
from app.text import t


def _days(*texts: str | None) -> np.ndarray:
    return np.array(["NaT" if text is None else text for text in texts], dtype="datetime64[D]")


def _histories(until: str = "2026-12-31") -> Histories:
    """A leaves in May; B has no activity and pays an invoice in April."""
    moved = {
        "customer_id": np.array(["A", "B", "A"], dtype=object),
        "date": _days("2025-01-01", "2025-06-01", "2026-05-10"),
        "kind": np.array(["new", "new", "churn"], dtype=object),
        "amount": np.array([100.0, 50.0, -100.0]),
        "customers": np.array([1, 1, -1]),
    }
    moved = {name: values[moved["date"] <= np.datetime64(until)] for name, values in moved.items()}
    phases = {
        name: np.array(["A", "B"], dtype=object) for name in ("customer_id", "plan", "country", "region")
    }
    phases |= {
        "date": _days("2025-01-01", "2025-06-01"),
        "billing_interval": np.array(["month", "year"], object),
    }
    bills = {
        "customer_id": np.array(["A", "B"], dtype=object),
        "date": _days("2026-02-01", "2026-02-01"),
        "due_on": _days("2026-02-15", "2026-02-15"),
        "paid_on": _days("2026-02-10", "2026-04-01" if until > "2026-04-01" else None),
    }
    used = {
        "customer_id": np.array(["A"] * 3, dtype=object),
        "date": _days("2026-02-02", "2026-03-16", "2026-03-30"),
    }
    counts = ("active_users", "features_used", "support_tickets", "invoices_late", "onboarding_step")
    used |= {name: np.array([8.0, 4.0, 1.0]) for name in counts}
    return Histories(phases, moved, bills, used, "1", 1)


def test_features_are_what_was_known_on_the_day() -> None:
    found = snapshot(rows(_histories()), date(2026, 3, 31))
    told = dict(zip(FEATURES, found.values[list(found.customers).index("A")], strict=True))
    assert (told["tenure_days"], told["mrr"], told["invoices_overdue"]) == (454, 100, 0)
    assert told["active_users"] == 4  # the week that began on 30 March was not over
    assert told["users_trend"] == 0.5


def test_a_customer_without_activity_has_unknown_use_not_zero() -> None:
    found = snapshot(rows(_histories()), date(2026, 3, 31))
    told = dict(zip(FEATURES, found.values[list(found.customers).index("B")], strict=True))
    assert np.isnan(told["active_users"]) and np.isnan(told["tickets_4w"])
    assert told["invoices_overdue"] == 1  # paid on 1 April: not yet


def test_what_comes_later_changes_no_feature() -> None:
    whole = snapshot(rows(_histories()), date(2026, 3, 31))
    cut = snapshot(rows(_histories("2026-03-31")), date(2026, 3, 31))
    np.testing.assert_array_equal(whole.values, cut.values)


def test_who_left_within_ninety_days() -> None:
    history = rows(_histories())
    now = snapshot(history, date(2026, 3, 31))
    assert dict(zip(now.customers, left(history, now, 90), strict=True)) == {"A": True, "B": False}
    assert not left(history, now, 30).any()
    assert list(snapshot(history, date(2026, 6, 1)).customers) == ["B"]


def test_a_judgement_is_the_one_by_hand() -> None:
    probability = np.array([0.9, 0.8, 0.3, 0.2])
    came = np.array([True, False, True, False])
    found = judge(probability, came, 0.5, np.arange(4))
    assert (found.auc, found.precision, found.recall, found.f1) == (0.75, 0.5, 0.5, 0.5)
    assert (found.base_rate, found.lift) == (0.5, 2.0)
    assert best_threshold(probability, came) == 0.3
    assert area(np.zeros(4), came) == 0.5


def test_the_same_customers_twice_are_no_more_certain_than_once() -> None:
    """Two as-of days of the same people: twice the rows tell no more of other people."""
    rng = np.random.default_rng(8)
    came = rng.random(400) < 0.3
    told = came * 1.0 + rng.normal(size=400)
    once = judge(told, came, 0.5, np.arange(400))
    twice = judge(np.tile(told, 2), np.tile(came, 2), 0.5, np.tile(np.arange(400), 2))
    strangers = judge(np.tile(told, 2), np.tile(came, 2), 0.5, np.arange(800))
    assert (twice.rows, twice.groups, twice.auc) == (800, 400, once.auc)
    assert twice.error == pytest.approx(once.error, rel=1e-6)
    assert strangers.error == pytest.approx(once.error / np.sqrt(2), rel=0.01)


def test_the_error_of_the_auc_is_how_far_it_varies_from_sample_to_sample() -> None:
    rng = np.random.default_rng(9)

    def sample() -> tuple[float, float]:
        person = np.repeat(np.arange(150), 2)
        came = np.repeat(rng.random(150) < 0.3, 2)
        told = came + np.repeat(rng.normal(size=150), 2) + 0.2 * rng.normal(size=300)
        found = judge(told, came, 0.5, person)
        return found.auc, found.error

    found = np.array([sample() for _ in range(300)])
    assert found[:, 1].mean() == pytest.approx(found[:, 0].std(), rel=0.1)


def test_a_leaking_column_is_refused_by_name() -> None:
    came = np.arange(200) % 3 == 0
    told = np.column_stack([np.arange(200) % 7, came * 2.0])
    with pytest.raises(
        InputError, match=r"cancelled_on \(AUC 1.000\) alone tells the outcome.*--drop cancelled_on"
    ):
        refuse_single_leaks(told, came, ("weekday", "cancelled_on"))


def test_a_column_that_is_known_only_for_those_who_left_leaks() -> None:
    came = np.arange(200) % 3 == 0
    told = np.where(came, 1.0, np.nan)[:, None]
    with pytest.raises(InputError, match="reason_of_leaving"):
        refuse_single_leaks(told, came, ("reason_of_leaving",))


def test_a_result_above_the_references_is_a_leak() -> None:
    rng = np.random.default_rng(1)
    came = rng.random(3000) < 0.3
    found = judge(came * 2.5 + rng.normal(size=3000), came, 0.5, np.arange(3000))
    assert found.auc > 0.93
    with pytest.raises(InputError, match="strongest feature is mood"):
        refuse_too_good(found, "mood")
    refuse_too_good(found, "mood", believed=0.99)


def test_the_action_follows_what_can_be_acted_upon() -> None:
    assert intervention((("pays_monthly", 0.9), ("tickets_4w", 0.2)), at_risk=True) == "support"
    assert intervention((("pays_monthly", 0.9),), at_risk=True) == "yearly_offer"
    assert intervention((("tickets_4w", 0.9),), at_risk=False) == ""
    assert intervention((), at_risk=True) == "check_in"


def test_every_reason_and_action_has_its_words() -> None:
    assert set(FEATURES) <= set(ACTION_OF)
    assert all(score_view.reason(name) for name in ACTION_OF)
    assert all(t(f"customers.do_{action}") for action in ACTIONS)

"""Churn on the own data: learn from the past, judge on a later past, score today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from app.errors import DataUnavailable
from app.ml.base import SCORERS, Progress, on_one_thread, silent
from app.ml.features import FEATURES, Rows, Snapshot, left, snapshot
from app.ml.interventions import intervention
from app.ml.judging import Judgement, best_threshold, judge, refuse_single_leaks, refuse_too_good
from app.ml.series import Floats
from app.text import t

DAYS = 90
STEP = timedelta(days=30)
TEST_STEPS = 2  # as-of days that judge, the newest whose outcome is known
MOST_STEPS = 15
LEAST_STEPS = 3
LEAST_LEFT = 40  # customers who left, over all training days
REASONS = 3
LEAST_MOVE = 0.02  # of the log-odds; less is no reason
MODEL, LIBRARY = "churn_boosting", "sklearn.ensemble"
MONTHLY = "pays_monthly"  # the reason behind a renewal day that does not exist


@dataclass(frozen=True)
class Scored:
    """A customer's score. `reasons`: (feature, move of the log-odds), the largest first, upwards only."""

    customer_id: str
    probability: float
    reasons: tuple[tuple[str, float], ...]
    intervention: str
    plan: str
    country: str
    region: str


@dataclass(frozen=True)
class Churn:
    """Scores of a day, and how good such scores were. `trained_on`, `judged_on`: as-of days."""

    as_of: date
    scores: tuple[Scored, ...]
    judgement: Judgement
    trained_on: tuple[date, ...]
    judged_on: tuple[date, ...]
    rows: int
    importance: Mapping[str, float]


def churn(history: Rows, today: date, progress: Progress = silent) -> Churn:
    """Scores of everybody who pays at the end of yesterday.

    Raises: DataUnavailable with too little history; InputError when the result is a leak.
    """
    with on_one_thread(LIBRARY):
        return _churn(history, today, progress)


def _churn(history: Rows, today: date, progress: Progress) -> Churn:
    as_of = today - timedelta(days=1)
    judged, trained = _days(history, as_of)
    learn = [snapshot(history, day) for day in trained]
    rows, outcome, groups = _stacked(history, learn)
    if int(outcome.sum()) < LEAST_LEFT:
        raise DataUnavailable(
            t("models.churn_few_left", left=int(outcome.sum()), needed=LEAST_LEFT),
            hint=t("models.churn_few_left_hint"),
        )
    progress(0.2, "rows")
    refuse_single_leaks(rows, outcome, FEATURES)
    fitted = SCORERS.get(MODEL).fit(rows, outcome, groups)
    progress(0.7, "fit")
    test_rows, test_outcome, test_groups = _stacked(history, [snapshot(history, day) for day in judged])
    threshold = best_threshold(fitted.out_of_fold, outcome)
    found = judge(fitted.probability(test_rows), test_outcome, threshold, test_groups)
    importance = _importance(fitted.contributions(test_rows))
    refuse_too_good(found, max(importance, key=lambda name: importance[name]))
    progress(0.85, "judge")
    now = snapshot(history, as_of)
    scores = _scores(now, fitted.probability(now.values), fitted.contributions(now.values), threshold)
    return Churn(as_of, scores, found, tuple(trained), tuple(judged), len(rows), importance)


def report(found: Churn) -> dict[str, Any]:
    """The model card as plain values."""
    return {
        **asdict(found.judgement),
        "signal": found.judgement.signal,
        "days": DAYS,
        "as_of": found.as_of.isoformat(),
        "trained_on": [day.isoformat() for day in found.trained_on],
        "judged_on": [day.isoformat() for day in found.judged_on],
        "training_rows": found.rows,
        "customers": len(found.scores),
        "importance": dict(found.importance),
    }


def top(contributions: Floats, names: tuple[str, ...]) -> list[tuple[tuple[str, float], ...]]:
    """The largest upward moves of each row. Shape: contributions (rows, features)."""
    order = np.argsort(-contributions, axis=1, kind="stable")[:, :REASONS]
    sizes = np.take_along_axis(contributions, order, axis=1)
    counts = (sizes > LEAST_MOVE).sum(axis=1).tolist()  # the moves of a row fall, so those that count lead
    # An effect has a few dozen places, so the same moves stand in many rows: each is made once.
    thousandths = np.round(sizes * 1000).astype(np.int64)
    found, at = np.unique(thousandths * len(names) + order, return_inverse=True)
    moves = np.empty(len(found), dtype=object)
    moves[:] = [(names[key % len(names)], key // len(names) / 1000) for key in found.tolist()]
    rows = moves[at.reshape(sizes.shape)].tolist()
    return [tuple(row[:count]) for row, count in zip(rows, counts, strict=True)]


def _days(history: Rows, as_of: date) -> tuple[list[date], list[date]]:
    """As-of days that judge and that teach: what teaches had its outcome before the first that judges."""
    newest = as_of - timedelta(days=DAYS)
    judged = [newest - at * STEP for at in range(TEST_STEPS)]
    first = _first_day(history)
    last = judged[-1] - timedelta(days=DAYS)
    trained = [day for at in range(MOST_STEPS) if (day := last - at * STEP) >= first]
    if len(trained) < LEAST_STEPS:
        raise DataUnavailable(
            t("models.churn_short", steps=len(trained), needed=LEAST_STEPS),
            hint=t("models.churn_short_hint"),
        )
    return judged, trained


def _first_day(history: Rows) -> date:
    """The first day with a quarter of activity behind it, or a year of subscriptions where there is none."""
    if len(history.activity):
        return _day(history.activity["date"].min()) + timedelta(weeks=13)
    return _day(history.movements["date"].min()) + timedelta(days=365) if len(history.movements) else date.max


def _day(value: Any) -> date:
    return date.fromisoformat(str(value)[:10])


def _stacked(history: Rows, many: list[Snapshot]) -> tuple[Floats, np.ndarray, np.ndarray]:
    rows = np.concatenate([one.values for one in many])
    outcome = np.concatenate([left(history, one, DAYS) for one in many])
    names = np.concatenate([one.customers.astype(str) for one in many])
    return rows, outcome, np.unique(names, return_inverse=True)[1]


def _importance(contributions: Floats) -> dict[str, float]:
    sizes = np.abs(contributions).mean(axis=0)
    order = np.argsort(-sizes)
    return {FEATURES[at]: round(float(sizes[at]), 4) for at in order}


def _scores(
    now: Snapshot, probability: Floats, contributions: Floats, threshold: float
) -> tuple[Scored, ...]:
    monthly = np.isnan(now.values[:, FEATURES.index("days_to_renewal")])
    reasons = [
        tuple((MONTHLY if name == "days_to_renewal" and monthly[at] else name, size) for name, size in found)
        for at, found in enumerate(top(contributions, FEATURES))
    ]
    return tuple(
        Scored(
            str(customer),
            float(probability[at]),
            reasons[at],
            intervention(reasons[at], at_risk=bool(probability[at] >= threshold)),
            **{name: str(values[at]) for name, values in now.places.items()},
        )
        for at, customer in enumerate(now.customers)
    )

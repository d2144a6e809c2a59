"""What customers do in the product, week by week, and the signs some of them give before they leave."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from sandbox.billing import Phase
from sandbox.draws import uniform

_SEATS = np.array([3.0, 9.0, 26.0])
_FEATURES = np.array([5.0, 9.0, 14.0])
_ORIGIN = date(2000, 1, 3)
SIGNS_FROM_WEEKS = 10.0


@dataclass(frozen=True)
class Activity:
    """One row for each paying customer and Monday; `week` counts Mondays since 2000-01-03."""

    customer: np.ndarray
    week: np.ndarray
    active_users: np.ndarray
    features_used: np.ndarray
    support_tickets: np.ndarray
    onboarding_step: np.ndarray


def monday(week: int) -> date:
    """The day of a week number."""
    return _ORIGIN + timedelta(weeks=week)


def week_of(day: date) -> int:
    """The number of the first Monday on or after a day."""
    return -(-(day - _ORIGIN).days // 7)


def simulate(seed: int, phases: list[Phase], first: date, until: date) -> Activity:
    """Weekly activity in paid phases."""
    paid = [p for p in phases if p.closes != "trialing"]
    begin = np.array([week_of(max(p.start, first)) for p in paid], dtype=np.int64)
    end = np.array([week_of(min(p.end or until, until)) for p in paid], dtype=np.int64)
    count = np.maximum(end - begin, 0)
    row = np.repeat(np.arange(len(paid)), count)
    week = begin[row] + np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    return _measure(seed, paid, row, week)


def _measure(seed: int, paid: list[Phase], row: np.ndarray, week: np.ndarray) -> Activity:
    customer = np.array([p.customer for p in paid], dtype=np.int64)[row]
    plan = np.array([p.plan for p in paid], dtype=np.int64)[row]
    joined = _joined(paid)[row]
    key = customer * 10_000 + week
    size = np.exp(1.1 * (uniform(seed, customer, 60) - 0.5))
    habit = 0.8 + 0.4 * uniform(seed, key, 61)
    dip = np.where(uniform(seed, customer * 1000 + week // 13, 62) < 0.05, 0.6, 1.0)
    mood = _mood(paid, row, week)
    users = np.maximum(np.rint(_SEATS[plan] * size * habit * dip * mood[0]), 0).astype(np.int64)
    features = np.maximum(np.rint(_FEATURES[plan] * (0.7 + 0.5 * habit * dip * mood[0]) * 0.8), 1).astype(
        np.int64
    )
    tickets = np.floor(-np.log(1 - uniform(seed, key, 63)) * 0.55 * mood[1]).astype(np.int64)
    weeks_in = np.maximum(week - joined, 0)
    step = np.minimum(1 + weeks_in // (1 + (uniform(seed, customer, 64) * 3).astype(np.int64)), 5)
    return Activity(customer, week, users, np.where(users > 0, features, 0), tickets, step)


def _joined(paid: list[Phase]) -> np.ndarray:
    first: dict[int, int] = {}
    for phase in paid:
        first[phase.customer] = min(week_of(phase.start), first.get(phase.customer, 10**6))
    return np.array([first[p.customer] for p in paid], dtype=np.int64)


def _mood(paid: list[Phase], row: np.ndarray, week: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How the last weeks before leaving show: users fade, tickets pile up, or nothing for hidden causes."""
    leaves = np.array([week_of(p.end) if p.closes == "canceled" and p.end else 10**6 for p in paid])[row]
    cause = np.array([p.cause for p in paid])[row]
    near = np.clip(1 - (leaves - week) / SIGNS_FROM_WEEKS, 0, 1)
    return np.where(cause == 0, 1 - 0.85 * near, 1.0), np.where(cause == 1, 1 + 4.5 * near, 1.0)

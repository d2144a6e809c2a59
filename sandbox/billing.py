"""Customers over the years: phases of their subscriptions, invoices, and why they leave."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from sandbox.draws import pick, stream, uniform
from sandbox.world import PLACES, PLANS, shares

STEPS = 128
LEGACY_STOCK, LEGACY_STARTS_A_MONTH = 745, 32.0
REACTIVATES, TRIALS = 0.07, 0.12
CAUSES = ("falling active users", "support tickets", "late invoices", "hidden")
CAUSE_WEIGHTS = (0.42, 0.17, 0.13, 0.28)
NO_CAUSE = -1
_CHURN = (0.047, 0.035, 0.023)


@dataclass(frozen=True)
class Starts:
    """Who becomes a customer and when. `id` numbers the account, `lead` is -1 for those before the CRM."""

    id: np.ndarray
    day: np.ndarray
    place: np.ndarray
    plan: np.ndarray
    annual: np.ndarray
    lead: np.ndarray


@dataclass(frozen=True)
class Phase:
    """One stretch of a subscription on one plan and price; `end` None means beyond the simulated time."""

    subscription: int
    customer: int
    plan: int
    annual: bool
    start: date
    end: date | None
    closes: str
    cause: int

    @property
    def price(self) -> int:
        return PLANS[self.plan].year if self.annual else PLANS[self.plan].month


@dataclass(frozen=True)
class Invoice:
    """One bill of a phase; `paid` None means never."""

    customer: int
    issued: date
    due: date
    paid: date | None
    amount: int
    plan: int


def add_months(day: date, months: int) -> date:
    """The same day some months later; days after the 28th bill on the 28th."""
    month = day.year * 12 + day.month - 1 + months
    return date(month // 12, month % 12 + 1, min(day.day, 28))


def legacy(seed: int, first: date, until: date, scale: float) -> Starts:
    """Customers who started before the CRM's history: an opening stock, then starts of every month."""
    rng = stream(seed, 5)
    days = [first - timedelta(days=int(d)) for d in rng.integers(1, 900, int(LEGACY_STOCK * scale))]
    month = 0
    while add_months(first, month) < until:
        begins = add_months(first, month)
        length = (min(add_months(first, month + 1), until) - begins).days
        count = rng.poisson(LEGACY_STARTS_A_MONTH * scale * length / 30.4)
        days += [begins + timedelta(days=int(d)) for d in sorted(rng.integers(0, length, count))]
        month += 1
    ids = np.arange(1, len(days) + 1, dtype=np.int64)
    places = pick(seed, ids, 20, shares([p.weight for p in PLACES[:-1]]))
    plans = pick(seed, ids, 21, np.array([p.weight for p in PLANS]))
    annual = uniform(seed, ids, 22) < 0.25
    return Starts(ids, np.array(days, dtype=object), places, plans, annual, np.full(len(ids), -1))


def lives(seed: int, starts: Starts, billing_from: date, until: date) -> list[Phase]:
    """Every customer's phases, one life after another; nobody leaves before the books begin."""
    grid = starts.id[:, None] * STEPS + np.arange(STEPS)
    dice = np.stack([uniform(seed, grid, question) for question in (30, 31, 32)], axis=-1)
    trial = uniform(seed, starts.id, 33) < TRIALS
    phases: list[Phase] = []
    for row in range(len(starts.id)):
        customer, began = int(starts.id[row]), starts.day[row]
        if trial[row] and starts.lead[row] >= 0 and not starts.annual[row]:
            phases.append(
                Phase(
                    customer * 10 + 9,
                    customer,
                    int(starts.plan[row]),
                    False,
                    began - timedelta(days=14),
                    began,
                    "trialing",
                    NO_CAUSE,
                )
            )
        phases += _life(
            customer, began, int(starts.plan[row]), bool(starts.annual[row]), dice[row], billing_from, until
        )
    return phases


def _life(
    customer: int, began: date, plan: int, annual: bool, dice: np.ndarray, billing_from: date, until: date
) -> Iterator[Phase]:
    """Phases of one customer from billing day to billing day."""
    start, origin, subscription, offset = began, began, customer * 10, 0
    for step in range(1, STEPS - 1):
        day = add_months(origin, step - offset)
        if day >= until:
            break
        if annual and (step - offset) % 12:
            continue
        u, v, w = dice[step]
        if day > billing_from and u < _hazard(plan, annual, step - offset):
            cause = int(np.searchsorted(np.cumsum(CAUSE_WEIGHTS), w))
            yield Phase(subscription, customer, plan, annual, start, day, "canceled", min(cause, 3))
            if v >= REACTIVATES:
                return
            origin = start = day + timedelta(days=30 + int(150 * w))
            offset, subscription = step, subscription + 1
            if start >= until:
                return
            continue
        changed = _change(plan, annual, v)
        if changed != (plan, annual):
            yield Phase(subscription, customer, plan, annual, start, day, "active", NO_CAUSE)
            start, (plan, annual) = day, changed
            origin, offset = (day, step) if annual else (origin, offset)
    yield Phase(subscription, customer, plan, annual, start, None, "active", NO_CAUSE)


def _hazard(plan: int, annual: bool, age: int) -> float:
    """Chance to leave on a billing day: monthly higher in the first half-year, annual at renewal only."""
    if annual:
        return 7.0 * _CHURN[plan]
    return _CHURN[plan] * (1.35 if age <= 6 else 0.92)


def _change(plan: int, annual: bool, v: float) -> tuple[int, bool]:
    """Upgrade, downgrade or switch of the interval on a billing day."""
    often = 8.0 if annual else 1.0
    if v < 0.0065 * often and plan < len(PLANS) - 1:
        return plan + 1, annual
    if v > 1 - 0.0045 * often and plan > 0:
        return plan - 1, annual
    if not annual and 0.5 < v < 0.503:
        return plan, True
    return plan, annual


def invoices(seed: int, phases: list[Phase], first: date, until: date) -> list[Invoice]:
    """The bills of all paid phases inside the books, most paid in time, some late, a few never."""
    bills = [
        (phase, day)
        for phase in phases
        if phase.closes != "trialing"
        for day in _bill_days(phase, first, until)
    ]
    keys = np.array(
        [p.customer * 100_000 + (day - date(2000, 1, 1)).days for p, day in bills], dtype=np.int64
    )
    late, wait = uniform(seed, keys, 50), uniform(seed, keys, 51)
    return [_invoice(phase, day, float(late[i]), float(wait[i])) for i, (phase, day) in enumerate(bills)]


def _bill_days(phase: Phase, first: date, until: date) -> Iterator[date]:
    every = 12 if phase.annual else 1
    step = 0
    while (day := add_months(phase.start, step) if step else phase.start) < (phase.end or until):
        if day >= first:
            yield day
        step += every


def _invoice(phase: Phase, day: date, late: float, wait: float) -> Invoice:
    due = day + timedelta(days=14)
    leaving = phase.cause == 2 and phase.end is not None and (phase.end - day).days < 100
    if leaving and (phase.end - day).days < 40:  # type: ignore[operator]
        paid = None
    elif late < (0.75 if leaving else 0.055):
        paid = due + timedelta(days=1 + int(30 * wait))
    else:
        paid = day + timedelta(days=int(14 * wait))
    return Invoice(phase.customer, day, due, paid, phase.price, phase.plan)

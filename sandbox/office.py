"""What the back office knows: survey answers, market estimates, costs, targets and exchange rates."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np

from sandbox.billing import Invoice, add_months
from sandbox.draws import choose, stream
from sandbox.world import NOT_SET, PLACES, shares

Row = tuple[object, ...]
NPS_SHARES = np.array([0.01, 0.01, 0.01, 0.015, 0.015, 0.03, 0.06, 0.125, 0.185, 0.265, 0.285])
NPS_GROWTH = 0.006
MARKET_SHARE = 0.032
RATE_START = 1.09


def rates(seed: int, first: date, days: int) -> list[Row]:
    """US dollars for one euro on each day: a walk that is pulled back to its level."""
    rng = stream(seed, 6)
    level, rows = RATE_START, list[Row]()
    for offset, shock in enumerate(rng.normal(0, 0.0042, days)):
        level += shock + 0.004 * (RATE_START - level)
        rows.append((first + timedelta(days=offset), "EUR", round(float(level), 5), "sandbox central bank"))
    return rows


def surveys(seed: int, first: date, until: date, scale: float, epoch: date) -> list[Row]:
    """NPS answers of every month and an awareness wave of every quarter, day by day."""
    rows: list[Row] = []
    month = date(first.year, first.month, 1)
    number = 0
    while month < until:
        left = (epoch.year - month.year) * 12 + epoch.month - month.month
        for day, kind, wave, answer in _month(seed, month, scale, left):
            number += 1
            place = PLACES[answer[3]]
            rows.append((f"R{number:07d}", day, kind, wave, *answer[:3], place.country, place.region))
        month = add_months(month, 1)
    return rows


def _month(
    seed: int, month: date, scale: float, left: int
) -> Iterator[tuple[date, str, str, tuple[int | None, int | None, int | None, int]]]:
    rng = stream(seed, 7, month.year, month.month)
    weights = shares([p.weight for p in PLACES if p.region != NOT_SET])
    size = rng.poisson(140 * scale)
    places, scores = choose(rng, weights, size), _scores(rng, size, left)
    for day, place, score in zip(np.sort(rng.integers(0, 28, size)), places, scores, strict=True):
        yield (
            month + timedelta(days=int(day)),
            "nps",
            f"{month:%Y-%m}",
            (int(score), None, None, int(place)),
        )
    if month.month % 3 == 2:
        size = max(int(rng.normal(800, 25) * scale), 5)
        aided = rng.random(size) < 0.25
        unaided = aided & (rng.random(size) < 0.32)
        wave = f"{month.year}-Q{(month.month + 2) // 3}"
        days, places = np.sort(rng.integers(4, 18, size)), choose(rng, weights, size)
        for day, place, known, named in zip(days, places, aided, unaided, strict=True):
            yield (
                month + timedelta(days=int(day)),
                "awareness",
                wave,
                (None, int(known), int(named), int(place)),
            )


def _scores(rng: np.random.Generator, size: int, left: int) -> np.ndarray:
    """Answers of one month's panel, which is picked to be representative; fans grew more with the years."""
    kind = shares([*NPS_SHARES[:9], *NPS_SHARES[9:] * (1 - NPS_GROWTH * left)])
    spread = (np.arange(size) + rng.random(size)) / max(size, 1)
    return rng.permutation(np.searchsorted(np.cumsum(kind)[:-1], spread, side="right"))


def market(seed: int, bills: list[Invoice], first: date, until: date) -> list[Row]:
    """An analyst's estimate of the market's monthly revenue, with its bounds."""
    own: dict[date, int] = {}
    for bill in bills:
        month = bill.issued.replace(day=1)
        own[month] = own.get(month, 0) + bill.amount
    rows: list[Row] = []
    for month in sorted(m for m in own if first.replace(day=1) <= m < until):
        around = [own.get(add_months(month, k), own[month]) for k in (-1, 0, 0, 1)]
        noise = stream(seed, 8, month.year, month.month).normal(0, 0.008)
        size = round(float(np.mean(around)) / MARKET_SHARE * (1 + noise), -3)
        rows.append((month, int(size), int(size * 0.88), int(size * 1.14), "USD", "Meridian Market Monitor"))
    return rows


_COSTS = (
    ("salaries", "", 9_500),
    ("salaries", "content", 800),
    ("salaries", "email", 1_050),
    ("tools", "", 1_450),
    ("tools", "email", 320),
    ("agencies", "paid_search", 1_200),
    ("agencies", "organic_search", 2_100),
    ("agencies", "social", 1_400),
    ("content", "content", 550),
    ("events", "", 2_600),
)


def costs(seed: int, first: date, until: date) -> list[Row]:
    """Monthly sales and marketing costs beside media; events only in some months."""
    rows: list[Row] = []
    month = date(first.year, first.month, 1)
    while month < until:
        rng = stream(seed, 9, month.year, month.month)
        for category, channel, amount in _COSTS:
            wobble = float(rng.normal(1.0, 0.05))
            if category != "events" or month.month in (3, 5, 9, 10):
                rows.append((month, category, channel, round(amount * wobble, 2), "USD"))
        month = add_months(month, 1)
    return rows


# Metric, the months in which the goal was set and by whose end it is to be reached, counted from the epoch's.
# What the market and panels tell comes months late, so goals of theirs were set before.
_TARGETS = (
    ("mrr", 0, 7, 150_000),
    ("customers", 0, 7, 1_500),
    ("market_share", -3, 7, 0.05),
    ("nps", 0, 7, 50),
    ("aided_awareness", -3, 7, 0.35),
)
_MONTHLY = (
    ("leads", 500),
    ("visitors", 100_000),
    ("cac_loaded", 500),
    ("visitor_to_lead", 0.006),
    ("lead_to_opportunity", 0.30),
    ("opportunity_to_customer", 0.38),
    ("new_customers", 60),
)


def targets(epoch: date) -> list[Row]:
    """Goals to be reached some months ahead, and goals of every month around the epoch."""
    this = epoch.replace(day=1)
    rows: list[Row] = [
        (metric, add_months(this, since), add_months(this, ahead) - timedelta(days=1), value)
        for metric, since, ahead, value in _TARGETS
    ]
    for offset in range(-24, 7):
        month = add_months(this, offset)
        last = add_months(month, 1) - timedelta(days=1)
        rows += [(metric, month, last, value) for metric, value in _MONTHLY]
    return rows

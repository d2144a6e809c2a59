"""MRR movements: what each customer's subscription phases add to or take from recurring revenue.

The rows of a customer close: their sum to any day is the monthly price of the phases that run at its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Literal

from app.data.warehouse.fact import MOST

Kind = Literal["new", "expansion", "contraction", "churn", "reactivation"]

# Months that one price pays for. A phase with another interval is not recurring revenue.
INTERVAL_MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
# Trials are not revenue; who is past due still is; who cancelled was, until the phase ended.
PAYING = frozenset({"active", "past_due", "canceled"})


@dataclass(frozen=True)
class Segment:
    """What a movement can be grouped by, carried over from its phase."""

    account_id: str | None
    plan: str | None
    country: str | None
    region: str | None
    traffic_key: int | None
    campaign_key: int | None
    currency: str | None


@dataclass(frozen=True)
class Phase:
    """One phase of a subscription.

    Units: price in micros of its currency, per interval; `discount`: share that a lasting coupon takes off.
    """

    source_id: str
    customer_id: str
    subscription_id: str
    starts: date
    ends: date | None
    status: str
    interval: str
    price_micros: int | None
    segment: Segment
    is_deleted: bool = False
    discount: float | None = None


@dataclass(frozen=True)
class Movement:
    """One row of `fact_mrr_movement`. Units: micros, as billed and in the reporting currency."""

    source_id: str
    customer_id: str
    date: date
    kind: Kind
    segment: Segment
    amount_micros: int
    amount: int | None
    customers: int


@dataclass(frozen=True)
class _Paying:
    phase: Phase
    ends: date | None
    micros: int
    converted: int | None

    def runs(self, day: date) -> bool:
        return self.phase.starts <= day and (self.ends is None or self.ends > day)


@dataclass(frozen=True)
class _Standing:
    """What a customer pays at the end of a day, by segment."""

    micros: dict[Segment, int]
    converted: dict[Segment, int | None]
    home: Segment | None  # the segment that counts the customer: the largest, so that he counts once

    @property
    def value(self) -> int:
        return sum(self.micros.values())


def movements(
    phases: Iterable[Phase],
    known_until: Mapping[str, date],
    rates: Mapping[tuple[str, date], float],
    currency: str,
) -> Iterator[Movement]:
    """Movements of all customers, by customer and day.

    `known_until`: per source, the day of its newest extract; what lies behind it has not happened.
    """
    ordered = sorted(
        phases, key=lambda one: (one.source_id, one.customer_id, one.starts, one.subscription_id)
    )
    for (source, _), group in groupby(ordered, key=lambda one: (one.source_id, one.customer_id)):
        yield from _of_customer(list(group), known_until.get(source, date.max), rates, currency)


def _of_customer(
    phases: list[Phase], until: date, rates: Mapping[tuple[str, date], float], currency: str
) -> Iterator[Movement]:
    paying = _paying(phases, until, rates, currency)
    days = sorted({one.phase.starts for one in paying} | {one.ends for one in paying if one.ends})
    # Amounts in one currency compare as billed; a customer who changed currency compares converted.
    mixed = len({one.phase.segment.currency for one in paying}) > 1
    before, was_customer = _Standing({}, {}, None), False
    for day in days:
        after = _standing([one for one in paying if one.runs(day)])
        kind = _kind(_value(before, mixed), _value(after, mixed), was_customer=was_customer)
        yield from _rows(phases[0], day, kind, before, after)
        before, was_customer = after, was_customer or bool(after.micros)


def _paying(
    phases: list[Phase], until: date, rates: Mapping[tuple[str, date], float], currency: str
) -> list[_Paying]:
    counted = [(phase, micros) for phase in phases if (micros := monthly(phase)) and phase.starts <= until]
    if not counted:
        return []
    first = min(phase.starts for phase, _ in counted)
    result = []
    for phase, micros in counted:
        rate = 1.0 if phase.segment.currency == currency else rates.get((phase.segment.currency or "", first))
        ends = phase.ends if phase.ends and phase.ends <= until else None
        if ends is None or ends > phase.starts:
            result.append(_Paying(phase, ends, micros, None if rate is None else round(micros * rate)))
    return result


def monthly(phase: Phase) -> int | None:
    """The monthly price of a phase in micros, or None when it is not recurring revenue.

    A lasting coupon reduces it: 600 a year less 20 % are 40 a month. A one-off coupon is not told here.
    """
    months = INTERVAL_MONTHS.get(phase.interval)
    if phase.is_deleted or phase.status not in PAYING or not phase.price_micros or not months:
        return None
    if phase.status == "canceled" and phase.ends is None:
        return None
    return round(phase.price_micros * (1 - (phase.discount or 0)) / months) or None


def _standing(running: list[_Paying]) -> _Standing:
    micros: dict[Segment, int] = {}
    converted: dict[Segment, int | None] = {}
    for one in running:
        segment = one.phase.segment
        so_far = converted.get(segment, 0)
        micros[segment] = micros.get(segment, 0) + one.micros
        converted[segment] = None if so_far is None or one.converted is None else so_far + one.converted
    home = max(micros, key=lambda segment: (micros[segment], repr(segment)), default=None)
    return _Standing(micros, converted, home)


def _value(standing: _Standing, mixed: bool) -> int:
    if mixed and None not in standing.converted.values():
        return sum(value for value in standing.converted.values() if value is not None)
    return standing.value


def _kind(before: int, after: int, *, was_customer: bool) -> Kind:
    if not before:
        return "reactivation" if was_customer else "new"
    if not after:
        return "churn"
    return "contraction" if after < before else "expansion"


def _kept(converted: int) -> int | None:
    """A converted amount; missing where it is more than can be kept."""
    return converted if abs(converted) <= MOST else None


def _rows(customer: Phase, day: date, kind: Kind, before: _Standing, after: _Standing) -> Iterator[Movement]:
    """One row a segment that changed: a change of plan leaves one plan and enters the other."""
    for segment in dict.fromkeys([*before.micros, *after.micros]):
        micros = after.micros.get(segment, 0) - before.micros.get(segment, 0)
        customers = (segment == after.home) - (segment == before.home)
        if micros or customers:
            old, new = before.converted.get(segment, 0), after.converted.get(segment, 0)
            amount = None if old is None or new is None else _kept(new - old)
            yield Movement(
                customer.source_id,
                customer.customer_id,
                day,
                kind,
                segment,
                micros,
                amount,
                customers,
            )

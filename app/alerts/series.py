"""The questions of a rule, and its series out of their answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from app.alerts.conditions import Condition, Point, condition
from app.alerts.models import AlertRule
from app.data.metrics.base import METRICS
from app.data.query.frame import MetricFrame, cell
from app.data.query.maturity import settled
from app.data.query.spec import Filter, MetricQuery
from app.errors import InputError
from app.periods import DAY, Grain, Period, bucket_end, bucket_start
from app.text import t

# Look-backs are rounded up to these many buckets, so that rules of like patience ask the same question.
STEPS = (35, 100, 400)
SPAN = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}


@dataclass(frozen=True)
class History:
    """What is known of a rule's metric: a series for each member (empty name: the whole), the complete
    buckets in order, and those among them that have data at all."""

    series: Mapping[str, Mapping[date, Point]]
    buckets: tuple[date, ...]
    known: frozenset[date]
    as_of: int | None


def filters(rule: AlertRule) -> tuple[Filter, ...]:
    """The filters of a rule, written as `dimension=value`.

    Raises: InputError.
    """
    found: dict[str, list[str]] = {}
    for text in rule.filters:
        name, sign, value = text.partition("=")
        if not sign or not name or not value:
            raise InputError(t("alerts.filter_wrong", text=text[:60]))
        found.setdefault(name, []).append(value)
    return tuple(Filter(name, tuple(values)) for name, values in found.items())


def question(rule: AlertRule, last: date, *, back: int = 0, as_of: int | None = None) -> MetricQuery:
    """What is asked to judge the buckets up to `last`; `back` more buckets are judged than the newest, and
    those whose cohorts are too young to be judged come on top."""
    judge = condition(rule.condition)
    grain = cast(Grain, rule.grain)
    unripe = -(-METRICS.get(rule.metric).matures // SPAN[grain])
    needed = judge.history + back + max(rule.breaches_to_fire, rule.clears_to_resolve) + 1 + unripe
    buckets = next((step for step in STEPS if step >= needed), needed)
    start = bucket_start(last - buckets * SPAN[grain] * DAY, grain)
    metrics = tuple(name for name in (rule.metric, judge.reference) if name)
    dimensions = (rule.by,) if rule.by else ()
    return MetricQuery(metrics, Period(start, last), dimensions, grain, filters(rule), as_of=as_of)


def complete_until(frame: MetricFrame, last: date) -> date:
    """The newest day that every source behind the answer has told of as a whole, and whose cohorts are old
    enough to be judged."""
    days = [entry.data_until for entry in frame.freshness if entry.data_until is not None]
    return settled(frame.query.metrics, min([last, *days]))


def history(rule: AlertRule, frame: MetricFrame, until: date) -> History:
    """The answer as series, cut to the buckets that are complete on a day."""
    judge = condition(rule.condition)
    grain = cast(Grain, rule.grain)
    period = frame.query.period
    buckets = tuple(_complete(period, grain, until))
    whole = frozenset(buckets)
    series: dict[str, dict[date, Point]] = {}
    known: set[date] = set()
    for row in frame.rows:
        day = cast(date, row["date"])
        if day not in whole:
            continue
        member = str(row[rule.by]) if rule.by else ""
        point = _point(row, rule.metric, judge)
        series.setdefault(member, {})[day] = point
        if point.value is not None:
            known.add(day)
    if not rule.by:
        series.setdefault("", {})
        known = set()  # without members a bucket without a row is a bucket without data
    return History(series, buckets, frozenset(known), frame.as_of)


def _complete(period: Period, grain: Grain, until: date) -> Iterable[date]:
    start = bucket_start(period.start, grain)
    while bucket_end(start, grain) <= until:
        yield start
        start = bucket_end(start, grain) + DAY


def _point(row: Mapping[str, object], metric: str, judge: Condition) -> Point:
    values = cast("Mapping[str, float | None]", row)
    return Point(
        bucket=cast(date, row["date"]),
        value=cell(values, metric),
        numerator=cell(values, f"{metric}__n"),
        denominator=cell(values, f"{metric}__d"),
        reference=cell(values, judge.reference) if judge.reference else None,
    )


def members(found: History, standing: Sequence[str]) -> list[str]:
    """Everyone with a row, and everyone who stood somewhere before."""
    return sorted({*found.series, *standing})

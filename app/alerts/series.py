"""The questions of a rule, and its series out of their answers."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import cast

from app.alerts import buckets
from app.alerts.buckets import Bucket, Reached
from app.alerts.conditions import Condition, Point, condition
from app.alerts.models import AlertRule
from app.data.metrics.base import METRICS
from app.data.query import codec
from app.data.query.frame import MetricFrame, cell
from app.data.query.spec import Filter, MetricQuery
from app.periods import DAY, Grain, Period, bucket_start

# Look-backs are rounded up to these many buckets, so that rules of like patience ask the same question.
STEPS = (35, 100, 400)
SPAN = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}
# A member without a row did nothing for so many days after its last one; afterwards it has ended.
LIVES = 14
HOURS = 24  # places of a day, also of one with 23 or 25 hours: so the same hour of another day stays there


@dataclass(frozen=True)
class History:
    """What is known of a rule's metric: a series for each member (empty name: the whole) from its first
    bucket on, the complete buckets in order, and those among them that have data at all."""

    series: Mapping[str, Mapping[Bucket, Point]]
    buckets: tuple[Bucket, ...]
    known: frozenset[Bucket]
    as_of: int | None

    def until(self, newest: Bucket) -> History:
        """What a check would have judged while `newest` was the newest complete bucket."""
        begun = {name: row for name, row in self.series.items() if not row or next(iter(row)) <= newest}
        return replace(self, series=begun, buckets=self.buckets[: bisect_right(self.buckets, newest)])


def filters(rule: AlertRule) -> tuple[Filter, ...]:
    """What a rule is narrowed to. Raises: InputError."""
    return codec.filters(rule.filters)


def metrics(rule: AlertRule) -> tuple[str, ...]:
    """The watched metric, and the one that it is compared with."""
    return tuple(name for name in (rule.metric, condition(rule.condition).reference) if name)


def newest_day(rule: AlertRule, today: date) -> date:
    """The last day that is asked: yesterday. Of hours that is today, and where it is tomorrow."""
    return today + DAY if rule.grain == "hour" else today - DAY


def count(rule: AlertRule, first: date, last: date) -> int:
    """How many buckets the days from one to another have at most."""
    days = (last - first).days + 1
    return days * HOURS if rule.grain == "hour" else -(-days // SPAN[cast(Grain, rule.grain)])


def question(rule: AlertRule, last: date, *, back: int = 0, as_of: int | None = None) -> MetricQuery:
    """What is asked to judge the buckets up to the day `last`; `back` more are judged than the newest, and
    those whose cohorts are too young to be judged come on top."""
    judge, unripe = condition(rule.condition), METRICS.get(rule.metric).matures
    patience = -(-unripe // SPAN[cast(Grain, rule.grain)]) if rule.grain != "hour" else unripe * HOURS
    needed = judge.history + back + max(rule.breaches_to_fire, rule.clears_to_resolve) + 1 + patience
    needed += _lives(rule) if rule.by and rule.grain != "hour" else 0
    count = next((step for step in STEPS if step >= needed), needed)
    members = (rule.by,) if rule.by else ()
    if rule.grain == "hour":
        start = last - (-(-count // HOURS) + 1) * DAY
        return MetricQuery(
            metrics(rule), Period(start, last), ("hour", *members), "day", filters(rule), as_of=as_of
        )
    grain = cast(Grain, rule.grain)
    start = bucket_start(last - count * SPAN[grain] * DAY, grain)
    return MetricQuery(metrics(rule), Period(start, last), members, grain, filters(rule), as_of=as_of)


def history(rule: AlertRule, frame: MetricFrame, reached: Reached) -> History:
    """The answer as series, cut to the buckets that are complete."""
    if rule.grain == "hour":
        return _by_hour(rule, frame, reached)
    judge = condition(rule.condition)
    period, grain = frame.query.period, cast(Grain, rule.grain)
    complete = tuple(buckets.whole(period, grain, reached.until))
    whole = frozenset(complete)
    series: dict[str, dict[Bucket, Point]] = {}
    known: set[Bucket] = set()
    for row in frame.rows:
        day = cast(date, row["date"])
        if day not in whole:
            continue
        point = _point(row, rule.metric, judge, day)
        series.setdefault(_member(rule, row), {})[day] = point
        if point.value is not None:
            known.add(day)
    if not rule.by:
        series.setdefault("", {})
        known = set()  # without members a bucket without a row is a bucket without data
    elif _adds_up(rule.metric):
        days = [day for day in complete if day in known]
        series = {name: _with_idle(rows, days, _lives(rule)) for name, rows in series.items()}
    return History(series, complete, frozenset(known), frame.as_of)


def _adds_up(metric: str) -> bool:
    """Whether it counts what happened. Of a rate, a stock, a budget or a span that was not read, no row is
    no zero."""
    found, measures = METRICS.get(metric), list(METRICS.get(metric).numerator.measures())
    return found.denominator is None and all(one.kind == "sum" and one.event for one in measures)


def _lives(rule: AlertRule) -> int:
    """For how many buckets without a row a member is still there: one at least."""
    return max(1, LIVES // SPAN[cast(Grain, rule.grain)])


def _with_idle(rows: Mapping[Bucket, Point], known: Sequence[Bucket], lives: int) -> dict[Bucket, Point]:
    """The series of a member with the buckets in which it was there and did nothing."""
    idle: dict[Bucket, Point] = {}
    since = lives + 1  # buckets since the last row
    for bucket in known:
        since = 0 if bucket in rows else since + 1
        if 0 < since <= lives:
            idle[bucket] = Point(bucket, 0.0, idle=True)
    return dict(sorted({**rows, **idle}.items()))


def _by_hour(rule: AlertRule, frame: MetricFrame, reached: Reached) -> History:
    """Hours of the days since the first row. A settled hour without a row is one in which nothing happened.

    A doubled hour of something that is counted holds twice as much and is compared with nothing.
    """
    judge, counted = condition(rule.condition), METRICS.get(rule.metric).denominator is None
    rows = {(row["date"], int(str(row["hour"])), _member(rule, row)): row for row in frame.rows}
    first = min((cast(date, row["date"]) for row in frame.rows), default=frame.query.period.end)
    hours = list(buckets.hours(first, reached))
    judged = [one for one in hours if not one.skipped and not (one.doubled and counted)]
    series: dict[str, dict[Bucket, Point]] = {}
    for member in sorted({"" if not rule.by else name for *_, name in rows} or {""}):
        empty = 0.0 if counted and not rule.by else None
        points = {one.begins: Point(one.begins, empty, 0.0, 0.0) for one in judged}
        points |= {one.begins: Point(one.begins, None) for one in hours if one not in judged}
        points |= {one.begins: _point(row, rule.metric, judge, one.begins) for one in judged
                   if (row := rows.get((one.day, one.hour, member)))}  # fmt: skip
        series[member] = cast("dict[Bucket, Point]", points)
    found = tuple(one.begins for one in judged)
    return History(series, found, frozenset(found), frame.as_of)


def _member(rule: AlertRule, row: Mapping[str, object]) -> str:
    return str(row[rule.by]) if rule.by else ""


def _point(row: Mapping[str, object], metric: str, judge: Condition, bucket: Bucket) -> Point:
    values = cast("Mapping[str, float | None]", row)
    return Point(
        bucket=bucket,
        value=cell(values, metric),
        numerator=cell(values, f"{metric}__n"),
        denominator=cell(values, f"{metric}__d"),
        reference=cell(values, judge.reference) if judge.reference else None,
    )


def members(found: History, standing: Sequence[str]) -> list[str]:
    """Everyone with a row, and everyone who stood somewhere before."""
    return sorted({*found.series, *standing})

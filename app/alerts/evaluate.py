"""The state machine of an alert: pure, one bucket a step; live checks and rehearsals run this very code."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from app.alerts.conditions import Condition, Point, Verdict

State = Literal["ok", "pending", "firing", "acknowledged", "snoozed", "no_data"]
SEEN_TO = ("acknowledged", "snoozed")
ALARMED = ("firing", *SEEN_TO)

COOL_DOWN, QUIET_HOURS, SNOOZED, UNTOLD = "cool_down", "quiet_hours", "snoozed", "untold"


@dataclass(frozen=True)
class Policy:
    """How patient a rule is. Units: `cool_down` in minutes, quiet hours as HH:MM in `zone`."""

    breaches_to_fire: int = 1
    clears_to_resolve: int = 1
    minimum_volume: int = 0
    cool_down: int = 1440
    quiet_from: str = ""
    quiet_to: str = ""
    zone: str = "UTC"


@dataclass(frozen=True)
class Standing:
    """Where a rule stands for one member; `bucket` is the newest that was judged, `notified_at` the last time
    that a firing was told."""

    state: State = "ok"
    bucket: date | None = None
    since: datetime | None = None
    breaches: int = 0
    clears: int = 0
    value: float | None = None
    threshold: float | None = None
    notified_at: datetime | None = None
    snoozed_until: datetime | None = None
    acknowledged_by: str = ""

    @property
    def told(self) -> bool:
        """Whether people were told of the firing that stands: one inside a cool-down they were not."""
        if self.since is None or self.notified_at is None:
            return self.since is None
        return self.notified_at >= self.since

    def asleep(self, now: datetime) -> bool:
        """Whether it is snoozed, and the time is not over."""
        return self.state == "snoozed" and (self.snoozed_until is None or now < self.snoozed_until)


@dataclass(frozen=True)
class Event:
    """A change that people may be told of. `silenced` names why they are not, or not yet (quiet hours)."""

    kind: Literal["firing", "resolved", "no_data"]
    bucket: date
    at: datetime
    value: float | None
    threshold: float | None
    silenced: str = ""


def judge(
    policy: Policy,
    condition: Condition,
    standing: Standing,
    series: Mapping[date, Point],
    bucket: date,
    now: datetime,
    *,
    known: bool = True,
) -> tuple[Standing, Event | None]:
    """Judge one complete bucket. `known`: whether the bucket has data at all; a member that is not heard of
    in it any more has ended, which breaches nothing."""
    point = series.get(bucket)
    if known and (point is None or point.idle):
        verdict = _of_nobody(policy, condition, standing, series, point)
        return _stepped(policy, standing, bucket, verdict, now)
    if point is not None and point.value is None and point.denominator == 0:
        return replace(standing, bucket=bucket), None  # a rate of no case is no verdict, and no lack of data
    if point is None or point.value is None:
        return _no_data(policy, standing, bucket, now)
    if (point.volume or 0.0) < policy.minimum_volume:
        return replace(standing, bucket=bucket), None
    verdict = _verdict(condition, standing, series, point)
    if verdict.breached is None:
        return replace(standing, bucket=bucket, value=verdict.value, threshold=None), None
    return _stepped(policy, standing, bucket, verdict, now)


def advance(
    policy: Policy,
    condition: Condition,
    standing: Standing,
    series: Mapping[date, Point],
    buckets: Sequence[date],
    now: datetime,
    known: frozenset[date],
) -> tuple[Standing, list[Event]]:
    """Where a rule stands after every complete bucket that was not judged yet, and what came of them."""
    events = []
    for stood, event in steps(policy, condition, standing, series, buckets, now, known):
        standing = stood
        if event is not None:
            events.append(event)
    return standing, events


def steps(
    policy: Policy,
    condition: Condition,
    standing: Standing,
    series: Mapping[date, Point],
    buckets: Sequence[date],
    now: datetime,
    known: frozenset[date],
) -> Iterator[tuple[Standing, Event | None]]:
    """Judge every complete bucket that was not judged yet, one by one (`buckets` are in order); a rule that
    is new looks back no further than its own patience asks for."""
    if standing.bucket is None:
        fresh = buckets[-max(policy.breaches_to_fire, policy.clears_to_resolve) :]
    else:
        fresh = buckets[bisect_right(buckets, standing.bucket) :]
    for bucket in fresh:
        standing, event = judge(policy, condition, standing, series, bucket, now, known=bucket in known)
        yield standing, event


def _verdict(condition: Condition, standing: Standing, series: Mapping[date, Point], point: Point) -> Verdict:
    before = _before(series, point.bucket, condition.history)
    return condition.judge(before, point, standing.state in ALARMED)


def _of_nobody(
    policy: Policy,
    condition: Condition,
    standing: Standing,
    series: Mapping[date, Point],
    point: Point | None,
) -> Verdict:
    """A member without a row. Nothing is a breach where it is too little; all else is well: the alarm of
    something that has stopped or ended is over."""
    if point is None:
        return Verdict(False)
    verdict = _verdict(condition, standing, series, point)
    return verdict if verdict.breached and not policy.minimum_volume else Verdict(False, point.value)


def _before(series: Mapping[date, Point], bucket: date, count: int) -> list[Point]:
    """The points before a bucket that a condition looks at, oldest first."""
    order = sorted(series)
    at = bisect_left(order, bucket)
    return [series[day] for day in order[max(at - count, 0) : at]]


def acknowledged(standing: Standing, by: str) -> Standing:
    """Somebody has seen to an alarm: nothing more is told of it until it is over."""
    return replace(standing, state="acknowledged", acknowledged_by=by, snoozed_until=None)


def snoozed(standing: Standing, until: datetime, by: str) -> Standing:
    """An alarm that is silent until an instant; if it still holds then, it is told again."""
    return replace(standing, state="snoozed", acknowledged_by=by, snoozed_until=until)


def reopened(standing: Standing) -> Standing:
    """An alarm that fires again, as if nobody had seen to it; of what was told nothing is told twice."""
    return replace(standing, state="firing", acknowledged_by="", snoozed_until=None)


def _stepped(
    policy: Policy, standing: Standing, bucket: date, verdict: Verdict, now: datetime
) -> tuple[Standing, Event | None]:
    counted = replace(standing, bucket=bucket, value=verdict.value, threshold=verdict.threshold)
    if verdict.breached:
        return _breached(policy, replace(counted, breaches=standing.breaches + 1, clears=0), now)
    return _cleared(policy, replace(counted, breaches=0, clears=standing.clears + 1), now)


def _breached(policy: Policy, standing: Standing, now: datetime) -> tuple[Standing, Event | None]:
    if standing.state == "acknowledged" or standing.asleep(now):
        return standing, None
    if standing.state == "firing":
        return _holds(policy, standing, now)
    if standing.breaches < policy.breaches_to_fire and standing.state != "snoozed":
        since = standing.since if standing.state == "pending" else now
        return replace(standing, state="pending", since=since), None
    # Whoever snoozed was promised to hear of it again, however long the cool-down is.
    silenced = _quiet(policy, now) if standing.state == "snoozed" else _silence(policy, standing, now)
    told = standing.notified_at if silenced == COOL_DOWN else now
    fired = replace(standing, state="firing", since=now, notified_at=told, snoozed_until=None)
    return fired, _event("firing", fired, now, silenced)


def _holds(policy: Policy, standing: Standing, now: datetime) -> tuple[Standing, Event | None]:
    """A firing that goes on: one that the cool-down silenced is told once that is over."""
    silenced = _silence(policy, standing, now)
    if standing.told or silenced == COOL_DOWN:
        return standing, None
    return replace(standing, notified_at=now), _event("firing", standing, now, silenced)


def _cleared(policy: Policy, standing: Standing, now: datetime) -> tuple[Standing, Event | None]:
    if standing.state not in ALARMED:
        since = standing.since if standing.state == "ok" else now
        return replace(standing, state="ok", since=since or now), None
    if standing.clears < policy.clears_to_resolve:
        return standing, None
    over = replace(standing, state="ok", since=now, acknowledged_by="", snoozed_until=None)
    return over, _event("resolved", over, now, _silence_of_end(policy, standing, now))


def _no_data(
    policy: Policy, standing: Standing, bucket: date, now: datetime
) -> tuple[Standing, Event | None]:
    """Nothing is known, which is no zero: an alarm stays, a calm rule says that it is blind, once."""
    seen = replace(standing, bucket=bucket, value=None, threshold=None)
    if standing.state in ALARMED or standing.state == "no_data":
        return seen, None
    blind = replace(seen, state="no_data", since=now, breaches=0, clears=0)
    return blind, _event("no_data", blind, now, _quiet(policy, now))


def _event(
    kind: Literal["firing", "resolved", "no_data"], standing: Standing, now: datetime, silenced: str
) -> Event:
    assert standing.bucket is not None
    return Event(kind, standing.bucket, now, standing.value, standing.threshold, silenced)


def _silence(policy: Policy, standing: Standing, now: datetime) -> str:
    last = standing.notified_at
    if last is not None and now - last < timedelta(minutes=policy.cool_down):
        return COOL_DOWN
    return _quiet(policy, now)


def _silence_of_end(policy: Policy, standing: Standing, now: datetime) -> str:
    """An end is news only to whoever heard of its beginning."""
    if standing.asleep(now):
        return SNOOZED
    return _quiet(policy, now) if standing.told else UNTOLD


def _quiet(policy: Policy, now: datetime) -> str:
    return QUIET_HOURS if quiet_until(policy, now) else ""


def quiet_until(policy: Policy, now: datetime) -> datetime | None:
    """The end of the quiet hours that hold an instant; None outside of them."""
    if not policy.quiet_from or not policy.quiet_to or policy.quiet_from == policy.quiet_to:
        return None
    local = now.astimezone(ZoneInfo(policy.zone))
    start, end = time.fromisoformat(policy.quiet_from), time.fromisoformat(policy.quiet_to)
    clock = local.time()
    over_night = start > end
    inside = (clock >= start or clock < end) if over_night else start <= clock < end
    if not inside:
        return None
    day = local.date() + timedelta(days=1) if over_night and clock >= start else local.date()
    return datetime.combine(day, end, ZoneInfo(policy.zone))

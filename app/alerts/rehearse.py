"""A rehearsal: the rule over the past as the live check would have gone through it, publish by publish, by
the very code of the live check, on the data that each publish knew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import cast
from zoneinfo import ZoneInfo

from app.alerts import buckets, rules, series
from app.alerts.buckets import Bucket
from app.alerts.conditions import Point, condition
from app.alerts.evaluate import Event, Standing, steps
from app.alerts.models import AlertRule
from app.alerts.moments import Moment, moments
from app.data.metrics.base import METRICS
from app.data.query.frame import MetricFrame
from app.data.query.spec import MetricQuery
from app.errors import DataUnavailable
from app.periods import DAY, Grain, Period
from app.services import Services
from app.text import t

DAYS, DAYS_OF_HOURS = 90, 7
MORNING = time(6)  # when a day is taken to have been judged if everything was loaded in one go


@dataclass(frozen=True)
class Firing:
    """An event that the rule would have caused."""

    member: str
    event: Event


@dataclass(frozen=True)
class Rehearsal:
    """What the rule would have said. `series` are the values as they were judged (member -> bucket)."""

    rule_id: str
    period: tuple[date, date]
    firings: Sequence[Firing]
    series: Mapping[str, Mapping[Bucket, Point]]
    thresholds: Mapping[tuple[str, Bucket], float]
    known_since: date | None  # the day of the first load: earlier buckets are judged by what it brought

    @property
    def fired(self) -> int:
        return sum(entry.event.kind == "firing" for entry in self.firings)

    @property
    def told(self) -> int:
        """Firings of which people would have been told."""
        return sum(entry.event.kind == "firing" and not entry.event.silenced for entry in self.firings)


def rehearse(services: Services, rule: AlertRule, days: int | None = None) -> Rehearsal:
    """Run a rule over the past.

    Raises: InputError, DataUnavailable when nothing was loaded yet.
    """
    hourly = rule.grain == "hour"
    span = days or (DAYS_OF_HOURS if hourly else DAYS)
    yesterday = services.clock.today(services.settings.time_zone) - DAY
    first = yesterday - (span - 1) * DAY
    back = (span + 2) * series.HOURS if hourly else span
    question = series.question(rule, yesterday + 2 * DAY if hourly else yesterday, back=back)
    run = _Run(services, rule, question, first)
    known = list(moments(services, rule, services.query.run(question)))
    if not known:
        raise DataUnavailable(t("alerts.nothing_loaded"))
    for moment in (*run.before(known[0]), *known):
        run.live_through(moment)
    since = known[0].at.astimezone(run.zone).date()
    return Rehearsal(rule.id, (first, yesterday), tuple(run.firings), run.values, run.thresholds, since)


class _Run:
    """One pass over the moments of the past; a moment that completes no bucket is not asked for."""

    def __init__(self, services: Services, rule: AlertRule, question: MetricQuery, first: date) -> None:
        self.zone = ZoneInfo(services.settings.time_zone)
        self.firings: list[Firing] = []
        self.values: dict[str, dict[Bucket, Point]] = {}
        self.thresholds: dict[tuple[str, Bucket], float] = {}
        self._services = services
        self._rule = rule
        self._question = question
        self._first = first
        self._begin: Bucket = first
        self._newest: Bucket | None = None
        self._standings: dict[str, Standing] = {}
        self._frame: MetricFrame | None = None

    def before(self, first: Moment) -> Iterator[Moment]:
        """The mornings, or of a rule by the hour the hours, at which buckets would have been judged that the
        first load brought all at once."""
        if self._rule.grain == "hour":
            for hour in buckets.hours(self._first, first.reached):
                yield first.as_after(hour)
            return
        patience = max(METRICS.get(name).matures for name in self._question.metrics)
        for offset in range((first.reached.until - self._first).days + 1):
            day = self._first + offset * DAY
            yield first.as_on(day, self._morning(first.settles(day + patience * DAY)))

    def _morning(self, instant: datetime) -> datetime:
        """The first morning from an instant on."""
        local = instant.astimezone(self.zone)
        day = local.date() if local.time() <= MORNING else local.date() + DAY
        return datetime.combine(day, MORNING, self.zone).astimezone(UTC)

    def live_through(self, moment: Moment) -> None:
        """What the check after a publish would have done."""
        complete = self._complete(moment)
        if not complete or (self._newest is not None and complete[-1] <= self._newest):
            return
        self._begin, self._newest = complete[0], complete[-1]
        history = series.history(self._rule, self._as_of(moment.load), moment.reached)
        for member in series.members(history, list(self._standings)):
            self._judge(member, history, moment.at)

    def _complete(self, moment: Moment) -> list[Bucket]:
        """The buckets that were complete, from that of the first day on."""
        if self._rule.grain == "hour":
            return [hour.begins for hour in buckets.hours(self._first, moment.reached)]
        period = Period(self._first, moment.reached.until)
        return list(buckets.whole(period, cast(Grain, self._rule.grain), moment.reached.until))

    def _as_of(self, load: int) -> MetricFrame:
        """The answer on what was known then."""
        if self._frame is None or self._frame.query.as_of != load:
            self._frame = self._services.query.run(replace(self._question, as_of=load))
        return self._frame

    def _judge(self, member: str, history: series.History, at: datetime) -> None:
        policy = rules.policy(self._rule, self._services.settings.time_zone)
        before, points = self._standings.get(member, Standing()), history.series.get(member, {})
        asked = (policy, condition(self._rule.condition), before, points, history.buckets, at, history.known)
        for standing, event in steps(*asked):
            self._standings[member] = standing
            self._note(member, standing, points, event)

    def _note(
        self, member: str, standing: Standing, points: Mapping[Bucket, Point], event: Event | None
    ) -> None:
        """What came of a bucket. A rule that is new looks back: that is where it stands on the first day, and
        no part of the days that are rehearsed."""
        assert standing.bucket is not None
        if standing.bucket < self._begin:
            return
        if standing.bucket in points:
            self.values.setdefault(member, {})[standing.bucket] = points[standing.bucket]
        if standing.threshold is not None:
            self.thresholds[member, standing.bucket] = standing.threshold
        if event is not None:
            self.firings.append(Firing(member, event))

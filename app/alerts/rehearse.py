"""A rehearsal: the rule over the past as the live check would have gone through it, publish by publish, by
the very code of the live check, on the data that each publish knew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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
from app.errors import DataUnavailable
from app.periods import DAY, Grain, Period
from app.services import Services
from app.text import t

DAYS = 90
MORNING = time(6)  # when a day is taken to have been judged if everything was loaded in one go


@dataclass(frozen=True)
class Firing:
    """An event that the rule would have caused."""

    member: str
    event: Event


@dataclass(frozen=True)
class Rehearsal:
    """What the rule would have said. `series` are the values as they were judged (member -> bucket). A period
    that begins with the first day of which hours were loaded is shorter than it was asked for."""

    rule_id: str
    period: tuple[date, date]
    firings: Sequence[Firing]
    series: Mapping[str, Mapping[Bucket, Point]]
    thresholds: Mapping[tuple[str, Bucket], float]
    known_since: date | None  # the day of the first load: earlier buckets are judged by what it brought
    shortened: bool = False

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
    zone = services.settings.time_zone
    yesterday = services.clock.today(zone) - DAY
    run = _Run(services, rule, yesterday - ((days or DAYS) - 1) * DAY)
    asked = series.question(rule, series.newest_day(rule, yesterday + DAY))
    known = list(moments(services, rule, services.query.run(asked)))
    if not known:
        raise DataUnavailable(t("alerts.nothing_loaded"))
    run.live_through([*run.before(known[0]), known[0]])
    for moment in known[1:]:
        run.live_through([moment])
    first, since = max(run.first, run.begun or run.first), known[0].at.astimezone(run.zone).date()
    period, shortened = (first, yesterday), first > run.first
    return Rehearsal(rule.id, period, tuple(run.firings), run.values, run.thresholds, since, shortened)


class _Run:
    """One pass over the moments of the past; a load that completes no bucket is not asked for."""

    def __init__(self, services: Services, rule: AlertRule, first: date) -> None:
        self.zone = ZoneInfo(services.settings.time_zone)
        self.first = first
        self.begun: date | None = None  # of hours, the first day that the first load knew
        self.firings: list[Firing] = []
        self.values: dict[str, dict[Bucket, Point]] = {}
        self.thresholds: dict[tuple[str, Bucket], float] = {}
        self._services = services
        self._rule = rule
        self._begin: Bucket | None = None
        self._newest: Bucket | None = None
        self._standings: dict[str, Standing] = {}

    def before(self, first: Moment) -> Iterator[Moment]:
        """The mornings, or of a rule by the hour the hours, at which buckets would have been judged that the
        first load brought all at once."""
        if self._rule.grain == "hour":
            for hour in buckets.hours(self.first, first.reached):
                yield first.as_after(hour)
            return
        patience = max(METRICS.get(name).matures for name in series.metrics(self._rule))
        for offset in range((first.reached.until - self.first).days + 1):
            day = self.first + offset * DAY
            yield first.as_on(day, self._morning(first.settles(day + patience * DAY)))

    def _morning(self, instant: datetime) -> datetime:
        """The first morning from an instant on."""
        local = instant.astimezone(self.zone)
        day = local.date() if local.time() <= MORNING else local.date() + DAY
        return datetime.combine(day, MORNING, self.zone).astimezone(UTC)

    def live_through(self, checks: Sequence[Moment]) -> None:
        """What the checks after a publish would have done, the last of which knew all that it brought."""
        if self._fresh(checks[-1]) is None:
            return
        told = self._told(checks[-1])
        for check in checks:
            newest = self._fresh(check)
            if newest is None:
                continue
            self._newest, history = newest, told.until(newest)
            for member in series.members(history, list(self._standings)):
                self._judge(member, history, check.at)

    def _fresh(self, moment: Moment) -> Bucket | None:
        """The newest bucket that was complete, if it was not before."""
        complete = self._complete(moment)
        if not complete or (self._newest is not None and complete[-1] <= self._newest):
            return None
        self._begin = self._begin or complete[0]
        return complete[-1]

    def _complete(self, moment: Moment) -> list[Bucket]:
        """The buckets that were complete, from that of the first day on; of hours, from the newest day on."""
        if self._rule.grain == "hour":
            day = self._newest_day(moment.reached.readings[0].zone) or self.first
            return [hour.begins for hour in buckets.hours(day, moment.reached)]
        period = Period(self.first, moment.reached.until)
        return list(buckets.whole(period, cast(Grain, self._rule.grain), moment.reached.until))

    def _newest_day(self, zone: ZoneInfo) -> date | None:
        """The day on which the newest bucket that was judged begins."""
        newest = self._newest
        return newest.astimezone(zone).date() if isinstance(newest, datetime) else newest

    def _told(self, moment: Moment) -> series.History:
        """What was known then of the buckets that are new, and of those that they are compared with."""
        last = series.newest_day(self._rule, moment.at.astimezone(self.zone).date())
        back = series.count(self._rule, self._newest_day(self.zone) or self.first, last)
        frame = self._services.query.run(series.question(self._rule, last, back=back, as_of=moment.load))
        if self._newest is None and self._rule.grain == "hour":
            self.begun = min((cast(date, row["date"]) for row in frame.rows), default=None)
        return series.history(self._rule, frame, moment.reached)

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
        assert standing.bucket is not None and self._begin is not None
        if standing.bucket < self._begin:
            return
        if standing.bucket in points:
            self.values.setdefault(member, {})[standing.bucket] = points[standing.bucket]
        if standing.threshold is not None:
            self.thresholds[member, standing.bucket] = standing.threshold
        if event is not None:
            self.firings.append(Firing(member, event))

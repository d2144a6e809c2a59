"""A rehearsal: the rule over the last 90 days, each bucket judged by the very code of the live check, on
the data that was known when it became complete."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.alerts import rules, series
from app.alerts.conditions import Point, condition
from app.alerts.evaluate import Event, Standing, judge
from app.alerts.models import AlertRule
from app.data.db import Database
from app.data.metrics.base import METRICS
from app.data.models import Load
from app.data.query.frame import MetricFrame
from app.data.query.maturity import settled
from app.errors import DataUnavailable
from app.periods import DAY
from app.services import Services
from app.text import t

DAYS = 90
MORNING = time(6)  # when a bucket is taken to have been judged if everything was loaded in one go


@dataclass(frozen=True)
class Moment:
    """A publish: what was known from then on, up to which day of each source."""

    load: int
    at: datetime
    until: date


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
    series: Mapping[str, Mapping[date, Point]]
    thresholds: Mapping[tuple[str, date], float]
    known_since: date | None  # the day of the first load: earlier buckets are judged by what it brought

    @property
    def fired(self) -> int:
        return sum(entry.event.kind == "firing" for entry in self.firings)

    @property
    def told(self) -> int:
        """Firings of which people would have been told."""
        return sum(entry.event.kind == "firing" and not entry.event.silenced for entry in self.firings)


def rehearse(services: Services, rule: AlertRule, days: int = DAYS) -> Rehearsal:
    """Run a rule over the past.

    Raises: InputError, DataUnavailable when nothing was loaded yet.
    """
    zone = ZoneInfo(services.settings.time_zone)
    last = services.clock.today(services.settings.time_zone) - DAY
    frame = services.query.run(series.question(rule, last, back=days))
    moments = list(_moments(services.database, frame, zone))
    if not moments:
        raise DataUnavailable(t("alerts.nothing_loaded"))
    first = last - (days - 1) * DAY
    current = series.history(rule, frame, series.complete_until(frame, last))
    buckets = [bucket for bucket in current.buckets if bucket >= first]
    return _Run(services, rule, moments, zone).over(buckets, (first, last))


class _Run:
    """One pass over the buckets; the answer of each moment is asked once."""

    def __init__(
        self, services: Services, rule: AlertRule, moments: Sequence[Moment], zone: ZoneInfo
    ) -> None:
        self._services = services
        self._rule = rule
        self._moments = moments
        self._zone = zone
        self._histories: dict[int, series.History] = {}
        self._standings: dict[str, Standing] = {}
        self._firings: list[Firing] = []
        self._values: dict[str, dict[date, Point]] = {}
        self._thresholds: dict[tuple[str, date], float] = {}

    def over(self, buckets: Sequence[date], period: tuple[date, date]) -> Rehearsal:
        for bucket in buckets:
            moment = next((one for one in self._moments if one.until >= bucket), None)
            if moment is not None:
                self._judge(bucket, self._history(moment, buckets), self._instant(bucket, moment))
        first = self._moments[0]
        return Rehearsal(
            self._rule.id,
            period,
            tuple(self._firings),
            self._values,
            self._thresholds,
            first.at.astimezone(self._zone).date(),
        )

    def _instant(self, bucket: date, moment: Moment) -> datetime:
        """When the bucket was judged: with the publish that completed it, or on its own next morning when
        the first load brought the whole past at once."""
        if moment is self._moments[0]:
            patience = METRICS.get(self._rule.metric).matures * DAY
            return datetime.combine(bucket + DAY + patience, MORNING, self._zone)
        return moment.at

    def _history(self, moment: Moment, buckets: Sequence[date]) -> series.History:
        if moment.load not in self._histories:
            last = max(bucket for bucket in buckets if bucket <= moment.until)
            asked = series.question(self._rule, last, back=len(buckets), as_of=moment.load)
            frame = self._services.query.run(asked)
            self._histories[moment.load] = series.history(self._rule, frame, moment.until)
        return self._histories[moment.load]

    def _judge(self, bucket: date, history: series.History, at: datetime) -> None:
        policy = rules.policy(self._rule, self._services.settings.time_zone)
        for member in series.members(history, list(self._standings)):
            points = history.series.get(member, {})
            standing, event = judge(
                policy,
                condition(self._rule.condition),
                self._standings.get(member, Standing()),
                points,
                bucket,
                at,
                known=bucket in history.known,
            )
            self._standings[member] = standing
            if bucket in points:
                self._values.setdefault(member, {})[bucket] = points[bucket]
            if standing.threshold is not None:
                self._thresholds[member, bucket] = standing.threshold
            if event is not None:
                self._firings.append(Firing(member, event))


def _moments(database: Database, frame: MetricFrame, zone: ZoneInfo) -> Iterator[Moment]:
    """Every publish of the sources behind the metric, oldest first, with the day it reached."""
    sources = [entry.source for entry in frame.freshness]
    wanted = (
        select(Load.id, Load.source_id, Load.extracted_at, Load.published_version)
        .where(Load.state == "published", Load.source_id.in_(sources))
        .order_by(Load.id)
    )
    with database.session() as session:
        loads = session.execute(wanted).all()
    reached: dict[str, date] = {}
    versions = list(dict.fromkeys(load.published_version for load in loads))
    for version in versions:
        group = [load for load in loads if load.published_version == version]
        for load in group:
            known = load.extracted_at.astimezone(zone).date() - timedelta(days=1)
            reached[load.source_id] = max(known, reached.get(load.source_id, known))
        if len(reached) == len(sources):
            at = max(load.extracted_at for load in group)
            until = settled(frame.query.metrics, min(reached.values()))
            yield Moment(max(load.id for load in group), at, until)
